"""Writing down how a ticket stands before something is done that can be taken back."""

from typing import Any

from django.utils.dateparse import parse_datetime

from tickets.models import Ticket
from tickets.models.ticket import COMES_DUE, MOVED, UNFINISHED

TIMES = (*COMES_DUE, "resolved_at", "closed_at")
CHANGED = [*MOVED, "resolved_at", "closed_at"]


def as_it_is(ticket: Ticket) -> dict[str, Any]:
    """State, outcome and moments of a ticket as JSON."""
    times = {column: getattr(ticket, column) for column in TIMES}
    known = {column: at.isoformat() for column, at in times.items() if at is not None}
    return {"state": ticket.state, "outcome": ticket.outcome, **known}


def put_back(ticket: Ticket, was: dict[str, Any]) -> None:
    """Let it stand again as it did then."""
    ticket.state, ticket.outcome = was["state"], was["outcome"]
    ticket.is_open = ticket.state in UNFINISHED
    for column in TIMES:
        setattr(ticket, column, parse_datetime(was[column]) if column in was else None)
    ticket.save(update_fields=CHANGED)
