"""The numbers: whoever measures is nudged by name, and finds the ticket itself."""

from helpdesk.lib.background import later
from tickets.models import TicketEvent


def measure(event: TicketEvent) -> None:
    later("metrics.measure", event.ticket_id)
