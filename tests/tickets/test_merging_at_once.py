"""Two people merge at the same instant: one of them wins, nobody waits for ever."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from helpdesk.lib.errors import Refused
from tests.cast import Company, found
from tests.conftest import Make
from tickets import actions
from tickets.events import Kind
from tickets.merged import end_of_chain
from tickets.models import Message, Ticket, TicketEvent

ROUNDS = 6
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


def at_once(*deeds: Callable[[], Any]) -> list[bool]:
    """Do these in a thread each, begun at the same instant; whether each was done or refused."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> bool:
        try:
            start.wait()
            deed()
        except Refused:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(run, deeds))


def merges(source: Ticket, into: Ticket, company: Company) -> Callable[[], object]:
    return lambda: actions.merge(source, into=into, by=company.mihai)


def undoes(source: Ticket, company: Company) -> Callable[[], object]:
    return lambda: actions.unmerge(source, by=company.mihai)


def replies(source: Ticket) -> Callable[[], object]:
    return lambda: actions.reply(source, by=source.requester, body="Hot.")


def test_of_two_who_merge_crosswise_one_wins(make: Make, company: Company) -> None:
    for _round in range(ROUNDS):
        one, other = make.ticket(), make.ticket()
        done = at_once(merges(one, other, company), merges(other, one, company))
        assert sorted(done) == [False, True]
        one.refresh_from_db()
        other.refresh_from_db()
        assert sorted([one.is_open, other.is_open]) == [False, True]
        assert [one.merged_into, other.merged_into].count(None) == 1


def test_of_two_who_merge_the_same_one_wins(make: Make, company: Company) -> None:
    for _round in range(ROUNDS):
        one, other = make.ticket(), make.ticket()
        assert sorted(at_once(*[merges(one, other, company)] * 2)) == [False, True]
        assert TicketEvent.objects.filter(ticket=one, kind=Kind.MERGED).count() == 1
        assert TicketEvent.objects.filter(ticket=other, kind=Kind.MERGE_RECEIVED).count() == 1


def test_of_two_who_undo_one_wins(make: Make, company: Company) -> None:
    for _round in range(ROUNDS):
        one, other = make.ticket(), make.ticket()
        actions.merge(one, into=other, by=company.mihai)
        assert sorted(at_once(*[undoes(one, company)] * 2)) == [False, True]
        assert TicketEvent.objects.filter(ticket=one, kind=Kind.UNMERGED).count() == 1


def test_a_ring_of_merges_never_closes(make: Make, company: Company) -> None:
    for _round in range(ROUNDS):
        ring = [make.ticket() for _n in range(4)]
        pairs = [*zip(ring, [*ring[1:], ring[0]], strict=True)]
        random.shuffle(pairs)
        done = at_once(*(merges(source, into, company) for source, into in pairs))
        assert any(done)
        fresh = [Ticket.objects.get(pk=ticket.pk) for ticket in ring]
        assert all(end_of_chain(ticket).is_open for ticket in fresh)
        assert sum(ticket.is_open for ticket in fresh) == len(ring) - sum(done)


def test_replies_in_the_middle_of_a_merge_lose_nothing(make: Make, company: Company) -> None:
    """They wait for no ticket out of order, whichever of the two has the smaller key."""
    for number in range(ROUNDS):
        one, other = make.ticket(), make.ticket(by=company.olga)
        source, target = (one, other) if number % 2 else (other, one)
        deeds = [merges(source, target, company), *[replies(source)] * 3]
        assert at_once(*deeds) == [True] * 4
        said = Message.objects.filter(ticket__in=[one, other], body="Hot.")
        assert said.count() == 3
        assert at_once(undoes(source, company), *[replies(source)] * 2)[0]


def test_opposite_targets_and_undoing_together_end_without_a_deadlock(
    make: Make, company: Company
) -> None:
    for _round in range(ROUNDS):
        first, second, third = (make.ticket() for _n in range(3))
        actions.merge(third, into=first, by=company.mihai)
        at_once(
            undoes(third, company),
            merges(first, second, company),
            merges(second, first, company),
        )
        tickets = [Ticket.objects.get(pk=ticket.pk) for ticket in (first, second, third)]
        assert any(ticket.is_open for ticket in tickets)
        assert all(end_of_chain(ticket).merged_into_id is None for ticket in tickets)
