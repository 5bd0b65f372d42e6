"""Putting a ticket off until a moment at which it comes back by itself."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla, windows
from tickets.actions.conversation import note as write_note
from tickets.actions.locking import lock
from tickets.models import ActorKind, State, Ticket
from tickets.models.ticket import MOVED

LONGEST = timedelta(days=366)


@transaction.atomic
def snooze(
    ticket: Ticket,
    *,
    until: datetime,
    by: Person,
    requester_asked: bool = False,
    note: str = "",
    at: datetime | None = None,
) -> Ticket:
    """Put the ticket off until then; putting off again changes the moment.

    Its clocks are held only if the requester asked for the date. `note` is for the desk.
    """
    at = at or timezone.now()
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    if until <= at:
        raise Refused(_("Choose a moment that is still to come."), code="past")
    if until > at + LONGEST:
        raise Refused(_("Choose a moment within a year: nothing is put off for ever."), code="far")
    if ticket.state == State.SCHEDULED:
        ticket.returns_at = until
    else:
        windows.enter(ticket, State.SCHEDULED, at=at, until=until)
    ticket.save(update_fields=MOVED)
    if note.strip():
        write_note(ticket, by=by, body=note, at=at)
    events.record(
        ticket,
        events.Kind.WAITING,
        by=by,
        at=at,
        state=ticket.state,
        until=until.isoformat(),
        requester_asked=requester_asked,
    )
    sla.settle(ticket, at=at)
    return ticket


def come_back(ticket: Ticket, now: datetime) -> None:
    """The moment has come: whoever has the ticket finds it among the others again."""
    at = ticket.returns_at
    if ticket.state != State.SCHEDULED or at is None or at > now:
        return
    windows.enter(ticket, State.OPEN, at=at)
    ticket.save(update_fields=MOVED)
    events.record(
        ticket, events.Kind.RESUMED, actor_kind=ActorKind.CLOCK, at=at, state=ticket.state
    )
    sla.settle(ticket, at=now)
