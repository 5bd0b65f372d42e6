"""What calendars know of the days ahead: kept up to date without a person, by new versions."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from departments import calendars, public_holidays
from departments.actions import timing
from departments.calendar_rules import CalendarRules, DayOff, in_force
from departments.models import Calendar, Person
from departments.public_holidays import UnknownPlace

# From rules and the first day that may change to the rules as they should be.
Renewal = Callable[[CalendarRules, date], CalendarRules]


def extend_all_holidays(now: datetime) -> None:
    """Extend every calendar that keeps the public holidays of some place."""
    for calendar in Calendar.objects.filter(current__rules__holidays__country__isnull=False):
        extend_holidays(calendar, now)


def extend_holidays(calendar: Calendar, now: datetime) -> bool:
    """Add the holidays of the next year as it comes near; whether anything changed.

    What was switched off stays so. Where the library has learned better (a new holiday, a feast
    by the moon that is certain now), the days ahead follow.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return renew(calendar, _with_holidays, note=_("Public holidays of the years ahead"), at=now)


@transaction.atomic
def renew(
    calendar: Calendar, renewal: Renewal, *, note: str, at: datetime, by: Person | None = None
) -> bool:
    """Change what holds from today on, and what is planned to hold later, each from its own day.

    A version wins over everything planned before it, so the planned ones are said again.
    """
    calendar = Calendar.objects.select_for_update(of=("self",)).get(pk=calendar.pk)
    today = at.astimezone(ZoneInfo(calendars.rules_of(calendar).zone)).date()
    held = in_force(calendars.said_of(calendar))
    ahead = [
        (max(since or today, today), rules, renewal(rules, today))
        for (since, rules), (until, _rules) in zip(held, [*held[1:], (None, None)], strict=True)
        if until is None or until > today
    ]
    while ahead and _same(*ahead[0][1:]):
        ahead.pop(0)
    for since, _old, rules in ahead:
        timing.change_calendar(calendar, rules, valid_from=since, by=by, note=note, at=at)
    return bool(ahead)


def with_days_ahead(
    rules: CalendarRules, days: tuple[DayOff, ...], source: str, today: date
) -> CalendarRules:
    """The days off of this source are these from today on; those that are over stay."""
    over = (day for day in rules.closures if day.source == source and day.on < today)
    ahead = (day for day in days if day.on >= today)
    return replace(rules, closures=(*rules.without(source).closures, *over, *ahead))


def _with_holidays(rules: CalendarRules, today: date) -> CalendarRules:
    if rules.holidays is None:
        return rules
    try:
        found = public_holidays.closures(rules.holidays, public_holidays.years_around(today))
    except UnknownPlace:
        return rules  # A country that the library has given up keeps what it has.
    known = {day.on for day in rules.closures if day.source == public_holidays.SOURCE}
    if {on for on in known if on >= today} == {day.on for day in found if day.on >= today}:
        return rules  # Another spelling is no change.
    return with_days_ahead(rules, found, public_holidays.SOURCE, today)


def _same(old: CalendarRules, new: CalendarRules) -> bool:
    return old.to_json() == new.to_json()
