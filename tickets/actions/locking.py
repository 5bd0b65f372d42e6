"""Taking hold of a ticket, or of two, for the length of one action."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.utils.translation import gettext as _

from helpdesk.lib.errors import Refused
from tickets.merged import end_of_chain
from tickets.models import Ticket
from tickets.models.ticket import TicketQuerySet

Act = TypeVar("Act", bound=Callable[..., Any])
# Merges of a chain while somebody writes into it; more than a few at once is no accident.
MERGES_MET = 5


class WasMerged(Exception):
    """The ticket is held, but goes on in another: nothing was done, and its lock is let go."""

    def __init__(self, ticket: Ticket) -> None:
        super().__init__(ticket.number)
        self.ticket = ticket


def lock(ticket: Ticket) -> Ticket:
    """The ticket as it is now, held until the transaction ends.

    On SQLite the whole database is held by the immediate transaction already.
    """
    return _held().get(pk=ticket.pk)


def lock_both(one: Ticket, other: Ticket) -> tuple[Ticket, Ticket]:
    """Two tickets as they are now, held in the order of their keys.

    Whoever holds two takes them in this order, so that two people who merge crosswise wait for
    each other and never for ever.
    """
    held = {
        ticket.pk: ticket for ticket in _held().filter(pk__in={one.pk, other.pk}).order_by("pk")
    }
    return held[one.pk], held[other.pk]


def _held() -> TicketQuerySet:
    return Ticket.objects.select_for_update(of=("self",)).select_related(
        "desk", "service", "requester", "assignee"
    )


def where_it_goes_on(act: Act) -> Act:
    """Do this on the ticket; when it raises WasMerged, do it again where that ticket goes on.

    The first try is rolled back before the second takes hold of another ticket: nobody ever
    waits for one ticket of a chain while holding another out of order.
    """

    @wraps(act)
    def done(ticket: Ticket, **wish: Any) -> Any:
        for _try in range(MERGES_MET):
            try:
                return act(ticket, **wish)
            except WasMerged as found:
                ticket = end_of_chain(found.ticket)
                wish["seen"] = None  # The sender looked at the source; there was nothing newer.
        raise Refused(_("This request is being merged right now. Try again."), code="busy")

    return cast(Act, done)
