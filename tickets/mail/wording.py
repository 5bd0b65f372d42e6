"""How mails address people and say moments: in the reader's language and zone."""

import re
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from departments.hours import HoursError
from departments.models import Person, TargetKind
from departments.promises import promise_of
from departments.when import language_of, moment_words
from tickets.models import Ticket

# Who is called so already needs no second honorific.
_HONOURED = re.compile(r"(様|さま|さん|氏|先生|殿|-?san|-?sama)$", re.IGNORECASE)


def called(person: Person) -> str:
    """How to address this person in the active language.

    A mail in Japanese is the desk writing to a customer: the name with 様, unless the person
    chose another form themselves. In other languages the first name, as they like it.
    """
    if get_language() != "ja":
        return person.first_name
    if person.called:
        return person.called if _HONOURED.search(person.called) else f"{person.called}さん"
    space = "" if language_of(person.name) else " "
    return f"{person.name}{space}様"


def moment(at: datetime | None, person: Person, now: datetime) -> str:
    """Day and time in the person's zone: “Tue 14:00”.

    Never “today”: a mail may be read tomorrow.
    """
    if at is None:
        return ""
    days = (at.astimezone(person.zone).date() - now.astimezone(person.zone).date()).days
    seen_from = at - timedelta(days=2) if 0 <= days < 2 else now
    return moment_words(at, seen_from, person.zone)


def opening(ticket: Ticket, person: Person, now: datetime) -> str:
    """When the desk opens, if it is closed at `now`; else an empty text."""
    hours = promise_of(ticket.desk, ticket.service).hours
    try:
        return "" if hours.is_open(now) else moment(hours.next_opening(now), person, now)
    except HoursError:
        return ""  # Never open again: the promise says what there is to say.


def opening_awaited(ticket: Ticket, person: Person, now: datetime) -> str:
    """The same, where the first answer waits for it: not what is promised around the clock."""
    promise = promise_of(ticket.desk, ticket.service, category=ticket.category)
    target = promise.target(ticket.priority, TargetKind.FIRST_RESPONSE)
    is_awaited = target is None or not target.is_always_open
    return opening(ticket, person, now) if is_awaited else ""


def next_answer(ticket: Ticket, person: Person, now: datetime) -> str:
    """By when the requester hears from the desk next, while that is still ahead."""
    answers = (TargetKind.FIRST_RESPONSE, TargetKind.NEXT_RESPONSE)
    return _due(ticket, person, now, *answers)


def eased(ticket: Ticket, person: Person, now: datetime) -> str:
    """By when the requester can work again, where that is promised and still ahead."""
    promise = promise_of(ticket.desk, ticket.service, category=ticket.category)
    if promise.target(ticket.priority, TargetKind.WORKAROUND) is None:
        return ""
    return _due(ticket, person, now, TargetKind.WORKAROUND)


def _due(ticket: Ticket, person: Person, now: datetime, *kinds: str) -> str:
    clocks = ticket.clocks.filter(due_at__gt=now, kind__in=kinds).order_by("due_at")
    return moment(clocks.values_list("due_at", flat=True).first(), person, now)


def subject(ticket: Ticket, person: Person) -> str:
    """The number and what it is about; never a word of it for guests or in confidence."""
    if not (ticket.is_confidential or person.is_guest):
        return one_line(f"[{ticket.number}] {ticket.summary}")
    about = _("Your request") if person.pk == ticket.requester_id else _("A request")
    return one_line(f"[{ticket.number}] {about}")


def one_line(text: str) -> str:
    """Without line breaks and control signs, so that no header can begin inside it."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]


def now_of(at: datetime) -> datetime:
    """From when a mail about something at `at` looks at time: when it happened, if long past."""
    now = timezone.now()
    return at if now - at > timedelta(days=3) else max(at, now)
