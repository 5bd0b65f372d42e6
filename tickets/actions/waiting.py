"""Silence: asking a requester once more, and not waiting for ever."""

from datetime import datetime, timedelta

from tickets import events
from tickets.actions.closing import resolve_by_silence
from tickets.models import ActorKind, State, Ticket

# Whoever is reminded this much later than planned has as much longer to answer.
PUNCTUAL = timedelta(hours=1)


def remind(ticket: Ticket, now: datetime) -> None:
    """Ask the requester once more; the mail follows from the event."""
    at = ticket.remind_at
    if ticket.state != State.WAITING_REQUESTER or at is None or at > now:
        return
    ticket.remind_at = None
    if ticket.lapses_at is not None and now - at > PUNCTUAL:
        ticket.lapses_at += now - at
    ticket.save(update_fields=["remind_at", "lapses_at"])
    if not ticket.requester.may_write:
        return  # There is nobody who would read it.
    events.record(
        ticket,
        events.Kind.REMINDED,
        at=at,
        actor_kind=ActorKind.CLOCK,
        name=ticket.requester.first_name,
        lapses_at=ticket.lapses_at and ticket.lapses_at.isoformat(),
    )


def give_up_waiting(ticket: Ticket, now: datetime) -> None:
    """Take it for solved after a long silence, but never before the reminder."""
    remind(ticket, now)
    at = ticket.lapses_at
    if ticket.state == State.WAITING_REQUESTER and at is not None and at <= now:
        resolve_by_silence(ticket, at=at, now=now)
