"""Whom a page may reach: who is on call, and may work on the request at all."""

from collections.abc import Iterable
from datetime import datetime

from departments.models import Department, Person, Role, Service
from departments.on_call import OnCall, people_on_call
from tickets.models import Page, Ticket
from tickets.permissions import people_who_may_work


def reachable(
    desk: Department, service: Service | None, at: datetime, *, without: Iterable[int | None] = ()
) -> list[OnCall]:
    """In the order of the layers; of a confidential service only the people of its group."""
    called = people_on_call(desk, at)
    if not called:
        return []
    wanted = {one.person.pk for one in called} - set(without)
    workers = people_who_may_work(desk, service).filter(pk__in=wanted)
    allowed = set(workers.values_list("pk", flat=True))
    return [one for one in called if one.person.pk in allowed]


def reachable_for(ticket: Ticket, at: datetime) -> list[OnCall]:
    """Whom to call about this ticket: never who asked, or whom it is about."""
    involved = {ticket.requester_id, ticket.subject_person_id}
    return reachable(ticket.desk, ticket.service, at, without=involved)


def next_call(page: Page, on_call: list[OnCall], turns: int) -> tuple[int, OnCall] | None:
    """The round and the layer that come after the last call; layers without anybody are left out.

    None when all rounds are over, or nobody can be reached at all.
    """
    further = [one for one in on_call if page.round and one.layer.position > page.layer]
    if further:
        return page.round, further[0]
    return (page.round + 1, on_call[0]) if on_call and page.round < turns else None


def leads_of(ticket: Ticket) -> list[Person]:
    """Who is told when nobody on call answers: the leads who may work on it, else all who may."""
    workers = people_who_may_work(ticket.desk, ticket.service)
    workers = workers.exclude(pk__in=[ticket.requester_id, ticket.subject_person_id or 0])
    leads = workers.filter(memberships__department=ticket.desk, memberships__role=Role.LEAD)
    return list(leads) or list(workers)
