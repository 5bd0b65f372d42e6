"""Reading letters again after a mend of the reader: nothing is doubled, nothing that people
decided is taken back.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from tickets import events
from tickets.mail import intake, refiling
from tickets.mail.case import Outcome
from tickets.mail.content import content_of
from tickets.models import ActorKind, InboundMail, Message

# These go through all steps again: nothing of theirs is on a ticket but a line.
OPEN_ENDED = frozenset({Outcome.STORED, Outcome.QUARANTINED, Outcome.FOLDED})
# These keep their message; its words are read again.
SPOKEN = frozenset({Outcome.TICKET, Outcome.REPLY})


@dataclass(frozen=True)
class Again:
    """What reading a letter again made of it."""

    row: InboundMail
    before: str
    is_changed: bool


def replay(row: InboundMail, *, now: datetime | None = None) -> Again:
    """Read one letter again.

    A letter that waits or was put away by a machine walks through all steps anew; what became a
    message gets its words anew, in its place. Duplicates, bounces and what a person rejected
    stay as they are.
    """
    now = now or timezone.now()
    before = row.outcome
    if before in OPEN_ENDED:
        _walk_again(row, now)
    elif before in SPOKEN and row.message is not None:
        return Again(row, before, _reread(row, row.message.pk, now))
    row.refresh_from_db()
    return Again(row, before, row.outcome != before)


def _walk_again(row: InboundMail, now: datetime) -> None:
    waits = InboundMail.objects.filter(pk=row.pk, outcome=row.outcome)
    if waits.update(outcome=Outcome.STORED, attempts=0, claimed_at=None):
        intake.take_in(row.pk, now=now)


@transaction.atomic
def _reread(row: InboundMail, message_id: int, now: datetime) -> bool:
    """The words of a message as the reader reads them now; whether they differ."""
    message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
    letter = refiling.as_it_was_read(intake.read(row), message)
    content = content_of(letter, [], list(message.attachments.all()))
    fresh = {name: getattr(content, name) for name in ("body", "html", "rest", "language", "seal")}
    if all(getattr(message, name) == value for name, value in fresh.items()):
        return False
    Message.objects.filter(pk=message.pk).update(**fresh)
    events.record(
        message.ticket,
        events.Kind.MAIL_REREAD,
        at=now,
        actor_kind=ActorKind.MAIL,
        letter=row.pk,
    )
    return True
