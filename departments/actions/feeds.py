"""Feeds of calendars: follow one, read it again every day, keep what was good."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from departments import calendars, permissions
from departments.actions.horizon import renew, with_days_ahead
from departments.calendar_rules import CalendarRules, DayOff
from departments.feed_entries import text_of
from departments.feeds import MAX_BYTES, SOURCE, read_feed
from departments.models import Calendar, Person
from departments.public_holidays import years_around
from helpdesk.lib.background import later
from helpdesk.lib.errors import Refused
from helpdesk.lib.outbound_http import OutboundFailed, fetch
from helpdesk.lib.outbound_places import place_of

EVERY = timedelta(days=1)
AFTER_A_FAILURE = timedelta(hours=3)
MAX_ADDRESS = 500
# How calendars write the addresses of their feeds; it says nothing but "calendar".
WEBCAL = re.compile(r"^\s*webcals?://", re.IGNORECASE)


@dataclass(frozen=True)
class Visit:
    """What one visit to the address of a feed brought."""

    copy: str
    etag: str
    error: str


@transaction.atomic
def follow_feed(calendar: Calendar, *, url: str, by: Person, at: datetime) -> Calendar:
    """Take days off from the calendar at this address; an empty one ends it.

    The days come with the first visit, a moment later. The same address again asks for a visit.
    """
    calendar = Calendar.objects.select_for_update(of=("self",)).get(pk=calendar.pk)
    permissions.require_set_times(by, calendar.department)
    url = WEBCAL.sub("https://", url).strip()
    if url:
        place_of(url, settings.OUTBOUND_ALLOW)
    if len(url) > MAX_ADDRESS:
        raise Refused(_("This address is too long. Ask for a shorter one where you got it."))
    if url != calendar.feed_url:
        calendar.feed_url, calendar.feed_copy = url, ""
        calendar.feed_etag, calendar.feed_error = "", ""
    calendar.feed_fetched_at = None
    calendar.save(
        update_fields=["feed_url", "feed_copy", "feed_etag", "feed_error", "feed_fetched_at"]
    )
    if url:
        later("departments.refresh_feed", calendar.pk)
    else:
        renew(calendar, partial(_with_feed, ()), note=_("The calendar feed was removed"), at=at)
    return calendar


def due_feeds(now: datetime) -> list[int]:
    """Keys of the calendars whose feed is to be read again."""
    is_new = Q(feed_fetched_at=None)
    is_old = Q(feed_fetched_at__lte=now - EVERY)
    has_failed = ~Q(feed_error="") & Q(feed_fetched_at__lte=now - AFTER_A_FAILURE)
    feeds = Calendar.objects.exclude(feed_url="").filter(is_new | is_old | has_failed)
    return list(feeds.order_by("feed_fetched_at").values_list("pk", flat=True))


def refresh_due_feeds(now: datetime) -> None:
    """Nudge one visit for each feed that is due: a slow one keeps no other waiting."""
    for key in due_feeds(now):
        later("departments.refresh_feed", key)


def refresh_feed(calendar: Calendar, now: datetime) -> bool:
    """Read the feed again; whether days changed. What goes wrong is stored in words, not raised.

    The last good copy stays and is read for the years as they go by, also while the other side
    is away. Of several workers exactly one goes.
    """
    if not _claim(calendar, now):
        return False
    zone = ZoneInfo(calendars.rules_of(calendar).zone)
    years = years_around(now.astimezone(zone).date())
    since, until = date(years[0], 1, 1), date(years[-1] + 1, 1, 1)
    visit = _visit(calendar, zone, since, until)
    try:
        days = read_feed(visit.copy.encode(), zone, since, until).days if visit.copy else None
    except Refused:  # A copy of old, under limits that are new.
        days = None
    return _keep(calendar, visit, days, now)


def _claim(calendar: Calendar, now: datetime) -> bool:
    seen = Calendar.objects.filter(pk=calendar.pk, feed_fetched_at=calendar.feed_fetched_at)
    return seen.exclude(feed_url="").update(feed_fetched_at=now) == 1


def _visit(calendar: Calendar, zone: ZoneInfo, since: date, until: date) -> Visit:
    kept = calendar.feed_copy
    try:
        etag = calendar.feed_etag if kept else ""
        found = fetch(calendar.feed_url, max_bytes=MAX_BYTES, etag=etag)
        if found.status == 304 and kept:
            return Visit(kept, calendar.feed_etag, "")
        if found.status != 200:
            raise OutboundFailed(
                _("The address answers, but with no calendar (status %(status)s). Check it.")
                % {"status": found.status}
            )
        read_feed(found.body, zone, since, until)
        return Visit(text_of(found.body), found.etag, "")
    except Refused as refusal:
        return Visit(kept, calendar.feed_etag, str(refusal)[:300])


@transaction.atomic
def _keep(calendar: Calendar, visit: Visit, days: tuple[DayOff, ...] | None, now: datetime) -> bool:
    same = Calendar.objects.filter(pk=calendar.pk, feed_url=calendar.feed_url)
    kept = same.update(feed_copy=visit.copy, feed_etag=visit.etag, feed_error=visit.error)
    if not kept or days is None:  # Somebody follows another feed by now, or there is nothing.
        return False
    note = _("The calendar feed has other days")
    return renew(calendar, partial(_with_feed, days), note=note, at=now)


def _with_feed(days: tuple[DayOff, ...], rules: CalendarRules, today: date) -> CalendarRules:
    return with_days_ahead(rules, days, SOURCE, today)
