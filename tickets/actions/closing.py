"""Ends and second thoughts: solved, confirmed, reopened, withdrawn, closed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla
from tickets.actions.locking import lock
from tickets.models import ActorKind, Outcome, State, Ticket

CHANGED = ["state", "is_open", "outcome", "resolved_at", "closed_at", "closes_at"]


@transaction.atomic
def resolve(
    ticket: Ticket,
    *,
    by: Person,
    outcome: Outcome = Outcome.SOLVED,
    at: datetime | None = None,
) -> Ticket:
    """Say that the request is solved; the requester may reopen it within the service's window."""
    at = at or timezone.now()
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    ticket.move_to(State.RESOLVED, outcome=outcome)
    ticket.resolved_at, ticket.closes_at = at, ticket.closing_time(at)
    ticket.save(update_fields=CHANGED)
    events.record(ticket, events.Kind.RESOLVED, by=by, at=at, state=ticket.state, outcome=outcome)
    sla.settle(ticket, at=at)
    return ticket


@transaction.atomic
def confirm(ticket: Ticket, *, by: Person, at: datetime | None = None) -> Ticket:
    """The requester says: yes, solved. That closes it."""
    ticket = lock(ticket)
    permissions.require(by, "decide", ticket)
    if ticket.state == State.CLOSED:
        return ticket
    if ticket.state != State.RESOLVED:
        raise Refused(_("This request is being worked on again; there is nothing to confirm."))
    return _closed(ticket, by=by, outcome=Outcome(ticket.outcome), at=at or timezone.now())


@transaction.atomic
def reopen(ticket: Ticket, *, by: Person, at: datetime | None = None) -> Ticket:
    """Not solved after all: the work and its clock go on."""
    at = at or timezone.now()
    ticket = lock(ticket)
    if not permissions.may(by, "decide", ticket):
        permissions.require(by, "work", ticket)
    ticket.move_to(State.OPEN)
    ticket.resolved_at = ticket.closes_at = None
    ticket.save(update_fields=CHANGED)
    events.record(ticket, events.Kind.REOPENED, by=by, at=at, state=ticket.state)
    sla.settle(ticket, at=at)
    return ticket


@transaction.atomic
def withdraw(ticket: Ticket, *, by: Person, at: datetime | None = None) -> Ticket:
    """The requester needs no help any more."""
    ticket = lock(ticket)
    permissions.require(by, "decide", ticket)
    return _closed(ticket, by=by, outcome=Outcome.WITHDRAWN, at=at or timezone.now())


@transaction.atomic
def close(
    ticket: Ticket,
    *,
    by: Person | None,
    outcome: Outcome | None = None,
    at: datetime | None = None,
) -> Ticket:
    """End it for good: by an agent with an outcome, or by the clock when the window has passed."""
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    kept = outcome or Outcome(ticket.outcome or Outcome.SOLVED)
    return _closed(ticket, by=by, outcome=kept, at=at or timezone.now())


def _closed(ticket: Ticket, *, by: Person | None, outcome: Outcome, at: datetime) -> Ticket:
    ticket.move_to(State.CLOSED, outcome=outcome)
    ticket.resolved_at = ticket.resolved_at or at
    ticket.closed_at, ticket.closes_at = at, None
    ticket.save(update_fields=CHANGED)
    events.record(
        ticket,
        events.Kind.CLOSED,
        by=by,
        actor_kind=ActorKind.PERSON if by else ActorKind.CLOCK,
        at=at,
        state=ticket.state,
        outcome=outcome,
    )
    sla.settle(ticket, at=at)
    return ticket
