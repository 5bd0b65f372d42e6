"""Promising anew through the doors: the question on the ticket, the form, who still owes one."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from departments.models import Membership, Person, Priority, Role
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.tickets.pages import tree_of, value_of, values_of, words_of
from tickets import actions
from tickets.actions import timekeeping
from tickets.events import Kind
from tickets.models import Slip, State, Ticket
from tickets.queues import View, in_view
from tickets.rail import rail
from tickets.reactions import running

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = MONDAY + 40 * MINUTE  # 10:40 in Istanbul, 09:40 in Bucharest where Mihai is.
PAGE, FORM = "/tickets/IT-1/", "/tickets/IT-1/promise/"
NOON = (MONDAY + 2 * HOUR).isoformat()
WHY = "We wait for a part."
SignIn = Callable[[Person], Client]


@pytest.fixture
def clock() -> Any:
    """The time stands still at NOW."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def late(make: Make, company: Company, clock: time_machine.Traveller) -> Ticket:
    """Due at 10:30 in Istanbul, Mihai has it, and the sweep came by."""
    ticket = make.ticket(priority=Priority.URGENT)
    actions.assign(ticket, to=company.mihai, by=company.mihai, at=MONDAY)
    timekeeping.sweep(now=NOW)
    running.react_to_pending()
    return ticket


@pytest.fixture
def mihai(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.mihai)


@pytest.fixture
def elif_(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.elif_)


def promise(client: Client, **fields: str) -> Any:
    return client.post(FORM, {"when": NOON, "reason": WHY, **fields})


# --- On the ticket --------------------------------------------------------------------------------


def test_the_ticket_asks_when_it_will_be(late: Ticket, mihai: Client) -> None:
    words = words_of(mihai.get(PAGE))
    assert "When will it be? Elif was promised it for today 09:30" in words
    assert "Promise it to Elif" in words


def test_it_offers_moments_in_opening_hours(late: Ticket, mihai: Client) -> None:
    words = words_of(mihai.get(PAGE))
    assert "today 10:45 In one hour of work" in words
    assert "today 16:00 Before we close today" in words
    assert "tomorrow 09:00 Early on the next working day" in words


def test_it_suggests_reasons(late: Ticket, mihai: Client) -> None:
    options = tree_of(mihai.get(PAGE)).xpath("//datalist[@id='new-reasons']/option/@value")
    assert "We wait for a part or a supplier." in options


def test_reasons_are_in_the_language_of_who_reads_them(
    late: Ticket, company: Company, mihai: Client
) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(language="de")
    with translation.override("de"):
        german = str(translation.gettext("We wait for a part or a supplier."))
    page = tree_of(mihai.get(PAGE))
    assert german in page.xpath("//datalist[@id='new-reasons']/option/@value")


def test_what_is_in_time_asks_nothing(
    make: Make, mihai: Client, clock: time_machine.Traveller
) -> None:
    make.ticket(at=MONDAY)
    page = mihai.get(PAGE)
    assert "When will it be?" not in words_of(page)
    assert "It will take longer: tell them now" in words_of(page)


def test_who_only_observes_is_not_asked(late: Ticket, company: Company, sign_in: SignIn) -> None:
    Membership.objects.create(person=company.olga, department=company.it, role=Role.OBSERVER)
    client = sign_in(company.olga)
    assert "When will it be?" not in words_of(client.get(PAGE))
    assert client.get(FORM).status_code == client.post(FORM).status_code == 404


def test_while_the_requester_must_answer_nobody_is_asked(
    late: Ticket, company: Company, mihai: Client
) -> None:
    actions.set_state(late, State.WAITING_REQUESTER, by=company.mihai, at=NOW)
    assert "When will it be?" not in words_of(mihai.get(PAGE))


def test_the_live_page_gets_the_question_alone(late: Ticket, mihai: Client) -> None:
    part = mihai.get(FORM, headers={"X-Requested-With": "fetch"})
    assert "When will it be?" in part.content.decode()
    assert "<html" not in part.content.decode()


def test_the_live_page_gets_nothing_when_nothing_is_owed(
    make: Make, mihai: Client, clock: time_machine.Traveller
) -> None:
    make.ticket(at=MONDAY)
    part = mihai.get(FORM, headers={"X-Requested-With": "fetch"})
    assert part.content.decode().strip() == ""


# --- The form -------------------------------------------------------------------------------------


def test_a_new_promise_is_given(late: Ticket, company: Company, mihai: Client) -> None:
    answer = promise(mihai)
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    slip = Slip.objects.open().get()
    assert (slip.promised_at, slip.reason, slip.given_by) == (
        MONDAY + 2 * HOUR,
        WHY,
        company.mihai,
    )


def test_the_ticket_then_says_what_is_promised(late: Ticket, mihai: Client) -> None:
    page = mihai.post(FORM, {"when": NOON, "reason": WHY}, follow=True)
    words = words_of(page)
    assert "New promise: today 11:00" in words
    assert "Mihai Ionescu: “We wait for a part.”" in words
    assert "Elif is told of the new promise: today\xa011:00." in page.content.decode()
    assert "When will it be?" not in words


def test_another_moment_is_in_the_writers_zone(late: Ticket, mihai: Client) -> None:
    promise(mihai, when="other", moment="2026-03-10T12:00")
    assert Slip.objects.open().get().promised_at == datetime.fromisoformat("2026-03-10T10:00+00:00")


def test_what_a_page_offered_a_while_ago_may_still_be_chosen(
    late: Ticket, mihai: Client, clock: time_machine.Traveller
) -> None:
    offered = values_of(mihai.get(PAGE), "when")[0]
    clock.shift(20 * 60)
    assert promise(mihai, when=offered).status_code == 302


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"when": ""}, "Choose a moment."),
        ({"when": "soon"}, "Choose one of these moments, or another one."),
        ({"when": "2026-03-09T09:00"}, "Choose one of these moments, or another one."),
        ({"when": "other"}, "Give a day and a time."),
        ({"when": "other", "moment": "nonsense"}, "Give a day and a time."),
        ({"reason": ""}, "Say why. The person who waits reads it."),
        ({"reason": "x" * 201}, "Say it in one sentence: 200 characters fit."),
        ({"when": MONDAY.isoformat()}, "This moment has passed. Choose a later one."),
        ({"when": "other", "moment": "2028-01-03T12:00"}, "more than a year away"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_kept(
    late: Ticket, mihai: Client, fields: dict[str, str], words: str
) -> None:
    answer = promise(mihai, **fields)
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert value_of(answer, "reason") == fields.get("reason", WHY).strip()
    assert Slip.objects.open().get().promised_at is None


def test_a_closed_desk_is_asked_about_once_more(late: Ticket, mihai: Client) -> None:
    night = {"when": "other", "moment": "2026-03-09T23:00"}
    answer = promise(mihai, **night)
    assert answer.status_code == 422
    assert "IT is closed then." in words_of(answer)
    assert "Yes, promise it although the desk is closed then" in words_of(answer)
    assert value_of(answer, "moment") == "2026-03-09T23:00"
    assert promise(mihai, **night, confirmed="on").status_code == 302


def test_it_can_be_said_before_it_is_late(
    make: Make, mihai: Client, clock: time_machine.Traveller
) -> None:
    ticket = make.ticket(at=MONDAY)
    assert "takes longer than promised" in words_of(mihai.get(FORM))
    tomorrow = "2026-03-10T10:00"
    assert promise(mihai, when="other", moment=tomorrow).status_code == 302
    assert ticket.events.filter(kind=Kind.PROMISE_RENEWED).count() == 1


def test_the_form_of_a_solved_request_says_so(
    late: Ticket, company: Company, mihai: Client
) -> None:
    actions.resolve(late, by=company.mihai, at=NOW)
    assert "solved already" in words_of(mihai.get(FORM))
    answer = promise(mihai)
    assert answer.status_code == 422
    assert "solved already" in words_of(answer)


@pytest.mark.parametrize("who", ["elif_", "tom", "olga", "sam"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_for_others_there_is_no_such_form(
    late: Ticket, company: Company, sign_in: SignIn, who: str, method: str
) -> None:
    client = sign_in(getattr(company, who))
    assert getattr(client, method)(FORM).status_code == 404


def test_looking_promises_nothing(late: Ticket, mihai: Client) -> None:
    mihai.get(FORM, {"when": NOON, "reason": WHY})
    assert Slip.objects.open().get().promised_at is None


# --- What the requester sees ----------------------------------------------------------------------


@pytest.mark.parametrize("page", ["/", "/requests/"])
def test_lists_say_that_we_are_late(late: Ticket, elif_: Client, page: str) -> None:
    assert "We are late, sorry. Mihai has it now." in words_of(elif_.get(page))


def test_the_page_says_who_has_it(late: Ticket, elif_: Client) -> None:
    words = words_of(elif_.get("/requests/IT-1/"))
    assert "We are late, sorry. Mihai has it now. It was promised for today 10:30." in words


def test_the_new_promise_is_told_in_the_readers_zone(
    late: Ticket, mihai: Client, elif_: Client
) -> None:
    promise(mihai)
    assert "We are late, sorry. New promise: today 12:00 — We wait for a part." in words_of(
        elif_.get("/")
    )
    words = words_of(elif_.get("/requests/IT-1/"))
    assert "We are late, sorry. New promise: today 12:00" in words
    assert "Mihai has it now: “We wait for a part.”" in words
    assert "Mihai Ionescu made a new promise, today 12:00: We wait for a part." in words


def test_what_the_clock_alone_knows_is_not_told(late: Ticket, elif_: Client) -> None:
    assert "waits for a new promise" not in words_of(elif_.get("/requests/IT-1/"))


def test_a_reason_is_text_and_nothing_else(late: Ticket, mihai: Client, elif_: Client) -> None:
    promise(mihai, reason="<img src=x onerror=alert(1)> & more")
    for client, page in ((mihai, PAGE), (elif_, "/requests/IT-1/"), (elif_, "/")):
        assert "<img src=x" not in client.get(page).content.decode()


# --- Who still owes one ---------------------------------------------------------------------------


def owing(person: Person, company: Company) -> list[str]:
    tickets = Ticket.objects.worked_by(person).filter(desk=company.it)
    found = in_view(tickets, View.OWING, person, NOW).order_by("pk")
    return list(found.values_list("number", flat=True))


def test_the_lead_sees_who_owes_a_new_promise(
    late: Ticket, company: Company, sign_in: SignIn
) -> None:
    page = sign_in(company.jonas).get("/desk/it/?view=owing")
    words = words_of(page)
    assert "IT, new promise owed" in words
    assert "Laptop does not charge promise owed: 10m" in words
    assert "Assigned to Mihai Ionescu" in words


def test_the_rail_counts_them(late: Ticket, company: Company) -> None:
    item = next(i for i in rail(company.jonas).views if i.label == "New promise owed")
    assert (item.count, item.hot) == ("1", True)


def test_a_new_promise_takes_it_off_the_list(late: Ticket, company: Company, mihai: Client) -> None:
    promise(mihai)
    assert owing(company.jonas, company) == []
    assert "by today 11:00" in words_of(mihai.get("/desk/it/"))
    assert "Nobody waits for a new promise." in words_of(mihai.get("/desk/it/?view=owing"))


def test_a_promise_that_passed_puts_it_back(
    late: Ticket, company: Company, mihai: Client, clock: time_machine.Traveller
) -> None:
    promise(mihai)
    timekeeping.sweep(now=MONDAY + 2 * HOUR + MINUTE)
    assert owing(company.jonas, company) == ["IT-1"]


@pytest.mark.parametrize(
    ("state", "listed"),
    [
        (State.WAITING_REQUESTER, []),
        (State.WAITING_THIRD_PARTY, ["IT-1"]),
        (State.WAITING_APPROVAL, ["IT-1"]),
    ],
)
def test_what_waits_for_the_requester_is_not_owed(
    late: Ticket, company: Company, state: State, listed: list[str]
) -> None:
    actions.set_state(late, state, by=company.mihai, at=NOW)
    assert owing(company.jonas, company) == listed


def test_what_was_put_off_at_their_wish_is_not_owed(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    actions.reply(ticket, by=company.mihai, body="I look.", at=MONDAY)
    timekeeping.sweep(now=MONDAY + 5 * HOUR)
    running.react_to_pending()
    assert owing(company.jonas, company) == ["IT-1"]
    ticket.events.create(
        kind=Kind.WAITING,
        at=MONDAY + 5 * HOUR,
        actor=company.mihai,
        facts={"state": "scheduled", "requester_asked": True},
    )
    Ticket.objects.update(state=State.SCHEDULED)
    timekeeping.miss(Ticket.objects.get(), MONDAY + 5 * HOUR)
    assert owing(company.jonas, company) == []


def test_a_confidential_one_is_listed_for_its_people_only(
    make: Make, company: Company, sign_in: SignIn, clock: time_machine.Traveller
) -> None:
    make.secret(priority=Priority.URGENT)
    timekeeping.sweep(now=NOW)
    running.react_to_pending()
    Membership.objects.create(person=company.olga, department=company.hr, role=Role.LEAD)
    address = "/desk/hr/?view=owing"
    assert "promise owed" in words_of(sign_in(company.andreea).get(address))
    assert "Nobody waits" in words_of(sign_in(company.olga).get(address))


# --- What it costs --------------------------------------------------------------------------------


def cost(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(page).status_code == 200
    return len(asked)


@pytest.mark.parametrize("page", ["/desk/it/?view=owing", "/desk/it/", "/", "/requests/"])
def test_lists_cost_the_same_for_one_late_request_and_for_many(
    late: Ticket, make: Make, company: Company, sign_in: SignIn, page: str
) -> None:
    client = sign_in(company.mihai if "desk" in page else company.elif_)
    client.get(page)
    one = cost(client, page)
    for _each in range(6):
        make.ticket(priority=Priority.URGENT, at=MONDAY)
    timekeeping.sweep(now=NOW)
    running.react_to_pending()
    assert Slip.objects.open().count() == 7
    assert cost(client, page) == one


def test_a_late_ticket_costs_no_more_than_one_in_time(
    late: Ticket, make: Make, mihai: Client
) -> None:
    make.ticket(at=NOW)
    mihai.get(PAGE)  # Opening hours are kept once they were asked for.
    assert cost(mihai, PAGE) == cost(mihai, "/tickets/IT-2/")
