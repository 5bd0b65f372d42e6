"""Merging over the API: the same verbs, the same refusals, the same eyes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from departments.actions import tokens
from departments.models import Person
from tests.cast import Company
from tests.conftest import Make
from tickets import actions
from tickets.models import State, Ticket

Caller = Callable[[Person], Client]


@pytest.fixture
def caller() -> Caller:
    """A program that holds this person's token."""

    def called(person: Person) -> Client:
        return Client(headers={"authorization": f"Bearer {tokens.issue(person)}"})

    return called


@pytest.fixture
def mihai(company: Company, caller: Caller) -> Client:
    return caller(company.mihai)


@pytest.fixture
def target(make: Make, company: Company) -> Ticket:
    return make.ticket(by=company.olga)


@pytest.fixture
def source(target: Ticket, make: Make) -> Ticket:
    return make.ticket()


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(f"/api/v1/tickets/{path}/", data, content_type="application/json")


def test_a_ticket_is_merged(source: Ticket, target: Ticket, mihai: Client) -> None:
    answer = post(mihai, "IT-2/merge", into="it-1")
    assert answer.status_code == 200
    said = answer.json()
    assert (said["number"], said["state"], said["outcome"]) == ("IT-2", "closed", "duplicate")
    assert said["merged_into"] == "IT-1"
    source.refresh_from_db()
    assert source.merged_into == target


def test_a_merge_is_undone(source: Ticket, mihai: Client) -> None:
    post(mihai, "IT-2/merge", into="IT-1")
    answer = post(mihai, "IT-2/unmerge")
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["merged_into"]) == ("new", None)


@pytest.mark.parametrize("into", ["IT-2", "IT-99", "", None])
def test_a_merge_that_cannot_be_is_refused_in_the_one_shape(
    source: Ticket, mihai: Client, into: str | None
) -> None:
    answer = post(mihai, "IT-2/merge", into=into)
    assert 400 <= answer.status_code < 500
    assert set(answer.json()["error"]) == {"code", "message", "fields"}
    source.refresh_from_db()
    assert source.state == State.NEW


@pytest.mark.parametrize("number", ["HR-1", "FIN-1"])
def test_a_number_out_of_sight_is_no_number(
    source: Ticket, make: Make, company: Company, mihai: Client, number: str
) -> None:
    make.secret()
    make.ticket(by=company.mihai, service=company.expenses)
    answer = post(mihai, "IT-2/merge", into=number)
    assert answer.status_code == 400
    assert answer.json()["error"]["fields"] == {
        "into": ["No ticket with this number at your desks."]
    }


@pytest.mark.parametrize(
    ("who", "verb", "status"),
    [
        ("elif_", "merge", 400),  # IT-1 is at no desk of hers.
        ("elif_", "unmerge", 403),
        ("olga", "merge", 404),
        ("olga", "unmerge", 404),
        ("tom", "merge", 404),
    ],
)
def test_only_the_desk_merges(
    source: Ticket, company: Company, caller: Caller, who: str, verb: str, status: int
) -> None:
    answer = post(caller(getattr(company, who)), f"IT-2/{verb}", into="IT-1")
    assert answer.status_code == status
    source.refresh_from_db()
    assert source.state == State.NEW


def test_undoing_nothing_is_refused(source: Ticket, mihai: Client) -> None:
    answer = post(mihai, "IT-2/unmerge")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == "IT-2 is not merged."


def test_a_reply_to_the_source_lands_in_the_target(
    source: Ticket, target: Ticket, company: Company, caller: Caller
) -> None:
    actions.merge(source, into=target, by=company.mihai)
    answer = post(caller(company.elif_), "IT-2/messages", body="It is hot.")
    assert answer.status_code == 201
    assert answer.json()["ticket"] == "IT-1"
    assert target.messages.latest("pk").body == "It is hot."


def test_the_targets_conversation_holds_the_sources(
    source: Ticket, target: Ticket, company: Company, mihai: Client, caller: Caller
) -> None:
    actions.note(source, by=company.mihai, body="Ours alone")
    actions.merge(source, into=target, by=company.mihai)

    def told(client: Client) -> list[tuple[str, str]]:
        results = client.get("/api/v1/tickets/IT-1/messages/").json()["results"]
        return sorted((row["ticket"], row["kind"]) for row in results)

    assert told(mihai) == [("IT-1", "public"), ("IT-2", "note"), ("IT-2", "public")]
    assert told(caller(company.elif_)) == [("IT-1", "public"), ("IT-2", "public")]
    assert told(caller(company.olga)) == [("IT-1", "public")]


def test_where_it_goes_on_is_told_to_those_who_see_it(
    source: Ticket, target: Ticket, company: Company, mihai: Client, caller: Caller
) -> None:
    actions.merge(source, into=target, by=company.mihai)
    assert caller(company.elif_).get("/api/v1/tickets/IT-2/").json()["merged_into"] == "IT-1"
    listed = mihai.get("/api/v1/tickets/").json()["results"]
    assert {row["number"]: row["merged_into"] for row in listed} == {"IT-1": None, "IT-2": "IT-1"}
    actions.move(target, to=company.finance, by=company.mihai)
    assert mihai.get("/api/v1/tickets/IT-2/").json()["merged_into"] is None
