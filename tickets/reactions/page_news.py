"""Telling people about a page: who is called, who asked, and the leads when nobody answers."""

from departments.models import Person
from helpdesk.lib.background import later
from tickets.events import Kind
from tickets.mail import outbound, pages
from tickets.models import Notification, Page, TicketEvent
from tickets.permissions import may
from tickets.reachable import leads_of

NEWS = frozenset({Kind.PAGED, Kind.PAGE_ACKNOWLEDGED, Kind.PAGE_UNANSWERED})


def tell_of_page(event: TicketEvent) -> None:
    """Mail and notice, once per person and event."""
    later("tickets.call_webhooks")  # The paging system hears of it no later than the people.
    page = Page.objects.get(pk=event.facts["page"])
    for kind, person in mails_for(event, page):
        outbound.tell(kind, key=f"{event.pk}:{kind}:{person.pk}", to=person, event=event)
    Notification.objects.bulk_create(
        [
            Notification(person=person, event=event, ticket=event.ticket, made_at=event.at)
            for person in people_to_tell(event)
        ],
        ignore_conflicts=True,
    )


def mails_for(event: TicketEvent, page: Page) -> list[tuple[str, Person]]:
    """Which mail goes to whom. Nobody is rung up for a page that ended meanwhile."""
    if event.kind == Kind.PAGED:
        return [(pages.CALL, person) for person in called(event)] if page.is_running else []
    if event.kind == Kind.PAGE_UNANSWERED:
        return [(pages.UNANSWERED, person) for person in leads_of(event.ticket)]
    if page.why != Page.Why.CANNOT_WAIT:  # Nobody asked for that one.
        return []
    return [(pages.ANSWERED, person) for person in people_to_tell(event) if person.is_active]


def people_to_tell(event: TicketEvent) -> list[Person]:
    """Who finds it among their notices."""
    if event.kind == Kind.PAGED:
        return called(event)
    if event.kind == Kind.PAGE_UNANSWERED:
        return leads_of(event.ticket)
    return [event.ticket.requester] if event.actor != event.ticket.requester else []


def called(event: TicketEvent) -> list[Person]:
    """The person whom this event names, while they may still work on the request."""
    people = Person.objects.active().filter(pk=event.facts["to_id"])
    return [person for person in people if may(person, "work", event.ticket)]
