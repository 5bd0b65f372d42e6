"""Putting off until a moment, and coming back by itself."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client

from departments.models import Membership, Person, Role
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.tickets.pages import SignIn, tree_of, words_of
from tickets import actions
from tickets.actions import timekeeping
from tickets.events import Kind, sentence
from tickets.models import Message, Notification, OutboundMail, State, Ticket
from tickets.put_off import choices
from tickets.reactions import running
from tickets.windows import desk_time

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
TOMORROW = MONDAY + DAY - HOUR  # 09:00 in Istanbul
# Nothing was counted on Monday; three working days from Tuesday morning on end here.
THURSDAY_EVENING = TOMORROW + 2 * DAY + 8 * HOUR
PAGE = "/tickets/IT-1/"


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def ticket(make: Make) -> Ticket:
    return make.ticket()


@pytest.fixture
def mihai(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.mihai)


def now_of(ticket: Ticket) -> tuple[str, datetime | None]:
    fresh = Ticket.objects.get(pk=ticket.pk)
    return fresh.state, fresh.returns_at


def solution(ticket: Ticket) -> Any:
    return ticket.clocks.get(kind="resolution")


# --- Put off, and back ------------------------------------------------------------------------


def test_what_is_put_off_waits_until_its_moment(ticket: Ticket, company: Company) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai)
    assert now_of(ticket) == (State.SCHEDULED, TOMORROW)
    timekeeping.sweep(now=TOMORROW - MINUTE)
    assert now_of(ticket)[0] == State.SCHEDULED


@pytest.mark.parametrize("late", [timedelta(0), 3 * HOUR, 9 * DAY])
def test_it_comes_back_at_the_true_instant_however_late_the_worker(
    ticket: Ticket, company: Company, late: timedelta
) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai)
    for _worker in range(2):
        timekeeping.sweep(now=TOMORROW + late)
    assert now_of(ticket) == (State.OPEN, None)
    back = ticket.events.get(kind=Kind.RESUMED)
    assert (back.at, back.actor, back.actor_kind) == (TOMORROW, None, "clock")
    assert sentence(back) == "The moment has come: it goes on now."


def test_who_has_it_is_told_that_it_is_back(ticket: Ticket, company: Company) -> None:
    actions.assign(ticket, to=company.mihai, by=company.mihai)
    actions.snooze(ticket, until=TOMORROW, by=company.mihai)
    timekeeping.sweep(now=TOMORROW)
    running.react_to_pending()
    notice = Notification.objects.get(event__kind=Kind.RESUMED)
    assert notice.person == company.mihai


@pytest.mark.parametrize(("asked", "state"), [(True, "paused"), (False, "running")])
def test_the_clock_is_held_only_if_the_requester_asked(
    ticket: Ticket, company: Company, asked: bool, state: str
) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai, requester_asked=asked)
    assert solution(ticket).state == state


def test_a_held_clock_runs_on_from_the_moment_it_came_back(
    ticket: Ticket, company: Company
) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai, requester_asked=True)
    timekeeping.sweep(now=TOMORROW + 5 * HOUR)
    assert solution(ticket).due_at == THURSDAY_EVENING


def test_a_promise_that_passed_since_it_came_back_is_found_at_once(
    ticket: Ticket, company: Company
) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai, requester_asked=True)
    timekeeping.sweep(now=TOMORROW + 30 * DAY)
    late = ticket.events.get(kind=Kind.CLOCK_BREACHED, facts__clock="resolution")
    assert late.at == THURSDAY_EVENING


def test_putting_off_again_changes_the_moment(ticket: Ticket, company: Company) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai)
    actions.snooze(ticket, until=TOMORROW + DAY, by=company.mihai)
    timekeeping.sweep(now=TOMORROW)
    assert now_of(ticket) == (State.SCHEDULED, TOMORROW + DAY)


@pytest.mark.parametrize("state", [State.OPEN, State.WAITING_REQUESTER])
def test_an_agent_wakes_it(ticket: Ticket, company: Company, state: State) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai)
    actions.set_state(ticket, state, by=company.mihai)
    assert now_of(ticket) == (state, None)
    timekeeping.sweep(now=TOMORROW)
    assert now_of(ticket)[0] == state


def test_the_requesters_words_wake_it(ticket: Ticket, company: Company) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai, requester_asked=True)
    actions.reply(ticket, by=company.elif_, body="I can be there today.")
    assert now_of(ticket) == (State.OPEN, None)
    assert solution(ticket).state == "running"


def test_an_agents_words_leave_it_put_off(ticket: Ticket, company: Company) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai)
    actions.reply(ticket, by=company.mihai, body="See you tomorrow.")
    assert now_of(ticket) == (State.SCHEDULED, TOMORROW)


@pytest.mark.parametrize("ending", [actions.resolve, actions.close])
def test_what_is_solved_does_not_come_back(
    ticket: Ticket, company: Company, ending: Callable[..., Ticket]
) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai)
    ended = ending(ticket, by=company.mihai)
    timekeeping.sweep(now=TOMORROW)
    assert now_of(ticket) == (ended.state, None)


def test_the_note_is_for_the_desk(ticket: Ticket, company: Company) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai, note="The part comes by post.")
    assert ticket.messages.get(kind=Message.Kind.NOTE).body == "The part comes by post."


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (False, "Mihai Ionescu put it off until tomorrow\u00a006:00; the clock runs on."),
        (True, "Mihai Ionescu put it off until tomorrow\u00a006:00, as wished."),
    ],
)
def test_the_log_says_until_when_and_what_the_clock_does(
    ticket: Ticket, company: Company, asked: bool, words: str
) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai, requester_asked=asked)
    assert sentence(ticket.events.get(kind=Kind.WAITING)) == words


def test_the_requester_reads_the_moment_in_their_mail(ticket: Ticket, company: Company) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai)
    running.react_to_pending()
    mail = OutboundMail.objects.get(kind="waiting")
    assert "Elif, it is planned for Tue\u00a009:00." in mail.text


# --- Refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (MONDAY, "still to come"),
        (MONDAY - DAY, "still to come"),
        (MONDAY + 367 * DAY, "within a year"),
    ],
)
def test_a_moment_that_makes_no_sense_is_refused(
    ticket: Ticket, company: Company, until: datetime, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        actions.snooze(ticket, until=until, by=company.mihai)


@pytest.mark.parametrize("who", ["elif_", "tom", "olga", "sam", "misaki"])
def test_only_who_works_it_puts_it_off(ticket: Ticket, company: Company, who: str) -> None:
    with pytest.raises(Refused):
        actions.snooze(ticket, until=TOMORROW, by=getattr(company, who))


@pytest.mark.parametrize("end", [actions.resolve, actions.close])
def test_what_is_over_is_not_put_off(
    ticket: Ticket, company: Company, end: Callable[..., Ticket]
) -> None:
    end(ticket, by=company.mihai)
    with pytest.raises(Refused, match="cannot become"):
        actions.snooze(ticket, until=TOMORROW, by=company.mihai)


@pytest.mark.parametrize("column", ["returns_at", "closes_at", "remind_at", "lapses_at"])
def test_no_row_comes_due_in_another_state(ticket: Ticket, column: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=ticket.pk).update(**{column: TOMORROW})


# --- Ready choices --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "offered"),
    [
        # Istanbul is three hours ahead; the desk is there Monday to Friday, nine to five.
        ("Mon 10:00", ["Mon 13:00", "Tue 09:00", "Mon 09:00"]),
        ("Mon 15:30", ["Mon 16:30", "Tue 09:00", "Mon 09:00"]),
        ("Mon 16:30", ["Tue 09:00", "Mon 09:00"]),
        ("Mon 07:00", ["Mon 12:00", "Tue 09:00", "Mon 09:00"]),
        ("Fri 10:00", ["Fri 13:00", "Mon 09:00"]),
        ("Sun 20:00", ["Mon 09:00"]),
    ],
)
def test_ready_choices_are_moments_at_which_somebody_is_there(
    ticket: Ticket, now: str, offered: list[str]
) -> None:
    day, clock = now.split()
    index = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].index(day)
    hour, minute = map(int, clock.split(":"))
    moment = MONDAY.replace(hour=0) + index * DAY + timedelta(hours=hour - 3, minutes=minute)
    hours, zone = desk_time(ticket)
    found = [one.at.astimezone(zone).strftime("%a %H:%M") for one in choices(hours, zone, moment)]
    assert found == offered


# --- Pages ----------------------------------------------------------------------------------------


def put_off(client: Client, **sent: object) -> Any:
    return client.post(f"{PAGE}snooze/", sent)


def test_a_ready_choice_is_one_press_in_the_agents_page(ticket: Ticket, mihai: Client) -> None:
    page = tree_of(mihai.get(PAGE))
    buttons = page.xpath("//form[@action='/tickets/IT-1/snooze/']//button[@name='until']")
    words = [" ".join(" ".join(button.itertext()).split()) for button in buttons]
    assert words == [
        "Later today Today 12:00",
        "Tomorrow morning Tomorrow 08:00",
        "Next week Mon 16 Mar 08:00",
    ]
    answer = put_off(mihai, until=buttons[1].get("value"))
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert now_of(ticket) == (State.SCHEDULED, TOMORROW)


def test_the_status_menu_puts_nothing_off_without_a_date(ticket: Ticket, mihai: Client) -> None:
    page = tree_of(mihai.get(PAGE))
    assert not page.xpath("//button[@name='state'][@value='scheduled']")
    answer = mihai.post(f"{PAGE}state/", {"state": "scheduled"})
    assert answer.status_code == 422
    assert "Say until when" in words_of(answer)


def test_any_moment_can_be_given_in_ones_own_time(
    ticket: Ticket, company: Company, mihai: Client
) -> None:
    answer = put_off(mihai, when="2026-03-12T14:30", requester_asked="on", note="They asked.")
    assert answer.status_code == 302
    # Mihai is in Bucharest, two hours ahead of UTC.
    assert now_of(ticket) == (State.SCHEDULED, MONDAY.replace(day=12, hour=12, minute=30))
    assert solution(ticket).state == "paused"
    assert ticket.messages.get(kind=Message.Kind.NOTE).author == company.mihai


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "Choose a day and a time."),
        ({"when": "soon"}, "Choose a day and a time."),
        ({"when": "2026-03-01T10:00"}, "Choose a moment that is still to come."),
        ({"when": "2028-03-01T10:00"}, "Choose a moment within a year"),
        ({"until": "x"}, "Choose a day and a time."),
    ],
)
def test_a_moment_that_makes_no_sense_keeps_what_was_typed(
    ticket: Ticket, mihai: Client, sent: dict[str, str], words: str
) -> None:
    answer = put_off(mihai, **sent, note="Keep me")
    assert answer.status_code == 422
    assert words in words_of(answer)
    page = tree_of(answer)
    assert page.xpath("//textarea[@name='note']")[0].text_content().strip() == "Keep me"
    assert page.xpath("//input[@name='when']/@value") == ([sent["when"]] if "when" in sent else [])
    assert now_of(ticket)[0] == State.NEW


def test_the_page_for_another_moment_works_without_script(ticket: Ticket, mihai: Client) -> None:
    page = tree_of(mihai.get(f"{PAGE}snooze/"))
    field = page.xpath("//input[@name='when']")[0]
    assert field.get("type") == "datetime-local"
    assert page.xpath(f"//label[@for='{field.get('id')}']")


def test_what_is_put_off_says_until_when_and_is_taken_up_with_one_press(
    ticket: Ticket, company: Company, mihai: Client
) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai)
    page = mihai.get(PAGE)
    assert "Put off until tomorrow 08:00" in words_of(page).replace("\u00a0", " ")
    assert mihai.post(f"{PAGE}state/", {"state": "open"}).status_code == 302
    assert now_of(ticket) == (State.OPEN, None)


def test_who_asked_reads_until_when(
    ticket: Ticket, company: Company, sign_in: Callable[[Person], Client]
) -> None:
    actions.snooze(ticket, until=TOMORROW, by=company.mihai, requester_asked=True)
    page = words_of(sign_in(company.elif_).get("/requests/IT-1/")).replace("\u00a0", " ")
    assert "Planned for tomorrow 09:00" in page


def test_an_observer_is_offered_nothing(ticket: Ticket, company: Company, sign_in: SignIn) -> None:
    Membership.objects.create(person=company.sam, department=company.it, role=Role.OBSERVER)
    client = sign_in(company.sam)
    assert "snooze" not in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}snooze/").status_code == 404
    assert put_off(client, when="2026-03-12T14:30").status_code == 404
    assert now_of(ticket)[0] == State.NEW


def test_the_page_costs_no_more_for_its_choices(
    ticket: Ticket, company: Company, mihai: Client, django_assert_max_num_queries: Any
) -> None:
    mihai.get(PAGE)
    with django_assert_max_num_queries(16):
        mihai.get(PAGE)
