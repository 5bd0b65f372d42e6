"""What mails about late promises say: the question to the owner, and the news to who waits."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from departments.models import Person
from tickets.events import clock_label
from tickets.mail import wording
from tickets.models import Slip, Ticket, TicketEvent

ASKED, LATE, RENEWED = "asked", "late", "renewed"
A_WEEKDAY_IS_PLAIN = timedelta(days=6)


def words(kind: str, to: Person, event: TicketEvent, now: datetime) -> dict[str, Any]:
    """What the templates of these three mails may say besides."""
    if kind == ASKED:
        return _asked_words(to, event, now)
    if kind == LATE:
        return {
            "owner": owner_of(event.ticket),
            "passed": past(event.facts["passed"], to, now),
        }
    if kind == RENEWED:
        return _renewed_words(to, event, now)
    return {}


def _asked_words(to: Person, event: TicketEvent, now: datetime) -> dict[str, Any]:
    slip = Slip.objects.get(pk=event.facts["slip"])
    return {
        "url": settings.PUBLIC_URL + reverse("desk_promise", args=[event.ticket.number]),
        "who": event.ticket.requester.first_name,
        "clock": clock_label(event.facts["clock"]),
        "passed": past(event.facts["passed"], to, now),
        "tell": wording.moment(slip.tell_at, to, now) if slip.tell_at else "",
        "is_free": event.ticket.assignee is None,
    }


def _renewed_words(to: Person, event: TicketEvent, now: datetime) -> dict[str, Any]:
    facts = event.facts
    return {
        "promise": wording.moment(datetime.fromisoformat(facts["moment"]), to, now),
        "passed": past(facts["was"], to, now) if facts["was"] else "",
        "is_late": facts["is_late"],
        "who": event.actor.first_name if event.actor else event.ticket.desk.name,
        # What stands in a confidential request stays on its page.
        "reason": "" if event.ticket.is_confidential else facts["reason"],
    }


def owner_of(ticket: Ticket) -> str:
    """Who has it: a first name, or the desk's."""
    return ticket.assignee.first_name if ticket.assignee is not None else ticket.desk.name


def past(iso: str, to: Person, now: datetime) -> str:
    """A moment that may have passed, by its weekday as long as that is plain."""
    at = datetime.fromisoformat(iso)
    return wording.moment(at, to, at if now - at < A_WEEKDAY_IS_PLAIN else now)
