"""Merged tickets: where one goes on, and which ones came into it.

A merge may itself be merged on, so these are chains that end in one open or closed ticket. They
are walked by the database in one query, however long they are; `merging` refuses circles.
"""

from django.db.models import Exists, OuterRef
from django.db.models.expressions import RawSQL

from departments.models import Person
from tickets.models import Ticket
from tickets.models.ticket import TicketQuerySet

OFFERED = 10
_END = """
WITH RECURSIVE chain (id, into_id) AS (
    SELECT id, merged_into_id FROM tickets_ticket WHERE id = %s
    UNION
    SELECT next.id, next.merged_into_id
    FROM tickets_ticket next JOIN chain ON next.id = chain.into_id
)
SELECT id FROM chain WHERE into_id IS NULL
"""
_SOURCES = """
WITH RECURSIVE source (id) AS (
    SELECT id FROM tickets_ticket WHERE merged_into_id = %s
    UNION
    SELECT before.id FROM tickets_ticket before JOIN source ON before.merged_into_id = source.id
)
SELECT id FROM source
"""


def end_of_chain(ticket: Ticket) -> Ticket:
    """The ticket in which this one goes on: itself, when it was not merged."""
    if ticket.merged_into_id is None:
        return ticket
    ends = Ticket.objects.filter(pk__in=RawSQL(_END, [ticket.pk]))  # noqa: S611 (a number)
    return ends.select_related("desk", "service", "requester", "assignee").get()


def sources_of(ticket: Ticket) -> TicketQuerySet:
    """Every ticket that was merged into this one, directly or by way of another."""
    return Ticket.objects.filter(pk__in=RawSQL(_SOURCES, [ticket.pk]))  # noqa: S611 (a number)


def sources_seen_by(ticket: Ticket, reader: Person) -> list[Ticket]:
    """Those of them that this reader may see; ask `is_worked` whether they read it as desk."""
    worked = Ticket.objects.worked_by(reader).filter(pk=OuterRef("pk"))
    seen = sources_of(ticket).visible_to(reader).annotate(is_worked=Exists(worked))
    return list(seen.select_related("desk").order_by("pk"))


def is_worked(source: Ticket) -> bool:
    """Whether the reader for whom this one was found reads its notes too."""
    return bool(getattr(source, "is_worked", False))


def candidates(ticket: Ticket, agent: Person) -> TicketQuerySet:
    """What this one may well be the same as: its requester's other requests that are not over."""
    open_ones = Ticket.objects.worked_by(agent).unfinished().of(ticket.requester)
    return open_ones.exclude(pk=ticket.pk).for_row().order_by("-opened_at", "-pk")[:OFFERED]


def goes_on_for(ticket: Ticket, reader: Person) -> Ticket | None:
    """Where a merged ticket goes on, if this reader may see it there."""
    if ticket.merged_into_id is None:
        return None
    ends = Ticket.objects.filter(pk__in=RawSQL(_END, [ticket.pk]))  # noqa: S611 (a number)
    worked = Ticket.objects.worked_by(reader).filter(pk=OuterRef("pk"))
    return ends.visible_to(reader).annotate(is_worked=Exists(worked)).first()
