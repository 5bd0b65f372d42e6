"""The pages about calendars: which there are, who uses them, the days ahead, what changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.dates import MONTHS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from departments.calendar_changes import FEED, changes, place_words
from departments.calendar_days import Day, Daybook, Stretch, week_stretches, week_words
from departments.calendar_rules import CalendarRules, DayOff, Week
from departments.calendars import said_of, said_with
from departments.models import (
    Calendar,
    CalendarVersion,
    Department,
    Installation,
    Person,
    Service,
)
from departments.when import day_words
from tickets.promise_pages import led_by

VERSIONS_SHOWN = 20
DAYS_AHEAD = 60


# --- Which there are --------------------------------------------------------------------------


@dataclass(frozen=True)
class Bar:
    """An open stretch on a strip, which is a day drawn on a line, a unit for each minute."""

    x: int
    width: int


@dataclass(frozen=True)
class Row:
    """One calendar in the list."""

    calendar: Calendar
    rules: CalendarRules
    week: str
    strips: Sequence[tuple[str, Sequence[Bar]]]
    used_by: Sequence[str]
    may_change: bool

    @property
    def zone(self) -> str:
        return self.rules.zone.replace("_", " ")

    @property
    def place(self) -> str:
        """Whose public holidays it keeps."""
        return place_words(self.rules.holidays) if self.rules.holidays else ""


@dataclass(frozen=True)
class Shelf:
    """The calendars of one desk, or of the house."""

    desk: Department | None
    rows: Sequence[Row]
    may_add: bool


def readable(person: Person, desks: Iterable[Department]) -> list[Calendar]:
    """Those of the desks, and the house's."""
    found = Calendar.objects.filter(Q(department=None) | Q(department__in=desks))
    return list(found.select_related("current", "department").order_by("name", "pk"))


def shelves(person: Person) -> list[Shelf]:
    """What this person may look at; the same number of queries for one calendar and for thirty."""
    desks = led_by(person)
    calendars = readable(person, desks)
    users = used_by(calendars, person)
    found = []
    for desk in [*desks, None]:
        may_change = person.is_administrator if desk is None else True
        rows = [
            _row(one, users[one.pk], may_change=may_change)
            for one in calendars
            if one.department == desk
        ]
        found.append(Shelf(desk, rows, may_change))
    return found


def _row(calendar: Calendar, users: Sequence[str], *, may_change: bool) -> Row:
    rules = calendar.version.said
    return Row(calendar, rules, week_words(rules), strips(rules.week), users, may_change)


def used_by(calendars: Sequence[Calendar], reader: Person) -> Mapping[int, list[str]]:
    """Who uses each, in words. Services that the reader cannot see are counted, not named."""
    keys = [calendar.pk for calendar in calendars]
    found: dict[int, list[str]] = defaultdict(list)
    house = Installation.objects.get()
    found[house.calendar_id].append(_("everything that has no other hours"))
    for desk in Department.objects.filter(calendar__in=keys):
        assert desk.calendar_id is not None  # filtered by it
        found[desk.calendar_id].append(_("all of %(desk)s") % {"desk": desk.name})
    seen = set(Service.objects.visible_to(reader).values_list("pk", flat=True))
    hidden: dict[int, int] = defaultdict(int)
    for service in Service.objects.exclude(state=Service.State.RETIRED).filter(calendar__in=keys):
        assert service.calendar_id is not None  # filtered by it
        if service.pk in seen:
            found[service.calendar_id].append(service.name)
        else:
            hidden[service.calendar_id] += 1
    for key, number in hidden.items():
        words = ngettext("%(n)s service of another desk", "%(n)s services of other desks", number)
        found[key].append(words % {"n": number})
    return found


# --- Drawn --------------------------------------------------------------------------------------


def bars(stretches: Iterable[Stretch]) -> list[Bar]:
    return [Bar(start, end - start) for start, end in stretches]


def strips(week: Week) -> list[tuple[str, Sequence[Bar]]]:
    """Each weekday with its open stretches."""
    days = enumerate(week_stretches(week))
    return [(str(WEEKDAYS_ABBR[day]), bars(stretches)) for day, stretches in days]


# --- The days ahead -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One day of the preview."""

    on: date
    label: str
    hours: Sequence[str]
    bars: Sequence[Bar]
    why: str
    before: str  # The hours that hold so far, where others are proposed.
    is_closed: bool
    is_today: bool

    @property
    def is_monday(self) -> bool:
        return self.on.weekday() == 0


@dataclass(frozen=True)
class Month:
    """The lines of one month."""

    label: str
    lines: Sequence[Line]


def ahead(calendar: Calendar | None, rules: CalendarRules, now: datetime) -> list[Month]:
    """The next sixty days as they are stored, or by these rules where nothing is yet."""
    return _months(Daybook(said_of(calendar) if calendar else [(None, rules)]), now)


def ahead_with(
    calendar: Calendar | None, rules: CalendarRules, valid_from: date | None, now: datetime
) -> list[Month]:
    """The next sixty days as they would be with these rules from a day on."""
    if calendar is None:
        return _months(Daybook([(None, rules)]), now)
    book = Daybook(said_with(calendar, rules, valid_from))
    return _months(book, now, Daybook(said_of(calendar)))


def _months(book: Daybook, now: datetime, before: Daybook | None = None) -> list[Month]:
    today = today_of(book.held[-1][1], now)
    days = book.days(today, DAYS_AHEAD)
    old = days if before is None else before.days(today, DAYS_AHEAD)
    lines = [_line(day, was, today) for day, was in zip(days, old, strict=True)]
    return [
        Month(f"{MONTHS[month]} {year}", list(together))
        for (year, month), together in groupby(lines, key=lambda one: (one.on.year, one.on.month))
    ]


def _line(day: Day, before: Day, today: date) -> Line:
    return Line(
        on=day.on,
        label=f"{WEEKDAYS_ABBR[day.on.weekday()]} {day.on.day}",
        hours=day.hours_words.split(", "),
        bars=bars(day.stretches),
        why=why_words(day),
        before="" if day.stretches == before.stretches else before.hours_words,
        is_closed=not day.stretches,
        is_today=day.on == today,
    )


def planned(calendar: Calendar | None, today: date) -> str:
    """The first day of times that are saved but do not hold yet, in words; or nothing."""
    since = calendar.version.valid_from if calendar else None
    return day_words(since, today) if since is not None and since > today else ""


def is_earlier(one: date | None, other: date | None) -> bool:
    """Of two first days, where none is the beginning."""
    return (one or date.min) < (other or date.min)


def office_hours(zone: str) -> CalendarRules:
    """What a calendar made from nothing begins with: Monday to Friday, nine to five."""
    return CalendarRules(zone, {day: ((time(9), time(17)),) for day in range(5)})


def why_words(day: Day) -> str:
    """Why the day is not like its weekday, or not like the one before."""
    found = list(day.names)
    if not found and day.is_off:
        found.append(pgettext("day", "day off"))
    if not found and day.is_special:
        found.append(pgettext("day", "special hours"))
    if day.shift and day.stretches:
        forward = day.shift > 0
        found.append(_("the clocks go forward") if forward else _("the clocks go back"))
    if day.begins:
        found.append(_("from here on these hours"))
    return ", ".join(found)


# --- Days off from elsewhere --------------------------------------------------------------------


def today_of(rules: CalendarRules, now: datetime) -> date:
    return now.astimezone(ZoneInfo(rules.zone)).date()


def feed_days(rules: CalendarRules, now: datetime) -> list[tuple[str, str]]:
    """The days off that a feed or a file brought, from today on, in words with their names."""
    fed = [off for off in rules.closures if off.source == FEED]
    return named_days(fed, today_of(rules, now))


def named_days(days: Iterable[DayOff], today: date) -> list[tuple[str, str]]:
    ahead = sorted((off.on, off.name) for off in days if off.on >= today)
    return [(day_words(on, today), name) for on, name in ahead]


# --- What it was before -------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """One version and what it changed."""

    version: CalendarVersion
    sentences: Sequence[str]

    @property
    def is_first(self) -> bool:
        return self.version.number == 1

    @property
    def since(self) -> str:
        """From which day on it holds, in words."""
        if self.version.valid_from is None:
            return _("from the beginning")
        day = day_words(self.version.valid_from, date.min)
        return _("from %(day)s") % {"day": day}


def history(calendar: Calendar, upto: int | None = None) -> tuple[list[Entry], int | None]:
    """The newest versions up to a number, and the number at which the next page begins."""
    versions = calendar.versions.select_related("made_by").order_by("-number")
    if upto is not None:
        versions = versions.filter(number__lte=upto)
    rows = list(versions[: VERSIONS_SHOWN + 1])
    found = [
        Entry(row, changes(before.said, row.said) if before is not None else [])
        for row, before in zip(rows, [*rows[1:], None], strict=True)
    ]
    return found[:VERSIONS_SHOWN], rows[-1].number if len(rows) > VERSIONS_SHOWN else None
