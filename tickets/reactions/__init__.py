"""What follows from an event, in this order. Each is idempotent and tried alone."""

from collections.abc import Callable

from tickets.models import TicketEvent
from tickets.reactions.acknowledge import acknowledge
from tickets.reactions.announce import announce
from tickets.reactions.measure import measure
from tickets.reactions.merge import tell_merged
from tickets.reactions.notify import mail_people, notify
from tickets.reactions.page import end_page, page_on_call
from tickets.reactions.page_news import tell_of_page
from tickets.reactions.slips import notice_slips, tell_of_slip
from tickets.reactions.time_news import tell_of_time

REACTIONS: tuple[Callable[[TicketEvent], None], ...] = (
    end_page,  # Nobody is called for what somebody has in hand.
    page_on_call,  # First, since nobody is there yet; the confirmation can tell of it.
    tell_of_page,  # Who is called, who asked, and the leads when nobody answers.
    notice_slips,  # Who is late owes a new moment.
    tell_of_slip,  # Who owes it is asked; who waits is told, once.
    acknowledge,  # The requester hears at once, with the promise.
    mail_people,  # Replies and changes that matter, by mail.
    tell_of_time,  # Who is to know that a promise is close, who is asked again, what came back.
    tell_merged,  # Where a request goes on that is one with another.
    notify,  # The same in the product, and to agents.
    measure,  # The dashboard's numbers.
    announce,  # Open pages look again; last, so that they find everything above.
)
