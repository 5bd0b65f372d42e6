"""What mails about the passing of time say: steps of a promise, reminders, dates."""

from datetime import datetime
from typing import Any

from departments.models import Person
from tickets.events import clock_label
from tickets.mail import wording
from tickets.mail.fitting import Fitted, fitted
from tickets.models import Message, Ticket, TicketEvent

ESCALATED, REMINDER = "escalated", "reminder"
QUESTION_BYTES = 4_000


def words(kind: str, to: Person, event: TicketEvent, now: datetime) -> dict[str, Any]:
    """What the templates of these mails may say besides."""
    if kind == ESCALATED:
        return _escalated_words(to, event, now)
    if kind == REMINDER:
        return {
            "question": question_of(event.ticket),
            "lapses": _moment(event.facts.get("lapses_at"), to, now),
        }
    if kind == "waiting":
        return {"until": _moment(event.facts.get("until"), to, now)}
    return {}


def _escalated_words(to: Person, event: TicketEvent, now: datetime) -> dict[str, Any]:
    facts = event.facts
    due = datetime.fromisoformat(facts["due_at"]) if facts["due_at"] else event.at
    return {
        "clock": clock_label(facts["clock"]),
        "due": wording.moment(due, to, now),
        "is_late": due <= now,
        "who": event.ticket.requester.first_name,
        "is_free": event.ticket.assignee is None,
        "text": facts["text"],
    }


def _moment(iso: str | None, to: Person, now: datetime) -> str:
    return wording.moment(datetime.fromisoformat(iso), to, now) if iso else ""


def question_of(ticket: Ticket) -> Fitted:
    """What the desk said last; what stands in a confidential request stays on its page."""
    if ticket.is_confidential:
        return Fitted()
    said = ticket.messages.filter(kind=Message.Kind.PUBLIC).exclude(author=ticket.requester_id)
    newest = said.order_by("-sent_at", "-pk").values_list("body", "html").first()
    return fitted(*newest, QUESTION_BYTES) if newest else Fitted()
