"""Everything a desk's page about one ticket shows, in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone

from departments.models import Category, Membership, Person, Priority, Role, Rota, TargetKind
from departments.when import time_words
from tickets.easing import answers, workarounds
from tickets.events import Kind
from tickets.explain import Account, account, by_need
from tickets.links import Linked, linked
from tickets.merged import goes_on_for
from tickets.models import (
    Channel,
    Draft,
    Link,
    Message,
    Notification,
    Outcome,
    Page,
    Participant,
    ProposedParticipant,
    ProposedRequester,
    State,
    Ticket,
    TicketEvent,
)
from tickets.models.slip import Slip, open_slip_of, waits_for_requester, with_open_slip
from tickets.models.ticket import TicketQuerySet
from tickets.page_words import PageNow, page_now
from tickets.permissions import is_employee, people_who_may_work
from tickets.proposals import copied_on, forwarded_on, with_proposals
from tickets.put_off import PutOff, choices
from tickets.regrouped import beside
from tickets.timeline import Entry, Said, story
from tickets.windows import desk_time, time_of


def tickets_for(person: Person, draft_kind: str = "") -> TicketQuerySet:
    """The tickets this person reads as desk, each with what its page needs to know at once."""
    role = Membership.objects.filter(person=person, department=OuterRef("desk")).values("role")
    news = Notification.objects.filter(person=person, ticket=OuterRef("pk"), read_at=None)
    every = Draft.objects.filter(person=person, ticket=OuterRef("pk")).order_by("-saved_at")
    links = Link.objects.filter(Q(source=OuterRef("pk")) | Q(target=OuterRef("pk")))
    drafts = every.filter(kind=draft_kind) if draft_kind in Message.Kind.values else every
    return (
        with_proposals(with_open_slip(Ticket.objects.worked_by(person), "given_by", "clock"))
        .select_related(
            "desk", "service", "category__parent", "requester__manager", "requester__department"
        )
        .select_related("assignee", "filed_by", "subject_person")
        .annotate(
            role=Subquery(role[:1]),
            has_news=Exists(news),
            has_links=Exists(links),
            is_paged=Exists(Page.objects.running().filter(ticket=OuterRef("pk"))),
            has_rota=Exists(Rota.objects.filter(department=OuterRef("desk"))),
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
        told = story(self.ticket, self.person, as_desk=True, log=self.log)
        said = [entry.message for entry in told if isinstance(entry, Said)]
        more = beside(said, self.ticket, self.log, self.person, may_work=self.may_regroup)
        return [
            replace(entry, beside=more[entry.message.pk]) if isinstance(entry, Said) else entry
            for entry in told
        ]

    @property
    def may_regroup(self) -> bool:
        """Whether messages may go from here to other tickets."""
        return self.may_work and self.ticket.merged_into_id is None

    @property
    def may_mark_spam(self) -> bool:
        """What came by mail; of somebody who works here only a lead says so."""
        may = self.may_work and self.may_close and self.ticket.channel == Channel.MAIL
        return may and (self.is_lead or not is_employee(self.ticket.requester))

    @property
    def is_spam(self) -> bool:
        """Marked as spam, which can be undone; not only closed with that outcome."""
        is_marked = any(event.kind == Kind.MARKED_SPAM for event in self.log)
        return is_marked and self.ticket.outcome == Outcome.SPAM

    @property
    def is_lead(self) -> bool:
        return getattr(self.ticket, "role", "") == Role.LEAD

    @cached_property
    def seen(self) -> int:
        """The newest event with a message, or merge: what the reader of this page has seen."""
        told = (e.pk for e in self.log if e.message_id or e.kind == Kind.MERGED)
        return max(told, default=0)

    @cached_property
    def goes_on(self) -> Ticket | None:
        """Where a merged ticket goes on, if the reader may see that."""
        return goes_on_for(self.ticket, self.person)

    @property
    def goes_on_url(self) -> str:
        """Where the reader opens it: on its desk, or as an employee."""
        return Linked("", self.goes_on).url if self.goes_on else ""

    @property
    def may_merge(self) -> bool:
        return self.may_work and self.ticket.state != State.CLOSED

    @cached_property
    def linked(self) -> list[Linked]:
        has_links = getattr(self.ticket, "has_links", True)
        return linked(self.ticket, self.person) if has_links else []

    @cached_property
    def page(self) -> PageNow | None:
        """The person on call was called, and nobody answered yet."""
        if not getattr(self.ticket, "is_paged", True):
            return None
        return page_now(self.ticket, self.now, self.person.zone)

    @cached_property
    def slip(self) -> Slip | None:
        """A promise that passed or was taken back, and what is promised instead."""
        return open_slip_of(self.ticket) if self.ticket.is_open else None

    @property
    def is_promised_anew(self) -> bool:
        return self.slip is not None and self.slip.stands_at(self.now)

    @property
    def owes_promise(self) -> bool:
        """Whether somebody waits to hear a new moment from the desk."""
        if self.slip is None or self.is_promised_anew:
            return False
        return not waits_for_requester(self.ticket)

    @property
    def may_renew(self) -> bool:
        """Whether there is a promise that a later one can take the place of."""
        is_promised = any(c.view.clock and not c.view.clock.stopped_at for c in self.clocks)
        return self.may_work and self.ticket.is_open and is_promised

    @cached_property
    def clocks(self) -> list[Account]:
        clocks = self.ticket.clocks.with_rules()
        return [account(clock, self.ticket, self.log, self.now) for clock in by_need(clocks)]

    @cached_property
    def participants(self) -> list[Participant]:
        return list(self.ticket.participants.select_related("person").order_by("person__name"))

    @cached_property
    def copied(self) -> list[ProposedParticipant]:
        """Colleagues in the copy of a letter, about whom the reader may decide."""
        return copied_on(self.ticket, self.person)

    @cached_property
    def forwarded(self) -> ProposedRequester | None:
        """Who wrote the letter that somebody of the desk forwarded, while that is open."""
        return forwarded_on(self.ticket, self.person)

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

    def runs(self, kind: TargetKind) -> bool:
        """Whether a clock of this kind has not ended."""
        clocks = (account.view.clock for account in self.clocks)
        return any(c is not None and c.kind == kind and c.stopped_at is None for c in clocks)

    @property
    def owes_answer(self) -> bool:
        """Whether the requester wrote again, and the desk may say that no answer is needed."""
        return self.may_work and self.runs(TargetKind.NEXT_RESPONSE)

    @property
    def owes_workaround(self) -> bool:
        return self.may_work and self.runs(TargetKind.WORKAROUND)

    @cached_property
    def workarounds(self) -> frozenset[int]:
        return workarounds(self.log)

    @cached_property
    def possible_workarounds(self) -> frozenset[int]:
        """The answers that can be marked as one, while one is owed."""
        return answers(self.log) - self.workarounds if self.owes_workaround else frozenset()

    @property
    def may_put_off(self) -> bool:
        moves = {*self.ticket.moves(), State(self.ticket.state)}
        return self.may_work and State.SCHEDULED in moves

    @cached_property
    def put_off(self) -> list[PutOff]:
        """Moments to put it off to, by the hours of its clocks; else by those of its desk."""
        clock = next((account.view.clock for account in self.clocks), None)
        if clock is None:
            return choices(*desk_time(self.ticket), self.now)
        return choices(*time_of(clock.calendar_version_id), self.now)

    @property
    def may_work(self) -> bool:
        """Agents and leads work; observers read."""
        return getattr(self.ticket, "role", "") in {Role.AGENT, Role.LEAD}

    @property
    def may_page(self) -> bool:
        """Whether there is a rota to call somebody from, and a reason left to do it."""
        return self.has_rota and self.may_work and self.ticket.is_open and not self.is_calling

    @property
    def has_rota(self) -> bool:
        return bool(getattr(self.ticket, "has_rota", False))

    @property
    def is_calling(self) -> bool:
        return self.page is not None and self.page.page.unanswered_at is None

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
        return [outcome for outcome in Outcome if outcome != Outcome.SPAM]  # Has its own page.

    @property
    def states(self) -> Sequence[State]:
        """The states it may go to, in the order of the work; those that need more than a press,
        and the ends, apart.
        """
        apart = {State.RESOLVED, State.CLOSED, State.SCHEDULED}
        return [state for state in State if state in self.ticket.moves() - apart]

    @property
    def may_solve(self) -> bool:
        return State.RESOLVED in self.ticket.moves()

    @property
    def may_close(self) -> bool:
        return State.CLOSED in self.ticket.moves()
