"""A ticket's story for one reader: messages and events in order, runs of events folded.

What was said on tickets that were merged into this one is part of it, as far as the reader may
see those: it is read where it stands, nothing is copied.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import ngettext

from departments.models import Person
from tickets.events import Kind, sentence
from tickets.merged import is_worked, sources_seen_by
from tickets.models import Attachment, Message, Ticket, TicketEvent
from tickets.regrouped import NOTHING_BESIDE, Beside

ICONS = {
    Kind.ACKNOWLEDGED: "check",
    Kind.ASSIGNED: "user",
    Kind.WAITING: "pause",
    Kind.RESUMED: "clock",
    Kind.RESOLVED: "check",
    Kind.REOPENED: "reply",
    Kind.CLOSED: "check",
    Kind.PRIORITY_CHANGED: "flag",
    Kind.CATEGORY_CHANGED: "edit",
    Kind.MOVED: "arrow-right",
    Kind.PARTICIPANT_ADDED: "users",
    Kind.PARTICIPANT_REMOVED: "users",
    Kind.CLOCK_WARNED: "clock",
    Kind.CLOCK_BREACHED: "alert",
    Kind.CLOCK_ESCALATED: "bolt",
    Kind.ANSWER_WAIVED: "check",
    Kind.WORKAROUND_MARKED: "check",
    Kind.REMINDED: "bell",
    Kind.PROMISE_ASKED: "help",
    Kind.PROMISE_SLIPPED: "alert",
    Kind.PROMISE_RENEWED: "flag",
    Kind.PAGED: "phone",
    Kind.PAGE_ACKNOWLEDGED: "check",
    Kind.PAGE_UNANSWERED: "alert",
    Kind.MAIL_FOLDED: "mail",
    Kind.MAIL_QUARANTINED: "lock",
    Kind.MAIL_FAILED: "alert",
    Kind.MAIL_REREAD: "mail",
    Kind.MERGED: "merge",
    Kind.UNMERGED: "history",
    Kind.MERGE_RECEIVED: "merge",
    Kind.MERGE_UNDONE: "history",
    Kind.MESSAGE_MOVED_OUT: "arrow-right",
    Kind.MESSAGE_MOVED_IN: "arrow-right",
    Kind.MESSAGE_SPLIT: "link",
    Kind.SPLIT_FROM: "link",
    Kind.MARKED_SPAM: "shield",
    Kind.NOT_SPAM: "history",
}
# These say themselves through their message.
SPOKEN = frozenset({Kind.OPENED, Kind.REPLIED, Kind.NOTED})
# What an employee is told between the messages; the rest is the desk's own housekeeping.
TOLD_EMPLOYEE = frozenset(
    {
        Kind.ACKNOWLEDGED,
        Kind.ASSIGNED,
        Kind.WAITING,
        Kind.REMINDED,
        Kind.RESOLVED,
        Kind.REOPENED,
        Kind.CLOSED,
        Kind.MERGED,
        Kind.UNMERGED,
        Kind.MESSAGE_MOVED_OUT,
        Kind.MESSAGE_SPLIT,
        Kind.SPLIT_FROM,
        Kind.MOVED,
        Kind.PAGED,
        Kind.PAGE_ACKNOWLEDGED,
        Kind.PROMISE_SLIPPED,
        Kind.PROMISE_RENEWED,
        Kind.PARTICIPANT_ADDED,
        Kind.PARTICIPANT_REMOVED,
    }
)


@dataclass(frozen=True)
class Line:
    """One event in words."""

    at: datetime
    icon: str
    words: str
    event: TicketEvent
    source: Ticket | None = None  # The merged ticket on which it happened, if not on this one.


@dataclass(frozen=True)
class Said:
    """One message."""

    at: datetime
    message: Message
    is_own: bool
    is_requester: bool
    source: Ticket | None = None
    beside: Beside = NOTHING_BESIDE

    @property
    def anchor(self) -> str:
        return f"message-{self.message.pk}"


@dataclass(frozen=True)
class Fold:
    """Two or more events in a row, shown as one line that says what is inside."""

    at: datetime
    words: str
    lines: Sequence[Line]


Entry = Line | Said | Fold


def story(
    ticket: Ticket,
    reader: Person,
    *,
    as_desk: bool,
    log: Iterable[TicketEvent] | None = None,
) -> list[Entry]:
    """Everything this reader may see of the ticket, oldest first, in three queries.

    `log` is the ticket's whole log with its actors, where the page has read it already. Two more
    queries bring what other tickets say that were merged into this one, however many they are.
    """
    log = list(told_by(ticket) if log is None else log)
    sources: dict[int, Ticket] = {}
    if any(event.kind == Kind.MERGE_RECEIVED for event in log):
        sources = {source.pk: source for source in sources_seen_by(ticket, reader)}
        log += told_by(*sources.values())
    worked = {pk for pk in sources if is_worked(sources[pk])} | {ticket.pk} if as_desk else set()
    entries: list[Line | Said] = [
        said(message, ticket, reader, sources.get(message.ticket_id))
        for message in messages_of([ticket.pk, *sources], worked)
    ]
    entries += [
        line(event, sources.get(event.ticket_id))
        for event in sorted(log, key=lambda event: (event.at, event.pk))
        if is_told(event, as_desk=event.ticket_id in worked)
        # The target's own line says it too, to those who work both.
        and not (event.kind == Kind.MERGED and event.ticket_id in worked - {ticket.pk})
    ]
    entries.sort(key=lambda entry: (entry.at, isinstance(entry, Line)))
    return list(folded(entries)) if as_desk else list(entries)


def told_by(*tickets: Ticket) -> QuerySet[TicketEvent]:
    """The log of these tickets without what messages say themselves."""
    log = TicketEvent.objects.filter(ticket__in=[ticket.pk for ticket in tickets])
    return log.select_related("actor").exclude(kind__in=SPOKEN)


def messages_of(tickets: Iterable[int], worked: Iterable[int]) -> QuerySet[Message]:
    """The public messages of these tickets, and the notes of those that the reader works."""
    files = Prefetch("attachments", Attachment.objects.order_by("pk"))
    readable = ~Q(kind=Message.Kind.NOTE) | Q(ticket__in=list(worked))
    messages = Message.objects.filter(readable, ticket__in=list(tickets))
    return messages.select_related("author").prefetch_related(files)


def said(message: Message, ticket: Ticket, reader: Person, source: Ticket | None) -> Said:
    return Said(
        message.sent_at,
        message,
        is_own=message.author_id == reader.pk,
        is_requester=message.author_id == (source or ticket).requester_id,
        source=source,
    )


def line(event: TicketEvent, source: Ticket | None) -> Line:
    icon = ICONS.get(Kind(event.kind), "info")
    return Line(event.at, icon, sentence(event), event, source)


def is_told(event: TicketEvent, *, as_desk: bool) -> bool:
    """Whether this event has a line of its own for such a reader."""
    if event.kind in SPOKEN:
        return False
    return as_desk or (event.is_public and event.kind in TOLD_EMPLOYEE)


def folded(entries: Iterable[Line | Said]) -> list[Entry]:
    """Fold runs of two or more events."""
    found: list[Entry] = []
    run: list[Line] = []

    def flush() -> None:
        if len(run) > 1:
            found.append(Fold(run[0].at, fold_words(run), tuple(run)))
        else:
            found.extend(run)
        run.clear()

    for entry in entries:
        if isinstance(entry, Line):
            run.append(entry)
        else:
            flush()
            found.append(entry)
    flush()
    return found


def fold_words(lines: Sequence[Line]) -> str:
    """“3 events: assigned, priority changed, waiting”."""
    kinds = dict.fromkeys(str(Kind(line.event.kind).label) for line in lines)
    words = ngettext("%(count)s event: %(kinds)s", "%(count)s events: %(kinds)s", len(lines))
    return words % {"count": len(lines), "kinds": ", ".join(kinds)}
