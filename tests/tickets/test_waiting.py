"""Silence: one reminder, solved by silence where a service says so, and closing after a window."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from departments.actions import timing
from departments.calendar_rules import DayOff
from departments.models import Person, Service
from tests.cast import OFFICE_HOURS, Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.actions import timekeeping
from tickets.actions.chores import work_off
from tickets.events import Kind, sentence
from tickets.models import Notification, OutboundMail, Outcome, State, Ticket
from tickets.reactions import running

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
THURSDAY = MONDAY + 3 * DAY
ISTANBUL = ZoneInfo("Europe/Istanbul")
Settings = Callable[..., None]


@pytest.fixture
def laptop(company: Company) -> Settings:
    """What the laptop service says about silence and windows."""

    def says(**values: Any) -> None:
        Service.objects.filter(pk=company.laptop.pk).update(**values)
        company.laptop.refresh_from_db()

    return says


def asked(make: Make, company: Company, at: datetime = MONDAY, **fields: Any) -> Ticket:
    """A ticket on which Mihai asked something."""
    ticket = make.ticket(at=at, **fields)
    actions.reply(
        ticket, by=company.mihai, body="Which model?", then=State.WAITING_REQUESTER, at=at
    )
    return Ticket.objects.get(pk=ticket.pk)


def kinds(ticket: Ticket) -> list[str]:
    return list(ticket.events.order_by("pk").values_list("kind", flat=True))


def there(at: datetime | None) -> str:
    return at.astimezone(ISTANBUL).strftime("%a %d %H:%M") if at else "never"


# --- The reminder ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "at", "expected"),
    [
        (3, MONDAY, "Thu 12 10:00"),
        (1, MONDAY, "Tue 10 10:00"),
        (5, MONDAY, "Mon 16 10:00"),
        (3, MONDAY + 4 * DAY, "Wed 18 10:00"),  # asked on Friday
        (1, MONDAY + 9 * HOUR, "Wed 11 09:00"),  # asked at 19:00: nobody is there on Tuesday then
        (1, MONDAY - 5 * HOUR, "Tue 10 09:00"),  # asked at 05:00
        (0, MONDAY, "never"),
    ],
)
def test_a_reminder_is_due_some_opening_days_on_at_the_same_hour(
    make: Make, company: Company, laptop: Settings, days: int, at: datetime, expected: str
) -> None:
    laptop(remind_days=days)
    assert there(asked(make, company, at).remind_at) == expected


def test_a_closed_day_is_no_opening_day(make: Make, company: Company) -> None:
    closed = DayOff(MONDAY.date() + 2 * DAY)
    timing.change_calendar(
        company.calendar,
        OFFICE_HOURS.__class__(OFFICE_HOURS.zone, OFFICE_HOURS.week, closures=(closed,)),
        valid_from=None,
        by=None,
    )
    assert there(asked(make, company).remind_at) == "Fri 13 10:00"


def test_a_silent_requester_is_asked_once_more(make: Make, company: Company) -> None:
    ticket = asked(make, company)
    for late in (0, 1, 30):
        timekeeping.sweep(now=THURSDAY + late * DAY)
    reminded = ticket.events.get(kind=Kind.REMINDED)
    assert (reminded.at, reminded.actor_kind, reminded.is_public) == (THURSDAY, "clock", True)
    assert sentence(reminded) == "We asked Elif again."


def test_the_reminder_goes_by_mail_and_notice_to_the_requester_alone(
    make: Make, company: Company
) -> None:
    ticket = asked(make, company)
    actions.add_participant(ticket, person=company.olga, by=company.mihai)
    timekeeping.sweep(now=THURSDAY)
    for _worker in range(2):
        ticket.events.update(reacted_at=None, claimed_at=None)
        running.react_to_pending()
    mail = OutboundMail.objects.get(kind="reminder")
    assert mail.to_address == company.elif_.email
    for part in ("Elif, we still need something from you.", "Which model?"):
        assert part in mail.text
        assert part in mail.html
    assert mail.headers["Auto-Submitted"] == "auto-generated"
    assert Notification.objects.get(event__kind=Kind.REMINDED).person == company.elif_


def test_a_confidential_reminder_carries_no_words(make: Make, company: Company) -> None:
    ticket = make.secret()
    actions.reply(
        ticket, by=company.misaki, body="Canary?", then=State.WAITING_REQUESTER, at=MONDAY
    )
    timekeeping.sweep(now=THURSDAY)
    running.react_to_pending()
    mail = OutboundMail.objects.get(kind="reminder")
    assert "Canary" not in mail.text + mail.html + mail.subject


def test_who_answers_is_not_reminded(make: Make, company: Company) -> None:
    ticket = asked(make, company)
    actions.reply(ticket, by=company.elif_, body="This one", at=MONDAY + DAY)
    timekeeping.sweep(now=THURSDAY)
    assert Kind.REMINDED not in kinds(ticket)


def test_an_agent_who_asks_again_takes_the_place_of_the_reminder(
    make: Make, company: Company
) -> None:
    ticket = asked(make, company)
    actions.reply(ticket, by=company.mihai, body="Any news?", at=MONDAY + 2 * DAY)
    timekeeping.sweep(now=THURSDAY)
    assert Kind.REMINDED not in kinds(ticket)
    timekeeping.sweep(now=MONDAY + 7 * DAY)
    assert Kind.REMINDED in kinds(ticket)


def test_each_new_question_has_a_reminder_of_its_own(make: Make, company: Company) -> None:
    ticket = asked(make, company)
    timekeeping.sweep(now=THURSDAY)
    actions.reply(ticket, by=company.elif_, body="This one", at=THURSDAY)
    actions.set_state(ticket, State.WAITING_REQUESTER, by=company.mihai, at=THURSDAY)
    timekeeping.sweep(now=THURSDAY + 5 * DAY)
    assert kinds(ticket).count(Kind.REMINDED) == 2


def test_a_reminder_holds_no_clock_and_stops_none(make: Make, company: Company) -> None:
    ticket = asked(make, company)
    before = list(ticket.clocks.order_by("kind").values_list("state", "counted_seconds"))
    timekeeping.sweep(now=THURSDAY)
    assert list(ticket.clocks.order_by("kind").values_list("state", "counted_seconds")) == before


def test_who_left_the_company_is_not_reminded(make: Make, company: Company) -> None:
    ticket = asked(make, company)
    Person.objects.filter(pk=company.elif_.pk).update(is_active=False)
    assert timekeeping.sweep(now=THURSDAY) == 1
    assert Kind.REMINDED not in kinds(ticket)
    assert timekeeping.sweep(now=THURSDAY) == 0


def test_a_request_that_is_not_sorted_yet_is_reminded_too(make: Make, company: Company) -> None:
    assert there(asked(make, company, service=None).remind_at) == "Thu 12 10:00"


# --- Solved by silence ----------------------------------------------------------------------------


def test_by_default_we_wait_for_ever(make: Make, company: Company) -> None:
    ticket = asked(make, company)
    timekeeping.sweep(now=MONDAY + 365 * DAY)
    assert Ticket.objects.get(pk=ticket.pk).state == State.WAITING_REQUESTER


def test_a_long_silence_is_taken_for_solved(make: Make, company: Company, laptop: Settings) -> None:
    laptop(resolve_silent_days=8)
    ticket = asked(make, company)
    assert there(ticket.lapses_at) == "Thu 19 17:00"
    timekeeping.sweep(now=THURSDAY)
    timekeeping.sweep(now=MONDAY + 10 * DAY + 7 * HOUR)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.outcome) == (State.RESOLVED, Outcome.SOLVED)
    solved = ticket.events.get(kind=Kind.RESOLVED)
    assert there(solved.at) == there(ticket.resolved_at) == "Thu 19 17:00"
    assert sentence(solved) == "Nobody answered our question, so we take it for solved."


def test_the_reminder_says_what_silence_means(
    make: Make, company: Company, laptop: Settings
) -> None:
    laptop(resolve_silent_days=8)
    asked(make, company)
    timekeeping.sweep(now=THURSDAY)
    running.react_to_pending()
    mail = OutboundMail.objects.get(kind="reminder")
    assert "If we hear nothing until Thu 19 Mar\u00a017:00, we take it for solved" in mail.text


def test_who_was_silent_is_told_and_may_say_no(
    make: Make, company: Company, laptop: Settings
) -> None:
    laptop(resolve_silent_days=8)
    ticket = asked(make, company)
    timekeeping.sweep(now=THURSDAY)
    timekeeping.sweep(now=MONDAY + 11 * DAY)
    running.react_to_pending()
    mail = OutboundMail.objects.get(kind="resolved")
    assert "Elif, we heard nothing from you, so we take it for solved." in mail.text
    actions.reply(ticket, by=company.elif_, body="I was away", at=MONDAY + 12 * DAY)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.lapses_at) == (State.OPEN, None)
    assert ticket.clocks.get(kind="resolution").state == "running"


def test_nobody_is_given_up_on_before_the_reminder_had_its_time(
    make: Make, company: Company, laptop: Settings
) -> None:
    laptop(resolve_silent_days=8)
    ticket = asked(make, company)
    timekeeping.sweep(now=MONDAY + 30 * DAY)  # No worker for a month.
    ticket.refresh_from_db()
    assert Kind.REMINDED in kinds(ticket)
    assert ticket.state == State.WAITING_REQUESTER
    assert ticket.lapses_at == MONDAY + 10 * DAY + 7 * HOUR + 27 * DAY
    timekeeping.sweep(now=ticket.lapses_at)
    ticket.refresh_from_db()
    assert ticket.state == State.RESOLVED


def test_also_where_the_end_of_the_silence_is_found_first(
    make: Make, company: Company, laptop: Settings
) -> None:
    laptop(resolve_silent_days=8)
    ticket = asked(make, company)
    (lapse,) = [chore for chore in timekeeping.CHORES if chore.name == "lapse"]
    work_off([lapse], now=MONDAY + 30 * DAY)
    assert Kind.REMINDED in kinds(ticket)
    assert Ticket.objects.get(pk=ticket.pk).state == State.WAITING_REQUESTER


def test_the_window_to_say_no_begins_when_they_are_told(
    make: Make, company: Company, laptop: Settings
) -> None:
    laptop(resolve_silent_days=2, remind_days=0)
    ticket = asked(make, company)
    timekeeping.sweep(now=MONDAY + 60 * DAY)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.closes_at) == (State.RESOLVED, MONDAY + 67 * DAY)


# --- Closing --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "is_business", "at", "expected"),
    [
        (7, False, MONDAY, "Mon 16 10:00"),
        (2, False, MONDAY + 4 * DAY, "Sun 15 10:00"),
        (1, True, MONDAY, "Tue 10 17:00"),
        (5, True, MONDAY, "Mon 16 17:00"),
        (2, True, MONDAY + 4 * DAY, "Tue 17 17:00"),
        (1, True, MONDAY + 5 * DAY, "Mon 16 17:00"),  # solved on a Saturday
        (1, True, MONDAY + 10 * HOUR, "Tue 10 17:00"),  # solved at 20:00
    ],
)
def test_the_window_counts_days_of_the_calendar_or_of_the_desk(
    make: Make,
    company: Company,
    laptop: Settings,
    days: int,
    is_business: bool,
    at: datetime,
    expected: str,
) -> None:
    laptop(reopen_days=days, window_is_business=is_business)
    ticket = actions.resolve(make.ticket(at=at), by=company.mihai, at=at)
    assert there(ticket.closes_at) == expected


def test_it_closes_when_the_desk_does(make: Make, company: Company, laptop: Settings) -> None:
    laptop(reopen_days=1, window_is_business=True)
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Done", then=State.RESOLVED, at=MONDAY)
    closing = MONDAY + DAY + 7 * HOUR
    timekeeping.sweep(now=closing - timedelta(seconds=1))
    assert Ticket.objects.get(pk=ticket.pk).state == State.RESOLVED
    timekeeping.sweep(now=closing + 9 * DAY)
    ticket.refresh_from_db()
    assert (ticket.state, ticket.closed_at) == (State.CLOSED, closing)
