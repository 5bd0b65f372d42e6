"""What a calendar says: zone, weekly hours and exceptions, turned into spans of open time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from departments import hours_zones
from departments.hours_tables import Span, merged
from departments.hours_zones import DAY, UNIX_DAY, of_day

DayHours = Sequence[tuple[time, time]]
Week = Mapping[int, DayHours]

FIRST_INSTANT = (date(1990, 1, 1).toordinal() - UNIX_DAY) * DAY
END_OF_TIME = (date(2101, 1, 1).toordinal() - UNIX_DAY) * DAY
BEFORE_ALL = FIRST_INSTANT // DAY - 9
AFTER_ALL = END_OF_TIME // DAY + 9


class HoursError(ValueError):
    """A calendar that makes no sense, or a question it cannot answer."""


@dataclass(frozen=True)
class Version:
    """The zone and weekly hours from a local day on; None stands for the beginning."""

    valid_from: date | None
    tz: str
    week: Week


class Era:
    """A version made ready: it rules the local days since <= day < until, counted from 1970."""

    def __init__(self, since: int, until: int, version: Version) -> None:
        self.since, self.until = since, until
        self.zone = _zone(version.tz)
        if strange := set(version.week) - set(range(7)):
            raise HoursError(f"{strange} are no weekdays; 0 is Monday, 6 is Sunday.")
        self.week = [_day_hours(version.week.get(weekday, ())) for weekday in range(7)]

    def never_open(self) -> bool:
        return not any(self.week)

    def never_closed(self) -> bool:
        """Whether the week, repeated, leaves no gap."""
        week = merged(
            (day * DAY + of_day(opens), _last_day(day, opens, closes) * DAY + of_day(closes))
            for day in range(-7, 7)
            for opens, closes in self.week[day % 7]
        )
        return any(opens <= 0 and closes >= 7 * DAY for opens, closes in week)


class Rules:
    """All eras of a calendar and the exceptions by local day."""

    def __init__(
        self,
        versions: Sequence[Version],
        closed: Iterable[date],
        special: Mapping[date, DayHours],
    ) -> None:
        self.eras = _eras(versions)
        self.exceptions = {_day(day): () for day in closed} | {
            _day(day): _day_hours(day_hours) for day, day_hours in special.items()
        }
        # Outside of these two instants the first or the last week simply repeats.
        turns = [*self.exceptions, *(era.since for era in self.eras[1:])]
        self.repeats_until = (min(turns) - 2) * DAY if turns else END_OF_TIME
        self.repeats_after = (max(turns) + 3) * DAY if turns else FIRST_INSTANT

    def never_open_before(self, instant: int) -> bool:
        return instant <= self.repeats_until and self.eras[0].never_open()

    def never_open_after(self, instant: int) -> bool:
        return instant >= self.repeats_after and self.eras[-1].never_open()

    def never_closed_after(self, instant: int) -> bool:
        return instant >= self.repeats_after and self.eras[-1].never_closed()

    def spans(self, first: int, last: int) -> list[Span]:
        """Open time that touches [first, last); neither merged nor in order."""
        if first >= last:
            return []
        # A night reaches into the next day, and no clock differs from UTC by more than a day.
        days = range(first // DAY - 3, last // DAY + 3)
        found = [span for era in self.eras for span in self._spans_in_era(era, days)]
        return [(max(opens, first), min(closes, last)) for opens, closes in found]

    def _spans_in_era(self, era: Era, days: range) -> Iterator[Span]:
        for day in range(max(days.start, era.since), min(days.stop, era.until)):
            usual = era.week[(day + 3) % 7]  # 1970-01-01 was a Thursday
            for opens, closes in self.exceptions.get(day, usual):
                yield (
                    hours_zones.opening(era.zone, day, opens),
                    hours_zones.closing(era.zone, _last_day(day, opens, closes), closes),
                )


def _eras(versions: Sequence[Version]) -> list[Era]:
    begins: dict[int, Version] = {}
    for version in sorted(versions, key=lambda version: version.valid_from or date.min):
        begins[max(BEFORE_ALL, _day(version.valid_from or date.min))] = version
    days = sorted(begins)
    return [
        Era(since, until, begins[since])
        for since, until in zip(days, [*days[1:], AFTER_ALL], strict=True)
    ]


def _zone(tz: str) -> ZoneInfo:
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise HoursError(f"{tz!r} is no time zone of the IANA data base.") from None


def _day(day: date) -> int:
    return day.toordinal() - UNIX_DAY


def _last_day(day: int, opens: time, closes: time) -> int:
    return day if closes > opens else day + 1


def _day_hours(day_hours: DayHours) -> tuple[tuple[time, time], ...]:
    if any(edge.tzinfo for pair in day_hours for edge in pair):
        raise HoursError("Opening hours are wall-clock times, without a time zone of their own.")
    return tuple((opens, closes) for opens, closes in day_hours)
