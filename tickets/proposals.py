"""What letters propose on a ticket and nobody decided yet, for those who may decide it."""

from typing import Any

from django.db.models import Exists, OuterRef

from departments.models import Person
from tickets import permissions
from tickets.models import ProposedParticipant, ProposedRequester, Ticket
from tickets.models.ticket import TicketQuerySet


def with_proposals(tickets: TicketQuerySet) -> TicketQuerySet:
    """Whether there is something to decide, so that most pages ask no further."""
    copied = ProposedParticipant.objects.waiting().filter(ticket=OuterRef("pk"))
    forwarded = ProposedRequester.objects.filter(ticket=OuterRef("pk"), decided_at=None)
    annotations: dict[str, Any] = {"has_copied": Exists(copied), "is_forwarded": Exists(forwarded)}
    return tickets.annotate(**annotations)


def copied_on(ticket: Ticket, person: Person) -> list[ProposedParticipant]:
    """The colleagues in copy about whom this person may decide: the desk about all, others about
    those of their own letters.
    """
    if not getattr(ticket, "has_copied", True):
        return []
    waiting = ProposedParticipant.objects.waiting().filter(ticket=ticket)
    if not permissions.may_work(person, ticket):
        if not permissions.may_invite(person, ticket):
            return []
        waiting = waiting.filter(message__author=person)
    return list(waiting.select_related("person", "message__author").order_by("pk"))


def forwarded_on(ticket: Ticket, person: Person) -> ProposedRequester | None:
    """Who wrote the letter that was forwarded, while nobody has said whose request it is."""
    if not getattr(ticket, "is_forwarded", True) or not permissions.may_refile(person, ticket):
        return None
    waiting = ProposedRequester.objects.filter(ticket=ticket, decided_at=None)
    return waiting.select_related("person", "ticket__requester").first()
