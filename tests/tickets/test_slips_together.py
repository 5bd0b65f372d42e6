"""Sweeps, reactions and people at the same instant: one slip, one question, one telling."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections

from departments.models import Priority
from helpdesk.lib.errors import Refused
from tests.cast import Company, found
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.actions import timekeeping
from tickets.events import Kind
from tickets.models import OutboundMail, Slip, Ticket
from tickets.reactions import running, slips

WORKERS = 4
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DUE = MONDAY + 30 * MINUTE
TELL = DUE + HOUR
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


@pytest.fixture
def late(make: Make) -> Ticket:
    ticket = make.ticket(priority=Priority.URGENT)
    timekeeping.sweep(now=DUE + MINUTE)
    react()
    return ticket


def react() -> None:
    while running.react_to_pending():
        pass


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do these in a thread each, begun at the same instant; a refusal is a result."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return deed()
        except Refused as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def renewed(ticket: Ticket, company: Company, at: datetime, hours: int) -> Callable[[], Slip]:
    return lambda: actions.renew_promise(
        ticket, moment=at + hours * HOUR, reason=f"{hours} hours.", by=company.mihai, at=at
    )


def sweep(now: datetime) -> Callable[[], int]:
    return lambda: timekeeping.sweep(now=now)


def mailed(ticket: Ticket) -> list[str]:
    found = OutboundMail.objects.filter(ticket=ticket, kind__in=("late", "renewed"))
    return list(found.values_list("kind", flat=True))


def told(ticket: Ticket) -> int:
    """How often somebody decided to tell the requester."""
    events = ticket.events.filter(kind__in=[Kind.PROMISE_SLIPPED, Kind.PROMISE_RENEWED])
    return sum(e.kind == Kind.PROMISE_SLIPPED or e.facts["tells"] for e in events)


def test_many_reactions_begin_one_slip(make: Make) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    timekeeping.sweep(now=DUE + MINUTE)
    event = running.load(ticket.events.get(kind=Kind.CLOCK_BREACHED).pk)
    at_once(*[lambda: slips.notice_slips(event)] * WORKERS)
    assert Slip.objects.count() == 1
    assert ticket.events.filter(kind=Kind.PROMISE_ASKED).count() == 1


@pytest.mark.parametrize("turn", range(3))
def test_telling_and_promising_at_once_tell_once(late: Ticket, company: Company, turn: int) -> None:
    at_once(*[sweep(TELL)] * WORKERS, renewed(late, company, TELL, 2))
    react()
    assert Slip.objects.count() == told(late) == len(mailed(late)) == 1
    assert Slip.objects.get().promised_at == TELL + 2 * HOUR


def test_many_who_promise_at_once_leave_one_promise(late: Ticket, company: Company) -> None:
    at_once(*[renewed(late, company, DUE + 5 * MINUTE, 2 + n) for n in range(WORKERS)])
    react()
    given = late.events.filter(kind=Kind.PROMISE_RENEWED).latest("pk")
    assert Slip.objects.open().get().reason == given.facts["reason"]
    assert told(late) == Slip.objects.count() >= len(mailed(late)) >= 1


@pytest.mark.parametrize("turn", range(3))
def test_a_promise_that_passes_while_a_new_one_is_given(
    late: Ticket, company: Company, turn: int
) -> None:
    renewed(late, company, DUE + 5 * MINUTE, 1)()
    react()
    after = DUE + 2 * HOUR
    at_once(*[sweep(after)] * WORKERS, renewed(late, company, after, 2))
    react()
    first, second = Slip.objects.order_by("slipped_at")
    assert first.ended_at == second.slipped_at == DUE + 5 * MINUTE + HOUR
    assert second.promised_at == after + 2 * HOUR
    assert mailed(late) == ["renewed", "renewed"]


@pytest.mark.parametrize("turn", range(3))
def test_an_answer_while_a_new_promise_is_given(late: Ticket, company: Company, turn: int) -> None:
    at = DUE + 5 * MINUTE
    at_once(
        lambda: actions.resolve(late, by=company.mihai, at=at),
        renewed(late, company, at, 2),
        sweep(TELL),
    )
    react()
    assert not Slip.objects.open().exists()
    assert len(mailed(late)) <= 1


def test_many_late_tickets_are_told_once_each(make: Make) -> None:
    waiting = [make.ticket(priority=Priority.URGENT) for _each in range(12)]
    now = MONDAY + 3 * HOUR
    for _round in range(3):
        at_once(*[sweep(now)] * WORKERS)
        at_once(*[react] * WORKERS)
    assert [mailed(ticket) for ticket in waiting] == [["late"]] * 12
