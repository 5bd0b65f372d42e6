"""The sweep: everything due once, by whoever comes first, and no failure in another's way."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.models import Priority
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions, sla
from tickets.actions import chores, timekeeping
from tickets.actions.chores import Chore, work_off
from tickets.events import Kind
from tickets.models import Clock, FailedChore, State, Ticket, TicketEvent

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
LATE = MONDAY + 31 * MINUTE  # after the first answer of an urgent ticket was due


def breaches() -> list[int]:
    """The tickets whose first answer was told to be late, one entry for each time."""
    late = TicketEvent.objects.filter(kind=Kind.CLOCK_BREACHED, facts__clock="first_response")
    return sorted(late.values_list("ticket", flat=True))


def urgent(make: Make, count: int) -> list[int]:
    return [make.ticket(priority=Priority.URGENT).pk for _number in range(count)]


def plan(due: Any) -> str:
    """How the database finds these rows when it may not simply read the whole table."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    return str(due.explain())


# --- Cost ---------------------------------------------------------------------------------------


def test_nothing_due_costs_one_query_for_each_chore(make: Make) -> None:
    make.ticket()
    with CaptureQueriesContext(connection) as asked:
        timekeeping.sweep(now=MONDAY)
    assert len(asked) == len(timekeeping.CHORES)


@pytest.mark.parametrize(
    ("due", "index"),
    [
        (timekeeping.due_returns, "ticket_returning"),
        (timekeeping.due_breaches, "clock_due"),
        (timekeeping.due_warnings, "clock_warning"),
        (timekeeping.due_steps, "clock_step"),
        (timekeeping.due_reminders, "ticket_reminding"),
        (timekeeping.due_lapses, "ticket_lapsing"),
        (timekeeping.due_closings, "ticket_closing"),
    ],
)
def test_what_is_due_is_a_range_of_an_index_of_its_own(
    company: Company, due: Callable[[datetime], Any], index: str
) -> None:
    assert index in plan(due(MONDAY)[:10])


def cost_of_missing(make: Make, count: int) -> int:
    urgent(make, count)
    with CaptureQueriesContext(connection) as asked:
        timekeeping.sweep(now=LATE)
    return len(asked)


def test_each_further_missed_promise_costs_the_same_few_statements(make: Make) -> None:
    one, three, six = (cost_of_missing(make, count) for count in (1, 3, 6))
    assert six - three == 3 * (three - one) / 2
    assert (three - one) / 2 <= 4


def test_settling_what_has_not_changed_writes_nothing(make: Make) -> None:
    ticket = make.ticket()
    with CaptureQueriesContext(connection) as asked:
        sla.settle(Ticket.objects.get(pk=ticket.pk), at=MONDAY + MINUTE)
    assert not [query for query in asked if query["sql"].startswith(("UPDATE", "INSERT"))]


# --- Once, however many workers and however late ------------------------------------------------


def test_more_than_a_batch_is_worked_off_in_one_sweep(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "BATCH", 2)
    monkeypatch.setattr(chores, "WINDOW", 4)
    tickets = urgent(make, 7)
    timekeeping.sweep(now=LATE)
    assert breaches() == tickets


def test_a_second_sweep_finds_nothing_more(make: Make) -> None:
    urgent(make, 3)
    timekeeping.sweep(now=LATE)
    assert timekeeping.sweep(now=LATE) == 0


def test_what_was_missed_is_not_warned_of_afterwards(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "BATCH", 1)
    urgent(make, 3)
    timekeeping.sweep(now=MONDAY + 3 * DAY)
    assert not TicketEvent.objects.filter(kind=Kind.CLOCK_WARNED).exists()
    assert not Clock.objects.filter(breached_at__isnull=False, warned_at=None).exists()


def test_without_time_left_nothing_is_begun(make: Make) -> None:
    urgent(make, 2)
    assert timekeeping.sweep(now=LATE, seconds=0) == 0
    assert timekeeping.sweep(now=LATE) == 2


def test_a_flood_of_one_kind_does_not_keep_the_others_waiting(
    make: Make, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "BATCH", 1)
    solved = actions.resolve(make.ticket(), by=company.mihai, at=MONDAY - 7 * DAY)
    urgent(make, 3)
    order: list[str] = []

    def noting(name: str) -> Callable[[Ticket, datetime], object]:
        return lambda _ticket, _now: order.append(name)

    known = [Chore(chore.name, chore.due, noting(chore.name)) for chore in timekeeping.CHORES]
    monkeypatch.setattr(chores.log, "disabled", True)
    work_off(known, now=LATE)
    assert order.index("closing") < len(order) - 1 - order[::-1].index("breach")
    assert solved.state == State.RESOLVED


def test_one_nudge_tells_of_a_whole_batch(
    make: Make, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    urgent(make, 3)
    nudges: list[str] = []
    monkeypatch.setattr(chores, "later", lambda name, *_args: nudges.append(name))
    with django_capture_on_commit_callbacks() as others:
        timekeeping.sweep(now=LATE)
    assert nudges == ["tickets.react_pending"]
    assert others == []


# --- What fails ---------------------------------------------------------------------------------


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Tickets whose clocks cannot be settled until they are healed."""

    def poisoned(*tickets: int) -> None:
        settle = sla.settle

        def fail(ticket: Ticket, **options: Any) -> Any:
            if ticket.pk in tickets:
                Ticket.objects.filter(pk=ticket.pk).update(summary="half done")
                raise ValueError("Canary words of the request")
            return settle(ticket, **options)

        monkeypatch.setattr(sla, "settle", fail)

    return poisoned


def test_what_raises_is_undone_and_the_others_go_on(
    make: Make, poison: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    first, *others = urgent(make, 4)
    poison(first)
    with caplog.at_level(logging.ERROR):
        timekeeping.sweep(now=LATE)
    assert breaches() == others
    assert Ticket.objects.get(pk=first).summary != "half done"
    assert f"chore.failed chore=breach ticket={first}" in caplog.text


def test_what_raised_is_tried_again_later_and_forgotten_when_it_works(
    make: Make, poison: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    (ticket,) = urgent(make, 1)
    poison(ticket)
    timekeeping.sweep(now=LATE)
    failure = FailedChore.objects.get()
    assert (failure.ticket_id, failure.name, failure.attempts) == (ticket, "breach", 1)
    monkeypatch.undo()
    assert timekeeping.sweep(now=LATE + timedelta(seconds=9)) == 0
    assert timekeeping.sweep(now=LATE + timedelta(seconds=11)) == 1
    assert breaches() == [ticket]
    assert not FailedChore.objects.exists()


def test_what_never_works_is_tried_ever_more_rarely(
    make: Make, poison: Callable[..., None]
) -> None:
    (ticket,) = urgent(make, 1)
    poison(ticket)
    now, waits = LATE, []
    for _try in range(6):
        timekeeping.sweep(now=now)
        failure = FailedChore.objects.get()
        waits.append(failure.next_at - now)
        now = failure.next_at
    assert waits == [*chores.BACK_OFF, chores.BACK_OFF[-1], chores.BACK_OFF[-1]]
    assert failure.attempts == 6


def test_many_that_fail_do_not_starve_the_rest(
    make: Make, poison: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores, "BATCH", 2)
    monkeypatch.setattr(chores, "WINDOW", 3)
    bad = urgent(make, 7)  # Due before the good ones, and more than are ever looked at.
    good = [make.ticket(priority=Priority.URGENT, at=MONDAY + MINUTE).pk for _number in range(2)]
    poison(*bad)
    timekeeping.sweep(now=LATE + 2 * MINUTE)
    assert breaches() == good
    timekeeping.sweep(now=LATE + 2 * MINUTE)
    assert FailedChore.objects.count() == len(bad)
    assert set(FailedChore.objects.values_list("attempts", flat=True)) == {1}


def test_a_chore_that_does_nothing_is_put_aside_and_does_not_go_round_for_ever(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    (ticket,) = urgent(make, 1)
    lazy = Chore("breach", timekeeping.due_breaches, lambda ticket, now: None)
    assert work_off([lazy], now=LATE) == 1
    assert FailedChore.objects.get().error == "still due"
    assert f"chore.still_due chore=breach ticket={ticket}" in caplog.text


def test_an_administrator_sees_what_failed_without_its_words(
    make: Make, company: Company, poison: Callable[..., None], sign_in: Any
) -> None:
    (ticket,) = urgent(make, 1)
    poison(ticket)
    timekeeping.sweep(now=LATE)
    client = sign_in(company.sam)
    page = client.get("/admin/tickets/failedchore/").content.decode()
    assert "ValueError" in page
    assert "Canary" not in page
    key = [str(FailedChore.objects.get().pk)]
    client.post("/admin/tickets/failedchore/", {"action": "try_soon", "_selected_action": key})
    assert FailedChore.objects.get().next_at > LATE


def test_an_agent_does_not_see_what_failed(make: Make, company: Company, sign_in: Any) -> None:
    assert sign_in(company.mihai).get("/admin/tickets/failedchore/").status_code == 404
