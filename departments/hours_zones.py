"""Wall-clock opening and closing times of one time zone as exact UTC microseconds."""

from bisect import bisect_left
from datetime import date, datetime, time, timedelta, tzinfo

SECOND = 1_000_000
DAY = 86_400 * SECOND
UNIX_DAY = date(1970, 1, 1).toordinal()
MIDNIGHT = time(0)


def of_day(wall: time) -> int:
    """Microseconds on the wall clock since midnight."""
    return ((wall.hour * 60 + wall.minute) * 60 + wall.second) * SECOND + wall.microsecond


def opening(zone: tzinfo, day: int, wall: time) -> int:
    """The first instant at which the clock shows `wall` or later; `day` counts from 1970-01-01."""
    earlier, later = _both_readings(zone, day, wall)
    return earlier if earlier <= later else _jump(zone, later, earlier)


def closing(zone: tzinfo, day: int, wall: time) -> int:
    """The end of the last moment at which the clock still shows a time before `wall`."""
    earlier, later = _both_readings(zone, day, wall)
    if earlier > later:
        return _jump(zone, later, earlier)
    if earlier < later and _offset_at(zone, later - 1) != _offset_at(zone, later):
        return earlier  # the clock is set back to exactly this time: no moment before it comes back
    return later


def _both_readings(zone: tzinfo, day: int, wall: time) -> tuple[int, int]:
    """The instant by the offset before and by the offset after a change of the clock (PEP 495).

    Equal on nearly every day; the second is later where the clock shows the time twice, and
    earlier where it jumps over it.
    """
    shown = datetime.combine(date.fromordinal(day + UNIX_DAY), wall)
    local = day * DAY + of_day(wall)
    before = _offset(zone, shown.replace(fold=0))
    after = _offset(zone, shown.replace(fold=1))
    return local - before, local - after


def _jump(zone: tzinfo, before: int, after: int) -> int:
    """The instant in (before, after] at which the clock jumps forward."""
    old = _offset_at(zone, before)
    instants = range(before, after + 1)
    return instants[bisect_left(instants, True, key=lambda at: _offset_at(zone, at) != old)]


def _offset_at(zone: tzinfo, instant: int) -> int:
    in_utc = datetime(1970, 1, 1, tzinfo=zone) + timedelta(microseconds=instant)
    return _offset(zone, zone.fromutc(in_utc))


def _offset(zone: tzinfo, shown: datetime) -> int:
    offset = zone.utcoffset(shown)
    assert offset is not None, "zones of the IANA data base know their offset at every moment"
    return (offset.days * 86_400 + offset.seconds) * SECOND + offset.microseconds
