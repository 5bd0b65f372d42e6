"""What the desk says about answers: none is needed, or this one lets people work again."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person, TargetKind
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla
from tickets.actions.locking import lock
from tickets.models import Message, Ticket


@transaction.atomic
def waive_answer(ticket: Ticket, *, by: Person, at: datetime | None = None) -> Ticket:
    """The last words of the requester need no answer (“Thanks!”): their clock ends.

    Refused when no such clock runs: the first answer of all is never waived.
    """
    at = at or timezone.now()
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    if not ticket.clocks.unstopped().filter(kind=TargetKind.NEXT_RESPONSE).exists():
        raise Refused(_("Nobody waits for an answer here. There is nothing to do."))
    events.record(ticket, events.Kind.ANSWER_WAIVED, by=by, at=at)
    sla.settle(ticket, at=at)
    return ticket


@transaction.atomic
def mark_workaround(message: Message, *, by: Person, at: datetime | None = None) -> Message:
    """Say that since this answer of the desk they can work again; saying it twice is no error."""
    at = at or timezone.now()
    ticket = lock(message.ticket)
    permissions.require(by, "work", ticket)
    said = ticket.events.filter(message=message, kind=events.Kind.REPLIED).first()
    if said is None or not said.facts.get("by_desk"):
        raise Refused(_("Only an answer of the desk can be a workaround. Choose one of those."))
    # Not by the event's own message: nothing new was said that somebody would have to read.
    marked = ticket.events.filter(
        kind=events.Kind.WORKAROUND_MARKED, facts__answer=message.pk
    ).exists()
    if not (marked or said.facts.get("workaround")):
        events.record(ticket, events.Kind.WORKAROUND_MARKED, by=by, at=at, answer=message.pk)
        sla.settle(ticket, at=at)
    return message
