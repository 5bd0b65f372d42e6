"""Telling people: by mail what matters to them, and in the product."""

from django.db.models import Prefetch, prefetch_related_objects

from departments.models import Person
from tickets.events import Kind
from tickets.mail import outbound
from tickets.models import Notification, Participant, State, Ticket, TicketEvent
from tickets.permissions import people_who_may_work

MAILED = frozenset(
    {
        Kind.REPLIED,
        Kind.RESOLVED,
        Kind.WAITING,
        Kind.MOVED,
        Kind.ASSIGNED,
        Kind.PARTICIPANT_ADDED,
    }
)


def mail_people(event: TicketEvent) -> None:
    """Mail what matters: one mail per person and event, whoever tries twice."""
    for kind, person in mails_for(event):
        outbound.tell(kind, key=f"{event.pk}:{kind}:{person.pk}", to=person, event=event)


def mails_for(event: TicketEvent) -> list[tuple[str, Person]]:
    """Which mail goes to whom."""
    ticket = event.ticket
    if event.kind == Kind.REPLIED:
        if event.message and event.message.ticket_id != ticket.pk:
            return []  # Moved away before we came to tell of it.
        kind = "resolved" if event.facts.get("state") == State.RESOLVED else "reply"
        return [(kind, person) for person in readers(ticket) if person != event.actor]
    if event.kind in {Kind.RESOLVED, Kind.WAITING, Kind.MOVED}:
        kind = {Kind.RESOLVED: "resolved", Kind.WAITING: "waiting", Kind.MOVED: "moved"}[
            Kind(event.kind)
        ]
        return [(kind, ticket.requester)] if event.actor != ticket.requester else []
    if event.kind == Kind.ASSIGNED and ticket.assignee and ticket.assignee != event.actor:
        is_current = event.facts.get("to_id") == ticket.assignee_id
        return [("assigned", ticket.assignee)] if is_current else []
    if event.kind == Kind.PARTICIPANT_ADDED:
        added = Person.objects.active().filter(pk=event.facts.get("person_id")).first()
        return [("added", added)] if added and added != event.actor else []
    return []


def readers(ticket: Ticket) -> list[Person]:
    """Everybody who reads public messages by mail: requester, participants, the assignee."""
    people = {ticket.requester}
    people |= {row.person for row in followers(ticket)}
    if ticket.assignee and can_still_work(ticket):
        people.add(ticket.assignee)
    return sorted((person for person in people if person.may_write), key=lambda p: p.pk)


def followers(ticket: Ticket) -> list[Participant]:
    """Who follows it, asked for once however many reactions want to know."""
    prefetch_related_objects(
        [ticket], Prefetch("participants", Participant.objects.select_related("person"))
    )
    return list(ticket.participants.all())


def can_still_work(ticket: Ticket) -> bool:
    workers = people_who_may_work(ticket.desk, ticket.service)
    return workers.filter(assigned_tickets=ticket).exists()


TOLD_REQUESTER = frozenset(
    {
        Kind.REPLIED,
        Kind.RESOLVED,
        Kind.WAITING,
        Kind.MOVED,
        Kind.REOPENED,
        Kind.MERGED,
        Kind.UNMERGED,
        Kind.REQUESTER_CHANGED,
    }
)
TOLD_ASSIGNEE = frozenset(
    {
        Kind.REPLIED,
        Kind.NOTED,
        Kind.ASSIGNED,
        Kind.REOPENED,
        Kind.CLOSED,
        Kind.MERGED,
        Kind.UNMERGED,
        Kind.MERGE_RECEIVED,
        Kind.MERGE_UNDONE,
        Kind.MESSAGE_MOVED_IN,
        Kind.CLOCK_WARNED,
        Kind.CLOCK_BREACHED,
        Kind.MAIL_QUARANTINED,
        Kind.MAIL_FAILED,
    }
)

NOTICED = TOLD_REQUESTER | TOLD_ASSIGNEE | {Kind.PARTICIPANT_ADDED, Kind.OPENED}


def is_asked_instead(event: TicketEvent) -> bool:
    """Whether a missed promise has its owner asked for a new one, which says both."""
    asked = TicketEvent.objects.filter(ticket=event.ticket_id, kind=Kind.PROMISE_ASKED)
    return event.kind == Kind.CLOCK_BREACHED and asked.filter(at=event.at).exists()


def notify(event: TicketEvent) -> None:
    """Make the notices in the product. They are shown only while the person may see the ticket."""
    ticket = event.ticket
    people: set[int] = set()
    if event.kind in TOLD_REQUESTER:
        people.add(ticket.requester_id)
        people |= {row.person_id for row in followers(ticket)}
    if event.kind in TOLD_ASSIGNEE and ticket.assignee_id and not is_asked_instead(event):
        people.add(ticket.assignee_id)
    if event.kind == Kind.PARTICIPANT_ADDED:
        people.add(int(event.facts["person_id"]))
    if event.kind == Kind.OPENED and ticket.cannot_wait:
        workers = people_who_may_work(ticket.desk, ticket.service)
        people |= set(workers.values_list("pk", flat=True))
    people.discard(event.actor_id or 0)
    Notification.objects.bulk_create(
        [
            Notification(person_id=pk, event=event, ticket=ticket, made_at=event.at)
            for pk in sorted(people)
        ],
        ignore_conflicts=True,
    )
