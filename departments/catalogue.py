"""What departments offer one reader: services on their shelves, and when each desk is open."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from itertools import groupby
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from departments.calendar_days import days_off
from departments.calendars import hours_of, rules_of, said_of
from departments.hours import Hours, HoursError
from departments.models import (
    Calendar,
    Category,
    Department,
    Installation,
    Membership,
    Person,
    Role,
    Service,
)
from departments.models.catalogue import ServiceQuerySet
from departments.permissions import people_who_may_read
from departments.promises import promise_of
from departments.when import day_words, moment_words, time_words

CLOSURES_SHOWN = timedelta(days=31)


@dataclass(frozen=True)
class Opening:
    """Whether a desk is open now; in words and in the reader's zone."""

    is_open: bool
    words: str
    at: datetime | None = None  # when it closes, or else opens


@dataclass(frozen=True)
class Offered:
    """A service with the moment by which its first answer is promised to who asks now."""

    service: Service
    answer_at: datetime | None


@dataclass(frozen=True)
class Shelf:
    """One department with what it offers this reader."""

    department: Department
    opening: Opening
    offered: list[Offered]


@dataclass(frozen=True)
class Day:
    """One line of the opening hours, in the desk's own time."""

    on: date
    words: str
    is_today: bool


def opening_of(hours: Hours, now: datetime, tz: tzinfo) -> Opening:
    """Open until when, or closed until when; a calendar without any hours is closed."""
    try:
        if not hours.is_open(now):
            return _closed_until(hours.next_opening(now), now, tz)
        closes = hours.closes_at(now)
    except HoursError:
        return Opening(False, _("Closed"))
    if closes is None:
        return Opening(True, _("Open around the clock"))
    return Opening(True, _("Open until %(time)s") % {"time": _soon(closes, now, tz)}, closes)


def _closed_until(opens: datetime, now: datetime, tz: tzinfo) -> Opening:
    is_today = opens.astimezone(tz).date() == now.astimezone(tz).date()
    if is_today:
        words = _("Opens at %(time)s") % {"time": time_words(opens, tz)}
    else:
        words = _("Opens %(moment)s") % {"moment": moment_words(opens, now, tz)}
    return Opening(False, words, opens)


def _soon(at: datetime, now: datetime, tz: tzinfo) -> str:
    """The time alone when it is today."""
    is_today = at.astimezone(tz).date() == now.astimezone(tz).date()
    return time_words(at, tz) if is_today else moment_words(at, now, tz)


def installation() -> Installation:
    """The installation with everything that a promise may fall back to."""
    return Installation.objects.select_related("calendar", "sla_policy", "triage").get()


def hours_of_desk(desk: Department, fallback: Installation) -> Hours:
    """When the desk is open: by its own calendar, else by the installation's."""
    return hours_of(desk.calendar or fallback.calendar)


def askable(person: Person) -> ServiceQuerySet:
    """What this person may ask for, with what is needed to tell its promise."""
    return (
        Service.objects.askable_by(person)
        .select_related("calendar", "sla_policy", "department__calendar", "department__sla_policy")
        .order_by("department__order", "department__name", "department", "order", "name")
    )


def shelves(
    person: Person, now: datetime, tz: tzinfo, desk: Department | None = None
) -> list[Shelf]:
    """Departments that offer this person something (or the given one), in order."""
    fallback = installation()
    services = askable(person) if desk is None else askable(person).filter(department=desk)
    return [
        _shelf(department, together, fallback, now, tz)
        for department, together in groupby(services, key=lambda service: service.department)
    ]


def _shelf(
    department: Department,
    services: Iterable[Service],
    fallback: Installation,
    now: datetime,
    tz: tzinfo,
) -> Shelf:
    hours = hours_of(department.calendar or fallback.calendar)
    offered = [
        Offered(service, answer_at(department, service, fallback, now)) for service in services
    ]
    return Shelf(department, opening_of(hours, now, tz), offered)


def answer_at(
    desk: Department, service: Service, fallback: Installation, now: datetime
) -> datetime | None:
    """By when who asks now hears from the desk; None where nothing is promised."""
    try:
        return promise_of(desk, service, fallback).first_answer(service.default_priority, now)
    except HoursError:  # A calendar that never opens promises nothing.
        return None


def categories_of(service: Service) -> list[Category]:
    """The kinds of problem to choose from, groups before what is in them."""
    living = service.categories.filter(is_retired=False).exclude(parent__is_retired=True)
    return list(living.select_related("parent"))


def week(calendar: Calendar, now: datetime) -> list[Day]:
    """The opening hours of the running week in the calendar's own time, special days included.

    A Saturday or Sunday without hours is left out.
    """
    hours, tz = hours_of(calendar), ZoneInfo(rules_of(calendar).zone)
    today = now.astimezone(tz).date()
    monday = today - timedelta(days=today.weekday())
    off = dict(days_off(said_of(calendar), monday, monday + timedelta(days=7)))
    days = [
        Day(on, _hours_words(hours, on, tz), on == today)
        for on in (monday + timedelta(days=number) for number in range(7))
    ]
    return [
        Day(day.on, day.words or _closed_words(off.get(day.on, "")), day.is_today)
        for day in days
        if day.words or day.on.weekday() < 5
    ]


def _closed_words(why: str) -> str:
    return _("closed, %(why)s") % {"why": why} if why else _("closed")


def _hours_words(hours: Hours, on: date, tz: tzinfo) -> str:
    """“09:00 to 12:30, 13:30 to 17:00”, or nothing."""
    start = datetime.combine(on, time.min, tz)
    end = datetime.combine(on + timedelta(days=1), time.min, tz)
    return ", ".join(
        _("%(opens)s to %(closes)s")
        % {
            "opens": time_words(opens, tz),
            "closes": "24:00" if closes == end else time_words(closes, tz),
        }
        for opens, closes in hours.intervals(start, end)
    )


def closures_ahead(calendar: Calendar, now: datetime) -> list[str]:
    """“Fri 20 Mar, Ramazan Bayramı”: the whole closed days of the next month.

    Public holidays in the reader's language.
    """
    today = now.astimezone(ZoneInfo(rules_of(calendar).zone)).date()
    ahead = days_off(said_of(calendar), today, today + CLOSURES_SHOWN)
    return [", ".join(filter(None, [day_words(on, today), name])) for on, name in ahead]


def team(department: Department) -> list[Person]:
    """Who works at the desk: the head first, then leads, then agents by name."""
    members = (
        Membership.objects.filter(
            Q(department=department), Q(person__is_active=True), ~Q(role=Role.OBSERVER)
        )
        .select_related("person")
        .order_by("person__name", "person")
    )
    people = {member.person: member.role != Role.LEAD for member in members}
    if department.head is not None and department.head.is_active:
        people.setdefault(department.head, False)
    return sorted(people, key=lambda person: (person.pk != department.head_id, people[person]))


def heads_to_ask(departments: Iterable[Department]) -> list[Person]:
    """Heads who say what to ask them about."""
    heads = {department.head_id for department in departments if department.head_id}
    return list(Person.objects.active().filter(pk__in=heads).exclude(ask_me="").by_name())


def readers(desk: Department, service: Service | None) -> list[Person]:
    """The desk people who would read a request for this service (None: any of the desk)."""
    if service is not None:
        return list(people_who_may_read(service).order_by("name", "pk"))
    members = Person.objects.active().filter(memberships__department=desk)
    return list(members.distinct().order_by("name", "pk"))
