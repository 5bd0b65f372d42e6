"""Days off from a calendar file that somebody hands in, once."""

from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from departments import calendars, permissions
from departments.actions.horizon import renew, with_days_ahead
from departments.calendar_rules import CalendarRules, DayOff
from departments.feed_entries import text_of
from departments.feeds import SOURCE, Feed, read_feed
from departments.models import Calendar, Person
from departments.public_holidays import years_around


@transaction.atomic
def take_file(calendar: Calendar, data: bytes, *, by: Person, at: datetime) -> Feed:
    """The days off of this file instead of those of any feed so far; FeedError says why not."""
    calendar = Calendar.objects.select_for_update(of=("self",)).get(pk=calendar.pk)
    permissions.require_set_times(by, calendar.department)
    feed = read_file(calendar, data, at)
    calendar.feed_url, calendar.feed_etag, calendar.feed_error = "", "", ""
    calendar.feed_copy, calendar.feed_fetched_at = text_of(data), at
    calendar.save(
        update_fields=["feed_url", "feed_etag", "feed_error", "feed_copy", "feed_fetched_at"]
    )
    note = _("Days off from a file")
    renew(calendar, partial(with_days, feed.days), note=note, at=at, by=by)
    return feed


def read_file(calendar: Calendar, data: bytes, now: datetime) -> Feed:
    """What this file says about the years that a calendar knows of; FeedError says why not."""
    zone = ZoneInfo(calendars.rules_of(calendar).zone)
    years = years_around(now.astimezone(zone).date())
    return read_feed(data, zone, date(years[0], 1, 1), date(years[-1] + 1, 1, 1))


def with_days(days: tuple[DayOff, ...], rules: CalendarRules, today: date) -> CalendarRules:
    """The rules with these days off instead of those of a feed so far."""
    return with_days_ahead(rules, days, SOURCE, today)
