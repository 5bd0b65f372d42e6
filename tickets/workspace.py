"""Everything a desk's page about one ticket shows, in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from departments.models import Category, Membership, Person, Priority, Role
from departments.when import time_words
from tickets.explain import Account, account, by_need
from tickets.models import (
    Channel,
    Draft,
    Message,
    Notification,
    Outcome,
    Participant,
    State,
    Ticket,
    TicketEvent,
)
from tickets.models.ticket import TicketQuerySet
from tickets.permissions import people_who_may_work
from tickets.timeline import Entry, story


def tickets_for(person: Person, draft_kind: str = "") -> TicketQuerySet:
    """The tickets this person reads as desk, each with what its page needs to know at once."""
    role = Membership.objects.filter(person=person, department=OuterRef("desk")).values("role")
    news = Notification.objects.filter(person=person, ticket=OuterRef("pk"), read_at=None)
    every = Draft.objects.filter(person=person, ticket=OuterRef("pk")).order_by("-saved_at")
    drafts = every.filter(kind=draft_kind) if draft_kind in Message.Kind.values else every
    return (
        Ticket.objects.worked_by(person)
        .select_related(
            "desk", "service", "category__parent", "requester__manager", "requester__department"
        )
        .select_related("assignee", "filed_by", "subject_person")
        .annotate(
            role=Subquery(role[:1]),
            has_news=Exists(news),
            draft_kind=Subquery(drafts.values("kind")[:1]),
            draft_body=Subquery(drafts.values("body")[:1]),
            second_draft=Subquery(every.values("kind")[1:2]),
        )
    )


@dataclass(frozen=True)
class WrittenDraft:
    """What the reader is still writing."""

    kind: str
    body: str


class Workspace:
    """One ticket from `tickets_for`, read by one person at one instant; each part on demand."""

    def __init__(self, ticket: Ticket, person: Person, now: datetime | None = None) -> None:
        self.ticket = ticket
        self.person = person
        self.now = now or timezone.now()

    @cached_property
    def log(self) -> list[TicketEvent]:
        return list(self.ticket.events.select_related("actor").order_by("pk"))

    @cached_property
    def story(self) -> list[Entry]:
        return story(self.ticket, self.person, as_desk=True, log=self.log)

    @cached_property
    def seen(self) -> int:
        """The newest event with a message: what somebody who reads this page has seen."""
        return max((event.pk for event in self.log if event.message_id), default=0)

    @cached_property
    def clocks(self) -> list[Account]:
        clocks = self.ticket.clocks.select_related("policy", "calendar")
        return [account(clock, self.ticket, self.log, self.now) for clock in by_need(clocks)]

    @cached_property
    def participants(self) -> list[Participant]:
        return list(self.ticket.participants.select_related("person").order_by("person__name"))

    @cached_property
    def workers(self) -> list[Person]:
        """Who can be given the ticket."""
        return list(people_who_may_work(self.ticket.desk, self.ticket.service))

    @cached_property
    def categories(self) -> list[Category]:
        """The kinds of problem of its service, groups before their own."""
        kinds = Category.objects.filter(service=self.ticket.service_id, is_retired=False)
        return sorted(
            kinds.select_related("parent"),
            key=lambda kind: (
                (kind.parent or kind).order,
                (kind.parent or kind).name,
                kind.parent is not None,
                kind.order,
                kind.name,
            ),
        )

    @property
    def may_work(self) -> bool:
        """Agents and leads work; observers read."""
        return getattr(self.ticket, "role", "") in {Role.AGENT, Role.LEAD}

    @property
    def has_news(self) -> bool:
        return bool(getattr(self.ticket, "has_news", False))

    @property
    def draft(self) -> WrittenDraft:
        kind = getattr(self.ticket, "draft_kind", None) or Message.Kind.PUBLIC
        return WrittenDraft(kind, getattr(self.ticket, "draft_body", None) or "")

    @property
    def other_draft(self) -> str:
        """The kind of a second draft that waits beside the one shown."""
        if not getattr(self.ticket, "second_draft", None):
            return ""
        is_note = self.draft.kind == Message.Kind.NOTE
        return Message.Kind.PUBLIC if is_note else Message.Kind.NOTE

    @property
    def channel(self) -> str:
        return str(Channel(self.ticket.channel).label)

    @property
    def requester_line(self) -> str:
        """What they do and where, as far as we know it."""
        person = self.ticket.requester
        department = person.department.name if person.department else ""
        return " · ".join(part for part in (person.job_title, department, person.location) if part)

    @property
    def requester_time(self) -> str:
        """The time where the requester is, when it is another one than here."""
        there = time_words(self.now, self.ticket.requester.zone)
        return there if there != time_words(self.now, self.person.zone) else ""

    @property
    def priorities(self) -> Sequence[Priority]:
        return list(Priority)

    @property
    def outcomes(self) -> Sequence[Outcome]:
        return list(Outcome)

    @property
    def states(self) -> Sequence[State]:
        """The states it may go to, in the order of the work; solving and closing apart."""
        ends = {State.RESOLVED, State.CLOSED}
        return [state for state in State if state in self.ticket.moves() - ends]

    @property
    def may_solve(self) -> bool:
        return State.RESOLVED in self.ticket.moves()

    @property
    def may_close(self) -> bool:
        return State.CLOSED in self.ticket.moves()
