"""Small changes beside a ticket: assignee, state, priority, category, desk, followers."""

import pytest
from django.test import Client

from departments.models import Category, Membership, Person, Priority, Role
from tests.cast import Company
from tests.conftest import Make
from tickets import actions
from tickets.models import Outcome, State, Ticket


@pytest.fixture
def mihai(company: Company, client: Client) -> Client:
    client.force_login(company.mihai)
    return client


def press(client: Client, what: str, **sent: object) -> tuple[int, str]:
    answer = client.post(f"/tickets/IT-1/{what}/", sent)
    return answer.status_code, answer.content.decode()


# --- Assignee -----------------------------------------------------------------------------------


def test_a_ticket_is_given_to_a_colleague(make: Make, company: Company, mihai: Client) -> None:
    make.ticket()
    assert press(mihai, "assign", to=company.jonas.pk, expected=0)[0] == 302
    assert Ticket.objects.get().assignee == company.jonas


def test_a_ticket_is_put_back_for_anybody(make: Make, company: Company, mihai: Client) -> None:
    actions.assign(make.ticket(), to=company.mihai, by=company.mihai)
    assert press(mihai, "assign", to="", expected=company.mihai.pk)[0] == 302
    assert Ticket.objects.get().assignee is None


def test_who_was_slower_reads_who_has_it(make: Make, company: Company, mihai: Client) -> None:
    actions.assign(make.ticket(), to=company.jonas, by=company.jonas)
    status, page = press(mihai, "assign", to="me", expected=0)
    assert status == 422
    assert "Jonas Bauer has it now." in page


@pytest.mark.parametrize("to", ["999999", "x", "-1"])
def test_nobody_unknown_gets_a_ticket(make: Make, mihai: Client, to: str) -> None:
    make.ticket()
    assert press(mihai, "assign", to=to)[0] == 422
    assert Ticket.objects.get().assignee is None


def test_a_stranger_to_the_desk_gets_no_ticket(make: Make, company: Company, mihai: Client) -> None:
    make.ticket()
    status, page = press(mihai, "assign", to=company.tom.pk)
    assert status == 422
    assert "Tom Hargreaves does not work at this desk." in page


# --- State --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "state",
    [
        State.OPEN,
        State.WAITING_REQUESTER,
        State.WAITING_THIRD_PARTY,
        State.RESOLVED,
    ],
)
def test_the_state_is_set_with_one_press(make: Make, mihai: Client, state: State) -> None:
    make.ticket()
    assert press(mihai, "state", state=state.value)[0] == 302
    assert Ticket.objects.get().state == state


def test_closing_says_with_what_outcome(make: Make, mihai: Client) -> None:
    make.ticket()
    assert press(mihai, "state", state="closed", outcome="spam")[0] == 302
    assert Ticket.objects.get().outcome == Outcome.SPAM


def test_what_was_solved_is_taken_up_again(make: Make, company: Company, mihai: Client) -> None:
    actions.resolve(make.ticket(), by=company.mihai)
    assert press(mihai, "state", state="open")[0] == 302
    assert Ticket.objects.get().state == State.OPEN


def test_a_move_that_the_states_do_not_know_is_refused(
    make: Make, company: Company, mihai: Client
) -> None:
    actions.close(make.ticket(), by=company.mihai)
    status, page = press(mihai, "state", state="open")
    assert status == 422
    assert "cannot become" in page


@pytest.mark.parametrize("sent", [{}, {"state": "gone"}, {"state": "closed", "outcome": "x"}])
def test_a_state_that_is_none_changes_nothing(
    make: Make, mihai: Client, sent: dict[str, str]
) -> None:
    make.ticket()
    status, page = press(mihai, "state", **sent)
    assert status == 422
    assert "Choose one of the list" in page
    assert Ticket.objects.get().state == State.NEW


# --- Priority, category -------------------------------------------------------------------------


@pytest.mark.parametrize("priority", [Priority.URGENT, Priority.LOW])
def test_the_priority_is_set_with_one_press(make: Make, mihai: Client, priority: Priority) -> None:
    make.ticket()
    assert press(mihai, "priority", priority=priority.value)[0] == 302
    assert Ticket.objects.get().priority == priority


@pytest.mark.parametrize("priority", ["0", "9", "x", ""])
def test_a_priority_that_is_none_changes_nothing(make: Make, mihai: Client, priority: str) -> None:
    make.ticket()
    assert press(mihai, "priority", priority=priority)[0] == 422
    assert Ticket.objects.get().priority == Priority.NORMAL


def test_the_kind_of_problem_is_set_and_forgotten(
    make: Make, company: Company, mihai: Client
) -> None:
    make.ticket()
    press(mihai, "category", category=company.battery.pk)
    assert Ticket.objects.get().category == company.battery
    press(mihai, "category", category="")
    assert Ticket.objects.get().category is None


def test_a_kind_of_another_service_is_refused(make: Make, company: Company, mihai: Client) -> None:
    make.ticket()
    other = Category.objects.create(service=company.expenses, name="Taxi")
    assert press(mihai, "category", category=other.pk)[0] == 422


# --- Desk ---------------------------------------------------------------------------------------


def test_the_way_to_another_desk_names_every_service(
    make: Make, company: Company, mihai: Client
) -> None:
    make.ticket()
    page = mihai.get("/tickets/IT-1/move/").content.decode()
    for words in ("Travel expenses", "Employment letter (confidential)", "the desk decides"):
        assert words in page


def test_a_ticket_moved_out_of_sight_leads_home(
    make: Make, company: Company, mihai: Client
) -> None:
    make.ticket()
    answer = mihai.post(
        "/tickets/IT-1/move/", {"to": f"service:{company.expenses.pk}"}, follow=True
    )
    assert answer.redirect_chain[-1][0] == "/desk/it/"
    assert "FIN-1 is at Finance now." in answer.content.decode()
    assert Ticket.objects.get().service == company.expenses


def test_a_ticket_moved_inside_the_desk_stays_in_sight(
    make: Make, company: Company, mihai: Client
) -> None:
    make.ticket()
    assert mihai.post("/tickets/IT-1/move/", {"to": f"desk:{company.it.pk}"}).status_code == 302
    assert Ticket.objects.get().service is None


def test_leaving_confidence_is_asked_for_once_more(
    make: Make, company: Company, client: Client
) -> None:
    make.secret()
    client.force_login(company.misaki)
    there = {"to": f"service:{company.expenses.pk}"}
    answer = client.post("/tickets/HR-1/move/", there)
    assert answer.status_code == 422
    assert "Everybody at Finance will read this" in answer.content.decode()
    assert Ticket.objects.get().is_confidential
    assert client.post("/tickets/HR-1/move/", there | {"confirmed": "on"}).status_code == 302
    assert not Ticket.objects.get().is_confidential


@pytest.mark.parametrize("to", ["", "desk:999", "service:0", "x", "service:x"])
def test_a_place_that_is_none_moves_nothing(
    make: Make, company: Company, mihai: Client, to: str
) -> None:
    make.ticket()
    assert press(mihai, "move", to=to)[0] == 422
    assert Ticket.objects.get().desk == company.it


# --- Followers ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "olga@aldera.example",
        "OLGA@aldera.example",
        "Olga Lindqvist",
        "lindq",
        "Olga <olga@aldera.example>",
    ],
)
def test_somebody_follows_by_name_or_address(
    make: Make, company: Company, mihai: Client, words: str
) -> None:
    ticket = make.ticket()
    assert press(mihai, "people", person=words)[0] == 302
    assert ticket.participants.get().person == company.olga


def test_who_is_unknown_is_said_so(make: Make, mihai: Client) -> None:
    make.ticket()
    status, page = press(mihai, "people", person="Nobody Known")
    assert status == 422
    assert "We know nobody by that name" in page


def test_one_of_several_is_asked_for_by_address(
    make: Make, company: Company, mihai: Client
) -> None:
    Person.objects.create(email="olga2@aldera.example", name="Olga Berg")
    make.ticket()
    status, page = press(mihai, "people", person="Olga")
    assert status == 422
    assert "olga2@aldera.example" in page


def test_who_cannot_sign_in_does_not_follow(make: Make, company: Company, mihai: Client) -> None:
    Person.objects.filter(pk=company.olga.pk).update(is_active=False)
    make.ticket()
    assert press(mihai, "people", person="olga@aldera.example")[0] == 422


def test_a_follower_is_let_go(make: Make, company: Company, mihai: Client) -> None:
    ticket = make.ticket()
    actions.add_participant(ticket, person=company.olga, by=company.mihai)
    assert "Olga Lindqvist" in mihai.get("/tickets/IT-1/people/").content.decode()
    assert press(mihai, "people", remove=company.olga.pk)[0] == 302
    assert not ticket.participants.exists()


@pytest.mark.parametrize("pk", ["x", "0", "999999"])
def test_letting_nobody_go_finds_nobody(make: Make, mihai: Client, pk: str) -> None:
    make.ticket()
    assert press(mihai, "people", remove=pk)[0] == 404


@pytest.mark.parametrize(
    ("what", "sent"),
    [
        ("assign", {"to": "me"}),
        ("state", {"state": "resolved"}),
        ("priority", {"priority": "1"}),
        ("category", {"category": ""}),
        ("people", {"person": "olga@aldera.example"}),
        ("write", {"kind": "public", "body": "Hello"}),
        ("write", {"kind": "note", "body": "Hello"}),
    ],
)
def test_an_observer_changes_nothing(
    make: Make, company: Company, client: Client, what: str, sent: dict[str, str]
) -> None:
    before = make.ticket()
    actions.change_category(before, company.battery, by=company.mihai, at=before.opened_at)
    Membership.objects.create(person=company.sam, department=company.it, role=Role.OBSERVER)
    client.force_login(company.sam)
    status, page = press(client, what, **sent)
    assert status == 422
    assert "You may not do this" in page
    assert Ticket.objects.get().changed_at == before.changed_at
