"""Live update: open pages hear that they should look again."""

from tickets import live
from tickets.models import TicketEvent


def announce(event: TicketEvent) -> None:
    live.announce(event)
