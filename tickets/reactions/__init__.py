"""What follows from an event, in this order. Each is idempotent and tried alone."""

from collections.abc import Callable

from tickets.events import ECHOES, Kind
from tickets.models import TicketEvent
from tickets.reactions import acknowledge as acknowledging
from tickets.reactions import merge, notify, page, page_news, slips, time_news
from tickets.reactions.announce import announce
from tickets.reactions.measure import measure

Reaction = Callable[[TicketEvent], None]
ALL = frozenset(Kind) - ECHOES
# What is run, and after which kinds of event; any other kind runs past it.
REACTIONS: tuple[tuple[Reaction, frozenset[Kind]], ...] = (
    # Nobody is called for what somebody has in hand.
    (page.end_page, page.ENDINGS | {Kind.ASSIGNED}),
    # First, since nobody is there yet; the confirmation can tell of it.
    (page.page_on_call, page.CALLING),
    # Who is called, who asked, and the leads when nobody answers.
    (page_news.tell_of_page, page_news.NEWS),
    # Who is late owes a new moment.
    (slips.notice_slips, slips.BEGINNINGS | {Kind.MOVED}),
    # Who owes it is asked; who waits is told, once.
    (slips.tell_of_slip, slips.NEWS),
    # The requester hears at once, with the promise.
    (acknowledging.acknowledge, acknowledging.REQUESTS),
    # Replies and changes that matter, by mail.
    (notify.mail_people, notify.MAILED),
    # Who is to know that a promise is close, who is asked again, what came back.
    (time_news.tell_of_time, time_news.NEWS),
    # Where a request goes on that is one with another.
    (merge.tell_merged, merge.NEWS),
    # The same in the product, and to agents.
    (notify.notify, notify.NOTICED),
    # The dashboard's numbers.
    (measure, ALL),
    # Open pages look again; last, so that they find everything above.
    (announce, ALL),
)


def following(event: TicketEvent) -> list[Reaction]:
    """What follows from this event, in its order."""
    return [reaction for reaction, kinds in REACTIONS if event.kind in kinds]
