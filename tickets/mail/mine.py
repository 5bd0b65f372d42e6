"""What the page “Mails to me” shows: what is held, what the next daily mail tells, what went."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.utils.translation import pgettext

from departments.models import Person
from tickets.models import DigestLine, OutboundMail, Ticket, TicketEvent

LAST = 20
State = OutboundMail.State


@dataclass(frozen=True)
class MyMail:
    """One mail to me, in words."""

    about: str
    url: str
    state: str
    at: datetime


@dataclass(frozen=True)
class Mine:
    """All of it."""

    held: list[MyMail]
    last: list[MyMail]
    waiting: int  # What the next daily mail tells.
    comes_at: datetime | None


def build(me: Person, now: datetime) -> Mine:
    """In three queries, however many mails there are."""
    waits = Q(state=State.QUEUED, held_until__gt=now)
    held = _mails_to(me).filter(waits).order_by("held_until", "pk")
    seen = TicketEvent.objects.visible_to(me).filter(pk=OuterRef("event"))
    lines = DigestLine.objects.waiting().filter(Q(Exists(seen)) | Q(gap__isnull=False), person=me)
    told = lines.order_by().aggregate(n=Count("pk"), at=Min("due_at"))
    return Mine(
        held=[as_line(mail, now) for mail in held],
        last=[as_line(mail, now) for mail in _mails_to(me).order_by("-made_at", "-pk")[:LAST]],
        waiting=told["n"],
        comes_at=told["at"],
    )


def _mails_to(me: Person) -> "QuerySet[OutboundMail]":
    """Mine, of requests only while I may see them."""
    seen = Ticket.objects.visible_to(me).filter(pk=OuterRef("ticket"))
    mine = OutboundMail.objects.filter(Q(ticket=None) | Exists(seen), person=me)
    return mine.select_related("ticket").defer("text", "html", "headers")


def as_line(mail: OutboundMail, now: datetime) -> MyMail:
    """Held until when, else when it was sent or written."""
    is_held = mail.state == State.QUEUED and mail.held_until is not None and mail.held_until > now
    return MyMail(
        about=mail.subject,
        url=mail.ticket.get_absolute_url() if mail.ticket else "",
        state=pgettext("mail", "held") if is_held else mail.get_state_display(),
        at=mail.held_until if is_held and mail.held_until else mail.sent_at or mail.made_at,
    )
