"""Taking the steps of a promise that is close or was missed: each once per clock."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from departments.models import Person, Priority
from departments.promise_rules import StepRule
from helpdesk.lib import markdown
from tickets import events, permissions, sla
from tickets.actions.routing import assign, change_priority
from tickets.clock_steps import next_step, steps_left
from tickets.models import ActorKind, Clock, Escalation, Message, Ticket, TicketEvent

MANY = 200  # More steps in a row than any promise has.


class Step(NamedTuple):
    """A step that is due."""

    at: datetime
    rule: StepRule
    clock: Clock


class Deed(NamedTuple):
    """What a step comes to, as things are now."""

    does: str
    to: Person | None = None
    instead_of: str = ""


def take_steps(ticket: Ticket, now: datetime) -> None:
    """Take every step of this ticket's clocks whose moment has come, in the order of time.

    A step may change the clocks (it raises the priority), so the next is looked for anew. A clock
    that ended meanwhile takes none any more, however late this runs.
    """
    sla.settle(ticket, at=now)
    for _step in range(MANY):
        step = next_due(ticket, now)
        if step is None:
            return
        take(ticket, step, now)
        ticket.refresh_from_db()


def next_due(ticket: Ticket, now: datetime) -> Step | None:
    """The soonest step of all clocks that is due."""
    waiting = ticket.clocks.filter(step_at__lte=now)
    due = [
        Step(at, rule, clock)
        for clock in waiting
        for at, rule in steps_left(clock)[:1]
        if at <= now
    ]
    return min(due, key=lambda step: step.at, default=None)


def take(ticket: Ticket, step: Step, now: datetime) -> TicketEvent:
    """Take one step: remember it, tell the log with its true instant, do it."""
    clock, rule = step.clock, step.rule
    Escalation.objects.create(clock=clock, key=rule.key, due_at=step.at, done_at=now)
    Clock.objects.filter(pk=clock.pk).update(step_at=next_step(clock))
    deed = deed_of(rule, ticket)
    event = events.record(
        ticket,
        events.Kind.CLOCK_ESCALATED,
        at=step.at,
        actor_kind=ActorKind.CLOCK,
        clock=clock.kind,
        clock_number=clock.number,
        due_at=clock.due_at and clock.due_at.isoformat(),
        key=rule.key,
        does=deed.does,
        instead_of=deed.instead_of,
        to=deed.to.name if deed.to else "",
        to_id=deed.to.pk if deed.to else None,
        text=rule.text,
    )
    if do := DOES.get(deed.does):
        do(ticket, event, now)
    return event


def deed_of(rule: StepRule, ticket: Ticket) -> Deed:
    """What is done now: where the person cannot do it any more, the leads are told instead."""
    if rule.does not in PEOPLE:
        return Deed(rule.does)
    person, may = PEOPLE[rule.does](rule, ticket)
    if person is not None and may(person, ticket):
        return Deed(rule.does, person)
    return Deed("notify_lead", person, instead_of=rule.does)


def _owner(rule: StepRule, ticket: Ticket) -> tuple[Person | None, "May"]:
    return ticket.assignee, _may_work


def _reader(rule: StepRule, ticket: Ticket) -> tuple[Person | None, "May"]:
    return _named(rule), _may_read


def _worker(rule: StepRule, ticket: Ticket) -> tuple[Person | None, "May"]:
    return _named(rule), _may_work


def _named(rule: StepRule) -> Person | None:
    return Person.objects.filter(pk=rule.person_id).first() if rule.person_id else None


def _may_work(person: Person, ticket: Ticket) -> bool:
    return permissions.may(person, "work", ticket)


def _may_read(person: Person, ticket: Ticket) -> bool:
    return person.is_active and permissions.may_read_as_desk(person, ticket)


def _reassign(ticket: Ticket, event: TicketEvent, now: datetime) -> None:
    to = Person.objects.get(pk=event.facts["to_id"])
    assign(ticket, to=to, by=None, at=now, caused_by=event)


def _raise_priority(ticket: Ticket, event: TicketEvent, now: datetime) -> None:
    if ticket.priority > Priority.URGENT:
        raised = Priority(ticket.priority - 1)
        change_priority(ticket, raised, by=None, at=now, caused_by=event)


def _note(ticket: Ticket, event: TicketEvent, now: datetime) -> None:
    """The promise's own words to the desk; nobody wrote them, so they have no author."""
    body = str(event.facts["text"]).strip()
    if not body:
        return
    message = Message.objects.create(
        ticket=ticket,
        kind=Message.Kind.NOTE,
        body=body,
        html=markdown.render(body),
        sent_at=now,
    )
    events.record(
        ticket,
        events.Kind.NOTED,
        at=now,
        actor_kind=ActorKind.CLOCK,
        message=message,
        caused_by=event,
    )


May = Callable[[Person, Ticket], bool]
PEOPLE: dict[str, Callable[[StepRule, Ticket], tuple[Person | None, May]]] = {
    "notify_owner": _owner,
    "notify_person": _reader,
    "reassign": _worker,
}
# Telling people follows from the event (tickets/reactions), and so does paging them.
DOES: dict[str, Callable[[Ticket, TicketEvent, datetime], None]] = {
    "reassign": _reassign,
    "raise_priority": _raise_priority,
    "note": _note,
}
