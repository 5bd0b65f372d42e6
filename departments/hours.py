"""Business time: exact arithmetic with the hours in which a department is open.

A calendar is a time zone, weekly opening hours and their exceptions. The meanings:

- A day's hours are pairs (opens, closes) of wall-clock times. A pair that closes at or before it
  opens ends on the next day: (22:00, 06:00) is a night, (09:00, 00:00) lasts until midnight,
  (00:00, 00:00) is the whole day. Open time is half open, [opens, closes); overlaps count once.
- Open time is real elapsed time. A desk opens at the first moment at which the zone's clock shows
  the opening time or later, and closes after the last moment at which it shows a time before the
  closing time. So hours inside the hour skipped in spring have no length, an edge inside it moves
  to the jump, and a desk stays open through an hour that comes twice in autumn.
- A day in `closed` drops the hours that begin on that day; a night that began the evening before
  ends as usual. A day in `special` has just the hours given there (none: closed), and wins over
  `closed`.
- A `Version` replaces zone and week for the local days from `valid_from` on, until the next one;
  None stands for the beginning and replaces what the calendar was made with.

Results are aware datetimes in UTC, exact to the microsecond. Instants from 1990 to 2100 (UTC) are
supported.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from threading import Lock
from typing import NoReturn

from departments.hours_rules import (
    END_OF_TIME,
    FIRST_INSTANT,
    DayHours,
    HoursError,
    Rules,
    Version,
    Week,
)
from departments.hours_tables import Table
from departments.hours_zones import DAY, MIDNIGHT

__all__ = [
    "DayHours",
    "Hours",
    "HoursError",
    "NaiveInstant",
    "NeverOpen",
    "OutOfRange",
    "Version",
    "Week",
    "instant",
    "microseconds",
]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

# The first table reaches this far around the instants asked for.
BACK, AHEAD = 64 * DAY, 192 * DAY


class NeverOpen(HoursError):
    """There is no open time left on that side of the instant."""


class OutOfRange(HoursError):
    """An instant, asked for or found, outside the supported years 1990 to 2100."""


class NaiveInstant(HoursError):
    """A datetime without a time zone is no instant."""


def microseconds(at: datetime) -> int:
    """The instant as whole microseconds since 1970-01-01 UTC, as `count_many` takes it."""
    try:
        since = at - EPOCH
    except TypeError:
        raise NaiveInstant(f"{at!r} has no time zone; give an aware datetime.") from None
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def instant(number: int) -> datetime:
    """The aware UTC datetime of so many microseconds since 1970-01-01 UTC."""
    return EPOCH + number * MICROSECOND


class Hours:
    """When a department is open. Safe to share between threads; make it once, ask it often."""

    def __init__(
        self,
        tz: str,
        week: Week,
        *,
        closed: Iterable[date] = (),
        special: Mapping[date, DayHours] | None = None,
        versions: Sequence[Version] = (),
    ) -> None:
        self._rules = Rules([Version(None, tz, week), *versions], closed, special or {})
        self._growing = Lock()
        self._table: Table | None = None

    @staticmethod
    def always(tz: str = "UTC") -> "Hours":
        """Open around the clock, every day; made once per zone."""
        return _always(tz)

    def add(self, start: datetime, work: timedelta) -> datetime:
        """The earliest instant at which `work` of open time has passed since start.

        Nothing added leaves start as it is, also when closed; negative work is subtracted.
        """
        begin, wanted = microseconds(start), work // MICROSECOND
        if wanted < 0:
            return self.subtract(start, -work)
        table = self._table_for(begin)
        while wanted:
            total = table.elapsed(begin) + wanted
            if total <= table.total:
                return instant(table.earliest(total))
            table = self._grown_later(table)
        return instant(begin)

    def subtract(self, end: datetime, work: timedelta) -> datetime:
        """The latest instant from which `work` of open time passes until end.

        The mirror of `add`: 8 hours before Tuesday 17:00 is Tuesday 09:00, not Monday 17:00.
        """
        finish, wanted = microseconds(end), work // MICROSECOND
        if wanted < 0:
            return self.add(end, -work)
        table = self._table_for(finish)
        while wanted:
            total = table.elapsed(finish) - wanted
            if total >= 1:
                return instant(table.latest(total))
            table = self._grown_earlier(table)
        return instant(finish)

    def count(self, start: datetime, end: datetime) -> timedelta:
        """Open time between two instants, negative where end comes before start."""
        a, b = microseconds(start), microseconds(end)
        table = self._table
        if table is None or not (table.first <= a < table.last and table.first <= b < table.last):
            table = self._table_for(a, b)
        return (table.elapsed(b) - table.elapsed(a)) * MICROSECOND

    def count_many(self, starts: Sequence[int], ends: Sequence[int]) -> list[int]:
        """Open microseconds between starts[i] and ends[i], all in `microseconds` of UTC.

        The bulk form of `count`: plain integers in and out, several times faster.
        """
        if len(starts) != len(ends):
            raise HoursError(f"{len(starts)} starts do not pair with {len(ends)} ends.")
        if not len(starts):
            return []
        table = self._table_for(min(starts), max(starts), min(ends), max(ends))
        return table.counts(starts, ends)

    def is_open(self, at: datetime) -> bool:
        """Whether the department is open at this very instant."""
        moment = microseconds(at)
        return self._table_for(moment).open_span(moment) is not None

    def next_opening(self, at: datetime) -> datetime:
        """The first open instant from `at` on: `at` itself when open."""
        moment = microseconds(at)
        table = self._table_for(moment)
        while True:
            if table.open_span(moment):
                return instant(moment)
            opens = table.next_opening(moment)
            if opens is not None:
                return instant(opens)
            table = self._grown_later(table)

    def closes_at(self, at: datetime) -> datetime | None:
        """The end of the open time around `at`; None when closed, or never to close again."""
        moment = microseconds(at)
        table = self._table_for(moment)
        while span := table.open_span(moment):
            if span[1] < table.last:
                return instant(span[1])
            if table.last >= END_OF_TIME or self._rules.never_closed_after(table.last):
                return None
            table = self._grown_later(table)
        return None

    def intervals(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open time within [start, end), in order; touching intervals are one."""
        a, b = microseconds(start), microseconds(end)
        spans = self._table_for(a, b).spans_within(a, b)
        return ((instant(opens), instant(closes)) for opens, closes in spans)

    # The table grows on demand. Once published it is never changed: readers need no lock, and a
    # question is answered from one table even while another thread puts a larger one in its place.

    def _table_for(self, *moments: int) -> Table:
        table = self._table
        earliest, latest = min(moments), max(moments)
        if table is not None and table.first <= earliest and latest < table.last:
            return table
        if earliest < FIRST_INSTANT or latest >= END_OF_TIME:
            raise OutOfRange("Business time is known for the years 1990 to 2100 only.")
        return self._cover(earliest - BACK, latest + AHEAD)

    def _grown_later(self, table: Table) -> Table:
        if self._rules.never_open_after(table.last):
            raise NeverOpen("This calendar does not open any more.")
        if table.last >= END_OF_TIME:
            _give_up(table)
        return self._cover(table.first, table.last + DAY)

    def _grown_earlier(self, table: Table) -> Table:
        if self._rules.never_open_before(table.first):
            raise NeverOpen("This calendar was not open before.")
        if table.first <= FIRST_INSTANT:
            _give_up(table)
        return self._cover(table.first - DAY, table.last)

    def _cover(self, first: int, last: int) -> Table:
        """A table of at least this stretch that also holds all that was known before."""
        with self._growing:
            known = self._table
            if known is None:
                first, last = _whole_days(first, last)
                spans = self._rules.spans(first, last)
            elif known.first <= first and last <= known.last:
                return known  # another thread was faster
            else:
                first, last = _whole_days(*known.grown(first, last))
                spans = self._rules.spans(first, known.first)
                spans += zip(known.opens, known.closes, strict=True)
                spans += self._rules.spans(known.last, last)
            self._table = table = Table(first, last, spans)
            return table


def _whole_days(first: int, last: int) -> tuple[int, int]:
    return max(first - first % DAY, FIRST_INSTANT), min(last + -last % DAY, END_OF_TIME)


@lru_cache(maxsize=16)
def _always(tz: str) -> Hours:
    return Hours(tz, {weekday: [(MIDNIGHT, MIDNIGHT)] for weekday in range(7)})


def _give_up(table: Table) -> NoReturn:
    if not table.opens:
        raise NeverOpen("This calendar never opens.")
    raise OutOfRange("The answer lies outside of the years 1990 to 2100.")
