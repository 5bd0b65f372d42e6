"""Several workers sweep at once, on a database that lets them: everything happens exactly once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections, transaction

from departments.actions import timing
from departments.models import Priority, TargetKind
from departments.promise_rules import StepRule
from tests.cast import PROMISES, Company, found
from tests.conftest import MONDAY, Make
from tickets import actions, sla
from tickets.actions import chores, timekeeping
from tickets.events import Kind
from tickets.models import Escalation, FailedChore, Message, State, Ticket, TicketEvent

WORKERS = 4
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
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


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the workers meet often."""
    monkeypatch.setattr(chores, "BATCH", 2)
    monkeypatch.setattr(chores, "WINDOW", 6)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do these in a thread each, begun at the same instant."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def sweep_together(now: Any) -> None:
    """As long as somebody finds something: a worker may have left while another held the rest."""
    while any(at_once(*[lambda: timekeeping.sweep(now=now)] * WORKERS)):
        pass


def times(kind: Kind) -> Counter[tuple[int, str]]:
    """How often this happened, by ticket and clock."""
    found = TicketEvent.objects.filter(kind=kind).values_list("ticket", "facts__clock")
    return Counter((ticket, clock or "") for ticket, clock in found)


def test_every_missed_promise_is_told_once(make: Make) -> None:
    tickets = [make.ticket(priority=Priority.URGENT).pk for _number in range(12)]
    sweep_together(MONDAY + DAY)
    assert times(Kind.CLOCK_BREACHED) == {
        (ticket, clock): 1 for ticket in tickets for clock in ("first_response", "resolution")
    }


def test_every_warning_is_given_once(make: Make) -> None:
    tickets = [make.ticket(priority=Priority.URGENT).pk for _number in range(12)]
    sweep_together(MONDAY + 25 * MINUTE)
    assert times(Kind.CLOCK_WARNED) == {(ticket, "first_response"): 1 for ticket in tickets}


def test_every_step_is_taken_once(make: Make, company: Company) -> None:
    steps = (
        StepRule("a", TargetKind.FIRST_RESPONSE, -10, "raise_priority"),
        StepRule("b", TargetKind.FIRST_RESPONSE, 0, "note", text="Hurry"),
        StepRule("c", TargetKind.RESOLUTION, 0, "reassign", person_id=company.jonas.pk),
    )
    timing.change_policy(company.policy, replace(PROMISES, steps=steps), by=None)
    tickets = [make.ticket(priority=Priority.HIGH).pk for _number in range(8)]
    sweep_together(MONDAY + 3 * DAY)
    assert Counter(Escalation.objects.values_list("clock__ticket", flat=True)) == dict.fromkeys(
        tickets, 3
    )
    assert Message.objects.filter(kind=Message.Kind.NOTE).count() == len(tickets)
    assert set(Ticket.objects.values_list("priority", "assignee")) == {
        (Priority.URGENT, company.jonas.pk)
    }


def test_what_was_solved_closes_once(make: Make, company: Company) -> None:
    tickets = [make.ticket() for _number in range(8)]
    for ticket in tickets:
        actions.resolve(ticket, by=company.mihai, at=MONDAY)
    sweep_together(MONDAY + 8 * DAY)
    assert times(Kind.CLOSED) == {(ticket.pk, ""): 1 for ticket in tickets}


def test_what_was_put_off_comes_back_once(make: Make, company: Company) -> None:
    tickets = [make.ticket() for _number in range(8)]
    for ticket in tickets:
        actions.snooze(ticket, until=MONDAY + DAY, by=company.mihai, at=MONDAY)
    sweep_together(MONDAY + DAY)
    assert times(Kind.RESUMED) == {(ticket.pk, ""): 1 for ticket in tickets}


def test_a_ticket_that_somebody_holds_keeps_nobody_waiting(make: Make) -> None:
    held, *others = [make.ticket(priority=Priority.URGENT).pk for _number in range(5)]
    with transaction.atomic():
        Ticket.objects.select_for_update().get(pk=held)
        sweep_together(MONDAY + 31 * MINUTE)
        assert set(times(Kind.CLOCK_BREACHED)) == {(t, "first_response") for t in others}
    sweep_together(MONDAY + 31 * MINUTE)
    assert times(Kind.CLOCK_BREACHED)[held, "first_response"] == 1


def test_one_bad_row_is_tried_by_one_worker_and_stops_nobody(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, *others = [make.ticket(priority=Priority.URGENT).pk for _number in range(9)]
    settle = sla.settle

    def fail(ticket: Ticket, **options: Any) -> Any:
        if ticket.pk == bad:
            raise ValueError("no")
        return settle(ticket, **options)

    monkeypatch.setattr(sla, "settle", fail)
    sweep_together(MONDAY + 31 * MINUTE)
    assert times(Kind.CLOCK_BREACHED) == {(ticket, "first_response"): 1 for ticket in others}
    assert FailedChore.objects.get().ticket_id == bad


def test_people_who_work_meanwhile_and_the_sweep_do_not_lock_each_other_up(
    make: Make, company: Company
) -> None:
    tickets = [make.ticket(priority=Priority.URGENT) for _number in range(10)]
    now = MONDAY + 31 * MINUTE

    def answer_all() -> None:
        for ticket in reversed(tickets):
            actions.reply(ticket, by=company.mihai, body="Hi", then=State.RESOLVED, at=now)

    at_once(*[lambda: timekeeping.sweep(now=now)] * 3, answer_all)
    sweep_together(now)
    late = times(Kind.CLOCK_BREACHED)
    assert late == {(ticket.pk, "first_response"): 1 for ticket in tickets}
    assert set(Ticket.objects.values_list("state", flat=True)) == {State.RESOLVED}
