"""Two matters in one message: the second becomes a request of its own, linked to the first.

The message stays where it is; the new request begins with its words and with copies of its files,
so that whatever is done to one of the two never touches the other. The person asked when they
wrote the message, so that is when the clocks of the new request start.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla
from tickets.actions.files import keep_file
from tickets.actions.linking import link
from tickets.actions.locking import lock
from tickets.actions.opening import Request, open_ticket
from tickets.models import Attachment, Link, Message, Ticket
from tickets.reasons import reason

Kind = events.Kind


@transaction.atomic
def split(
    message: Message,
    request: Request,
    *,
    requester: Person,
    by: Person,
    files: Sequence[Attachment] = (),
    key: str = "",
    at: datetime | None = None,
) -> Ticket:
    """Open a request about what this message says besides; `files` are those that go along.

    The same `key` gives the same ticket. Refused where somebody would read what is not theirs.
    """
    at = at or timezone.now()
    source = lock(message.ticket)
    check(message, by=by)
    if not source.messages.filter(pk=message.pk).exists():
        raise Refused(_("Somebody else has just moved this message."), code="moved")
    _check_audience(source, request, requester)
    request = replace(
        request,
        channel=message.channel,
        language=message.language,
        because=(reason("split", name=by.name, number=source.number),),
        subject_person=source.subject_person,
        split_from=source,
    )
    ticket = open_ticket(request, requester=requester, by=by, at=message.sent_at, key=key)
    if ticket.events.filter(kind=Kind.SPLIT_FROM).exists():
        return ticket  # The same click again.
    _copy(message, ticket.messages.get(), files, by)
    link(ticket, source, Link.Kind.SPLIT_FROM, by=by, at=at)
    events.record(source, Kind.MESSAGE_SPLIT, by=by, at=at, other=ticket.number, said=message.pk)
    events.record(ticket, Kind.SPLIT_FROM, by=by, at=at, other=source.number)
    sla.settle(ticket, at=at)
    return ticket


def check(message: Message, *, by: Person) -> None:
    """Refused when this person may not split anything off this message, or nobody may."""
    permissions.require(by, "work", message.ticket)
    if message.kind != Message.Kind.PUBLIC:
        raise Refused(_("Notes stay with the desk. Split off what somebody wrote to it."))


def asker_of(message: Message) -> Person:
    """Whose request it would be: who wrote the message, else who asks on its ticket."""
    author, ticket = message.author, message.ticket
    speaks_for_themselves = author is not None and permissions.may_follow(author, ticket)
    return author if author and author.may_write and speaks_for_themselves else ticket.requester


def _check_audience(source: Ticket, request: Request, requester: Person) -> None:
    """What was said in confidence is read by the same group, and by nobody who was not there."""
    if not source.is_confidential:
        return
    if request.service != source.service:
        raise Refused(
            _("%(number)s is confidential: choose the same service, so that nobody else reads it.")
            % {"number": source.number}
        )
    if not permissions.may_follow(requester, source):
        raise Refused(
            _("%(number)s is confidential, and %(name)s is not on it.")
            % {"number": source.number, "name": requester.name}
        )


def _copy(message: Message, first: Message, files: Sequence[Attachment], by: Person) -> None:
    """Copies of those files that are the message's own."""
    own = {file.pk for file in message.attachments.all()} & {file.pk for file in files}
    for file in message.attachments.filter(pk__in=own).order_by("pk"):
        with file.file.open("rb") as stored:
            content = ContentFile(stored.read())
        copy = keep_file(content, name=file.name, type=file.type, by=by)
        Attachment.objects.filter(pk=copy.pk).update(message=first)


def first_line(message: Message) -> str:
    """What the new request may be called: the first line of the message."""
    lines = (line.strip(" \t#>*-") for line in message.body.splitlines())
    return next((line for line in lines if line), "")[:200]
