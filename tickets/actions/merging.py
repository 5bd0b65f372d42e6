"""Two tickets about one thing become one; and apart again, exactly as they were.

The source closes as a duplicate and points to the target. Nothing is copied: the target's page
shows the source's messages by looking there (tickets/timeline.py), replies to the source land in
the target (`where_it_goes_on`), and an earlier promise of the source holds for the target
(tickets/sla.py reads `owed`).
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from departments.models import Person
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla
from tickets.actions.linking import link, unlink
from tickets.actions.locking import lock_both
from tickets.merged import end_of_chain
from tickets.models import Link, Outcome, Participant, Slip, State, Ticket, TicketEvent
from tickets.models.ticket import COMES_DUE, MOVED, UNFINISHED

CHANGED = [*MOVED, "merged_into", "closed_at"]
Kind = events.Kind


@transaction.atomic
def merge(source: Ticket, *, into: Ticket, by: Person, at: datetime | None = None) -> Ticket:
    """Join `source` with `into`, where everything goes on; returns the source.

    Refused where that makes no sense, and where somebody would read what is not theirs.
    """
    at = at or timezone.now()
    if source.pk != into.pk:
        source, into = lock_both(source, into)
    check(source, into, by=by)
    owed, joined = _owed(source), _join(source, into, by=by, at=at)
    events.record(
        into, Kind.MERGE_RECEIVED, by=by, at=at, source=source.number, owed=owed, joined=joined
    )
    _close(source, into, by=by, at=at)
    sla.settle(source, at=at)
    sla.settle(into, at=at)
    return source


def _close(source: Ticket, target: Ticket, *, by: Person, at: datetime) -> None:
    """Close it as a duplicate, and write down all that undoing needs."""
    was = _state_of(source)
    source.merged_into = target
    source.move_to(State.CLOSED, outcome=Outcome.DUPLICATE)
    source.closed_at = at
    source.save(update_fields=CHANGED)
    events.record(
        source,
        Kind.MERGED,
        by=by,
        at=at,
        state=source.state,
        outcome=source.outcome,
        into=target.number,
        known_as=source.number,
        was=was,
        people=followers(source),
        linked=link(source, target, Link.Kind.DUPLICATE_OF, by=by, at=at),
    )


@transaction.atomic
def unmerge(source: Ticket, *, by: Person, at: datetime | None = None) -> Ticket:
    """Take a merge back: state, people and clocks are as if it had never been.

    Whoever works the source may: it only takes back what the source brought. Where a target was
    merged on, the later merge is undone first.
    """
    at = at or timezone.now()
    target = Ticket.objects.filter(merged=source).first()
    permissions.require(by, "work", source)
    if target is None:
        raise Refused(_("%(number)s is not merged.") % {"number": source.number})
    source, target = lock_both(source, target)
    permissions.require(by, "work", source)
    if source.merged_into_id != target.pk:
        raise Refused(_("Somebody else has just undone this merge."))
    merged = source.events.filter(kind=Kind.MERGED).latest("pk")
    into, known_as = str(merged.facts["into"]), str(merged.facts["known_as"])
    if target.merged_into_id is not None:
        words = _("%(into)s was merged into another request later. Undo that first.")
        raise Refused(words % {"into": into})
    _part(source, target)
    if merged.facts["linked"]:
        unlink(source, target, Link.Kind.DUPLICATE_OF)
    _restore(source, merged.facts["was"])
    # No state among the facts: for the clocks a merge that was undone has never been.
    events.record(source, Kind.UNMERGED, by=by, at=at, into=into)
    events.record(target, Kind.MERGE_UNDONE, by=by, at=at, source=known_as)
    sla.settle(source, at=at)
    late = list(target.clocks.exclude(breached_at=None).values_list("pk", flat=True))
    sla.settle(target, at=at)
    # Nobody owes a new moment for what was late only by the source's promise.
    slips = Slip.objects.open().filter(clock__in=late, clock__breached_at=None)
    slips.update(ended_at=at)
    return source


def check(source: Ticket, target: Ticket, *, by: Person) -> None:
    """Refused when this person may not merge these two, or nobody may."""
    permissions.require(by, "work", source)
    permissions.require(by, "work", target)
    for problem in (_is_over, audiences_differ, is_about_a_follower, _is_a_guests):
        if words := problem(source, target):
            raise Refused(words)


def _is_over(source: Ticket, target: Ticket) -> str:
    numbers = {"source": source.number, "target": target.number}
    if source.pk == target.pk:
        return _("This is the same request. Give the number of the other one.")
    if source.merged_into_id is not None:
        return _("%(source)s is merged already. Undo that first.") % numbers
    if source.state == State.CLOSED:
        return _("%(source)s is closed. There is nothing left to merge.") % numbers
    if target.merged_into_id is not None and end_of_chain(target) == source:
        return _("%(target)s is part of %(source)s already.") % numbers
    if target.merged_into_id is not None:
        return _("%(target)s goes on in another request. Merge into that one.") % numbers
    if target.state == State.CLOSED:
        return _("%(target)s is closed. Merge into a request that is open.") % numbers
    return ""


def _is_a_guests(source: Ticket, target: Ticket) -> str:
    """A guest reads their own requests and no others."""
    if source.requester_id == target.requester_id or not source.requester.is_guest:
        return ""
    return _("%(name)s is a guest and cannot read along in another request. Answer each alone.") % {
        "name": source.requester.name
    }


def audiences_differ(source: Ticket, target: Ticket) -> str:
    """Two confidential tickets become one only where the same people may read both."""
    if source.is_confidential != target.is_confidential:
        return _("One of the two is confidential, the other is not. Answer each on its own page.")
    if not source.is_confidential:
        return ""
    if source.service_id != target.service_id:
        return _("The two are confidential to different people. Answer each on its own page.")
    if source.requester_id != target.requester_id:
        return _("These are confidential requests of two people. Answer each on its own page.")
    if source.subject_person_id != target.subject_person_id:
        return _("The two are not about the same person. Answer each on its own page.")
    return ""


def is_about_a_follower(source: Ticket, target: Ticket) -> str:
    for one, other in ((source, target), (target, source)):
        if one.subject_person_id in followers(other):
            words = _("%(number)s is about somebody who follows the other. They stay apart.")
            return words % {"number": one.number}
    return ""


def followers(ticket: Ticket) -> list[int]:
    """Whose request it is, who filed it and who was added."""
    added = ticket.participants.values_list("person_id", flat=True)
    people = {ticket.requester_id, *added}
    # An agent who only wrote down a telephone call does not follow it.
    if ticket.filed_by is not None and not permissions.role_at(ticket.filed_by, ticket.desk):
        people.add(ticket.filed_by.pk)
    return sorted(people)


def newcomers(source: Ticket, target: Ticket) -> list[Person]:
    """Who would follow the target only because of this merge."""
    here = target.participants.values_list("person_id", flat=True)
    fresh = set(followers(source)) - {target.requester_id, *here}
    return list(Person.objects.filter(pk__in=fresh).order_by("name", "pk"))


def _join(source: Ticket, target: Ticket, *, by: Person, at: datetime) -> list[int]:
    """Let the source's people follow the target; returns who was not there before."""
    fresh = [person.pk for person in newcomers(source, target)]
    Participant.objects.bulk_create(
        Participant(ticket=target, person_id=pk, added_by=by, added_at=at, came_with=source)
        for pk in fresh
    )
    return fresh


def _part(source: Ticket, target: Ticket) -> None:
    """Let go whom only this merge brought; whom another one brings too, comes with that."""
    others = TicketEvent.objects.filter(ticket__merged_into=target, kind=Kind.MERGED)
    brought = {merged.ticket_id: merged.facts["people"] for merged in others.order_by("pk")}
    also: dict[int, int] = {}
    for ticket, people in brought.items():
        if ticket != source.pk:
            also = dict.fromkeys(people, ticket) | also
    for row in Participant.objects.filter(ticket=target, came_with=source):
        if row.person_id in also:
            Participant.objects.filter(pk=row.pk).update(came_with=also[row.person_id])
        else:
            row.delete()


def _owed(source: Ticket) -> dict[str, str]:
    """What the source still promises: the due time of each kind of clock that runs."""
    running = source.clocks.filter(stopped_at=None, due_at__isnull=False).order_by("-due_at")
    return {clock.kind: clock.due_at.isoformat() for clock in running if clock.due_at}


def _state_of(source: Ticket) -> dict[str, Any]:
    """What a merge changes, as JSON, so that it can be put back."""
    due = {column: getattr(source, column) for column in COMES_DUE}
    times = {column: at.isoformat() for column, at in due.items() if at is not None}
    return {"state": source.state, "outcome": source.outcome, **times}


def _restore(source: Ticket, was: dict[str, Any]) -> None:
    source.merged_into = None
    source.state, source.outcome = was["state"], was["outcome"]
    source.is_open = source.state in UNFINISHED
    source.closed_at = None
    for column in COMES_DUE:
        setattr(source, column, parse_datetime(was[column]) if column in was else None)
    source.save(update_fields=CHANGED)
