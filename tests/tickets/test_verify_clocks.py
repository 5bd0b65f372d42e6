"""Every clock recomputed from the log: silence when all is well, a line for each difference."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.actions.timekeeping import sweep
from tickets.models import Clock, State, Ticket, TicketEvent

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def verified(*numbers: str, at: Any = MONDAY + 2 * HOUR) -> tuple[int, str]:
    """Exit code and what was printed."""
    said, code = StringIO(), 0
    with time_machine.travel(at, tick=False):
        try:
            call_command("verify_clocks", *numbers, stdout=said, stderr=StringIO())
        except SystemExit as exit_:
            code = int(str(exit_.code))
    return code, said.getvalue()


@pytest.fixture
def lived(make: Make, company: Company) -> Ticket:
    """A ticket with a history: asked back, answered, solved, reopened, late."""
    ticket = make.ticket()
    actions.reply(
        ticket, by=company.mihai, body="Which?", then=State.WAITING_REQUESTER, at=MONDAY + HOUR
    )
    actions.reply(ticket, by=company.elif_, body="This one.", at=MONDAY + 26 * HOUR)
    actions.resolve(ticket, by=company.mihai, at=MONDAY + 28 * HOUR)
    actions.reopen(ticket, by=company.elif_, at=MONDAY + 50 * HOUR)
    sweep(now=MONDAY + 9 * DAY)
    return ticket


def test_a_company_without_requests_is_in_order(company: Company) -> None:
    assert verified() == (0, "Every clock says what the log says.\n")


def test_a_lived_ticket_is_in_order(lived: Ticket) -> None:
    assert verified(at=MONDAY + 9 * DAY)[0] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("due_at", MONDAY + 5 * HOUR),
        ("counted_seconds", 7),
        ("state", "met"),
        ("breached_at", MONDAY),
        ("paused_at", MONDAY),
        ("warn_at", None),
        ("started_at", MONDAY - DAY),
        ("budget_minutes", 3),
    ],
)
def test_a_row_that_somebody_changed_is_found(make: Make, field: str, value: Any) -> None:
    ticket = make.ticket()
    Clock.objects.filter(ticket=ticket, kind="resolution").update(**{field: value})
    code, said = verified()
    assert code == 1
    assert f"{ticket.number} resolution 1" in said


def test_a_clock_that_is_gone_is_missed(make: Make) -> None:
    ticket = make.ticket()
    ticket.clocks.filter(kind="first_response").delete()
    assert verified() == (1, f"{ticket.number} first_response 1 clock: None is promised\n")


def test_a_clock_without_a_cause_is_found(make: Make) -> None:
    ticket = make.ticket()
    clock = ticket.clocks.get(kind="resolution")
    clock.pk, clock.kind = None, "next_response"
    clock.save()
    assert f"{ticket.number} next_response 1 clock: stored" in verified()[1]


def test_a_log_that_somebody_changed_is_found(lived: Ticket) -> None:
    TicketEvent.objects.filter(ticket=lived, kind="ticket.waiting").delete()
    TicketEvent.objects.filter(ticket=lived, kind="ticket.reopened").delete()
    assert verified(at=MONDAY + 9 * DAY)[0] == 1


def test_a_due_time_that_nobody_noticed_is_told(make: Make) -> None:
    ticket = make.ticket()
    code, said = verified(at=MONDAY + DAY)
    assert code == 1
    assert f"{ticket.number} first_response 1 breached_at: None is " in said


def test_single_tickets_can_be_asked_for(make: Make) -> None:
    good, bad = make.ticket(), make.ticket()
    Clock.objects.filter(ticket=bad).update(state="met")
    assert verified(good.number)[0] == 0
    assert verified(bad.number)[0] == 1


def test_it_changes_nothing(lived: Ticket) -> None:
    before = list(Clock.objects.order_by("pk").values())
    verified(at=MONDAY + 9 * DAY)
    assert list(Clock.objects.order_by("pk").values()) == before


def test_many_tickets_cost_as_many_queries_as_one(make: Make) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            verified()
        return len(seen)

    make.ticket()
    verified()
    one = cost()
    for _more in range(20):
        make.ticket()
    assert cost() == one
