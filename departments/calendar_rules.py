"""What one version of a business calendar says, as an immutable document; pure, no Django."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from itertools import pairwise
from typing import Any

from departments.hours import DayHours, Hours, Version

Week = Mapping[int, tuple[tuple[time, time], ...]]


@dataclass(frozen=True)
class DayOff:
    """A whole day on which the desk is closed, and where it comes from."""

    on: date
    name: str = ""
    source: str = "own"  # own, holiday or feed


@dataclass(frozen=True)
class SpecialHours:
    """An interval that replaces the weekly hours of its day; several make up one day."""

    on: date
    opens: time
    closes: time
    name: str = ""


@dataclass(frozen=True)
class HolidayChoice:
    """Whose public holidays are kept, and which of their days are switched off."""

    country: str
    subdivision: str = ""
    off: frozenset[date] = frozenset()


@dataclass(frozen=True)
class CalendarRules:
    """Zone, weekly hours (0 is Monday) and exceptions by local day."""

    zone: str
    week: Week
    closures: tuple[DayOff, ...] = ()
    special: tuple[SpecialHours, ...] = ()
    holidays: HolidayChoice | None = field(default=None)

    def hours(self) -> Hours:
        """Business hours of these rules alone; HoursError when they make no sense."""
        return hours_of_all([(None, self)])

    def without(self, source: str) -> "CalendarRules":
        """The same without the days off that came from this source."""
        kept = tuple(day for day in self.closures if day.source != source)
        return replace(self, closures=kept)

    def to_json(self) -> dict[str, Any]:
        return {
            "zone": self.zone,
            "week": {
                str(day): [[_clock(opens), _clock(closes)] for opens, closes in intervals]
                for day, intervals in sorted(self.week.items())
                if intervals
            },
            "closures": [
                {"on": off.on.isoformat(), "name": off.name, "source": off.source}
                for off in sorted(self.closures, key=lambda off: (off.on, off.source))
            ],
            "special": [
                {
                    "on": hours.on.isoformat(),
                    "opens": _clock(hours.opens),
                    "closes": _clock(hours.closes),
                    "name": hours.name,
                }
                for hours in sorted(self.special, key=lambda hours: (hours.on, hours.opens))
            ],
            "holidays": self.holidays
            and {
                "country": self.holidays.country,
                "subdivision": self.holidays.subdivision,
                "off": sorted(day.isoformat() for day in self.holidays.off),
            },
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "CalendarRules":
        chosen = stored.get("holidays")
        return cls(
            zone=stored["zone"],
            week={
                int(day): tuple((_time(opens), _time(closes)) for opens, closes in intervals)
                for day, intervals in stored["week"].items()
            },
            closures=tuple(
                DayOff(date.fromisoformat(off["on"]), off["name"], off["source"])
                for off in stored["closures"]
            ),
            special=tuple(
                SpecialHours(
                    date.fromisoformat(hours["on"]),
                    _time(hours["opens"]),
                    _time(hours["closes"]),
                    hours["name"],
                )
                for hours in stored["special"]
            ),
            holidays=chosen
            and HolidayChoice(
                chosen["country"],
                chosen["subdivision"],
                frozenset(date.fromisoformat(day) for day in chosen["off"]),
            ),
        )


def _clock(value: time) -> str:
    return value.isoformat("minutes")


def _time(text: str) -> time:
    return time.fromisoformat(text)


def in_force(
    versions: Iterable[tuple[date | None, CalendarRules]],
) -> list[tuple[date | None, CalendarRules]]:
    """The versions that hold, by the local day from which they do (None: from the beginning).

    Given oldest first: a later version wins from its day on, whatever was planned before it.
    """
    held: list[tuple[date | None, CalendarRules]] = []
    for since, rules in versions:
        first = since or date.min
        held = [(start, old) for start, old in held if (start or date.min) < first]
        held.append((since, rules))
    return held


def hours_of_all(versions: Iterable[tuple[date | None, CalendarRules]]) -> Hours:
    """Business hours through all versions, given oldest first."""
    held = in_force(versions)
    closed: list[date] = []
    special: dict[date, list[tuple[time, time]]] = defaultdict(list)
    for (since, rules), (until, _next) in pairwise([*held, (date.max, None)]):
        start, end = since or date.min, until or date.max
        assert rules is not None  # only the closing mark has none
        closed += [off.on for off in rules.closures if start <= off.on < end]
        for hours in rules.special:
            if start <= hours.on < end:
                special[hours.on].append((hours.opens, hours.closes))
    first = held[0][1]
    later = [Version(since, rules.zone, _week(rules)) for since, rules in held[1:]]
    exceptions: Mapping[date, DayHours] = dict(special)
    return Hours(first.zone, _week(first), closed=closed, special=exceptions, versions=later)


def _week(rules: CalendarRules) -> dict[int, DayHours]:
    return dict(rules.week)
