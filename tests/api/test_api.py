"""The API: the same permissions as the pages, one error shape, nothing made twice."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from departments.actions import tokens
from departments.models import Category, Person, Service
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.models import Message, Ticket

Caller = Callable[[Person], Client]


@pytest.fixture
def caller() -> Caller:
    """A program that holds this person's token."""

    def called(person: Person) -> Client:
        return Client(headers={"authorization": f"Bearer {tokens.issue(person)}"})

    return called


def post(client: Client, path: str, data: dict[str, Any], **headers: str) -> Any:
    return client.post(path, data, content_type="application/json", headers=headers)


def ask(company: Company, **fields: Any) -> dict[str, Any]:
    return {
        "service": company.laptop.pk,
        "summary": "No charge",
        "description": "The light stays off.",
        **fields,
    }


def test_a_call_without_a_token_is_refused(db: None) -> None:
    answer = Client().get("/api/v1/tickets/")
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "not_authenticated"


def test_a_wrong_token_is_refused_in_the_same_shape(db: None) -> None:
    answer = Client(headers={"authorization": "Bearer hd_wrong"}).get("/api/v1/tickets/")
    assert answer.status_code == 401
    assert set(answer.json()["error"]) == {"code", "message", "fields"}


def test_services_are_those_one_may_ask_for(company: Company, caller: Caller) -> None:
    Service.objects.filter(pk=company.expenses.pk).update(state=Service.State.RETIRED)
    found = caller(company.elif_).get("/api/v1/services/").json()["results"]
    assert {row["name"] for row in found} == {"Laptop repair", "Employment letter"}


def test_a_retired_service_is_not_found(company: Company, caller: Caller) -> None:
    Service.objects.filter(pk=company.expenses.pk).update(state=Service.State.RETIRED)
    answer = caller(company.elif_).get(f"/api/v1/services/{company.expenses.pk}/")
    assert answer.status_code == 404


def test_asking_over_the_api_opens_a_ticket(company: Company, caller: Caller) -> None:
    answer = post(caller(company.elif_), "/api/v1/tickets/", ask(company))
    assert answer.status_code == 201
    ticket = Ticket.objects.get(number=answer.json()["number"])
    assert (ticket.requester, ticket.channel) == (company.elif_, "api")


def test_a_category_brings_its_priority(company: Company, caller: Caller) -> None:
    wish = ask(company, category=company.battery.pk)
    assert post(caller(company.elif_), "/api/v1/tickets/", wish).json()["priority"] == "high"


def test_the_same_key_twice_makes_one_ticket(company: Company, caller: Caller) -> None:
    client = caller(company.elif_)
    headers = {"Idempotency-Key": "k1"}
    numbers = {
        post(client, "/api/v1/tickets/", ask(company), **headers).json()["number"]
        for _try in range(3)
    }
    assert len(numbers) == Ticket.objects.count() == 1


def test_the_same_key_with_other_words_is_a_conflict(company: Company, caller: Caller) -> None:
    client = caller(company.elif_)
    headers = {"Idempotency-Key": "k1"}
    post(client, "/api/v1/tickets/", ask(company), **headers)
    answer = post(client, "/api/v1/tickets/", ask(company, summary="Other"), **headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "key_reused")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("service", 999_999),
        ("service", "laptop"),
        ("category", 999_999),
        ("summary", ""),
        ("summary", "x" * 201),
        ("description", ""),
        ("description", "x" * 200_001),
        ("cannot_wait_reason", "x" * 301),
    ],
)
def test_a_wrong_field_is_named(company: Company, caller: Caller, field: str, value: Any) -> None:
    answer = post(caller(company.elif_), "/api/v1/tickets/", ask(company, **{field: value}))
    assert answer.status_code == 400
    assert list(answer.json()["error"]["fields"]) == [field]


def test_a_category_of_another_service_is_refused(company: Company, caller: Caller) -> None:
    other = Category.objects.create(service=company.expenses, name="Taxi")
    answer = post(caller(company.elif_), "/api/v1/tickets/", ask(company, category=other.pk))
    assert answer.status_code == 400


@pytest.mark.parametrize("body", ["{", "[]", '"x"', "null"])
def test_broken_json_gets_an_answer_in_our_shape(
    company: Company, caller: Caller, body: str
) -> None:
    answer = caller(company.elif_).post("/api/v1/tickets/", body, content_type="application/json")
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}


def test_a_stranger_finds_nothing(make: Make, company: Company, caller: Caller) -> None:
    ticket = make.secret()
    client = caller(company.tom)
    assert client.get("/api/v1/tickets/").json()["results"] == []
    for path in (f"/api/v1/tickets/{ticket.number}/", f"/api/v1/tickets/{ticket.number}/messages/"):
        assert client.get(path).status_code == 404


def test_an_administrator_reads_no_confidential_ticket(
    make: Make, company: Company, caller: Caller
) -> None:
    ticket = make.secret()
    assert caller(company.sam).get(f"/api/v1/tickets/{ticket.number}/").status_code == 404


def test_a_stranger_writes_nothing(make: Make, company: Company, caller: Caller) -> None:
    path = f"/api/v1/tickets/{make.ticket().number}/messages/"
    assert post(caller(company.tom), path, {"body": "hello"}).status_code == 404


def test_a_requester_reads_no_notes(make: Make, company: Company, caller: Caller) -> None:
    ticket = make.ticket()
    actions.note(ticket, by=company.mihai, body="Canary")
    path = f"/api/v1/tickets/{ticket.number}/messages/"
    assert "Canary" not in caller(company.elif_).get(path).content.decode()
    assert "Canary" in caller(company.mihai).get(path).content.decode()


def test_a_requester_writes_no_notes(make: Make, company: Company, caller: Caller) -> None:
    path = f"/api/v1/tickets/{make.ticket().number}/messages/"
    answer = post(caller(company.elif_), path, {"body": "psst", "kind": "note"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


def test_a_reply_over_the_api_is_a_reply(make: Make, company: Company, caller: Caller) -> None:
    ticket = make.ticket()
    path = f"/api/v1/tickets/{ticket.number}/messages/"
    answer = post(caller(company.mihai), path, {"body": "We are on it."})
    assert answer.status_code == 201
    ticket.refresh_from_db()
    assert (ticket.state, ticket.assignee) == ("open", company.mihai)


def test_a_message_with_the_same_key_is_written_once(
    make: Make, company: Company, caller: Caller
) -> None:
    path = f"/api/v1/tickets/{make.ticket().number}/messages/"
    client = caller(company.mihai)
    for _try in range(2):
        post(client, path, {"body": "We are on it."}, **{"Idempotency-Key": "m1"})
    assert Message.objects.filter(author=company.mihai).count() == 1


def test_an_old_number_still_finds_the_ticket(make: Make, company: Company, caller: Caller) -> None:
    ticket = make.ticket()
    actions.move(ticket, to=company.finance, by=company.mihai)
    answer = caller(company.tom).get(f"/api/v1/tickets/{ticket.number}/")
    assert answer.json()["number"] == "FIN-1"


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("state=new", 2),
        ("state=open", 1),
        ("is_open=true", 3),
        ("requester=me", 0),
        ("assignee=me", 1),
        ("assignee=1", 0),
        ("desk=it", 3),
        ("desk=hr", 0),
        ("opened_after=2026-03-09T07:30:00Z", 2),
        ("opened_before=2026-03-09T07:30:00Z", 1),
    ],
)
def test_lists_are_filtered(
    make: Make, company: Company, caller: Caller, query: str, count: int
) -> None:
    tickets = [make.ticket(at=MONDAY + timedelta(hours=hour)) for hour in range(3)]
    actions.reply(tickets[0], by=company.mihai, body="Hi", at=MONDAY + timedelta(minutes=5))
    found = caller(company.mihai).get(f"/api/v1/tickets/?{query}").json()["results"]
    assert len(found) == count


@pytest.mark.parametrize(
    "query", ["ordering=requester__password", "requester__password=x", "fields=password"]
)
def test_no_parameter_reaches_into_other_columns(
    make: Make, company: Company, caller: Caller, query: str
) -> None:
    make.ticket()
    answer = caller(company.elif_).get(f"/api/v1/tickets/?{query}")
    assert len(answer.json()["results"]) == 1
    assert "password" not in answer.content.decode()


def test_pages_follow_each_other_without_gap(make: Make, company: Company, caller: Caller) -> None:
    made = {make.ticket(at=MONDAY + timedelta(minutes=n)).number for n in range(5)}
    client, url, found = caller(company.elif_), "/api/v1/tickets/?page_size=2", []
    while url:
        page = client.get(url).json()
        found += [row["number"] for row in page["results"]]
        url = page["next"]
    assert sorted(found) == sorted(made)
    assert len(found) == 5


@pytest.mark.parametrize("rows", [1, 12])
def test_a_list_costs_the_same_for_many(
    make: Make,
    company: Company,
    caller: Caller,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    rows: int,
) -> None:
    for minute in range(rows):
        make.ticket(at=MONDAY + timedelta(minutes=minute))
    client = caller(company.mihai)
    with django_assert_max_num_queries(4):
        assert len(client.get("/api/v1/tickets/").json()["results"]) == rows


def test_too_many_calls_are_asked_to_wait(
    company: Company, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "rest_framework.throttling.UserRateThrottle.get_rate", lambda throttle: "2/min"
    )
    client = caller(company.elif_)
    answers = [client.get("/api/v1/services/") for _call in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["error"]["code"] == "throttled"
    assert "Retry-After" in answers[-1]


def test_instants_carry_their_offset_whoever_asks(
    make: Make, company: Company, caller: Caller
) -> None:
    make.ticket()
    browser = Client()
    browser.force_login(company.elif_)
    for client in (browser, caller(company.elif_)):
        row = client.get("/api/v1/tickets/").json()["results"][0]
        assert datetime.fromisoformat(row["opened_at"]) == MONDAY
