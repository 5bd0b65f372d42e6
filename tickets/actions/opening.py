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
from tickets import events, permissions, sla
from tickets.actions.files import attach
from tickets.actions.linking import link
from tickets.models import Attachment, Channel, Link, Message, RequestKey, Ticket


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
    files: Sequence[Attachment] = field(default=())
    subject_person: Person | None = None
    answered_on_the_spot: bool = False
    follows: Ticket | None = None  # A closed request, about which this one asks again.

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
    promise = promise_of(request.desk, request.service, category=request.category)
    ticket = _numbered(request, requester, by, at, promise)
    try:
        _save(ticket, request, by, key)
    except IntegrityError:
        if key and (known := _made_before(request, by, key)):
            return known
        raise
    _begin(ticket, request, by=by, at=at)
    if request.follows is not None:
        link(ticket, request.follows, Link.Kind.FOLLOWS, by=by, at=at)
    sla.settle(ticket, at=at, promise=promise)
    return ticket


@transaction.atomic
def _save(ticket: Ticket, request: Request, by: Person, key: str) -> None:
    """The ticket and its key together; IntegrityError when another click was faster."""
    ticket.save(force_insert=True)
    if key:
        RequestKey.objects.create(person=by, key=key, digest=request.digest(), ticket=ticket)


def _begin(ticket: Ticket, request: Request, *, by: Person, at: datetime) -> None:
    """The first message and the first event."""
    message = Message.objects.create(
        ticket=ticket,
        author=ticket.requester,
        channel=request.channel,
        language=request.language,
        body=request.body,
        html=request.html or markdown.render(request.body),
        rest=request.rest,
        sent_at=at,
    )
    attach(message, request.files)
    answered = request.answered_on_the_spot and by != ticket.requester
    events.record(
        ticket,
        events.Kind.OPENED,
        by=by,
        at=at,
        message=message,
        state=ticket.state,
        channel=ticket.channel,
        priority=ticket.priority,
        answered=answered,
        by_desk=answered,
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
    Department.objects.filter(pk=request.desk.pk).update(next_number=F("next_number") + 1)
    prefix, after = Department.objects.values_list("prefix", "next_number").get(pk=request.desk.pk)
    priority = request.priority or priority_of(request.service, request.category)
    return Ticket(
        number=f"{prefix}-{after - 1}",
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
