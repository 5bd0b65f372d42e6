"""When a clock runs, pauses and is due: the log and the promise, made into stored clocks.

The arithmetic is in `tickets/segments.py` (pure); here the rows are read and the result kept.
A clock's row is a cache: `readings` on the log gives the same again at any time.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import DateTimeField, Prefetch, Value
from django.db.models.functions import Greatest

from departments.models import TargetKind
from departments.promises import Promise, promise_of, rules_at
from tickets import events
from tickets.clock_steps import hours_for, next_step, steps_taken
from tickets.models import (
    ActorKind,
    Clock,
    ClockState,
    Outcome,
    Slip,
    State,
    Ticket,
    TicketEvent,
)
from tickets.models.ticket import TicketQuerySet
from tickets.segments import Moment, Reading, Rule, in_state, read, renumbered, rounds
from tickets.standing import MOVES, standing

# Answers are held by nothing but an approval; the others by what the promise says.
ANSWERS = frozenset({TargetKind.FIRST_RESPONSE, TargetKind.NEXT_RESPONSE})
ANSWER_PAUSES = frozenset({str(State.WAITING_APPROVAL)})
CANCELLING = frozenset({Outcome.WITHDRAWN, Outcome.DUPLICATE, Outcome.SPAM})
# Planned for a date by the desk alone: the requester waits, so the clock runs.
PUT_OFF = "scheduled_by_desk"
Kind = events.Kind
MATTERING = (
    Kind.OPENED,
    Kind.REPLIED,
    Kind.ANSWER_WAIVED,
    Kind.WORKAROUND_MARKED,
    Kind.WAITING,
    Kind.RESUMED,
    Kind.RESOLVED,
    Kind.REOPENED,
    Kind.CLOSED,
    Kind.MERGED,
    Kind.UNMERGED,
    Kind.MERGE_RECEIVED,
    Kind.MERGE_UNDONE,
    Kind.MESSAGE_MOVED_OUT,
    Kind.MESSAGE_MOVED_IN,
    Kind.MARKED_SPAM,
    Kind.NOT_SPAM,
    Kind.CLOCK_BREACHED,
)


def moments(log: Iterable[TicketEvent], requester_id: int) -> list[Moment]:
    """The part of the log that clocks look at, in the order in which it happened."""
    log = list(log)
    found = [moment_of(event, requester_id) for event in standing(log)]
    if not any(event.kind in MOVES for event in log):
        return list(in_state(sorted(found, key=lambda moment: moment.at)))
    # Without a message that left, the next one may be what brought the ticket back.
    found = [replace(m, reopens=m.reopens or speaks_to_desk(m)) for m in found]
    return renumbered(list(in_state(sorted(found, key=lambda moment: moment.at))))


def speaks_to_desk(moment: Moment) -> bool:
    return moment.why == Kind.REPLIED and not moment.answers


def moment_of(event: TicketEvent, requester_id: int) -> Moment:
    """What this event says to clocks."""
    facts = event.facts
    if event.kind == Kind.MESSAGE_MOVED_IN and "said_at" in facts:
        return _moved_in(event, requester_id)
    state = str(facts.get("state", ""))
    if state == State.SCHEDULED and not facts.get("requester_asked"):
        state = PUT_OFF
    is_late = event.kind == Kind.CLOCK_BREACHED
    by_desk = bool(facts.get("by_desk") and event.actor_id and event.actor_id != requester_id)
    speaks = event.kind == Kind.REPLIED or bool(facts.get("answered"))
    return Moment(
        at=event.at,
        state=state,
        answers=speaks and by_desk,
        asks=event.kind == Kind.REPLIED and event.actor_id == requester_id,
        waives=event.kind == Kind.ANSWER_WAIVED,
        eases=event.kind == Kind.WORKAROUND_MARKED or bool(facts.get("workaround")),
        cancels=facts.get("outcome") in CANCELLING,
        breached=str(facts["clock"]) if is_late else "",
        number=int(facts.get("clock_number", 1)) if is_late else 1,
        since=datetime.fromisoformat(facts["since"]) if is_late and "since" in facts else None,
        owed=tuple(_owed(event)),
        source=str(facts.get("source", "")),
        why=event.kind,
    )


def _moved_in(event: TicketEvent, requester_id: int) -> Moment:
    """A message from another ticket: as if it had been said here when it was said."""
    return Moment(
        at=datetime.fromisoformat(event.facts["said_at"]),
        asks=event.facts["author_id"] == requester_id,
        reopens=True,
        why=event.kind,
    )


def _owed(event: TicketEvent) -> Iterator[tuple[str, datetime]]:
    if event.kind == Kind.MERGE_RECEIVED:
        for kind, due in event.facts.get("owed", {}).items():
            yield kind, datetime.fromisoformat(due)


def state_in(history: Sequence[Moment]) -> str:
    """The state of a ticket as its history says."""
    state = next((moment.state for moment in reversed(history) if moment.state), "")
    return State.SCHEDULED if state == PUT_OFF else state


def log_of(ticket: Ticket) -> list[TicketEvent]:
    return list(ticket.events.filter(kind__in=MATTERING).order_by("pk"))


def rule_for(clock: Clock, ticket: Ticket) -> Rule:
    """The rule by which this clock counts."""
    promised = rules_at(clock.policy_version_id)
    return Rule(
        kind=clock.kind,
        budget=timedelta(minutes=clock.budget_minutes),
        hours=hours_for(clock),
        pauses=pauses_of(clock.kind, ticket, promised.pauses),
        warn_share=promised.warn_percent / 100,
        number=clock.number,
    )


def pauses_of(kind: str, ticket: Ticket, promised: frozenset[str]) -> frozenset[str]:
    """The states that hold a clock of this kind, where the promise names those of `promised`."""
    if kind in ANSWERS:
        return ANSWER_PAUSES
    if ticket.service is not None and not ticket.service.counts_third_party:
        return promised | {str(State.WAITING_THIRD_PARTY)}
    return promised


@dataclass(frozen=True)
class Known:
    """What was read of a ticket already, as it is now."""

    clocks: Sequence[Clock]
    log: Sequence[TicketEvent]


def with_known(tickets: TicketQuerySet) -> TicketQuerySet:
    """With what settling reads, in two queries for any number of tickets."""
    log = TicketEvent.objects.filter(kind__in=MATTERING).order_by("pk")
    return tickets.prefetch_related(
        Prefetch("clocks", Clock.objects.all(), to_attr="known_clocks"),
        Prefetch("events", log, to_attr="known_log"),
    )


def known_of(ticket: Ticket) -> Known | None:
    """What came with a ticket from `with_known`; to be used before anything else happens to it."""
    log: Sequence[TicketEvent] | None = getattr(ticket, "known_log", None)
    return None if log is None else Known(getattr(ticket, "known_clocks", ()), log)


def first_clocks(ticket: Ticket, opened: TicketEvent, promise: Promise) -> list[Clock]:
    """The clocks of a ticket that is not stored yet, by the event that will open it."""
    history, clocks = moments([opened], ticket.requester_id), []
    for kind, number, since in starts(history):
        clock = aimed(None, ticket, kind, promise)
        if clock is not None:
            clock.number, clock.started_at = number, history[since].at
            show(clock, read(rule_for(clock, ticket), history[since:], opened.at))
            clock.step_at, clock.settled_at = next_step(clock, ()), opened.at
            clocks.append(clock)
    ticket.next_due_at = soonest(clocks)
    return clocks


def soonest(clocks: Iterable[Clock]) -> datetime | None:
    """When the next of these is due."""
    return min((clock.due_at for clock in clocks if clock.due_at is not None), default=None)


def settle(
    ticket: Ticket,
    *,
    at: datetime,
    promise: Promise | None = None,
    known: Known | None = None,
) -> list[Clock]:
    """Bring the ticket's clocks in line with its log, inside the caller's transaction.

    Called after the action's own event is recorded. Missing clocks are started, targets that
    changed (priority, kind of problem, service, desk, a new version) are taken up from the
    original start, breaches found are recorded at the instant of due.
    """
    promise = promise or promise_of(ticket.desk, ticket.service, category=ticket.category)
    known = known or Known(clocks=list(ticket.clocks.all()), log=log_of(ticket))
    clocks = {(clock.kind, clock.number): clock for clock in known.clocks}
    history = moments(known.log, ticket.requester_id)
    taken = steps_taken(ticket, promise, clocks.values())
    if missed := missed_before(ticket, clocks.values(), promise, at):
        for late in missed:
            reading = read(rule_for(late, ticket), history_of(late, history), at)
            keep(late, reading, ticket, at, before=shown(late), taken=taken[late.pk])
        history = moments(log_of(ticket), ticket.requester_id)
    settled = []
    for kind, number, since in starts(history):
        stored = clocks.get((kind, number))
        before = shown(stored) if stored is not None else None
        clock = aimed(stored, ticket, kind, promise)
        if clock is not None:
            clock.number, clock.started_at = number, history[since].at
            reading = read(rule_for(clock, ticket), history[since:], at)
            if clock.stopped_at is not None and reading.stopped_at is None:
                clock.stopped_at = None  # Reopened: by the rules that hold now.
                aimed(clock, ticket, kind, promise)
                reading = read(rule_for(clock, ticket), history[since:], at)
            keep(clock, reading, ticket, at, before=before, taken=taken.get(clock.pk, frozenset()))
            settled.append(clock)
    due = soonest(settled)
    if due != ticket.next_due_at:
        ticket.next_due_at = due
        Ticket.objects.filter(pk=ticket.pk).update(next_due_at=due)
    end_slips(ticket, settled, at)
    return settled


def missed_before(
    ticket: Ticket, clocks: Iterable[Clock], promise: Promise, at: datetime
) -> list[Clock]:
    """The clocks that passed their due unnoticed and are to count by another rule from now on.

    What was promised until now was missed: a new promise does not undo that.
    """
    return [
        clock
        for clock in clocks
        if clock.due_at is not None
        and clock.due_at < at
        and clock.breached_at is None
        and aim_of(clock) != (target_of(ticket, clock.kind, promise) or aim_of(clock))
    ]


Aim = tuple[int | None, int | None, int, bool]


def aim_of(clock: Clock) -> Aim:
    """By what the clock counts: versions of promise and calendar, minutes, around the clock."""
    versions = (clock.policy_version_id, clock.calendar_version_id)
    return (*versions, clock.budget_minutes, clock.is_always_open)


def target_of(ticket: Ticket, kind: str, promise: Promise) -> Aim | None:
    """By what a clock of this kind is to count now; None where nothing is promised."""
    target = promise.target(ticket.priority, kind)
    if target is None:
        return None
    versions = (promise.policy.current_id, promise.calendar.current_id)
    return (*versions, target.budget_minutes, target.is_always_open)


def end_slips(ticket: Ticket, clocks: Iterable[Clock], at: datetime) -> None:
    """A slip ends with its clock or with its ticket: nobody owes a new moment any more."""
    slips = Slip.objects.open().filter(ticket=ticket)
    if ticket.is_open:
        ended = [clock.pk for clock in clocks if clock.stopped_at is not None]
        if not ended:
            return
        slips = slips.filter(clock__in=ended)
    # What slipped at the moment in which it is solved did not end before.
    slips.update(ended_at=Greatest("slipped_at", Value(at, DateTimeField())))


def history_of(clock: Clock, history: Sequence[Moment]) -> Sequence[Moment]:
    """The part of a ticket's history from the start of this clock on."""
    if clock.kind != TargetKind.NEXT_RESPONSE:
        return history
    return history[rounds(history)[clock.number - 1] :]


def starts(history: Sequence[Moment]) -> Iterator[tuple[str, int, int]]:
    """Kind, number and first moment (its index) of every clock that this history has."""
    for kind in TargetKind.values:
        if kind == TargetKind.NEXT_RESPONSE:
            yield from ((kind, n, index) for n, index in enumerate(rounds(history), start=1))
        else:
            yield kind, 1, 0


def aimed(clock: Clock | None, ticket: Ticket, kind: str, promise: Promise) -> Clock | None:
    """The clock with the target that holds now; a clock whose target was removed stays as is."""
    target = target_of(ticket, kind, promise)
    if target is None:
        return clock
    clock = clock or Clock(ticket=ticket, kind=kind)
    if clock.stopped_at is None or clock.pk is None:
        policy, calendar, clock.budget_minutes, clock.is_always_open = target
        clock.policy_version_id, clock.calendar_version_id = policy, calendar  # type: ignore[assignment]
    return clock


def keep(
    clock: Clock,
    reading: Reading,
    ticket: Ticket,
    at: datetime,
    *,
    before: tuple[object, ...] | None,
    taken: Collection[str],
) -> None:
    """Store a reading; a breach that it found is told to the log, once.

    What the row said is in `before`: where that still holds, it stays as it is.
    """
    was_late = clock.breached_at is not None
    is_news = reading.breached_at is not None and not was_late
    counted = clock.counted_seconds
    show(clock, reading)
    clock.step_at = next_step(clock, taken)
    if shown(clock) == before:
        clock.counted_seconds = counted  # As of settled_at; who reads it counts on from there.
        return
    if is_news:
        clock.warned_at = clock.warned_at or at  # Too late for a warning.
    elif was_late and clock.breached_at is None:
        clock.warned_at = None  # The merge that made it late is undone.
    clock.settled_at = at
    clock.save()
    if is_news and reading.breached_at is not None:
        whose: dict[str, Any] = {"source": reading.source} if reading.source else {}
        events.record(
            ticket,
            events.Kind.CLOCK_BREACHED,
            at=reading.breached_at,
            actor_kind=ActorKind.CLOCK,
            clock=clock.kind,
            clock_number=clock.number,
            since=clock.started_at.isoformat(),
            **whose,
        )


def show(clock: Clock, reading: Reading) -> None:
    """Write a reading into the row, not saved yet."""
    clock.state = ClockState(reading.state)
    clock.counted_seconds = int(reading.counted.total_seconds())
    clock.due_at, clock.warn_at = reading.due_at, reading.warn_at
    clock.paused_at, clock.stopped_at = reading.paused_at, reading.stopped_at
    clock.breached_at = reading.breached_at  # Once in the log, it is in every reading.


def shown(clock: Clock) -> tuple[object, ...]:
    """What a stored clock says and by which rules, apart from when it was last looked at.

    While it runs, the time counted follows from the rest.
    """
    is_running = clock.stopped_at is None and clock.paused_at is None
    rules = (clock.policy_version_id, clock.calendar_version_id)
    target = (clock.budget_minutes, clock.is_always_open, clock.started_at)
    due = (clock.due_at, clock.warn_at, clock.step_at)
    past = (clock.paused_at, clock.stopped_at, clock.breached_at)
    return clock.state, 0 if is_running else clock.counted_seconds, rules, target, due, past
