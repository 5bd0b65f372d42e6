"""A ticket's story for one reader: messages and events in order, runs of events folded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch
from django.utils.translation import ngettext

from departments.models import Person
from tickets.events import Kind, sentence
from tickets.models import Attachment, Message, Ticket, TicketEvent

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
    Kind.MAIL_FOLDED: "mail",
    Kind.MAIL_QUARANTINED: "lock",
    Kind.MAIL_FAILED: "alert",
}
# These say themselves through their message.
SPOKEN = frozenset({Kind.OPENED, Kind.REPLIED, Kind.NOTED})
# What an employee is told between the messages; the rest is the desk's own housekeeping.
TOLD_EMPLOYEE = frozenset(
    {
        Kind.ACKNOWLEDGED,
        Kind.ASSIGNED,
        Kind.WAITING,
        Kind.RESOLVED,
        Kind.REOPENED,
        Kind.CLOSED,
        Kind.MOVED,
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


@dataclass(frozen=True)
class Said:
    """One message."""

    at: datetime
    message: Message
    is_own: bool
    is_requester: bool

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

    `log` is the ticket's whole log with its actors, where the page has read it already.
    """
    files = Prefetch("attachments", Attachment.objects.order_by("pk"))
    messages = ticket.messages.select_related("author").prefetch_related(files)
    if not as_desk:
        messages = messages.exclude(kind=Message.Kind.NOTE)
    if log is None:
        log = ticket.events.select_related("actor").exclude(kind__in=SPOKEN)
    entries: list[Line | Said] = [
        Said(
            message.sent_at,
            message,
            is_own=message.author_id == reader.pk,
            is_requester=message.author_id == ticket.requester_id,
        )
        for message in messages
    ]
    entries += [
        Line(event.at, ICONS.get(Kind(event.kind), "info"), sentence(event), event)
        for event in sorted(log, key=lambda event: (event.at, event.pk))
        if is_told(event, as_desk=as_desk)
    ]
    entries.sort(key=lambda entry: (entry.at, isinstance(entry, Line)))
    return list(folded(entries)) if as_desk else list(entries)


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
