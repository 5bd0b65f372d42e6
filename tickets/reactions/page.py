"""The person on call: paged for what cannot wait, and left in peace when somebody is there."""

from datetime import datetime, timedelta

from django.utils import timezone

from departments.hours import HoursError
from departments.models import Person, Rota
from departments.promises import promise_of
from tickets.actions import paging
from tickets.events import Kind
from tickets.models import Page, Ticket, TicketEvent
from tickets.permissions import may

CALLING = frozenset({Kind.OPENED, Kind.MOVED, Kind.CLOCK_ESCALATED})
AT_ONCE = timedelta(minutes=1)
ENDINGS = frozenset(
    {Kind.REPLIED, Kind.RESOLVED, Kind.CLOSED, Kind.MERGED, Kind.MOVED, Kind.MARKED_SPAM}
)


def end_page(event: TicketEvent) -> None:
    """Stop calling people when the request needs nobody any more, or somebody took it."""
    if event.kind in ENDINGS:
        paging.end_if_over(event.ticket, at=event.at)
    taker = event.actor if event.kind == Kind.ASSIGNED else None
    if taker is not None and event.facts.get("to_id") == taker.pk:
        answer_by_taking(event, taker)


def answer_by_taking(event: TicketEvent, taker: Person) -> None:
    """Who takes the request has answered the page."""
    running = event.ticket.pages.running().first()
    if running is not None and running.opened_at <= event.at and may(taker, "work", event.ticket):
        paging.acknowledge(running, by=taker, at=event.at)


def page_on_call(event: TicketEvent) -> None:
    """Page when a new request cannot wait and its desk is closed, or when a promise says so."""
    why = reason_to_page(event)
    if why:
        paging.page(event.ticket, why=why, event=event, at=moment_of(event))


def moment_of(event: TicketEvent) -> datetime:
    """When people are called: at the event, or as much later as we come to it.

    After an outage who is called has the full time to answer, as the calls really go out now.
    """
    late = timezone.now() - event.recorded_at
    return event.at + late if late > AT_ONCE else event.at


def reason_to_page(event: TicketEvent) -> str:
    """Why this event pages; an empty text for all that do not."""
    if event.kind == Kind.CLOCK_ESCALATED:
        return Page.Why.ESCALATION if event.facts.get("does") == "page" else ""
    came = event.kind == Kind.OPENED and not event.facts.get("answered")
    moved = event.kind == Kind.MOVED and event.facts.get("from") != event.facts.get("to")
    if not (event.ticket.cannot_wait and (came or moved) and is_left_alone(event)):
        return ""
    return Page.Why.CANNOT_WAIT


def is_left_alone(event: TicketEvent) -> bool:
    """Whether the desk was closed then, and has a rota for such hours."""
    ticket: Ticket = event.ticket
    if not Rota.objects.filter(department=ticket.desk_id).exists():
        return False
    hours = promise_of(ticket.desk, ticket.service, category=ticket.category).hours
    try:
        return not hours.is_open(event.at)
    except HoursError:  # Beyond what the calendar knows: then nobody is there.
        return True
