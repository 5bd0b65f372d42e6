"""Taking hold of a ticket for the length of one action."""

from tickets.models import Ticket


def lock(ticket: Ticket) -> Ticket:
    """The ticket as it is now, held until the transaction ends.

    On SQLite the whole database is held by the immediate transaction already.
    """
    return (
        Ticket.objects.select_for_update(of=("self",))
        .select_related("desk", "service", "requester", "assignee")
        .get(pk=ticket.pk)
    )
