"""Moments to which a ticket may be put off with one press: when somebody is at the desk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from departments.hours import Hours, HoursError
from departments.open_days import opening_after

LATER = (timedelta(hours=3), timedelta(hours=1))
QUARTER = timedelta(minutes=15)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class PutOff:
    """A moment and what it is called."""

    label: str
    at: datetime


def choices(hours: Hours, zone: ZoneInfo, now: datetime) -> list[PutOff]:
    """Later today, the next morning, next week, as far as the desk is there; soonest first."""
    found: dict[datetime, PutOff] = {}
    try:
        for choice in _offered(hours, zone, now):
            found.setdefault(choice.at, choice)
    except HoursError:
        return []  # A calendar that never opens again: then any moment is given by hand.
    return list(found.values())


def _offered(hours: Hours, zone: ZoneInfo, now: datetime) -> Iterator[PutOff]:
    today = now.astimezone(zone).date()
    if (later := _later_today(hours, zone, now)) is not None:
        yield PutOff(_("Later today"), later)
    morning = opening_after(hours, zone, today + DAY)
    is_tomorrow = morning.astimezone(zone).date() == today + DAY
    yield PutOff(_("Tomorrow morning") if is_tomorrow else _("Next working day"), morning)
    monday = today + (7 - today.weekday()) * DAY
    yield PutOff(_("Next week"), opening_after(hours, zone, monday))


def _later_today(hours: Hours, zone: ZoneInfo, now: datetime) -> datetime | None:
    """Some working hours on, at a full quarter, while somebody is still there."""
    for work in LATER:
        at = _at_quarter(hours.add(now, work))
        if at.astimezone(zone).date() == now.astimezone(zone).date() and hours.is_open(at):
            return at
    return None


def _at_quarter(at: datetime) -> datetime:
    over = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at + (QUARTER - over if over else over)
