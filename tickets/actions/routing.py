"""Bringing a ticket to the right people with the right urgency."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Category, Department, Person, Priority, Service
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla, windows
from tickets.actions.locking import lock
from tickets.models import ActorKind, Participant, State, Ticket, TicketAlias, TicketEvent
from tickets.models.ticket import MOVED, WAITING


@transaction.atomic
def assign(
    ticket: Ticket,
    *,
    to: Person | None,
    by: Person | None,
    at: datetime | None = None,
    expected: int | None = None,
    caused_by: TicketEvent | None = None,
) -> Ticket:
    """Give the ticket to somebody of its desk, or (None) back to anybody.

    `expected` is the id of the assignee the person saw (0 for nobody): when somebody else was
    faster, Refused names them, so that two people never take one ticket unknowingly. Without `by`
    it is the clock that does it, because of the event `caused_by`.
    """
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    if expected is not None and (ticket.assignee_id or 0) != expected and ticket.assignee != to:
        who = ticket.assignee.name if ticket.assignee else _("nobody")
        raise Refused(_("%(who)s has it now.") % {"who": who}, code="taken")
    if ticket.assignee == to:
        return ticket
    allowed = permissions.people_who_may_work(ticket.desk, ticket.service)
    if to is not None and not allowed.filter(pk=to.pk).exists():
        raise Refused(_("%(name)s does not work at this desk.") % {"name": to.name})
    ticket.assignee = to
    ticket.save(update_fields=["assignee"])
    events.record(
        ticket,
        events.Kind.ASSIGNED,
        by=by,
        actor_kind=ActorKind.PERSON if by else ActorKind.CLOCK,
        at=at or timezone.now(),
        caused_by=caused_by,
        to=to.name if to else "",
        to_id=to.pk if to else None,
    )
    return ticket


@transaction.atomic
def set_state(ticket: Ticket, state: State, *, by: Person, at: datetime | None = None) -> Ticket:
    """Hold the ticket (one of the waiting states) or take it up again (open)."""
    at = at or timezone.now()
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    if state not in WAITING and state != State.OPEN:
        raise Refused(_("Solve or close a request with its own button."))
    kind = events.Kind.WAITING if state in WAITING else events.Kind.RESUMED
    if ticket.state == State.RESOLVED:
        kind = events.Kind.REOPENED
    windows.enter(ticket, state, at=at)
    ticket.resolved_at = None
    ticket.save(update_fields=[*MOVED, "resolved_at"])
    events.record(ticket, kind, by=by, at=at, state=ticket.state)
    sla.settle(ticket, at=at)
    return ticket


@transaction.atomic
def change_priority(
    ticket: Ticket,
    priority: Priority,
    *,
    by: Person | None,
    at: datetime | None = None,
    caused_by: TicketEvent | None = None,
) -> Ticket:
    """Set how pressing it is; clocks are reckoned again from the original start.

    Without `by` it is the clock that does it, because of the event `caused_by`.
    """
    at = at or timezone.now()
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    if ticket.priority == priority:
        return ticket
    was, ticket.priority = ticket.priority, priority
    ticket.save(update_fields=["priority"])
    events.record(
        ticket,
        events.Kind.PRIORITY_CHANGED,
        by=by,
        actor_kind=ActorKind.PERSON if by else ActorKind.CLOCK,
        at=at,
        caused_by=caused_by,
        priority=int(priority),
        was=was,
    )
    sla.settle(ticket, at=at)
    return ticket


@transaction.atomic
def change_category(
    ticket: Ticket, category: Category | None, *, by: Person, at: datetime | None = None
) -> Ticket:
    """Say what kind of problem it really is, inside its service."""
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    if category is not None and category.service_id != ticket.service_id:
        raise Refused(_("This kind of problem belongs to another service."))
    if ticket.category == category:
        return ticket
    at = at or timezone.now()
    ticket.category = category
    ticket.save(update_fields=["category"])
    events.record(
        ticket,
        events.Kind.CATEGORY_CHANGED,
        by=by,
        at=at,
        to=category.name if category else _("not sure"),
    )
    sla.settle(ticket, at=at)
    return ticket


@transaction.atomic
def move(
    ticket: Ticket,
    *,
    to: Department,
    by: Person,
    service: Service | None = None,
    at: datetime | None = None,
    may_leave_confidential: bool = False,
) -> Ticket:
    """Hand the ticket to another desk. The old number still finds it; clocks start over nothing:
    they are reckoned again under the new promise from the original start.
    """
    at = at or timezone.now()
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    if service is not None and service.department_id != to.pk:
        raise Refused(_("This service belongs to another department."))
    becomes_confidential = bool(service and service.is_confidential)
    if ticket.is_confidential and not becomes_confidential and not may_leave_confidential:
        raise Refused(
            _("Everybody at %(desk)s will read this confidential request. Confirm to move it.")
            % {"desk": to.name},
            code="confirm",
        )
    facts: dict[str, Any] = {"from": ticket.desk.name, "to": to.name}
    if to != ticket.desk:
        _renumber(ticket, to)
    ticket.desk, ticket.service, ticket.category = to, service, None
    ticket.assignee, ticket.is_confidential = None, becomes_confidential
    ticket.save(
        update_fields=["number", "desk", "service", "category", "assignee", "is_confidential"]
    )
    events.record(ticket, events.Kind.MOVED, by=by, at=at, **facts)
    sla.settle(ticket, at=at)
    return ticket


def _renumber(ticket: Ticket, desk: Department) -> None:
    TicketAlias.objects.create(ticket=ticket, number=ticket.number)
    Department.objects.filter(pk=desk.pk).update(next_number=F("next_number") + 1)
    after = Department.objects.values_list("next_number", flat=True).get(pk=desk.pk)
    ticket.number = f"{desk.prefix}-{after - 1}"


@transaction.atomic
def add_participant(
    ticket: Ticket, *, person: Person, by: Person, at: datetime | None = None
) -> Participant:
    """Let somebody else follow the ticket: read its public part and reply."""
    ticket = lock(ticket)
    permissions.require(by, "invite", ticket)
    if person == ticket.subject_person and ticket.is_confidential:
        raise Refused(_("This request is about %(name)s.") % {"name": person.name})
    if person.is_guest:
        raise Refused(_("%(name)s is a guest and cannot follow.") % {"name": person.name})
    at = at or timezone.now()
    found, is_new = Participant.objects.get_or_create(
        ticket=ticket, person=person, defaults={"added_by": by, "added_at": at}
    )
    if found.came_with_id is not None:  # Wanted here also without the merge that brought them.
        found.came_with = None
        found.save(update_fields=["came_with"])
    if is_new:
        events.record(
            ticket,
            events.Kind.PARTICIPANT_ADDED,
            by=by,
            at=at,
            person=person.name,
            person_id=person.pk,
        )
    return found


@transaction.atomic
def remove_participant(
    ticket: Ticket, *, person: Person, by: Person, at: datetime | None = None
) -> None:
    """Let somebody stop following; everybody may remove themselves."""
    ticket = lock(ticket)
    if by != person:
        permissions.require(by, "invite", ticket)
    gone, _rows = Participant.objects.filter(ticket=ticket, person=person).delete()
    if gone:
        events.record(
            ticket,
            events.Kind.PARTICIPANT_REMOVED,
            by=by,
            at=at or timezone.now(),
            person=person.name,
        )
