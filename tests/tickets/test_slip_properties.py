"""Whatever happens in whatever order: nobody is told twice, nobody who waits is forgotten."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from departments.models import Priority
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions, verification
from tickets.actions import timekeeping
from tickets.events import Kind
from tickets.models import Clock, OutboundMail, Slip, State, Ticket, TicketEvent
from tickets.models.slip import waits_for_requester
from tickets.reactions import running, slips

MINUTE = timedelta(minutes=1)
TELLING = ("late", "renewed")
Act = Callable[[Ticket, Company, datetime], object]


def react() -> None:
    while running.react_to_pending(now=timezone.now()):
        pass


def react_again(ticket: Ticket, company: Company, at: datetime) -> None:
    """A worker died after its work, and the next one does it once more."""
    for event in ticket.events.all():
        slips.notice_slips(event)
        if event.kind in slips.NEWS:
            slips.tell_of_slip(event)


def renewed(minutes: int) -> Act:
    def renew(ticket: Ticket, company: Company, at: datetime) -> Slip:
        return actions.renew_promise(
            ticket,
            moment=at + minutes * MINUTE,
            reason=f"It takes {minutes} minutes more.",
            by=company.mihai,
            at=at,
            may_be_closed=True,
        )

    return renew


def moved_to(state: State) -> Act:
    return lambda ticket, company, at: actions.set_state(ticket, state, by=company.mihai, at=at)


# What people and workers do, each so many minutes after the one before.
DEEDS: dict[str, Act] = {
    "answer": lambda t, c, at: actions.reply(t, by=c.mihai, body="Here.", at=at),
    "ask": lambda t, c, at: actions.reply(t, by=c.elif_, body="And?", at=at),
    "wait": moved_to(State.WAITING_REQUESTER),
    "supplier": moved_to(State.WAITING_THIRD_PARTY),
    "approval": moved_to(State.WAITING_APPROVAL),
    "go on": moved_to(State.OPEN),
    "solve": lambda t, c, at: actions.resolve(t, by=c.mihai, at=at),
    "reopen": lambda t, c, at: actions.reopen(t, by=c.elif_, at=at),
    "move": lambda t, c, at: actions.move(t, to=c.it, service=c.laptop, by=c.mihai, at=at),
    "less": lambda t, c, at: actions.change_priority(t, Priority.NORMAL, by=c.mihai, at=at),
    "promise soon": renewed(20),
    "promise late": renewed(400),
    "sweep": lambda t, c, at: timekeeping.sweep(now=at),
    "react": lambda t, c, at: react(),
    "react again": react_again,
}
OFTEN = [*DEEDS, "promise soon", "promise late", "sweep", "sweep", "react"]
HISTORIES = st.lists(st.tuples(st.sampled_from(OFTEN), st.integers(0, 150)), max_size=12)


def play(ticket: Ticket, company: Company, history: list[tuple[str, int]]) -> datetime:
    at = MONDAY
    for deed, minutes in history:
        at += minutes * MINUTE
        try:
            DEEDS[deed](Ticket.objects.get(pk=ticket.pk), company, at)
        except Refused:
            continue
    return at


def settle_down(now: datetime) -> None:
    """Workers come by until nothing is left to do at this moment."""
    for _round in range(3):
        timekeeping.sweep(now=now)
        react()


def late_clocks(ticket: Ticket) -> list[Clock]:
    late = ticket.clocks.filter(breached_at__isnull=False, stopped_at=None)
    return [] if waits_for_requester(ticket) else list(late)


QUIET = settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@QUIET
@given(history=HISTORIES, after=st.integers(0, 3000))
def test_no_order_of_events_tells_twice_or_forgets(
    make: Make, company: Company, history: list[tuple[str, int]], after: int
) -> None:
    with transaction.atomic():
        ticket = make.ticket(priority=Priority.URGENT)
        now = play(ticket, company, history) + after * MINUTE
        settle_down(now)
        ticket.refresh_from_db()
        nobody_is_told_twice(ticket)
        nobody_is_forgotten(ticket, now)
        slips_follow_each_other(ticket)
        assert list(verification.differences(now=now)) == []
        transaction.set_rollback(True)


def nobody_is_told_twice(ticket: Ticket) -> None:
    told = Counter(
        event.facts["slip"]
        for event in TicketEvent.objects.filter(ticket=ticket)
        if event.kind == Kind.PROMISE_SLIPPED or event.facts.get("tells")
    )
    assert set(told.values()) <= {1}
    mailed = OutboundMail.objects.filter(ticket=ticket, kind__in=TELLING)
    keys = set(mailed.values_list("key", flat=True))
    assert keys <= {f"slip:{slip}" for slip in told}
    assert len(keys) == mailed.count()


def nobody_is_forgotten(ticket: Ticket, now: datetime) -> None:
    standing = Slip.objects.open().filter(ticket=ticket).first()
    if not ticket.is_open:
        assert standing is None
    elif late_clocks(ticket):
        assert standing is not None
        assert standing.promised_at is None or standing.promised_at >= now
        owes = standing.promised_at is None and standing.told_at is None
        assert standing.tell_at is not None if owes else True


def slips_follow_each_other(ticket: Ticket) -> None:
    """One after the other; each with a clock of this ticket, none ending before it began."""
    for slip in ticket.slips.select_related("clock"):
        assert slip.clock.ticket_id == ticket.pk
        assert slip.ended_at is None or slip.ended_at >= slip.slipped_at
        if slip.promised_at is not None:
            assert slip.told_at is not None
            assert slip.reason


@QUIET
@given(history=HISTORIES)
def test_promising_anew_changes_no_clock(
    make: Make, company: Company, history: list[tuple[str, int]]
) -> None:
    """The same history with a look at the clock in their place gives the same clocks."""
    plain = [("sweep" if deed.startswith("promise") else deed, after) for deed, after in history]
    assert clocks_after(history, make, company) == clocks_after(plain, make, company)


def clocks_after(history: list[tuple[str, int]], make: Make, company: Company) -> list[Any]:
    columns = ("kind", "number", "state", "due_at", "stopped_at", "breached_at", "paused_at")
    with transaction.atomic():
        ticket = make.ticket(priority=Priority.URGENT)
        settle_down(play(ticket, company, history))
        found = list(ticket.clocks.order_by("kind", "number").values_list(*columns))
        transaction.set_rollback(True)
    return found
