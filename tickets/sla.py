"""When a clock runs, pauses and is due: the log and the promise, made into stored clocks.

The arithmetic is in `tickets/segments.py` (pure); here the rows are read and the result kept.
A clock's row is a cache: `readings` on the log gives the same again at any time.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from departments.calendars import hours_of
from departments.hours import Hours
from departments.models import TargetKind
from departments.promises import Promise, promise_of
from tickets import events
from tickets.models import ActorKind, Clock, ClockState, Outcome, State, Ticket, TicketEvent
from tickets.segments import Moment, Reading, Rule, read

PAUSES: dict[str, frozenset[str]] = {
    TargetKind.FIRST_RESPONSE: frozenset({State.WAITING_APPROVAL}),
    TargetKind.RESOLUTION: frozenset(
        {State.WAITING_REQUESTER, State.WAITING_APPROVAL, State.SCHEDULED}
    ),
}
CANCELLING = frozenset({Outcome.WITHDRAWN, Outcome.DUPLICATE, Outcome.SPAM})
MATTERING = (
    events.Kind.OPENED,
    events.Kind.REPLIED,
    events.Kind.WAITING,
    events.Kind.RESUMED,
    events.Kind.RESOLVED,
    events.Kind.REOPENED,
    events.Kind.CLOSED,
    events.Kind.CLOCK_BREACHED,
)


def moments(log: Iterable[TicketEvent], requester_id: int) -> list[Moment]:
    """The part of the log that clocks look at, in the order in which it happened."""
    found = []
    for event in log:
        facts = event.facts
        found.append(
            Moment(
                at=event.at,
                state=str(facts.get("state", "")),
                answers=bool(
                    (event.kind == events.Kind.REPLIED or facts.get("answered"))
                    and event.actor_id
                    and event.actor_id != requester_id
                    and facts.get("by_desk")
                ),
                cancels=facts.get("outcome") in CANCELLING,
                breached=str(facts.get("clock", ""))
                if event.kind == events.Kind.CLOCK_BREACHED
                else "",
                why=event.kind,
            )
        )
    return sorted(found, key=lambda moment: moment.at)


def log_of(ticket: Ticket) -> list[TicketEvent]:
    return list(ticket.events.filter(kind__in=MATTERING).order_by("pk"))


def rule_for(clock: Clock, ticket: Ticket) -> Rule:
    """The rule by which this clock counts."""
    pauses = PAUSES[clock.kind]
    held_at_supplier = ticket.service is not None and not ticket.service.counts_third_party
    if clock.kind == TargetKind.RESOLUTION and held_at_supplier:
        pauses |= {State.WAITING_THIRD_PARTY}
    return Rule(
        kind=clock.kind,
        budget=timedelta(minutes=clock.budget_minutes),
        hours=Hours.always() if clock.is_always_open else hours_of(clock.calendar),
        pauses=pauses,
        warn_share=clock.policy.warn_percent / 100,
    )


def settle(ticket: Ticket, *, at: datetime, promise: Promise | None = None) -> list[Clock]:
    """Bring the ticket's clocks in line with its log, inside the caller's transaction.

    Called after the action's own event is recorded. Missing clocks are started, targets that
    changed (priority, service, desk) are taken up from the original start, breaches found are
    recorded at the instant of due.
    """
    promise = promise or promise_of(ticket.desk, ticket.service)
    clocks = {clock.kind: clock for clock in ticket.clocks.select_related("policy", "calendar")}
    history = moments(log_of(ticket), ticket.requester_id)
    settled = []
    for kind in TargetKind.values:
        clock = aimed(clocks.get(kind), ticket, kind, promise)
        if clock is not None:
            keep(clock, read(rule_for(clock, ticket), history, at), ticket, at)
            settled.append(clock)
    due = min((clock.due_at for clock in settled if clock.due_at is not None), default=None)
    if due != ticket.next_due_at:
        ticket.next_due_at = due
        Ticket.objects.filter(pk=ticket.pk).update(next_due_at=due)
    return settled


def aimed(clock: Clock | None, ticket: Ticket, kind: str, promise: Promise) -> Clock | None:
    """The clock with the target that holds now; a clock whose target was removed stays as is."""
    target = promise.target(ticket.priority, kind)
    if target is None:
        return clock
    clock = clock or Clock(ticket=ticket, kind=kind, started_at=ticket.opened_at)
    if clock.stopped_at is None or clock.pk is None:
        clock.policy, clock.calendar = promise.policy, promise.calendar
        clock.budget_minutes = target.budget_minutes
        clock.is_always_open = target.is_always_open
    return clock


def keep(clock: Clock, reading: Reading, ticket: Ticket, at: datetime) -> None:
    """Store a reading; a breach that it found is told to the log, once."""
    is_news = reading.breached_at is not None and clock.breached_at is None
    before = shown(clock)
    clock.state = ClockState(reading.state)
    clock.counted_seconds = int(reading.counted.total_seconds())
    clock.due_at, clock.warn_at = reading.due_at, reading.warn_at
    clock.paused_at, clock.stopped_at = reading.paused_at, reading.stopped_at
    clock.breached_at = clock.breached_at or reading.breached_at
    if not clock._state.adding and clock.stopped_at is not None and shown(clock) == before:
        return  # It ended before, and nothing moved it since.
    clock.settled_at = at
    clock.save()
    if is_news and reading.breached_at is not None:
        events.record(
            ticket,
            events.Kind.CLOCK_BREACHED,
            at=reading.breached_at,
            actor_kind=ActorKind.CLOCK,
            clock=clock.kind,
        )


def shown(clock: Clock) -> tuple[object, ...]:
    """What a stored clock says, apart from when it was last looked at."""
    moments = (clock.due_at, clock.warn_at, clock.paused_at, clock.stopped_at, clock.breached_at)
    return clock.state, clock.counted_seconds, *moments
