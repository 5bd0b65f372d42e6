"""How a mail goes to its reader: to which topic it belongs, at once, held, or in the daily mail."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from departments.models import Person
from tickets.mail import pages, slips, time_words
from tickets.models import (
    DigestLine,
    GapWarning,
    MailChoices,
    OutboundMail,
    Pace,
    Ticket,
    TicketEvent,
    Topic,
)

ACKNOWLEDGEMENT, ROTA_GAPS, ACCOUNT, DIGEST = "acknowledgement", "rota_gaps", "account", "digest"
TOO_LARGE = "too_large"


def _of_reader(to: Person, ticket: Ticket) -> Topic:
    if to.pk == ticket.requester_id:
        return Topic.OWN
    return Topic.WORK if to.pk == ticket.assignee_id else Topic.FOLLOWED


def _of_desk(to: Person, ticket: Ticket) -> Topic:
    return Topic.WORK if to.pk == ticket.assignee_id else Topic.LEADING


# Each kind of mail, and to which topic it belongs; where that depends on its reader, what tells.
TOPICS: dict[str, Topic | Callable[[Person, Ticket], Topic]] = {
    ACKNOWLEDGEMENT: Topic.OWN,
    TOO_LARGE: Topic.OWN,
    "waiting": Topic.OWN,
    "moved": Topic.OWN,
    "merged": Topic.OWN,
    "unmerged": Topic.OWN,
    slips.LATE: Topic.OWN,
    slips.RENEWED: Topic.OWN,
    time_words.REMINDER: Topic.OWN,
    pages.ANSWERED: Topic.OWN,
    "reply": _of_reader,
    "resolved": _of_reader,
    "added": Topic.FOLLOWED,
    "assigned": Topic.WORK,
    slips.ASKED: _of_desk,
    time_words.ESCALATED: _of_desk,
    ROTA_GAPS: Topic.LEADING,
    pages.CALL: Topic.ON_CALL,
    pages.UNANSWERED: Topic.ON_CALL,
    ACCOUNT: Topic.ACCOUNT,
    DIGEST: Topic.DIGEST,
}
# These come at any hour, whatever their reader chose.
NEVER_HELD = frozenset({Topic.ON_CALL, Topic.ACCOUNT})


@dataclass(frozen=True)
class Plan:
    """What becomes of one mail; `line` stands for it in the daily mail."""

    topic: Topic
    pace: Pace = Pace.AT_ONCE
    held_until: datetime | None = None
    choices: MailChoices | None = None

    @property
    def goes_as_mail(self) -> bool:
        return self.pace == Pace.AT_ONCE


def topic_of(kind: str, to: Person, ticket: Ticket | None) -> Topic:
    """To which topic a mail of this kind belongs for its reader."""
    found = TOPICS[kind]
    if isinstance(found, Topic):
        return found
    assert ticket is not None, "what depends on its reader is about a request"
    return found(to, ticket)


def plan(kind: str, *, key: str, to: Person, ticket: Ticket | None, now: datetime) -> Plan:
    """What its reader chose for such a mail. What cannot wait comes at once, unless unwanted."""
    topic = topic_of(kind, to, ticket)
    if kind == ACKNOWLEDGEMENT or topic in NEVER_HELD:
        return Plan(topic)
    choices = MailChoices.objects.filter(person=to).first()
    if choices is None:
        return Plan(topic)
    choices.person = to
    if DigestLine.objects.filter(key=key).exists():
        return Plan(topic, Pace.DAILY, choices=choices)
    pace = choices.pace_of(topic)
    if ticket is not None and ticket.cannot_wait:
        return Plan(topic, Pace.NEVER if pace == Pace.NEVER else Pace.AT_ONCE)
    return Plan(topic, pace, choices.quiet.ends(now), choices)


def keep_line(
    found: Plan,
    *,
    key: str,
    to: Person,
    at: datetime,
    event: TicketEvent | None = None,
    gap: GapWarning | None = None,
) -> None:
    """Put it into the reader's next daily mail, once; what is not wanted by mail is left out."""
    if found.pace != Pace.DAILY or found.choices is None:
        return
    if OutboundMail.objects.filter(key=key).exists():  # It went before they chose otherwise.
        return
    on, due_at = found.choices.next_digest(timezone.now())
    DigestLine.objects.get_or_create(
        key=key,
        defaults={
            "person": to,
            "topic": found.topic,
            "event": event,
            "gap": gap,
            "made_at": at,
            "on": on,
            "due_at": due_at,
        },
    )


def waits_behind(row: OutboundMail) -> bool:
    """Whether mails about the same request were held and have not gone yet: they go first."""
    held = OutboundMail.objects.filter(person=row.person, ticket=row.ticket).exclude(pk=row.pk)
    waiting = [OutboundMail.State.QUEUED, OutboundMail.State.UNKNOWN]
    return held.filter(held_until__isnull=False, state__in=waiting).exists()


def is_unwanted(mail: OutboundMail) -> bool:
    """Whether its reader has said, while it was held, that they want none of these by mail."""
    if mail.held_until is None:
        return False
    choices = MailChoices.objects.filter(person=mail.person).first()
    return choices is not None and choices.pace_of(mail.topic) == Pace.NEVER
