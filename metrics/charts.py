"""Charts as small objects: numbers, places, a sentence and a table; templates draw them."""

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from departments.when import duration_words
from metrics.measures import AGE_BANDS, Kept, Load, Spread, Target

Rows = Sequence[Sequence[object]]
# Upper edges of the bars of durations, in minutes; the last bar is open.
DURATION_EDGES = (15, 30, 60, 120, 240, 480, 960)
WORKING_DAY = 480


@dataclass(frozen=True)
class Chart:
    """What every chart has; `marks` are the drawn parts, placed by attributes."""

    title: str
    finding: str
    head: Sequence[str]
    rows: Rows
    marks: Sequence[dict[str, Any]] = field(default=())
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.rows


def percent_words(kept: Kept) -> str:
    return "–" if kept.percent is None else _("%(n)d %%") % {"n": round(kept.percent)}


def spread_words(spread: Spread, share: str) -> str:
    minutes = getattr(spread, share)
    return "–" if minutes is None else duration_words(minutes, WORKING_DAY)


def attainment(
    buckets: Sequence[tuple[date, date]], answers: Sequence[Kept], solutions: Sequence[Kept]
) -> Chart:
    """Two lines: promises kept, by day or week."""
    rows = [
        (
            date_format(first, pgettext("format of a day", "j M")),
            percent_words(answer),
            percent_words(solution),
        )
        for (first, _last), answer, solution in zip(buckets, answers, solutions, strict=True)
    ]
    known = [kept.percent for kept in [*answers, *solutions] if kept.percent is not None]
    floor = int(min(known, default=0) // 10 * 10)
    floor = min(floor, 90)
    lines = [
        {"css": css, "name": name, **_line(series, floor)}
        for css, name, series in (
            ("l2", _("Solution"), solutions),
            ("l1", _("Answer"), answers),
        )
    ]
    _keep_labels_apart(lines)
    total = Kept(sum(k.kept for k in answers), sum(k.missed for k in answers))
    finding = _("First answers kept: %(percent)s of %(n)d.") % {
        "percent": percent_words(total),
        "n": total.decided,
    }
    grid = [{"y": _height(value, floor), "label": value} for value in _steps(floor)]
    days = [{"x": _place(n, len(buckets)), "label": rows[n][0]} for n in _few(len(buckets), 5)]
    head = (_("From"), _("First answer kept"), _("Solution kept"))
    return Chart(_("Promises kept"), finding, head, rows, lines, {"grid": grid, "days": days})


TOP, BOTTOM, LEFT, RIGHT = 14.0, 210.0, 34.0, 630.0


def _steps(floor: int) -> list[int]:
    step = 10 if 100 - floor <= 50 else 20
    return list(range(100, floor - 1, -step))


def _height(percent: float, floor: int) -> float:
    return round(BOTTOM - (percent - floor) / (100 - floor) * (BOTTOM - TOP), 1)


def _place(number: int, count: int) -> float:
    return round(LEFT + (RIGHT - LEFT) * number / max(1, count - 1), 1)


def _few(count: int, wanted: int) -> list[int]:
    step = max(1, -(-count // wanted))
    return list(range(0, count, step))


def _line(series: Sequence[Kept], floor: int) -> dict[str, Any]:
    """Polylines of one series; a day without a decision is a gap, a lone day a dot."""
    runs: list[list[str]] = [[]]
    last: tuple[float, float, int] | None = None
    for number, kept in enumerate(series):
        if kept.percent is None:
            runs.append([])
            continue
        x, y = _place(number, len(series)), _height(kept.percent, floor)
        runs[-1].append(f"{x},{y}")
        last = (x, y, round(kept.percent))
    found: dict[str, Any] = {"runs": [" ".join(run) for run in runs if len(run) > 1]}
    found["dots"] = [run[0].split(",") for run in runs if len(run) == 1]
    if last:
        found |= {"end_x": last[0], "end_y": last[1], "value": last[2], "label_y": last[1] + 4}
    return found


def _keep_labels_apart(lines: Sequence[dict[str, Any]]) -> None:
    ends = sorted((line for line in lines if "label_y" in line), key=lambda line: line["label_y"])
    for upper, lower in itertools.pairwise(ends):
        lower["label_y"] = max(lower["label_y"], upper["label_y"] + 14)


def durations(target: Target) -> Chart:
    """Bars of first-answer times in working minutes; the late part of each bar is marked."""
    bands = len(DURATION_EDGES) + 1
    kept, late = [0] * bands, [0] * bands
    for _at, business, _calendar, state in target.durations:
        if business is not None:
            band = sum(business / 60 > edge for edge in DURATION_EDGES)
            (late if state == "breached" else kept)[band] += 1
    labels = [duration_words(edge, WORKING_DAY) for edge in DURATION_EDGES] + [_("more")]
    highest = max((a + b for a, b in zip(kept, late, strict=True)), default=0) or 1
    marks = [_bar(n, bands, kept[n], late[n], highest, labels[n]) for n in range(bands)]
    spread, missed = target.business, sum(late)
    finding = ngettext(
        "Red came later than promised: %(late)d of %(n)d answer.",
        "Red came later than promised: %(late)d of %(n)d answers.",
        spread.count,
    ) % {"late": missed, "n": spread.count}
    words = {"half": spread_words(spread, "median"), "ninth": spread_words(spread, "ninth")}
    head = (_("Up to"), _("In time"), _("Late"))
    rows = list(zip(labels, kept, late, strict=True)) if spread.count else []
    return Chart(_("How fast we answer"), finding, head, rows, marks, words)


def _bar(number: int, count: int, kept: int, late: int, highest: int, label: str) -> dict[str, Any]:
    full, base, step = 128.0, 158.0, 330.0 / count
    tall, red = full * kept / highest, full * late / highest
    return {
        "x": round(4 + number * step, 1),
        "width": round(step - 7, 1),
        "middle": round(4 + number * step + (step - 7) / 2, 1),
        "kept_y": round(base - tall, 1),
        "kept_height": round(tall, 1),
        "late_y": round(base - tall - red, 1),
        "late_height": round(red, 1),
        "count_y": round(base - tall - red - 6, 1),
        "count": kept + late,
        "label": label,
    }


def heat(counts: Counter[tuple[int, int]], is_open: set[tuple[int, int]]) -> Chart:
    """Weekday by hour; a bar under the cells shows opening hours, a ring the peak."""
    used = set(counts) | is_open
    days = [day for day in range(7) if day < 5 or any(key[0] == day for key in used)]
    hours = range(min((h for _d, h in used), default=8), max((h for _d, h in used), default=17) + 1)
    highest = max(counts.values(), default=0)
    peak = max(counts, key=lambda key: (counts[key], -key[0], -key[1]), default=None)
    width = min(37.0, 400.0 / max(1, len(hours)))
    marks = [
        {
            "x": round(36 + (hour - hours.start) * width, 1),
            "y": 22 + row * 28,
            "width": round(width - 3, 1),
            "middle": round(36 + (hour - hours.start) * width + (width - 3) / 2, 1),
            "text_y": 22 + row * 28 + 16,
            "bar_y": 22 + row * 28 + 25.5,
            "count": counts[day, hour],
            "level": _level(counts[day, hour], highest),
            "is_peak": (day, hour) == peak,
            "is_open": (day, hour) in is_open,
            "weekday": day,
            "hour": hour,
            "says": _("%(day)s %(hour)d:00, %(n)d requests")
            % {"day": WEEKDAYS[day], "hour": hour, "n": counts[day, hour]},
        }
        for row, day in enumerate(days)
        for hour in hours
    ]
    extra = {
        "days": [{"y": 38 + n * 28, "label": WEEKDAYS_ABBR[day]} for n, day in enumerate(days)],
        "hours": [
            {"x": round(36 + n * width + (width - 3) / 2, 1), "label": hour}
            for n, hour in enumerate(hours)
        ],
        "height": 26 + len(days) * 28,
        "width": round(40 + len(hours) * width),
    }
    finding = _("No requests in this period.")
    if peak is not None:
        finding = _(
            "The ring marks the peak: %(day)s %(hour)d:00. The bar shows opening hours."
        ) % {
            "day": WEEKDAYS[peak[0]],
            "hour": peak[1],
        }
    rows = [(WEEKDAYS[day], *(counts[day, hour] for hour in hours)) for day in days]
    head = (_("Day"), *(f"{hour}:00" for hour in hours))
    return Chart(_("When people ask"), finding, head, rows if counts else [], marks, extra)


def _level(count: int, highest: int) -> int:
    return 0 if not count else min(5, 1 + 5 * count // (highest + 1))


def age_labels() -> list[str]:
    return [
        _("under 1 day"),
        _("1 to 3 days"),
        _("3 to 7 days"),
        _("1 to 4 weeks"),
        _("over 4 weeks"),
    ]


def backlog(counts: Sequence[int]) -> Chart:
    """Bars of unfinished tickets by age; over four weeks is marked."""
    labels, highest = age_labels(), max(counts, default=0) or 1
    marks = [
        {
            "y": 7 + n * 31,
            "text_y": 19 + n * 31,
            "width": round(204 * count / highest, 1),
            "count": count,
            "label": labels[n],
            "css": "b5" if n == len(AGE_BANDS) else "b1",
            "band": n,
        }
        for n, count in enumerate(counts)
    ]
    total = sum(counts)
    finding = ngettext("%(n)d open request.", "%(n)d open requests.", total) % {"n": total}
    rows = list(zip(labels, counts, strict=True)) if total else []
    return Chart(_("Backlog by age"), finding, (_("Age"), _("Requests")), rows, marks)


def work(loads: Sequence[Load]) -> Chart:
    """Stacked bars: being worked on, waiting for someone, late."""
    shown = loads[:12]
    highest = max((load.total for load in shown), default=0) or 1
    marks = [_load(n, load, highest) for n, load in enumerate(shown)]
    rows = [(_name(load), load.active, load.waiting, load.late) for load in loads]
    head = (_("Person"), _("Being worked on"), _("Waiting"), _("Late"))
    total = sum(load.total for load in loads)
    finding = ngettext("%(n)d open now.", "%(n)d open now.", total) % {"n": total}
    return Chart(_("Work per person"), finding, head, rows, marks, {"height": 8 + 30 * len(shown)})


def _name(load: Load) -> str:
    return load.person.name if load.person else _("Nobody yet")


def _load(number: int, load: Load, highest: int) -> dict[str, Any]:
    scale, x, parts = 112.0 / highest, 96.0, []
    for css, count in (("b1", load.active), ("bx", load.waiting), ("b5", load.late)):
        if count:
            parts.append({"css": css, "x": round(x, 1), "width": round(count * scale, 1)})
            x += count * scale + 2.5
    return {
        "y": 6 + number * 30,
        "text_y": 18 + number * 30,
        "parts": parts,
        "count": load.total,
        "count_x": round(x + 6, 1),
        "label": _name(load),
        "person": load.person.pk if load.person else 0,
    }
