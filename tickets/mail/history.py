"""What was said before, quoted below the new words: as far as this reader was part of it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Left
from django.utils.translation import gettext as _

from departments.models import Person
from departments.when import moment_words
from tickets.mail.fitting import Fitted, fitted
from tickets.mail.wording import one_line
from tickets.models import Message, Participant, Ticket, TicketEvent
from tickets.models.message import MessageQuerySet

CARRIED_BY = frozenset({"reply", "resolved", "waiting"})
MOST_MESSAGES = 5
MOST_BYTES = 8_000  # Of all of them, as HTML.
LONGEST = 2_000  # Characters of one.
LONG_AGO = timedelta(days=400)  # Seen from then, a moment is told with its year.


@dataclass(frozen=True)
class Quoted:
    """One earlier message."""

    attribution: str
    said: Fitted

    @property
    def marked(self) -> str:
        """The words as text mails quote them (RFC 3676, 4.5)."""
        words = f"{self.said.text} […]" if self.said.is_cut else self.said.text
        lines = [*words.splitlines(), *self.said.links]
        return "\n".join(f"> {line}".rstrip() for line in lines)


@dataclass
class History:
    """Earlier messages, newest first; `has_more` when some, or a part of one, had no room."""

    messages: list[Quoted] = field(default_factory=list)
    has_more: bool = False

    def __bool__(self) -> bool:
        return bool(self.messages)


def history_for(kind: str, to: Person, event: TicketEvent) -> History:
    """What a mail of this kind quotes, in one query; nothing of a confidential request."""
    history, left = History(), MOST_BYTES
    if kind not in CARRIED_BY or event.ticket.is_confidential:
        return history
    known = earlier_than(event).filter(_known_to(to, event.ticket)).order_by("-sent_at", "-pk")
    start, rich = Left("body", LONGEST + 1), Left("html", MOST_BYTES + 1)
    rows = known.values_list(start, rich, "author__name", "sent_at")
    for body, html, author, at in rows[: MOST_MESSAGES + 1]:
        said = _fitted(body.strip(), html, left)
        if len(history.messages) == MOST_MESSAGES or not said.text:
            history.has_more = True
            break
        left -= len(said.html.encode())
        above = attribution(author or event.ticket.desk.name, at, to)
        history.messages.append(Quoted(above, said))
        history.has_more |= said.is_cut
    return history


def _fitted(start: str, rich: str, left: int) -> Fitted:
    """A message, or its beginning: of a long one as plain text."""
    if len(start) <= LONGEST:
        return fitted(start, rich, left)
    return replace(fitted(start[:LONGEST], "", left), is_cut=True)


def earlier_than(event: TicketEvent) -> MessageQuerySet:
    """The public messages with words that were there when this happened, but not its own."""
    public = Message.objects.filter(ticket=event.ticket_id, kind=Message.Kind.PUBLIC)
    return public.filter(sent_at__lte=event.at).exclude(pk=event.message_id or 0).exclude(body="")


def _known_to(reader: Person, ticket: Ticket) -> Q:
    """What this reader wrote, or was sent: all of it to the requester and to the desk, to others
    what was said since they follow the request (again).
    """
    if reader.pk == ticket.requester_id:
        return Q()
    worked = Ticket.objects.worked_by(reader).filter(pk=ticket.pk)
    following = Participant.objects.filter(ticket=ticket, person=reader)
    since = following.filter(added_at__lt=OuterRef("sent_at"))
    return Q(author=reader) | Q(Exists(worked)) | Q(Exists(since))


def attribution(who: str, at: datetime, reader: Person) -> str:
    """The line above a quotation, as the mail programs of the reader's language write it.

    The rules in quoting.py know it in every language that we speak.
    """
    when = moment_words(at, at - LONG_AGO, reader.zone)
    return one_line(_("On %(when)s, %(who)s wrote:") % {"when": when, "who": who})
