"""Calendar feeds: the days off that somebody else's calendar names.

What counts: an entry for whole days takes each of them, an entry with times takes the days that it
covers from midnight to midnight in the desk's zone. Entries that cover only parts of days close
nothing; they are counted, so that a lead sees that they were left out. What is cancelled does not
count. What is marked as free (TRANSPARENT) does: public calendars mark all their holidays so,
because nobody has an appointment then.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta, tzinfo

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from departments.calendar_rules import DayOff
from departments.feed_entries import MAX_NAME, Entry, TooManyEntries, read_entries, text_of
from departments.recurrence import Budget, TooMuch, dates
from helpdesk.lib.errors import Refused

SOURCE = "feed"

MAX_BYTES = 1_000_000
# Days looked at for all rules together, and days taken by all entries together.
MAX_LOOKED_AT = 300_000
MAX_TAKEN = 50_000
# What closes more is no list of days off, and a desk that is never open helps nobody.
MAX_DAYS_OF_A_YEAR = 200

DAY = timedelta(days=1)


class FeedError(Refused):
    """This cannot be used as a calendar of days off; the words say why."""

    def __init__(self, reason: object) -> None:
        super().__init__(reason, code="feed")


@dataclass(frozen=True)
class Feed:
    """What a feed says about a window of days."""

    days: tuple[DayOff, ...]  # in order, one for each date
    part_days: int = 0  # entries left out because they cover parts of days only
    unreadable: int = 0  # entries left out because they make no sense


def read_feed(data: bytes, zone: tzinfo, since: date, until: date) -> Feed:
    """The days off in [since, until). Raises FeedError, and nothing else, whatever the bytes."""
    text = _calendar(data)
    try:
        entries, unreadable = read_entries(text, zone)
        if unreadable and not entries:
            raise FeedError(_("None of the entries of this calendar can be read."))
        days = tuple(_days_off(entries, zone, since, until))
    except (TooManyEntries, TooMuch):
        raise FeedError(
            _("This calendar has far more entries than a list of days off. Choose another one.")
        ) from None
    _require_open_days(days)
    part_days = sum(not (e.is_cancelled or e.takes_whole_days(zone)) for e in entries)
    return Feed(days, part_days, unreadable)


def _calendar(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise FeedError(
            _("This calendar is larger than %(size)s. Choose one that has only the days off.")
            % {"size": filesizeformat(MAX_BYTES)}
        )
    text = text_of(data)
    if text[:1000].lstrip()[:15].upper() != "BEGIN:VCALENDAR":
        raise FeedError(
            _("This is not a calendar in the iCalendar format (.ics). Choose another one.")
        )
    if text[-1000:].rstrip()[-13:].upper() != "END:VCALENDAR":
        raise FeedError(_("This calendar breaks off before its end. Get it again."))
    return text


@dataclass
class Series:
    """The entries with one UID: what repeats, and what stands for single days of it."""

    entries: list[Entry] = field(default_factory=list)
    replaced: set[date] = field(default_factory=set)
    later: dict[date, Entry] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        if entry.replaces is None:
            self.entries.append(entry)
        elif entry.replaces_what_follows:
            self.later[entry.replaces] = entry
        else:
            self.replaced.add(entry.replaces)
            self.entries.append(entry)

    def as_it_is(self, entry: Entry, day: date) -> tuple[Entry, date]:
        """What really happens instead of this entry on this day of the series."""
        changes = [since for since in self.later if since <= day]
        if not changes or entry.replaces is not None:
            return entry, day
        later = self.later[max(changes)]
        return later, day + (later.first - max(changes))


def _days_off(entries: list[Entry], zone: tzinfo, since: date, until: date) -> Iterator[DayOff]:
    series: dict[str, Series] = defaultdict(Series)
    for number, entry in enumerate(entries):
        series[entry.uid or f"no uid {number}"].add(entry)
    names: dict[date, dict[str, None]] = defaultdict(dict)
    looked_at, taken = Budget(MAX_LOOKED_AT), Budget(MAX_TAKEN)
    for one in series.values():
        for entry, day in _occurrences(one, zone, since, until, looked_at):
            first, end = entry.span(day, zone)
            first, end = max(first, since), min(end, until)
            taken.spend(1 + max(0, (end - first).days))
            while first < end:
                names[first][entry.name] = None
                first += DAY
    for on, named in sorted(names.items()):
        yield DayOff(on, ", ".join(filter(None, named))[:MAX_NAME].rstrip(), SOURCE)


def _occurrences(
    series: Series, zone: tzinfo, since: date, until: date, budget: Budget
) -> Iterator[tuple[Entry, date]]:
    """Each entry that takes days in the window, with the day on which it begins."""
    for entry in series.entries:
        if entry.is_cancelled or not (series.later or entry.takes_whole_days(zone)):
            continue
        for day in sorted(_beginnings(entry, since, until, budget)):
            if entry.replaces is None and (day in series.replaced or day in entry.left_out):
                continue
            really, on = series.as_it_is(entry, day)
            if not really.is_cancelled and really.takes_whole_days(zone):
                yield really, on


def _beginnings(entry: Entry, since: date, until: date, budget: Budget) -> set[date]:
    """On which days it begins, as far as it may touch the window, in whatever zone."""
    if entry.rule is None:
        return {entry.first, *entry.added}
    earliest = max(date.min.toordinal(), since.toordinal() - entry.length.days - 2)
    days = dates(entry.rule, entry.first, date.fromordinal(earliest), until + DAY, budget)
    return {*days, *entry.added}


def _require_open_days(days: tuple[DayOff, ...]) -> None:
    years = [day.on.year for day in days]
    for year in sorted(set(years)):
        if years.count(year) > MAX_DAYS_OF_A_YEAR:
            raise FeedError(
                _(
                    "This calendar names %(count)s days of %(year)s. That is no list of days off: "
                    "choose another one."
                )
                % {"count": years.count(year), "year": year}
            )
