"""The acknowledgement: at once, once a ticket, with an honest promise."""

from tickets import events
from tickets.events import Kind
from tickets.mail import outbound
from tickets.models import TicketEvent
from tickets.reasons import ECHO, FORWARDED, MACHINE

REQUESTS = frozenset({Kind.OPENED, Kind.REQUESTER_CHANGED, Kind.FORWARD_KEPT})
# Who reads the confirmation: nobody of a machine's report; of what the desk forwarded whoever
# it turns out to be from; of an echo a machine, whose answer would be the next one.
UNCONFIRMED = frozenset({MACHINE, FORWARDED, ECHO})


def acknowledge(event: TicketEvent) -> None:
    """Confirm a new request to its requester."""
    ticket = event.ticket
    if event.kind == Kind.OPENED and is_unconfirmed(event):
        return
    if not outbound.may_acknowledge(ticket, event.at):
        return
    mail, is_new = outbound.queue(
        "acknowledgement", key=f"ack:{ticket.pk}", to=ticket.requester, event=event
    )
    if is_new:
        events.record(ticket, Kind.ACKNOWLEDGED, at=event.at, caused_by=event, mail=mail.pk)


def is_unconfirmed(event: TicketEvent) -> bool:
    """Whether its letter is one of those that nobody is told of at once."""
    because = event.message.because if event.message is not None else ()
    return any(each["code"] in UNCONFIRMED for each in because)
