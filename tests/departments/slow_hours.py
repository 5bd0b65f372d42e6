"""Business time the slow and obvious way: every minute around a day is looked at on its own."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
MINUTE = 60_000_000  # microseconds, as all plain numbers here
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOOKED_AT = 5  # days on both sides
TRUSTED = 3  # of which all open minutes are known

DayHours = Sequence[tuple[time, time]]


@lru_cache(maxsize=256)
def shown_on_the_clock(tz: str, around: date) -> Mapping[date, list[tuple[int, time]]]:
    """For each local day: its minutes in UTC and what the clock on the wall shows then."""
    zone = ZoneInfo(tz)
    shown = defaultdict(list)
    minute = datetime.combine(around, time(0), tzinfo=UTC) - LOOKED_AT * DAY
    for _ in range(2 * LOOKED_AT * 24 * 60):
        wall = minute.astimezone(zone)
        shown[wall.date()].append(((minute - EPOCH) // MICROSECOND, wall.time()))
        minute += timedelta(minutes=1)
    return shown


class SlowHours:
    """Knows the open minutes of three days before and after a midnight."""

    def __init__(
        self,
        around: date,
        tz: str,
        week: Mapping[int, DayHours],
        closed: Collection[date],
        special: Mapping[date, DayHours],
    ) -> None:
        self.shown = shown_on_the_clock(tz, around)
        minutes: set[int] = set()
        for offset in range(-LOOKED_AT, LOOKED_AT):
            day = around + offset * DAY
            usual = () if day in closed else week.get(day.weekday(), ())
            for opens, closes in special.get(day, usual):
                minutes |= self.open_minutes(day, opens, closes)
        midnight = (datetime.combine(around, time(0), tzinfo=UTC) - EPOCH) // MICROSECOND
        reach = TRUSTED * 24 * 60 * MINUTE
        self.minutes = sorted(m for m in minutes if midnight - reach <= m < midnight + reach)

    def open_minutes(self, day: date, opens: time, closes: time) -> set[int]:
        """From the first to the last minute in which the clock shows an open time."""
        today, tomorrow = self.shown.get(day, []), self.shown.get(day + DAY, [])
        if opens < closes:
            fitting = [minute for minute, wall in today if opens <= wall < closes]
        else:
            fitting = [minute for minute, wall in today if opens <= wall]
            fitting += [minute for minute, wall in tomorrow if wall < closes]
        if not fitting:
            return set()
        return set(range(min(fitting), max(fitting) + MINUTE, MINUTE))

    def count(self, start: datetime, end: datetime) -> timedelta:
        a, b = (start - EPOCH) // MICROSECOND, (end - EPOCH) // MICROSECOND
        touched = [minute for minute in self.minutes if minute + MINUTE > a and minute < b]
        return MICROSECOND * sum(min(minute + MINUTE, b) - max(minute, a) for minute in touched)

    def add(self, start: datetime, work: timedelta) -> datetime | None:
        """None where the answer lies beyond what is known."""
        a, left = (start - EPOCH) // MICROSECOND, work // MICROSECOND
        for minute in self.minutes:
            if minute + MINUTE > a:
                begin = max(minute, a)
                if minute + MINUTE - begin >= left:
                    return EPOCH + (begin + left) * MICROSECOND
                left -= minute + MINUTE - begin
        return None

    def subtract(self, end: datetime, work: timedelta) -> datetime | None:
        b, left = (end - EPOCH) // MICROSECOND, work // MICROSECOND
        for minute in reversed(self.minutes):
            if minute < b:
                finish = min(minute + MINUTE, b)
                if finish - minute >= left:
                    return EPOCH + (finish - left) * MICROSECOND
                left -= finish - minute
        return None

    def is_open(self, at: datetime) -> bool:
        number = (at - EPOCH) // MICROSECOND
        return number - number % MINUTE in self.minutes

    def next_opening(self, at: datetime) -> datetime | None:
        a = (at - EPOCH) // MICROSECOND
        found = next((max(minute, a) for minute in self.minutes if minute + MINUTE > a), None)
        return None if found is None else EPOCH + found * MICROSECOND
