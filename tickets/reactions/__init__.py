"""What follows from an event, in this order. Each is idempotent and tried alone."""

from collections.abc import Callable

from tickets.models import TicketEvent
from tickets.reactions.acknowledge import acknowledge
from tickets.reactions.announce import announce
from tickets.reactions.measure import measure
from tickets.reactions.notify import mail_people, notify

REACTIONS: tuple[Callable[[TicketEvent], None], ...] = (
    acknowledge,  # The requester hears at once, with the promise.
    mail_people,  # Replies and changes that matter, by mail.
    notify,  # The same in the product, and to agents.
    measure,  # The dashboard's numbers.
    announce,  # Open pages look again; last, so that they find everything above.
)
