"""Opening a ticket, from whichever channel the request came."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Category, Department, Person, Priority, Service
from departments.promises import Promise, promise_of
from helpdesk.lib import markdown
from helpdesk.lib.errors import Refused
from helpdesk.lib.returning import changed
from tickets import events, permissions, sla
from tickets.actions.files import attach
from tickets.actions.linking import link
from tickets.models import (
    Attachment,
    Channel,
    Clock,
    Link,
    Message,
    RequestKey,
    Ticket,
    TicketEvent,
)
from tickets.reasons import Reasons


@dataclass(frozen=True)
class Request:
    """What somebody asks for. `html` is given only when the words came as cleaned HTML."""

    summary: str
    body: str
    desk: Department
    service: Service | None = None
    category: Category | None = None
    channel: str = Channel.WEB
    priority: int | None = None
    cannot_wait: bool = False
    cannot_wait_reason: str = ""
    language: str = ""
    html: str = ""
    rest: str = ""
    seal: str = ""
    because: Reasons = ()
    files: Sequence[Attachment] = field(default=())
    subject_person: Person | None = None
    answered_on_the_spot: bool = False
    follows: Ticket | None = None  # A closed request, about which this one asks again.
    split_from: Ticket | None = None  # What was asked there besides: the promise counts from then.

    def digest(self) -> str:
        """What makes two submissions the same request."""
        parts = [self.summary, self.body, self.desk.pk, self.service and self.service.pk]
        parts += [self.category and self.category.pk, self.cannot_wait, self.cannot_wait_reason]
        parts += [self.follows.pk] if self.follows else []
        return hashlib.sha256(repr(parts).encode()).hexdigest()


@transaction.atomic
def open_ticket(
    request: Request,
    *,
    requester: Person,
    by: Person | None = None,
    at: datetime | None = None,
    key: str = "",
) -> Ticket:
    """Store a request and start its clocks.

    `key` is an idempotency key of the person who submits: the same key gives the same ticket,
    and the same key with other content is refused. Refused too when the service is no longer
    offered to the requester.
    """
    by, at = by or requester, at or timezone.now()
    if key and (known := _made_before(request, by, key)):
        return known
    _check(request, requester, by)
    return _open(request, requester, by, at, key)[0]


def open_by_letter(request: Request, *, requester: Person, at: datetime) -> tuple[Ticket, Message]:
    """The same in the transaction of a letter, with its first message.

    No key is needed: its reader holds the letter, and it ends together with what it became.
    """
    _check(request, requester, requester)
    ticket, opened = _open(request, requester, requester, at)
    assert opened is not None, "only a key finds a ticket that is there"
    assert opened.message is not None
    return ticket, opened.message


def _open(
    request: Request, requester: Person, by: Person, at: datetime, key: str = ""
) -> tuple[Ticket, TicketEvent | None]:
    """The stored ticket and its first event; the one that was there when a click was faster."""
    promise = promise_of(request.desk, request.service, category=request.category)
    ticket = _numbered(request, requester, by, at, promise)
    opened = _opened(ticket, request, by, at)
    clocks = sla.first_clocks(ticket, opened, promise)
    if known := _save(ticket, request, by, key):
        return known, None
    opened.message = _first_message(ticket, request, at)
    Clock.objects.bulk_create(clocks)
    events.append(opened)
    if request.follows is not None:
        link(ticket, request.follows, Link.Kind.FOLLOWS, by=by, at=at)
    return ticket, opened


def _save(ticket: Ticket, request: Request, by: Person, key: str) -> Ticket | None:
    """Store the ticket, with its key if it has one; gives what another click made of that key."""
    if not key:
        ticket.save(force_insert=True)
        return None
    try:
        with transaction.atomic():
            ticket.save(force_insert=True)
            RequestKey.objects.create(person=by, key=key, digest=request.digest(), ticket=ticket)
    except IntegrityError:
        if known := _made_before(request, by, key):
            return known
        raise
    return None


def _first_message(ticket: Ticket, request: Request, at: datetime) -> Message:
    message = Message.objects.create(
        ticket=ticket,
        author=ticket.requester,
        channel=request.channel,
        language=request.language,
        body=request.body,
        html=request.html or markdown.render(request.body),
        rest=request.rest,
        seal=request.seal,
        because=list(request.because),
        sent_at=at,
    )
    attach(message, request.files)
    return message


def _opened(ticket: Ticket, request: Request, by: Person, at: datetime) -> TicketEvent:
    """The first event, not in the log yet: the clocks start by it, before the ticket is stored."""
    answered = request.answered_on_the_spot and by != ticket.requester
    origin = {"split_from": request.split_from.number} if request.split_from else {}
    return events.unrecorded(
        ticket,
        events.Kind.OPENED,
        by=by,
        at=at,
        state=ticket.state,
        channel=ticket.channel,
        priority=ticket.priority,
        answered=answered,
        by_desk=answered,
        **origin,
    )


def _made_before(request: Request, by: Person, key: str) -> Ticket | None:
    known = RequestKey.objects.select_related("ticket").filter(person=by, key=key).first()
    if known is None:
        return None
    if known.digest != request.digest():
        raise Refused(
            _("This form was sent before with other words. Open it again to send a new request."),
            code="key_reused",
        )
    return known.ticket


def _check(request: Request, requester: Person, by: Person) -> None:
    service = request.service
    if service is not None and request.channel != Channel.MAIL:
        offered = Service.objects.askable_by(requester).filter(pk=service.pk).exists()
        if not offered:
            raise Refused(
                _(
                    "“%(service)s” is not offered any more. "
                    "Your text is kept: choose another service."
                )
                % {"service": service.name},
                code="service_retired",
            )
    if by != requester and not permissions.role_at(by, request.desk):
        raise Refused(_("Only the desk files requests for somebody else."), code="forbidden")


def _numbered(
    request: Request, requester: Person, by: Person, at: datetime, promise: Promise
) -> Ticket:
    """The ticket with the next number of its desk, not saved yet."""
    desk = Department.objects.filter(pk=request.desk.pk)
    drawn = changed(desk, next_number=F("next_number") + 1)[0]
    priority = request.priority or priority_of(request.service, request.category)
    return Ticket(
        number=f"{drawn.prefix}-{drawn.next_number - 1}",
        desk=request.desk,
        service=request.service,
        category=request.category,
        requester=requester,
        filed_by=by if by != requester else None,
        subject_person=request.subject_person,
        summary=request.summary[:200],
        priority=priority,
        channel=request.channel,
        is_confidential=bool(request.service and request.service.is_confidential),
        cannot_wait=request.cannot_wait,
        cannot_wait_reason=request.cannot_wait_reason[:300] if request.cannot_wait else "",
        opened_at=at,
        changed_at=at,
        promised_at=promise.first_answer(priority, at),
    )


def priority_of(service: Service | None, category: Category | None) -> int:
    """The category's own priority, else its group's, else the service's, else normal."""
    if category is not None:
        own = category.priority or (category.parent and category.parent.priority)
        if own:
            return own
    return service.default_priority if service is not None else Priority.NORMAL
