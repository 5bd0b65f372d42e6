"""Telling people what the passing of time did: steps of a promise, reminders, what comes back."""

from departments.models import Person
from tickets.events import Kind
from tickets.mail import outbound, time_words
from tickets.models import ActorKind, Notification, TicketEvent
from tickets.permissions import may_read_as_desk
from tickets.reachable import leads_of

NEWS = frozenset({Kind.CLOCK_ESCALATED, Kind.REMINDED, Kind.RESUMED})


def tell_of_time(event: TicketEvent) -> None:
    """Mail and notice, once per person and event."""
    for kind, person in mails_for(event):
        outbound.tell(kind, key=f"{event.pk}:{kind}:{person.pk}", to=person, event=event)
    Notification.objects.bulk_create(
        [
            Notification(person=person, event=event, ticket=event.ticket, made_at=event.at)
            for person in people_to_tell(event)
        ],
        ignore_conflicts=True,
    )


def mails_for(event: TicketEvent) -> list[tuple[str, Person]]:
    """Which mail goes to whom. What was put off comes back without one."""
    kinds = {
        Kind.CLOCK_ESCALATED.value: time_words.ESCALATED,
        Kind.REMINDED.value: time_words.REMINDER,
    }
    if event.kind not in kinds:
        return []
    return [(kinds[event.kind], person) for person in people_to_tell(event)]


def people_to_tell(event: TicketEvent) -> list[Person]:
    """Who finds it among their notices."""
    ticket = event.ticket
    if event.kind == Kind.CLOCK_ESCALATED:
        return escalated_to(event)
    if event.kind == Kind.REMINDED:
        return [ticket.requester] if ticket.requester.may_write else []
    came_back = event.kind == Kind.RESUMED and event.actor_kind == ActorKind.CLOCK
    return [ticket.assignee] if came_back and ticket.assignee is not None else []


def escalated_to(event: TicketEvent) -> list[Person]:
    """Whom a step tells: the leads, or the person named, while they may read it as the desk."""
    does = event.facts["does"]
    if does == "notify_lead":
        return leads_of(event.ticket)
    if does not in {"notify_owner", "notify_person"}:
        return []
    named = Person.objects.active().filter(pk=event.facts["to_id"])
    return [person for person in named if may_read_as_desk(person, event.ticket)]
