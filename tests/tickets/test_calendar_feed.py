"""The page about the feed of a calendar: an address that is followed, a file that is taken over."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from departments.actions import timing
from departments.calendar_rules import DayOff
from departments.calendars import rules_of
from departments.feeds import MAX_BYTES
from departments.models import Calendar, CalendarVersion, Person, TargetKind
from tests.cast import OFFICE_HOURS, Company
from tests.conftest import MONDAY, Make
from tests.departments.ics import calendar, event, whole_day
from tests.tickets.pages import tree_of, value_of, words_of
from tickets.actions import resettling
from tickets.models import Clock

SignIn = Callable[[Person], Client]
ADDRESS = "https://calendar.example/holidays.ics"
TEAM_DAY = ("20260310", "Team day")


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with time_machine.travel(MONDAY + timedelta(minutes=30), tick=False):
        yield


@pytest.fixture
def own(company: Company) -> Calendar:
    made = timing.found_calendar("IT office", OFFICE_HOURS, department=company.it, at=MONDAY)
    company.it.calendar = made
    company.it.save(update_fields=["calendar"])
    return made


@pytest.fixture
def lead(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.jonas)


def page_of(calendar: Calendar) -> str:
    return f"/desk/times/calendars/{calendar.pk}/feed/"


def ics(*days: tuple[str, str], more: str = "") -> bytes:
    entries = [whole_day(on, name, uid=on) for on, name in days]
    return calendar(*entries, *filter(None, [more]))


def look(client: Client, calendar: Calendar, data: bytes) -> Any:
    file = SimpleUploadedFile("days.ics", data, content_type="text/calendar")
    return client.post(page_of(calendar), {"do": "look", "file": file})


def take(client: Client, calendar: Calendar, data: bytes) -> Any:
    """Look at the days of a file, then take them over."""
    shown = look(client, calendar, data)
    sent = {"do": "take", "text": value_of(shown, "text")}
    return client.post(page_of(calendar), sent)


def follow(client: Client, calendar: Calendar, url: str = ADDRESS) -> Any:
    return client.post(page_of(calendar), {"do": "follow", "url": url})


def fed(calendar: Calendar) -> tuple[DayOff, ...]:
    rules = rules_of(Calendar.objects.get(pk=calendar.pk))
    return tuple(off for off in rules.closures if off.source == "feed")


# --- A file -------------------------------------------------------------------------------------


def test_a_file_is_looked_at_before_its_days_count(make: Make, lead: Client, own: Calendar) -> None:
    make.ticket()
    answer = look(lead, own, ics(TEAM_DAY, ("20261224", "Christmas Eve")))
    assert answer.status_code == 200
    words = words_of(answer)
    assert "This file names 2 days off from today on" in words
    assert "tomorrow Team day" in words
    assert "This moves 1 running clock of 2." in words
    assert fed(own) == ()


def test_its_days_are_taken_over_and_clocks_follow(
    make: Make, company: Company, lead: Client, own: Calendar
) -> None:
    ticket = make.ticket()
    solution = Clock.objects.get(ticket=ticket, kind=TargetKind.RESOLUTION)
    answer = take(lead, own, ics(TEAM_DAY))
    assert answer.status_code == 302
    assert fed(own) == (DayOff(date(2026, 3, 10), "Team day", "feed"),)
    resettling.resettle(now=MONDAY + timedelta(minutes=31))
    moved = Clock.objects.get(pk=solution.pk)
    assert solution.due_at == datetime(2026, 3, 12, 7, 0, tzinfo=UTC)
    assert moved.due_at == datetime(2026, 3, 13, 7, 0, tzinfo=UTC)
    version = CalendarVersion.objects.get(calendar=own, number=2)
    assert (version.made_by, version.note) == (company.jonas, "Days off from a file")


def test_the_page_lists_the_days_and_where_they_came_from(lead: Client, own: Calendar) -> None:
    take(lead, own, ics(TEAM_DAY))
    words = words_of(lead.get(page_of(own)))
    assert "tomorrow Team day" in words
    assert "From a file," in words


def test_names_in_any_script_survive(lead: Client, own: Calendar) -> None:
    take(lead, own, ics(("20260320", "Ramazan Bayramı"), ("20260321", "春分の日 <b>")))
    assert [off.name for off in fed(own)] == ["Ramazan Bayramı", "春分の日 <b>"]
    assert "<b>" not in lead.get(page_of(own)).content.decode().split("<main")[1]


def test_another_file_stands_in_place_of_the_first(lead: Client, own: Calendar) -> None:
    take(lead, own, ics(TEAM_DAY))
    take(lead, own, ics(("20260311", "Other day")))
    assert [off.name for off in fed(own)] == ["Other day"]


def test_what_was_left_out_of_a_file_is_said(lead: Client, own: Calendar) -> None:
    meeting = event("DTSTART:20260310T090000Z", "DTEND:20260310T100000Z", uid="m")
    words = words_of(look(lead, own, ics(TEAM_DAY, more=meeting)))
    assert "1 entry covers only a part of a day and closes nothing." in words


def test_many_days_fold(lead: Client, own: Calendar) -> None:
    first = date(2026, 3, 10)
    many = [(f"{first + timedelta(days=3 * n):%Y%m%d}", f"Day {n}") for n in range(40)]
    words = words_of(look(lead, own, ics(*many)))
    assert "10 more days" in words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"hello", "This is not a calendar in the iCalendar format"),
        (b"\x89PNG\r\n", "This is not a calendar in the iCalendar format"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "breaks off before its end"),
        (b"", "This file is empty. Choose another one."),
        (b"BEGIN:VCALENDAR" + b" " * MAX_BYTES, "too large"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused_kindly(
    lead: Client, own: Calendar, data: bytes, words: str
) -> None:
    answer = look(lead, own, data)
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert own.versions.count() == 1


def test_no_file_at_all_is_asked_for(lead: Client, own: Calendar) -> None:
    answer = lead.post(page_of(own), {"do": "look"})
    assert answer.status_code == 422
    assert "Choose a calendar file." in words_of(answer)


@pytest.mark.parametrize("text", ["", "hello", "BEGIN:VCALENDAR", "\0"])
def test_what_somebody_sends_instead_is_refused(lead: Client, own: Calendar, text: str) -> None:
    answer = lead.post(page_of(own), {"do": "take", "text": text})
    assert answer.status_code == 422
    assert own.versions.count() == 1


# --- An address ---------------------------------------------------------------------------------


def test_an_address_is_followed(lead: Client, own: Calendar) -> None:
    answer = follow(lead, own, "webcal://calendar.example/holidays.ics")
    assert answer.status_code == 302
    assert Calendar.objects.get(pk=own.pk).feed_url == ADDRESS
    assert "It is being read." in words_of(lead.get(page_of(own)))


def test_the_page_says_when_it_was_read_last(lead: Client, own: Calendar) -> None:
    follow(lead, own)
    Calendar.objects.filter(pk=own.pk).update(feed_fetched_at=MONDAY)
    assert "Last read: today 08:00" in words_of(lead.get(page_of(own)))


def test_a_feed_that_cannot_be_read_says_why_and_keeps_the_last_good_copy(
    lead: Client, own: Calendar
) -> None:
    follow(lead, own)
    Calendar.objects.filter(pk=own.pk).update(
        feed_fetched_at=MONDAY, feed_error="The other side does not answer.", feed_copy="x"
    )
    words = words_of(lead.get(page_of(own)))
    assert "The feed cannot be read. The other side does not answer." in words
    assert "The last good copy is used meanwhile." in words
    assert "The feed cannot be read" in words_of(lead.get("/desk/times/calendars/"))


@pytest.mark.parametrize(
    "url",
    ["", "calendar", "ftp://calendar.example/x", f"https://{'x' * 600}"],
)
def test_an_address_that_cannot_be_followed_is_refused(
    lead: Client, own: Calendar, url: str
) -> None:
    answer = follow(lead, own, url)
    assert answer.status_code == 422
    assert value_of(answer, "url") == url
    assert Calendar.objects.get(pk=own.pk).feed_url == ""


def test_it_can_be_read_again_now(lead: Client, own: Calendar) -> None:
    follow(lead, own)
    Calendar.objects.filter(pk=own.pk).update(feed_fetched_at=MONDAY)
    answer = lead.get(page_of(own))
    form = tree_of(answer).xpath("//form[.//button[@value='again']]")[0]
    lead.post(page_of(own), dict(form.form_values()) | {"do": "again"})
    assert Calendar.objects.get(pk=own.pk).feed_fetched_at is None


def test_following_no_longer_takes_its_days_away(lead: Client, own: Calendar) -> None:
    take(lead, own, ics(TEAM_DAY))
    follow(lead, own)
    lead.post(page_of(own), {"do": "stop"})
    assert fed(own) == ()
    assert Calendar.objects.get(pk=own.pk).feed_url == ""


def test_the_editor_leaves_the_days_of_a_feed_alone(lead: Client, own: Calendar) -> None:
    take(lead, own, ics(TEAM_DAY))
    page = f"/desk/times/calendars/{own.pk}/"
    words = words_of(lead.get(page))
    assert "Tue 10 closed Team day" in words


# --- Doors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("button", ["", "save", "xyz"])
def test_a_button_that_nobody_has_does_not_exist(lead: Client, own: Calendar, button: str) -> None:
    assert lead.post(page_of(own), {"do": button}).status_code == 404


@pytest.mark.parametrize("who", ["andreea", "mihai", "sam", "olga"])
@pytest.mark.parametrize("button", ["follow", "stop", "look", "take", "again"])
def test_nobody_else_reaches_it(
    company: Company, sign_in: SignIn, own: Calendar, who: str, button: str
) -> None:
    client = sign_in(getattr(company, who))
    sent = {"do": button, "url": ADDRESS, "text": ics(TEAM_DAY).decode()}
    assert client.post(page_of(own), sent).status_code == 404
    assert (fed(own), own.versions.count()) == ((), 1)
