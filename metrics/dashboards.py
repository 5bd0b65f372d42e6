"""Everything one dashboard page shows, asked in a constant number of queries."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from departments.calendars import hours_of, rules_of
from departments.models import Calendar, Department
from departments.promises import promise_of
from departments.when import duration_words
from metrics import charts, measures
from metrics.charts import Chart, percent_words, spread_words
from metrics.definitions import DEFINITIONS, Definition
from metrics.measures import SMALLEST_SECRET_GROUP, Spread, Target
from metrics.periods import Period, last_days


@dataclass(frozen=True)
class Figure:
    """One number at the head of the page, with its comparison and what stands behind it."""

    definition: Definition
    label: str
    value: str
    compared: str
    detail: str
    drill: str
    delta: str = ""
    good: bool = True
    up: bool = True


def default_period(calendar: Calendar, now: datetime, days: int = 30) -> Period:
    zone = ZoneInfo(rules_of(calendar).zone)
    return last_days(days, now.astimezone(zone).date(), zone)


def calendar_of(desk: Department) -> Calendar:
    return promise_of(desk).calendar


@dataclass(frozen=True)
class Dashboard:
    """The figures and charts of one desk."""

    figures: list[Figure]
    attainment: Chart
    durations: Chart
    heat: Chart
    backlog: Chart
    work: Chart
    is_secret: bool


def dashboard(desk: Department, calendar: Calendar, period: Period, now: datetime) -> Dashboard:
    """All figures of this desk and period; small groups are kept back where they tell too much."""
    both = Period(period.before().first, period.last, period.zone)
    wide = {name: measures.target(desk, both, name) for name in ("answer", "solution")}
    here = {name: found.within(period) for name, found in wide.items()}
    before = {name: found.within(period.before()) for name, found in wide.items()}
    secret = measures.is_secret(desk)
    waiting = measures.backlog(desk, now)
    counts = measures.arrivals(desk, period)
    return Dashboard(
        figures=head_figures(here, before, secret=secret),
        attainment=charts.attainment(
            period.buckets(),
            _shown(here["answer"], secret).kept_by_bucket(period),
            _shown(here["solution"], secret).kept_by_bucket(period),
        ),
        durations=charts.durations(_shown(here["answer"], secret)),
        heat=charts.heat(
            counts if not secret or counts.total() >= SMALLEST_SECRET_GROUP else type(counts)(),
            open_cells(calendar, period),
        ),
        backlog=charts.backlog(measures.by_age(waiting, now)),
        work=charts.work(measures.by_agent(waiting)),
        is_secret=secret,
    )


def _shown(target: Target, secret: bool) -> Target:
    """Nothing at all where the group is too small for a confidential desk."""
    small = len(target.durations) < SMALLEST_SECRET_GROUP
    return Target([], []) if secret and small else target


def head_figures(
    here: dict[str, Target], before: dict[str, Target], *, secret: bool
) -> list[Figure]:
    figures = []
    for name, label in (("answer", _("First answers kept")), ("solution", _("Solutions kept"))):
        figures.append(kept_figure(name, label, here[name], before[name], secret))
    for name, key, label in (
        ("answer", "first_answer", _("First answer, half within")),
        ("solution", "solution", _("Solved in, half within")),
    ):
        figures.append(spread_figure(name, key, label, here[name], before[name], secret))
    return figures


def kept_figure(name: str, label: str, here: Target, before: Target, secret: bool) -> Figure:
    now, then = _shown(here, secret).kept, _shown(before, secret).kept
    delta, good = "", True
    if now.percent is not None and then.percent is not None:
        points = round(now.percent) - round(then.percent)
        good, delta = points >= 0, _("%(n)d points") % {"n": abs(points)} if points else ""
    return Figure(
        DEFINITIONS["attainment"],
        label,
        percent_words(now),
        _("before: %(percent)s") % {"percent": percent_words(then)},
        _("%(kept)d kept, %(missed)d missed") % {"kept": now.kept, "missed": now.missed},
        f"{name}_missed",
        delta,
        good,
        good,
    )


def spread_figure(
    name: str, key: str, label: str, here: Target, before: Target, secret: bool
) -> Figure:
    now, then = _shown(here, secret).business, _shown(before, secret).business
    delta, good = "", True
    if now.median is not None and then.median is not None and now.median != then.median:
        good = now.median < then.median
        change = Spread(1, abs(now.median - then.median), None, None)
        delta = spread_words(change, "median")
    return Figure(
        DEFINITIONS[key],
        label,
        spread_words(now, "median"),
        _("before: %(time)s") % {"time": spread_words(then, "median")},
        spread_detail(_shown(here, secret)),
        name,
        delta,
        good,
        not good,
    )


def spread_detail(target: Target) -> str:
    business, calendar = target.business, target.calendar
    return _(
        "9 of 10 within %(ninth)s, average %(average)s (working time). "
        "In calendar time: half %(c_half)s, 9 of 10 %(c_ninth)s, average %(c_average)s. n = %(n)d"
    ) % {
        "ninth": spread_words(business, "ninth"),
        "average": spread_words(business, "average"),
        "c_half": calendar_words(calendar.median),
        "c_ninth": calendar_words(calendar.ninth),
        "c_average": calendar_words(calendar.average),
        "n": business.count,
    }


def calendar_words(minutes: float | None) -> str:
    """Calendar time has days of 24 hours."""
    return "–" if minutes is None else duration_words(minutes, 24 * 60)


def open_cells(calendar: Calendar, period: Period) -> set[tuple[int, int]]:
    """The (weekday, hour) cells in which the desk was open in the period's last week."""
    start = period.end - timedelta(days=7)
    cells = set()
    for opens, closes in hours_of(calendar).intervals(start, period.end):
        at = opens.astimezone(period.zone).replace(minute=0, second=0, microsecond=0)
        while at < closes:
            cells.add((at.weekday(), at.hour))
            at += timedelta(hours=1)
    return cells
