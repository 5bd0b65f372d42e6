"""What one version of a calendar changed in another, in words."""

from collections.abc import Iterable, Iterator
from datetime import date, time
from itertools import groupby

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from departments import public_holidays
from departments.calendar_days import intervals_words
from departments.calendar_rules import CalendarRules, DayOff, HolidayChoice
from departments.when import day_words

OWN, FEED = "own", "feed"
NAMED = 5  # Days that are told one by one; the others are counted.
# So that no day is “today”: these words are read for years.
LONG_AGO = date(1, 1, 1)


def changes(before: CalendarRules, after: CalendarRules) -> list[str]:
    """Every difference as a sentence."""
    return [
        *_zone(before, after),
        *_week(before, after),
        *_holidays(before, after),
        *_closures(before, after),
        *_special(before, after),
        *_feed(before, after),
    ]


def place_words(choice: HolidayChoice) -> str:
    """“Germany, Bavaria”."""
    country = dict(public_holidays.countries()).get(choice.country, choice.country)
    if not choice.subdivision or choice.country not in public_holidays.CODES:
        return country
    regions = dict(public_holidays.subdivisions(choice.country))
    return f"{country}, {regions.get(choice.subdivision, choice.subdivision)}"


def _zone(before: CalendarRules, after: CalendarRules) -> Iterator[str]:
    if before.zone != after.zone:
        yield _("Time zone %(now)s instead of %(was)s") % {"now": after.zone, "was": before.zone}


def _week(before: CalendarRules, after: CalendarRules) -> Iterator[str]:
    """Days that changed in the same way stand together."""
    closed = pgettext("day", "closed")

    def change_of(day: int) -> tuple[str, str]:
        was = intervals_words(before.week.get(day, ())) or closed
        return was, intervals_words(after.week.get(day, ())) or closed

    for (was, now), together in groupby(range(7), key=change_of):
        if was != now:
            days = list(together)
            ends = dict.fromkeys(str(WEEKDAYS_ABBR[day]) for day in (days[0], days[-1]))
            words = {"days": "–".join(ends), "now": now, "was": was}
            yield _("%(days)s: %(now)s instead of %(was)s") % words


def _holidays(before: CalendarRules, after: CalendarRules) -> Iterator[str]:
    was, now = before.holidays, after.holidays
    if now is None:
        if was is not None:
            yield _("No public holidays any more")
        return
    if was is None or (was.country, was.subdivision) != (now.country, now.subdivision):
        yield _("Public holidays of %(place)s") % {"place": place_words(now)}
        return
    for pattern, days in (
        (_("Open on the public holiday %(days)s"), now.off - was.off),
        (_("Closed on the public holiday %(days)s"), was.off - now.off),
    ):
        if days:
            yield pattern % {"days": _dates(days)}


def _closures(before: CalendarRules, after: CalendarRules) -> Iterator[str]:
    was, now = set(_of(before, OWN)), set(_of(after, OWN))
    for pattern, days in (
        (_("Closed on %(days)s"), now - was),
        (_("Not closed any more on %(days)s"), was - now),
    ):
        if days:
            yield pattern % {"days": _dates(off.on for off in days)}


def _special(before: CalendarRules, after: CalendarRules) -> Iterator[str]:
    for on in sorted({one.on for one in {*before.special} ^ {*after.special}})[:NAMED]:
        hours = intervals_words(_hours_on(after, on))
        words = {"day": day_words(on, LONG_AGO), "hours": hours}
        if hours:
            yield _("Open on %(day)s at %(hours)s") % words
        else:
            yield _("No hours of its own any more on %(day)s") % words


def _feed(before: CalendarRules, after: CalendarRules) -> Iterator[str]:
    was, now = set(_of(before, FEED)), set(_of(after, FEED))
    for days, pattern in (
        (now - was, ngettext("%(n)s day off more", "%(n)s days off more", len(now - was))),
        (was - now, ngettext("%(n)s day off less", "%(n)s days off less", len(was - now))),
    ):
        if days:
            words = {"change": pattern % {"n": len(days)}, "days": _dates(off.on for off in days)}
            yield _("Calendar feed: %(change)s, %(days)s") % words


def _of(rules: CalendarRules, source: str) -> Iterator[DayOff]:
    return (off for off in rules.closures if off.source == source)


def _hours_on(rules: CalendarRules, on: date) -> list[tuple[time, time]]:
    return [(one.opens, one.closes) for one in rules.special if one.on == on]


def _dates(days: Iterable[date]) -> str:
    """“Thu 24 Dec 2026, Fri 25 Dec 2026”; of many the first ones and how many more."""
    ordered = sorted(set(days))
    named = ", ".join(day_words(on, LONG_AGO) for on in ordered[:NAMED])
    left = len(ordered) - NAMED
    if left <= 0:
        return named
    more = ngettext("%(days)s and %(n)s more", "%(days)s and %(n)s more", left)
    return more % {"days": named, "n": left}
