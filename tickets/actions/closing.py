"""Ends and second thoughts: solved, confirmed, reopened, withdrawn, closed."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla, windows
from tickets.actions.locking import lock
from tickets.models import ActorKind, Outcome, State, Ticket
from tickets.models.ticket import MOVED

CHANGED = [*MOVED, "resolved_at", "closed_at"]


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
    windows.enter(ticket, State.RESOLVED, at=at, outcome=outcome)
    ticket.resolved_at = at
    ticket.save(update_fields=CHANGED)
    events.record(ticket, events.Kind.RESOLVED, by=by, at=at, state=ticket.state, outcome=outcome)
    sla.settle(ticket, at=at)
    return ticket


def resolve_by_silence(ticket: Ticket, *, at: datetime, now: datetime) -> None:
    """Nobody answered our question: we believe that it is solved, and say so.

    The outcome is *solved*, as for any other belief of the desk, and the requester may say no.
    *Withdrawn* would end the clocks for good, also for somebody who answers after a holiday.
    The window to say no begins `now`, when they are told.
    """
    windows.enter(ticket, State.RESOLVED, at=now, outcome=Outcome.SOLVED)
    ticket.resolved_at = at
    ticket.save(update_fields=CHANGED)
    events.record(
        ticket,
        events.Kind.RESOLVED,
        actor_kind=ActorKind.CLOCK,
        at=at,
        state=ticket.state,
        outcome=ticket.outcome,
        silent=True,
    )
    sla.settle(ticket, at=now)


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
    ticket.resolved_at = None
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


def close_by_time(ticket: Ticket, now: datetime) -> None:
    """Close what was solved and not reopened in its window; the ticket is held."""
    if ticket.state == State.RESOLVED and ticket.closes_at and ticket.closes_at <= now:
        _closed(ticket, by=None, outcome=Outcome(ticket.outcome), at=ticket.closes_at)


def _closed(ticket: Ticket, *, by: Person | None, outcome: Outcome, at: datetime) -> Ticket:
    ticket.move_to(State.CLOSED, outcome=outcome)
    ticket.resolved_at = ticket.resolved_at or at
    ticket.closed_at = at
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
