"""The acknowledgement: at once, once a ticket, with an honest promise."""

from tickets import events
from tickets.events import Kind
from tickets.mail import outbound
from tickets.models import TicketEvent


def acknowledge(event: TicketEvent) -> None:
    """Confirm a new request to its requester."""
    if event.kind != Kind.OPENED:
        return
    ticket = event.ticket
    if not outbound.may_acknowledge(ticket, event.at):
        return
    mail, is_new = outbound.queue(
        "acknowledgement", key=f"ack:{ticket.pk}", to=ticket.requester, event=event
    )
    if is_new:
        events.record(ticket, Kind.ACKNOWLEDGED, at=event.at, caused_by=event, mail=mail.pk)
