"""From a ticket's event log to its row of numbers; running it again changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, Prefetch
from django.utils import timezone

from departments.models import TargetKind
from metrics.models import TicketFact
from tickets import sla
from tickets.models import Clock, ClockState, Outcome, Ticket, TicketEvent
from tickets.models.ticket import TicketQuerySet
from tickets.segments import Moment, Reading, read

BATCH = 500
# A ticket may be changed in a transaction that commits after a later one: look back a little.
OVERLAP = timedelta(minutes=10)
UNCOUNTED = frozenset({Outcome.DUPLICATE, Outcome.SPAM, Outcome.WITHDRAWN})


@dataclass(frozen=True)
class Figures:
    """One target of one ticket: when it was reached and what that took."""

    reached_at: datetime | None = None
    business: int | None = None
    calendar: int | None = None
    state: str = ""
    decided_at: datetime | None = None


def measure(tickets: Iterable[Ticket], *, at: datetime | None = None) -> int:
    """Recompute the rows of these tickets; returns how many."""
    at = at or timezone.now()
    rows = [fact(ticket, at) for ticket in tickets]
    fields = [field.name for field in TicketFact._meta.fields if field.name != "ticket"]
    TicketFact.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["ticket"], update_fields=fields
    )
    return len(rows)


def measure_changed(*, at: datetime | None = None) -> int:
    """Recompute what changed since the last roll-up, in batches, until it is up to date."""
    measured = TicketFact.objects.aggregate(newest=Max("changed_at"))["newest"]
    changed = Ticket.objects.order_by("changed_at", "pk")
    if measured is not None:
        changed = changed.filter(changed_at__gt=measured - OVERLAP)
    done = 0
    pks = list(changed.values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        done += measure(with_log().filter(pk__in=pks[start : start + BATCH]), at=at)
    return done


def with_log() -> TicketQuerySet:
    """Tickets with all that a measurement reads, in a fixed number of queries."""
    log = Prefetch("events", TicketEvent.objects.filter(kind__in=sla.MATTERING).order_by("pk"))
    return Ticket.objects.select_related("desk", "service").prefetch_related("clocks", log)


def fact(ticket: Ticket, at: datetime) -> TicketFact:
    moments = sla.moments(ticket.events.all(), ticket.requester_id)
    clocks = {clock.kind: clock for clock in ticket.clocks.all()}
    answer = figures(clocks.get(TargetKind.FIRST_RESPONSE), ticket, moments, at)
    solution = figures(clocks.get(TargetKind.RESOLUTION), ticket, moments, at)
    counts = ticket.outcome not in UNCOUNTED
    return TicketFact(
        ticket=ticket,
        desk_id=ticket.desk_id,
        service_id=ticket.service_id,
        assignee_id=ticket.assignee_id,
        priority=ticket.priority,
        is_confidential=ticket.is_confidential,
        is_open=ticket.is_open,
        outcome=ticket.outcome,
        opened_at=ticket.opened_at,
        answered_at=answer.reached_at,
        answer_business=answer.business,
        answer_calendar=answer.calendar,
        answer_state=answer.state,
        answer_decided_at=answer.decided_at,
        solved_at=solution.reached_at if counts else None,
        solution_business=solution.business if counts else None,
        solution_calendar=solution.calendar if counts else None,
        solution_state=solution.state,
        solution_decided_at=solution.decided_at,
        changed_at=ticket.changed_at,
        measured_at=at,
    )


def figures(clock: Clock | None, ticket: Ticket, moments: list[Moment], at: datetime) -> Figures:
    """Read one clock from the log; without a promise there is nothing to measure against."""
    if clock is None or not moments:
        return Figures()
    reading = read(sla.rule_for(clock, ticket), sla.history_of(clock, moments), at)
    decided = decided_at(reading)
    if reading.stopped_at is None or not reached(clock.kind, moments):
        return Figures(state=reading.state, decided_at=decided)
    return Figures(
        reached_at=reading.stopped_at,
        business=int(reading.counted.total_seconds()),
        calendar=int((reading.stopped_at - ticket.opened_at).total_seconds()),
        state=reading.state,
        decided_at=decided,
    )


def reached(kind: str, moments: list[Moment]) -> bool:
    """Whether the end of this clock is an answer or a solution, not a withdrawal or a duplicate."""
    if kind == TargetKind.FIRST_RESPONSE:
        return any(moment.answers for moment in moments)
    return not any(moment.cancels for moment in moments)


def decided_at(reading: Reading) -> datetime | None:
    if reading.state == ClockState.BREACHED:
        return reading.breached_at
    return reading.stopped_at if reading.state == ClockState.MET else None
