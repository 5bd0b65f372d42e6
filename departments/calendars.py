"""From calendar versions to business hours that can count, kept per version."""

from datetime import date
from functools import lru_cache

from departments.calendar_rules import CalendarRules, hours_of_all
from departments.hours import Hours
from departments.models import Calendar, CalendarVersion

Since = tuple[date | None, CalendarRules]


def hours_of(calendar: Calendar) -> Hours:
    """The opening hours of this calendar as it is now, in its own time zone."""
    return hours_at(_current(calendar))


def rules_of(calendar: Calendar) -> CalendarRules:
    """What the newest version says."""
    return rules_at(_current(calendar))


def _current(calendar: Calendar) -> int:
    assert calendar.current_id is not None  # set by the action that founds a calendar
    return calendar.current_id


def hours_with(calendar: Calendar, rules: CalendarRules, valid_from: date | None) -> Hours:
    """The opening hours as they would be if these rules held from a day on."""
    return hours_of_all(said_with(calendar, rules, valid_from))


def said_with(calendar: Calendar, rules: CalendarRules, valid_from: date | None) -> list[Since]:
    """What all versions would say, oldest first, if these rules were the newest."""
    return [*said_upto(_current(calendar)), (valid_from, rules)]


def said_of(calendar: Calendar) -> list[Since]:
    """What all versions say, oldest first."""
    return list(said_upto(_current(calendar)))


# Hours are immutable and expensive to build, and versions never change.
@lru_cache(maxsize=500)
def hours_at(version_id: int) -> Hours:
    """The opening hours as they were said when this version was the newest."""
    return hours_of_all(said_upto(version_id))


@lru_cache(maxsize=500)
def said_upto(version_id: int) -> tuple[Since, ...]:
    """What each version up to this one says, oldest first, with the day from which it holds."""
    newest = CalendarVersion.objects.only("calendar_id", "number").get(pk=version_id)
    upto = CalendarVersion.objects.filter(
        calendar_id=newest.calendar_id, number__lte=newest.number
    ).order_by("number")
    return tuple((version.valid_from, version.said) for version in upto)


@lru_cache(maxsize=500)
def rules_at(version_id: int) -> CalendarRules:
    """What this version says."""
    return CalendarVersion.objects.get(pk=version_id).said
