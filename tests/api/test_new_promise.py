"""A new promise over the API: read it, give it, and the same refusals as on the pages."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from departments.actions import tokens
from departments.models import Person, Priority
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.actions import timekeeping
from tickets.events import Kind
from tickets.models import Ticket
from tickets.reactions import running

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOW = MONDAY + 40 * MINUTE
NOON = "2026-03-09T09:00:00Z"
WHY = "We wait for a part."
PATH = "/api/v1/tickets/IT-1/"
Caller = Callable[[Person], Client]


@pytest.fixture
def caller() -> Caller:
    """A program that holds this person's token."""

    def called(person: Person) -> Client:
        return Client(headers={"authorization": f"Bearer {tokens.issue(person)}"})

    return called


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def late(make: Make, clock: time_machine.Traveller) -> Ticket:
    ticket = make.ticket(priority=Priority.URGENT)
    timekeeping.sweep(now=NOW)
    running.react_to_pending()
    return ticket


def promise(client: Client, **fields: Any) -> Any:
    wish = {"moment": NOON, "reason": WHY, **fields}
    return client.post(f"{PATH}promise/", wish, content_type="application/json")


def test_a_ticket_without_a_new_promise_has_none(
    late: Ticket, company: Company, caller: Caller
) -> None:
    assert caller(company.elif_).get(PATH).json()["new_promise"] is None


def test_a_new_promise_is_given(late: Ticket, company: Company, caller: Caller) -> None:
    answer = promise(caller(company.mihai))
    assert answer.status_code == 200
    assert answer.json()["new_promise"] == {"moment": NOON, "reason": WHY}
    assert late.events.get(kind=Kind.PROMISE_RENEWED).actor == company.mihai


def test_who_waits_reads_it(late: Ticket, company: Company, caller: Caller) -> None:
    promise(caller(company.mihai))
    found = caller(company.elif_).get("/api/v1/tickets/").json()["results"]
    assert [ticket["new_promise"] for ticket in found] == [{"moment": NOON, "reason": WHY}]


def test_an_offset_is_understood(late: Ticket, company: Company, caller: Caller) -> None:
    answer = promise(caller(company.mihai), moment="2026-03-09T12:00:00+03:00")
    assert answer.json()["new_promise"]["moment"] == NOON


def test_a_promise_that_passed_is_none_any_more(
    late: Ticket, company: Company, caller: Caller, clock: time_machine.Traveller
) -> None:
    promise(caller(company.mihai))
    clock.shift(2 * 3600)
    assert caller(company.elif_).get(PATH).json()["new_promise"] is None


def test_nor_is_that_of_a_solved_request(late: Ticket, company: Company, caller: Caller) -> None:
    promise(caller(company.mihai))
    actions.resolve(late, by=company.mihai, at=NOW)
    assert caller(company.elif_).get(PATH).json()["new_promise"] is None


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"moment": "2026-03-09T20:00:00Z"}, 422, "confirm"),
        ({"moment": "2026-03-09T07:00:00Z"}, 422, "moment"),
        ({"moment": "2028-03-09T07:00:00Z"}, 422, "moment"),
        ({"moment": "soon"}, 400, "invalid"),
        ({"reason": ""}, 400, "invalid"),
        ({"reason": "x" * 201}, 400, "invalid"),
    ],
)
def test_what_is_wrong_has_a_code(
    late: Ticket,
    company: Company,
    caller: Caller,
    fields: dict[str, str],
    status: int,
    code: str,
) -> None:
    answer = promise(caller(company.mihai), **fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_outside_of_opening_hours_it_can_be_confirmed(
    late: Ticket, company: Company, caller: Caller
) -> None:
    night = "2026-03-09T20:00:00Z"
    answer = promise(caller(company.mihai), moment=night, confirmed=True)
    assert answer.json()["new_promise"]["moment"] == night


def test_who_waits_cannot_promise_to_themselves(
    late: Ticket, company: Company, caller: Caller
) -> None:
    answer = promise(caller(company.elif_))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


@pytest.mark.parametrize("who", ["tom", "olga", "sam"])
def test_for_strangers_there_is_no_such_ticket(
    late: Ticket, company: Company, caller: Caller, who: str
) -> None:
    assert promise(caller(getattr(company, who))).status_code == 404


def test_reading_it_is_no_promise(late: Ticket, company: Company, caller: Caller) -> None:
    assert caller(company.mihai).get(f"{PATH}promise/").status_code == 405


def test_the_list_costs_the_same_for_one_late_ticket_and_for_many(
    late: Ticket,
    make: Make,
    company: Company,
    caller: Caller,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client = caller(company.elif_)
    client.get("/api/v1/tickets/")
    with django_assert_num_queries(2):
        client.get("/api/v1/tickets/")
    for _each in range(5):
        make.ticket(priority=Priority.URGENT)
    timekeeping.sweep(now=NOW)
    running.react_to_pending()
    with django_assert_num_queries(2):
        assert len(client.get("/api/v1/tickets/").json()["results"]) == 6
