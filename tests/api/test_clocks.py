"""The clocks of a ticket over the API: each minute with its reason, for those who may see it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from departments.actions import tokens
from departments.models import Person
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.models import State, Ticket

HOUR = timedelta(hours=1)
Caller = Callable[[Person], Client]


@pytest.fixture
def caller() -> Caller:
    def called(person: Person) -> Client:
        return Client(headers={"authorization": f"Bearer {tokens.issue(person)}"})

    return called


def clocks(client: Client, ticket: Ticket, now: datetime) -> dict[str, Any]:
    with time_machine.travel(now, tick=False):
        answer = client.get(f"/api/v1/tickets/{ticket.number}/clocks/")
    assert answer.status_code == 200
    return {clock["kind"]: clock for clock in answer.json()}


@pytest.fixture
def held(make: Make, company: Company) -> Ticket:
    ticket = make.ticket()
    actions.set_state(ticket, State.WAITING_REQUESTER, by=company.mihai, at=MONDAY + HOUR)
    return ticket


def test_every_clock_tells_its_state_and_its_rule(
    make: Make, company: Company, caller: Caller
) -> None:
    found = clocks(caller(company.mihai), make.ticket(), MONDAY + HOUR)
    assert list(found) == ["first_response", "resolution"]
    assert found["resolution"]["state"] == "running"
    assert found["resolution"]["due_at"] == "2026-03-12T07:00:00Z"
    assert found["resolution"]["used_seconds"] == 3600
    assert found["resolution"]["remaining_seconds"] == 23 * 3600
    rule = found["resolution"]["rule"]
    assert (rule["policy"], rule["policy_version"]) == ("Standard", 1)
    assert (rule["calendar"], rule["calendar_version"]) == ("Istanbul office", 1)
    assert (rule["priority"], rule["budget_minutes"]) == ("normal", 1440)


def test_every_instant_has_its_reason(held: Ticket, company: Company, caller: Caller) -> None:
    actions.set_state(held, State.OPEN, by=company.mihai, at=MONDAY + 3 * HOUR)
    now = MONDAY + 24 * HOUR
    parts = clocks(caller(company.elif_), held, now)["resolution"]["segments"]
    assert [part["kind"] for part in parts] == ["counted", "paused", "counted", "closed", "counted"]
    assert all(a["end"] == b["start"] for a, b in pairwise(parts))
    assert parts[0]["start"] == "2026-03-09T07:00:00Z"
    assert parts[-1]["end"] == "2026-03-10T07:00:00Z"


def test_a_held_clock_says_why_and_by_whom(held: Ticket, company: Company, caller: Caller) -> None:
    part = clocks(caller(company.elif_), held, MONDAY + 2 * HOUR)["resolution"]["segments"][-1]
    assert part["why"] == "waiting_requester"
    assert part["by"] == "Mihai Ionescu"
    assert part["words"] == "Held: Waiting for the requester"


def test_strangers_find_nothing(held: Ticket, make: Make, company: Company, caller: Caller) -> None:
    secret = make.secret()
    for person, ticket in ((company.tom, held), (company.sam, secret), (company.mihai, secret)):
        assert caller(person).get(f"/api/v1/tickets/{ticket.number}/clocks/").status_code == 404


def test_without_a_token_it_is_refused(held: Ticket) -> None:
    assert Client().get(f"/api/v1/tickets/{held.number}/clocks/").status_code == 401


def test_it_costs_the_same_after_many_rounds(
    make: Make,
    company: Company,
    caller: Caller,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    ticket = make.ticket()
    for hour in range(12):
        actions.reply(ticket, by=company.mihai, body="And?", at=MONDAY + hour * HOUR)
        actions.reply(ticket, by=company.elif_, body="So.", at=MONDAY + hour * HOUR)
    client = caller(company.mihai)
    with django_assert_max_num_queries(6):
        clocks(client, ticket, MONDAY + 13 * HOUR)
