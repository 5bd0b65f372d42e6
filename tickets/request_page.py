"""Everything on an employee's page of one ticket, in a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.db.models import Exists, OuterRef, Prefetch, Q, Subquery
from django.utils.translation import gettext as _

from departments.models import Person
from tickets import sla
from tickets.clock_words import most_pressing
from tickets.events import Kind
from tickets.explain import Account, account
from tickets.merged import goes_on_for
from tickets.models import (
    Attachment,
    Channel,
    Draft,
    Message,
    Notification,
    Participant,
    ProposedParticipant,
    ProposedRequester,
    State,
    Ticket,
    TicketEvent,
)
from tickets.models.slip import with_open_slip
from tickets.models.ticket import TicketQuerySet
from tickets.promise_words import Card, card, seen_by
from tickets.proposals import copied_on, forwarded_on, with_proposals
from tickets.steps import Step, steps
from tickets.timeline import Entry, Line, Said, story

WITHDRAWABLE = frozenset(State) - {State.RESOLVED, State.CLOSED}


@dataclass(frozen=True)
class Spoken:
    """One message as parts/message.html wants it."""

    message: Message
    is_own: bool
    meta: str
    files: list[Attachment]
    source: Ticket | None = None

    @property
    def anchor(self) -> str:
        return f"m-{self.message.pk}"


@dataclass(frozen=True)
class RequestPage:
    """What the page shows. `seen` is the newest message that this story includes."""

    ticket: Ticket
    entries: list[Line | Spoken]
    steps: list[Step]
    promise: Card | None
    why: Account | None
    people: list[Person]
    seen: int
    draft: str
    is_desk: bool
    is_follower: bool
    has_news: bool
    may_decide: bool
    may_reply: bool
    copied: list[ProposedParticipant]  # Colleagues in the copy of the reader's own mails.
    forwarded: ProposedRequester | None
    goes_on: Ticket | None  # Where a merged ticket goes on, if the reader may see that.

    @property
    def asks_solved(self) -> bool:
        return self.may_decide and self.ticket.state == State.RESOLVED

    @property
    def may_withdraw(self) -> bool:
        return self.may_decide and self.ticket.state in WITHDRAWABLE

    @property
    def write_to(self) -> str:
        """Who reads what is written here."""
        names = {"desk": self.ticket.desk.name}
        if self.ticket.assignee is None:
            return _("Write to the %(desk)s team") % names
        names["name"] = self.ticket.assignee.first_name
        return _("Write to %(name)s and the %(desk)s team") % names

    @property
    def channel(self) -> str:
        return str(Channel(self.ticket.channel).label)

    @property
    def is_closed(self) -> bool:
        return self.ticket.state == State.CLOSED


def visible(person: Person) -> TicketQuerySet:
    """The tickets whose page this person may open, with what the page shows."""
    followers = Participant.objects.select_related("person").order_by("added_at", "pk")
    return (
        with_proposals(with_open_slip(Ticket.objects.visible_to(person)))
        .for_row()
        .select_related("category", "filed_by")
        .prefetch_related("clocks", Prefetch("participants", followers))
    )


def build(ticket: Ticket, reader: Person, now: datetime, tz: tzinfo) -> RequestPage:
    """The page of a ticket from `visible`."""
    # What was seen is asked for before the story is read, so that a message that comes in
    # between counts as not seen.
    seen, draft, is_desk, has_news = _around(ticket, reader)
    told = story(ticket, reader, as_desk=False)
    people = [participant.person for participant in ticket.participants.all()]
    shown = seen_by(reader, ticket, ticket.clocks.all(), now)
    is_mine = reader.pk in {ticket.requester_id, ticket.filed_by_id}
    is_follower = reader in people
    return RequestPage(
        ticket=ticket,
        entries=entries(told, ticket, people),
        steps=steps(ticket, reader, told, now, tz),
        promise=card(shown, ticket, now, tz) if shown else None,
        why=explained(ticket, now) if shown else None,
        people=people,
        seen=seen,
        draft=draft,
        is_desk=is_desk and reader.pk != ticket.requester_id,
        is_follower=is_follower,
        has_news=has_news,
        may_decide=is_mine,
        may_reply=(is_mine or is_follower) and ticket.state != State.CLOSED,
        copied=copied_on(ticket, reader),
        forwarded=forwarded_on(ticket, reader),
        goes_on=goes_on_for(ticket, reader),
    )


def explained(ticket: Ticket, now: datetime) -> Account | None:
    """Why the clock that presses most shows what it shows, in plain words."""
    clock = most_pressing(ticket.clocks.all())
    if clock is None:
        return None
    log = ticket.events.filter(kind__in=sla.MATTERING).select_related("actor").order_by("pk")
    return account(clock, ticket, log, now, is_plain=True)


def _around(ticket: Ticket, reader: Person) -> tuple[int, str, bool, bool]:
    """What surrounds the story, in one query: the newest message's event, the reader's draft,
    whether they read it as desk, whether they have unread notices of it.
    """
    told = Q(message__isnull=False) | Q(kind=Kind.MERGED)
    newest = TicketEvent.objects.filter(told, ticket=OuterRef("pk"))
    drafts = Draft.objects.filter(ticket=OuterRef("pk"), person=reader, kind=Message.Kind.PUBLIC)
    desk = Ticket.objects.worked_by(reader).filter(pk=OuterRef("pk"))
    notices = Notification.objects.visible_to(reader)
    known = Ticket.objects.filter(pk=ticket.pk).values_list(
        Subquery(newest.order_by("-pk").values("pk")[:1]),
        Subquery(drafts.values("body")[:1]),
        Exists(desk),
        Exists(notices.unread().filter(ticket=OuterRef("pk"))),
    )
    seen, draft, is_desk, has_news = known.get()
    return seen or 0, draft or "", bool(is_desk), bool(has_news)


def entries(told: Sequence[Entry], ticket: Ticket, people: Sequence[Person]) -> list[Line | Spoken]:
    """The story with each message dressed for the page."""
    askers = {ticket.requester_id, *(person.pk for person in people)}
    found: list[Line | Spoken] = []
    for entry in told:
        if isinstance(entry, Said):
            words = meta(entry, entry.source or ticket, askers)
            files = entry.message.files_below
            found.append(Spoken(entry.message, entry.is_own, words, files, entry.source))
        elif isinstance(entry, Line):
            found.append(entry)
    return found


def meta(entry: Said, ticket: Ticket, askers: set[int]) -> str:
    """A few words beside the name: the desk, and the way the message came."""
    author = entry.message.author_id
    words = [] if author is None or author in askers else [ticket.desk.name]
    if entry.message.channel == Channel.MAIL and author in askers:
        words.append(_("by e-mail"))
    return " ".join(words)
