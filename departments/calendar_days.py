"""A calendar day by day: when it is open on each, and why that differs from the week."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from departments import public_holidays
from departments.calendar_rules import CalendarRules, DayOff, Week, hours_of_all, in_force
from departments.calendars import Since
from departments.public_holidays import UnknownPlace

ONE_DAY = timedelta(days=1)
DAY_MINUTES = 24 * 60
Stretch = tuple[int, int]  # Minutes of the day on the wall, [start, end).


@dataclass(frozen=True)
class Day:
    """One local day."""

    on: date
    stretches: Sequence[Stretch]
    names: Sequence[str]  # Of holidays and other days that differ; some have no name.
    is_off: bool = False  # A whole day off.
    is_special: bool = False  # Other hours than the week says.
    begins: bool = False  # From this day on other rules hold.
    shift: int = 0  # Minutes by which the zone's clock is put forward (less than 0: back).

    @property
    def hours_words(self) -> str:
        """“09:00–12:30, 13:30–17:00”, or that it is closed."""
        return stretches_words(self.stretches) or pgettext("day", "closed")


class Daybook:
    """What all versions of a calendar say together, ready to be asked for days."""

    def __init__(self, said: Iterable[Since]) -> None:
        said = list(said)
        self.held, self.hours = in_force(said), hours_of_all(said)

    def rules_on(self, on: date) -> CalendarRules:
        """The rules that hold on this day."""
        return next(
            (rules for since, rules in reversed(self.held) if (since or date.min) <= on),
            self.held[0][1],
        )

    def days(self, first: date, number: int) -> list[Day]:
        return [self.day(first + offset * ONE_DAY) for offset in range(number)]

    def day(self, on: date) -> Day:
        rules = self.rules_on(on)
        zone = ZoneInfo(rules.zone)
        special = [hours for hours in rules.special if hours.on == on]
        off = [] if special else [day for day in rules.closures if day.on == on]
        names = [hours.name for hours in special] or [name_of(day, rules) for day in off]
        start, end = _midnight(on, zone), _midnight(on + ONE_DAY, zone)
        return Day(
            on=on,
            stretches=self._stretches(on, zone, start, end),
            names=_once(names),
            is_off=bool(off),
            is_special=bool(special),
            begins=any(since == on for since, _rules in self.held),
            shift=DAY_MINUTES - round((end - start) / timedelta(minutes=1)),
        )

    def _stretches(self, on: date, zone: ZoneInfo, start: datetime, end: datetime) -> list[Stretch]:
        found: list[Stretch] = []
        for opens, closes in self.hours.intervals(start, end):
            begin = _minute(opens, zone)
            finish = DAY_MINUTES if closes == end else _minute(closes, zone)
            # In the night in which an hour comes twice, the wall shows the end before the start.
            found.append((min(begin, finish), max(begin, finish)))
        return found


def days_off(said: Iterable[Since], since: date, until: date) -> list[tuple[date, str]]:
    """The whole days off in [since, until), each with its names in the reader's language."""
    found: dict[date, list[str]] = {}
    held = in_force(said)
    for (start, rules), (end, _next) in pairwise([*held, (until, None)]):
        assert rules is not None  # only the closing mark has none
        first, last = max(start or date.min, since), min(end or until, until)
        special = {hours.on for hours in rules.special}
        for off in rules.closures:
            if first <= off.on < last and off.on not in special:
                found.setdefault(off.on, []).append(name_of(off, rules))
    return [
        (on, ", ".join(dict.fromkeys(filter(None, names)))) for on, names in sorted(found.items())
    ]


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, names)))


def name_of(off: DayOff, rules: CalendarRules) -> str:
    """A public holiday in the reader's language; anything else as it was written."""
    if off.source != public_holidays.SOURCE or rules.holidays is None:
        return off.name
    place = rules.holidays
    try:
        named = public_holidays.days(place.country, place.subdivision, [off.on.year])
    except UnknownPlace:  # The library has forgotten it since.
        return off.name
    return named.get(off.on, off.name)


def stretches_words(stretches: Sequence[Stretch]) -> str:
    return ", ".join(f"{_clock(start)}–{_clock(end)}" for start, end in stretches)


def week_words(rules: CalendarRules) -> str:
    """“Mon–Fri 09:00–17:00, Sat 10:00–14:00”; days with the same hours stand together."""
    said = [intervals_words(rules.week.get(day, ())) for day in range(7)]
    found = []
    for hours, together in groupby(range(7), key=lambda day: said[day]):
        days = list(together)
        if hours:
            ends = dict.fromkeys(str(WEEKDAYS_ABBR[day]) for day in (days[0], days[-1]))
            found.append(_("%(days)s %(hours)s") % {"days": "–".join(ends), "hours": hours})
    return ", ".join(found)


def week_stretches(week: Week) -> list[list[Stretch]]:
    """The open minutes of each weekday; the end of a night stands on the day after."""
    found: list[list[Stretch]] = [[] for _day in range(7)]
    for day, intervals in week.items():
        for opens, closes in intervals:
            start, end = _minutes(opens), _minutes(closes)
            if end > start:
                found[day].append((start, end))
                continue
            found[day].append((start, DAY_MINUTES))
            if end:
                found[(day + 1) % 7].append((0, end))
    return [sorted(day) for day in found]


def intervals_words(intervals: Iterable[tuple[time, time]]) -> str:
    """“09:00–12:30, 13:30–17:00”; a night shows its end of the next morning."""
    return ", ".join(
        f"{opens:%H:%M}–{'24:00' if closes == time() else f'{closes:%H:%M}'}"
        for opens, closes in sorted(intervals)
    )


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _minute(at: datetime, zone: ZoneInfo) -> int:
    return _minutes(at.astimezone(zone).time())


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, time(), zone).astimezone(UTC)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
