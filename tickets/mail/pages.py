"""What mails about pages say: to who is called, to the leads, to who asked."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from departments.models import Person
from tickets import page_links
from tickets.mail import wording
from tickets.models import Page, PageCall, Ticket, TicketEvent

CALL, UNANSWERED, ANSWERED = "page", "page_unanswered", "page_answered"
# So that a telephone at night rings for it; the names are those that mail programs know.
URGENT_HEADERS = {"X-Priority": "1", "Importance": "high"}


def subject(kind: str, ticket: Ticket, person: Person) -> str:
    """“[Page] IT-1042 …”; of a confidential request never a word more than its number."""
    if kind != CALL:
        return wording.subject(ticket, person)
    about = _("A request cannot wait") if ticket.is_confidential else ticket.summary
    words = _("[Page] %(number)s %(about)s")
    return wording.one_line(words % {"number": ticket.number, "about": about})


def words(kind: str, to: Person, event: TicketEvent, now: datetime) -> dict[str, Any]:
    """What the templates may say besides: of these three mails, and of the confirmation."""
    if kind == CALL:
        return _call_words(to, event, now)
    if kind == UNANSWERED:
        return _unanswered_words(to, event, now)
    if kind == "acknowledgement" and event.ticket.cannot_wait:
        return {"is_paged": event.ticket.pages.running().filter(unanswered_at=None).exists()}
    return {}


def _call_words(to: Person, event: TicketEvent, now: datetime) -> dict[str, Any]:
    ticket = event.ticket
    call = PageCall.objects.select_related("page").get(pk=event.facts["call"])
    page = call.page
    is_urgent = page.why == Page.Why.CANNOT_WAIT
    reason = ticket.cannot_wait_reason if is_urgent else page.reason
    return {
        "url": page_links.link(call),
        "desk_url": f"{settings.PUBLIC_URL}{ticket.get_desk_url()}",
        "who": "" if ticket.is_confidential else ticket.requester.name,
        "reason": "" if ticket.is_confidential else reason,
        "is_urgent": is_urgent,
        "next": wording.moment(page.next_at, to, now),
    }


def _unanswered_words(to: Person, event: TicketEvent, now: datetime) -> dict[str, Any]:
    calls = PageCall.objects.filter(page=event.facts["page"]).select_related("person")
    names = dict.fromkeys(call.person.name for call in calls)
    return {
        "url": f"{settings.PUBLIC_URL}{event.ticket.get_desk_url()}",
        "called": ", ".join(names),
        "opens": wording.opening(event.ticket, to, now),
    }
