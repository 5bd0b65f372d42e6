"""Whether every stored clock still says what the log says: recomputed, never trusted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Prefetch

from departments.models import Installation
from departments.promises import promise_of
from tickets import sla
from tickets.clock_steps import next_step
from tickets.models import Clock, Ticket, TicketEvent
from tickets.segments import Moment, read

BATCH = 500
# The sweep may be this late before a due time that nobody noticed counts as a difference.
PATIENCE = timedelta(minutes=5)
COMPARED = (
    "started_at",
    "state",
    "counted_seconds",
    "due_at",
    "warn_at",
    "step_at",
    "paused_at",
    "stopped_at",
    "breached_at",
)


@dataclass(frozen=True)
class Difference:
    """One thing that a stored clock says and the log does not."""

    number: str  # of the ticket
    clock: str
    what: str
    stored: object
    reckoned: object

    def __str__(self) -> str:
        return f"{self.number} {self.clock} {self.what}: {self.stored} is {self.reckoned}"


def differences(*, now: datetime, numbers: Iterable[str] = ()) -> Iterator[Difference]:
    """All differences, ticket by ticket in order of age; a fixed number of queries a batch."""
    tickets = Ticket.objects.all()
    if numbers:
        tickets = tickets.filter(number__in=list(numbers))
    house = Installation.objects.select_related("calendar", "sla_policy").first()
    last, end = 0, tickets.aggregate(end=Max("pk"))["end"] or 0
    log = Prefetch("events", TicketEvent.objects.filter(kind__in=sla.MATTERING).order_by("pk"))
    whole = (
        tickets.select_related("desk__sla_policy", "desk__calendar", "category__sla_policy")
        .select_related("service__sla_policy", "service__calendar")
        .prefetch_related("clocks", log)
        .order_by("pk")
    )
    while last < end:
        batch = list(whole.filter(pk__gt=last, pk__lte=end)[:BATCH])
        if not batch:
            return
        for ticket in batch:
            yield from of_ticket(ticket, now, house)
        last = batch[-1].pk


def of_ticket(ticket: Ticket, now: datetime, house: Installation | None) -> Iterator[Difference]:
    """The differences of one ticket."""
    history = sla.moments(ticket.events.all(), ticket.requester_id)
    stored = {(clock.kind, clock.number): clock for clock in ticket.clocks.all()}
    for kind, number, since in sla.starts(history):
        clock = stored.pop((kind, number), None)
        if clock is not None:
            yield from of_clock(clock, ticket, history[since:], now)
        elif ticket.is_open and _promised(ticket, kind, house):
            yield Difference(ticket.number, f"{kind} {number}", "clock", None, "promised")
    for kind, number in stored:
        yield Difference(ticket.number, f"{kind} {number}", "clock", "stored", None)


def _promised(ticket: Ticket, kind: str, house: Installation | None) -> bool:
    promise = promise_of(ticket.desk, ticket.service, house, ticket.category)
    return promise.target(ticket.priority, kind) is not None


def of_clock(
    clock: Clock, ticket: Ticket, history: Sequence[Moment], now: datetime
) -> Iterator[Difference]:
    """A clock against the same clock made anew, as it stood when it was settled last."""
    name = f"{clock.kind} {clock.number}"
    anew = Clock(
        pk=clock.pk,
        ticket=ticket,
        kind=clock.kind,
        number=clock.number,
        policy_version_id=clock.policy_version_id,
        calendar_version_id=clock.calendar_version_id,
        budget_minutes=clock.budget_minutes,
        is_always_open=clock.is_always_open,
        started_at=history[0].at,
    )
    sla.show(anew, read(sla.rule_for(anew, ticket), history, clock.settled_at))
    anew.step_at = next_step(anew)
    for what in COMPARED:
        was, should = getattr(clock, what), getattr(anew, what)
        if was != should:
            yield Difference(ticket.number, name, what, was, should)
    overdue = clock.due_at is not None and clock.due_at < now - PATIENCE
    if overdue and clock.breached_at is None:
        yield Difference(ticket.number, name, "breached_at", None, clock.due_at)
