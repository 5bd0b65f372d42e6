"""Live hints: who hears that something changed. Hints name a ticket, never its content."""

import json
import logging
from functools import lru_cache

import redis
from django.conf import settings

from departments.models import Department, Person
from departments.permissions import people_who_may_read
from tickets.models import Ticket, TicketEvent

log = logging.getLogger(__name__)
CHANNEL = "helpdesk.live"


def topics_of(person: Person) -> frozenset[str]:
    """What this person's pages may listen to: themselves and the desks they work at."""
    desks = Department.objects.filter(memberships__person=person).values_list("pk", flat=True)
    return frozenset({f"person:{person.pk}", *(f"desk:{pk}" for pk in desks)})


def audience(ticket: Ticket, *, is_public: bool) -> frozenset[str]:
    """The topics on which a change of this ticket is hinted.

    A confidential ticket is never hinted to a desk, only to each person who may see it. An
    event that only the desk reads is not hinted to the requester's side.
    """
    people = followers(ticket) if is_public else set()
    if ticket.service is None or not ticket.is_confidential:
        return frozenset({f"desk:{ticket.desk_id}", *(f"person:{pk}" for pk in people)})
    workers = set(people_who_may_read(ticket.service).values_list("pk", flat=True))
    involved = {ticket.requester_id, ticket.subject_person_id}
    people = (people | (workers - involved)) - {ticket.subject_person_id}
    return frozenset(f"person:{pk}" for pk in people)


def followers(ticket: Ticket) -> set[int]:
    """The requester's side: who asked, who filed it, who was added."""
    people = {ticket.requester_id, *(row.person_id for row in ticket.participants.all())}
    return people | ({ticket.filed_by_id} if ticket.filed_by_id else set())


def hint(event: TicketEvent) -> dict[str, object]:
    """The hint for one event: its id, the ticket's number, the topics that may hear it."""
    ticket = event.ticket
    return {
        "id": event.pk,
        "ticket": ticket.number,
        "desk": "" if ticket.is_confidential else ticket.desk.slug,
        "topics": sorted(audience(ticket, is_public=event.is_public)),
    }


@lru_cache(maxsize=1)
def connection() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1)


def announce(event: TicketEvent) -> None:
    """Wake the live streams through Redis; without Redis they look into the log themselves."""
    if not settings.REDIS_URL:
        return
    try:
        connection().publish(CHANNEL, json.dumps(hint(event)))
    except redis.RedisError as problem:  # A lost hint is made good when the page is seen again.
        log.warning("live.lost event=%s error=%s", event.pk, type(problem).__name__)
