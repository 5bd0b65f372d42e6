"""Other tickets that belong to one: links in both directions, as far as the reader may see them."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import pgettext

from departments.models import Person
from tickets.models import Link, Ticket

Kind = Link.Kind


@dataclass(frozen=True)
class Linked:
    """Another ticket and what it is to this one: “Followed by IT-7”."""

    words: str
    ticket: Ticket

    @property
    def url(self) -> str:
        """Where this reader opens it: on its desk, or as an employee."""
        is_worked = getattr(self.ticket, "is_worked", False)
        return self.ticket.get_desk_url() if is_worked else self.ticket.get_absolute_url()


def linked(ticket: Ticket, reader: Person) -> list[Linked]:
    """The tickets linked to this one, oldest link first; a second query only where there are."""
    links = Link.objects.filter(Q(source=ticket) | Q(target=ticket)).order_by("made_at", "pk")
    other = {
        link: link.target_id if link.source_id == ticket.pk else link.source_id for link in links
    }
    worked = Ticket.objects.worked_by(reader).filter(pk=OuterRef("pk"))
    seen = Ticket.objects.visible_to(reader).annotate(is_worked=Exists(worked))
    tickets = seen.in_bulk(list(other.values())) if other else {}
    return [
        Linked(words(link, seen_from=ticket), tickets[pk])
        for link, pk in other.items()
        if pk in tickets
    ]


def words(link: Link, *, seen_from: Ticket) -> str:
    """What the other ticket is to this one."""
    if link.source_id == seen_from.pk:
        return str(Kind(link.kind).label)
    return {
        Kind.RELATED.value: pgettext("link", "Related to"),
        Kind.DUPLICATE_OF.value: pgettext("link", "The same as"),
        Kind.FOLLOWS.value: pgettext("link", "Followed by"),
        Kind.SPLIT_FROM.value: pgettext("link", "Split into"),
        Kind.CAUSED_BY.value: pgettext("link", "Cause of"),
        Kind.BLOCKS.value: pgettext("link", "Blocked by"),
    }[link.kind]
