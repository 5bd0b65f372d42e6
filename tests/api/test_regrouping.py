"""Moving, splitting and spam over the API: the same verbs, the same refusals, the same eyes."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from departments.actions import tokens
from departments.models import Person
from tests.cast import Company
from tests.conftest import Make
from tests.mail.postbox import letter, taken_in
from tickets import actions
from tickets.models import Message, Ticket

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
def message(make: Make, company: Company) -> Message:
    """On IT-2, beside IT-1."""
    make.ticket(by=company.olga)
    return actions.reply(make.ticket(), by=company.elif_, body="My mouse.")


def call(client: Client, path: str, **said: Any) -> tuple[int, Any]:
    answer = client.post(f"/api/v1/tickets/{path}", said, content_type="application/json")
    return answer.status_code, answer.json()


def test_a_message_moves_and_moves_back(message: Message, mihai: Client) -> None:
    way = f"messages/{message.pk}"
    status, said = call(mihai, f"IT-2/{way}/move/", into="IT-1")
    assert (status, said["error"]["code"]) == (422, "author")
    status, said = call(mihai, f"IT-2/{way}/move/", into="IT-1", adds_author=True)
    assert (status, said["ticket"]) == (200, "IT-1")
    assert call(mihai, f"IT-2/{way}/move/", into="IT-1")[0] == 404
    status, said = call(mihai, f"IT-1/{way}/back/")
    assert (status, said["ticket"]) == (200, "IT-2")


def test_a_message_is_split_off_once_for_a_key(message: Message, mihai: Client) -> None:
    url = f"/api/v1/tickets/IT-2/messages/{message.pk}/split/"
    answers = [mihai.post(url, headers={"Idempotency-Key": "one"}).json() for _ in range(2)]
    assert [said["number"] for said in answers] == ["IT-3", "IT-3"]
    assert answers[0]["summary"] == "My mouse."
    assert call(mihai, f"IT-2/messages/{message.pk}/split/", service=0)[0] == 400


def test_spam_is_marked_and_cleared(company: Company, mihai: Client, caller: Caller) -> None:
    taken_in(letter())
    assert call(mihai, "IT-1/spam/", sure=True)[0] == 403
    jonas = caller(company.jonas)
    assert call(jonas, "IT-1/spam/")[1]["error"]["code"] == "confirm"
    assert call(jonas, "IT-1/spam/", sure=True)[1]["outcome"] == "spam"
    assert call(mihai, "IT-1/no-spam/")[1]["state"] == "new"


@pytest.mark.parametrize("verb", ["move", "back", "split", "spam", "no-spam"])
@pytest.mark.parametrize(("who", "status"), [("tom", 404), ("olga", 404), ("elif_", 403)])
def test_who_does_not_work_the_ticket_does_none_of_it(
    message: Message, company: Company, caller: Caller, verb: str, who: str, status: int
) -> None:
    path = f"IT-2/{verb}/" if "spam" in verb else f"IT-2/messages/{message.pk}/{verb}/"
    status_of = call(caller(getattr(company, who)), path, into="IT-1")[0]
    # Of a number that is not at their desks nobody hears anything.
    assert status_of == (400 if (verb, who) == ("move", "elif_") else status)
    assert Ticket.objects.count() == 2
