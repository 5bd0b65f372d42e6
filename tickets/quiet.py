"""When somebody wants no mail, and when their daily mail comes: by the clock on their own wall.

Pure arithmetic. A night begins when the clock first shows its beginning, and lasts until the clock
shows a time before its end for the last time; so also where the clock is set forward or back.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from departments.hours_zones import MIDNIGHT, UNIX_DAY, closing, opening

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1)
# Six days off and what is left of the seventh: whoever has no hour at all is not kept waiting.
LONGEST = timedelta(days=15)


@dataclass(frozen=True)
class QuietTimes:
    """Hours of each day (both or neither; over midnight where they end earlier) and whole days."""

    zone: tzinfo
    start: time | None = None
    end: time | None = None
    days_off: frozenset[int] = frozenset()  # 0 is Monday

    def ends(self, at: datetime) -> datetime | None:
        """When mails go out again, if `at` is a quiet moment; None when it is not."""
        until = at
        while (later := self._end_around(until)) is not None:
            until = later
            if until - at > LONGEST:
                return None
        return until if until > at else None

    def _end_around(self, at: datetime) -> datetime | None:
        """The latest end of the stretches that hold this moment."""
        today = at.astimezone(self.zone).date()
        near = (today - DAY, today, today + DAY)
        ends = [end for day in near for start, end in self._of(day) if start <= at < end]
        return max(ends, default=None)

    def _of(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The quiet stretches that begin on this day."""
        if day.weekday() in self.days_off:
            yield _first(self.zone, day, MIDNIGHT), _last(self.zone, day + DAY, MIDNIGHT)
        if self.start is not None and self.end is not None:
            over = DAY if self.start > self.end else timedelta(0)
            yield _first(self.zone, day, self.start), _last(self.zone, day + over, self.end)

    def covers(self, wall: time) -> bool:
        """Whether the clock time lies in the quiet hours of every day."""
        if self.start is None or self.end is None:
            return False
        if self.start < self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end

    def next_daily(self, wall: time, after: datetime) -> tuple[date, datetime]:
        """The next day on which a daily mail comes at this clock time, and the instant."""
        day = after.astimezone(self.zone).date()
        for _try in range(LONGEST.days + 2):
            at = _first(self.zone, day, wall)
            if at > after and day.weekday() not in self.days_off:
                break
            day += DAY
        return day, at


def _first(zone: tzinfo, day: date, wall: time) -> datetime:
    return EPOCH + opening(zone, day.toordinal() - UNIX_DAY, wall) * MICROSECOND


def _last(zone: tzinfo, day: date, wall: time) -> datetime:
    return EPOCH + closing(zone, day.toordinal() - UNIX_DAY, wall) * MICROSECOND
