"""Two people move messages at the same instant: one of them wins, nobody waits for ever."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from departments.models import Person
from tests.cast import Company, found
from tests.conftest import Make
from tests.tickets.test_merging_at_once import at_once
from tickets import actions, verification
from tickets.events import Kind
from tickets.models import Message, Ticket

ROUNDS = 4
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one worker write at a time"
    ),
]


@pytest.fixture
def company(transactional_db: None) -> Company:
    return found()


@pytest.fixture
def make(company: Company) -> Make:
    return Make(company)


def asked(ticket: Ticket) -> Message:
    said = actions.reply(ticket, by=ticket.requester, body="And?")
    return Message.objects.select_related("ticket").get(pk=said.pk)


def moves(message: Message, to: Ticket, by: Person) -> Callable[[], object]:
    return lambda: actions.move_message(message, to=to, by=by)


def answers(ticket: Ticket, by: Person) -> Callable[[], object]:
    return lambda: actions.reply(ticket, by=by, body="So.")


def test_a_message_that_two_move_is_on_one_ticket(make: Make, company: Company) -> None:
    for _round in range(ROUNDS):
        source, one, other = make.ticket(), make.ticket(), make.ticket()
        said = asked(source)
        twin = Message.objects.select_related("ticket").get(pk=said.pk)
        done = at_once(moves(said, one, company.mihai), moves(twin, other, company.jonas))
        assert sorted(done) == [False, True]
        assert said.events.filter(kind=Kind.MESSAGE_MOVED_IN).count() == 1


def test_messages_cross_each_other_and_an_answer(make: Make, company: Company) -> None:
    for _round in range(ROUNDS):
        one, other = make.ticket(), make.ticket()
        first, second = asked(one), asked(other)
        done = at_once(
            moves(first, other, company.mihai),
            moves(second, one, company.jonas),
            answers(one, company.mihai),
        )
        assert done == [True, True, True]
        assert not list(verification.differences(now=timezone.now()))
