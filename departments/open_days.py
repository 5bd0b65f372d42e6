"""Counting opening days: “three working days” as people mean it. Pure arithmetic, no Django.

An opening day is a local day with open time in it. The day on which the count begins is not
counted, however early it was: who hears on Monday that there are three days has Tuesday, Wednesday
and Thursday.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from departments.hours import Hours, HoursError

ONE_DAY = timedelta(days=1)


def nth_open_day(hours: Hours, zone: ZoneInfo, since: datetime, days: int) -> date:
    """The `days`-th opening day after the local day of `since`; HoursError if there is none."""
    found = since.astimezone(zone).date()
    for _day in range(days):
        opens = hours.next_opening(_midnight(found + ONE_DAY, zone))
        found = opens.astimezone(zone).date()
    return found


def end_of_open_day(hours: Hours, zone: ZoneInfo, since: datetime, days: int) -> datetime:
    """When the desk closes on the `days`-th opening day after `since`.

    A desk that never closes ends its day at midnight. A calendar that opens no more counts the
    days of the calendar on the wall.
    """
    try:
        day = nth_open_day(hours, zone, since, days)
        ends = [end for _start, end in hours.intervals(*_bounds(day, zone))]
    except HoursError:
        return since + days * ONE_DAY
    return max(ends, default=since + days * ONE_DAY)


def same_time_on_open_day(hours: Hours, zone: ZoneInfo, since: datetime, days: int) -> datetime:
    """The same time of day on the `days`-th opening day after `since`; when closed then, the
    next opening.
    """
    try:
        day = nth_open_day(hours, zone, since, days)
        start, _end = _bounds(day, zone)
        there = datetime.combine(day, since.astimezone(zone).time(), zone)
        return hours.next_opening(max(start, _instant(there)))
    except HoursError:
        return since + days * ONE_DAY


def opening_after(hours: Hours, zone: ZoneInfo, day: date) -> datetime:
    """The first open moment on or after this local day; HoursError if there is none."""
    return hours.next_opening(_midnight(day, zone))


def _bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return _midnight(day, zone), _midnight(day + ONE_DAY, zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return _instant(datetime.combine(day, time(), zone))


def _instant(local: datetime) -> datetime:
    """The same in UTC, where every moment comes once."""
    return local.astimezone(UTC)
