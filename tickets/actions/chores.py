"""Working off what comes due: by any number of workers, each thing once, however late.

A chore says which tickets have something due (one indexed query) and does it for one ticket that
is held. A worker takes a batch of tickets that no other worker holds, in one transaction. What
raises is put aside and tried again later, and the others go on.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from departments.promises import house_asked_once
from helpdesk.lib.background import later, quietly
from tickets.models import FailedChore, Ticket
from tickets.models.ticket import TicketQuerySet

log = logging.getLogger(__name__)
# Small, since whoever works a ticket of the batch waits until it is done, ...
BATCH = 25
# ... and so many are looked at, so that as many workers as that find some that are free.
WINDOW = 16 * BATCH
SECONDS = 20.0
BACK_OFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))


def with_promise(tickets: TicketQuerySet) -> TicketQuerySet:
    """With everything that settling asks of a ticket."""
    people = tickets.select_related("requester", "assignee", "category__sla_policy")
    desk = people.select_related("desk__calendar", "desk__sla_policy")
    return desk.select_related("service__calendar", "service__sla_policy")


@dataclass(frozen=True)
class Chore:
    """One kind of thing that comes due by itself.

    `due` gives the ids of the tickets that have one at an instant, soonest first; `do` does all
    of this kind that is due on a ticket. The ticket is held, as it is now, and another worker may
    just have done it. `load` reads what `do` needs for a whole batch of tickets.
    """

    name: str
    due: Callable[[datetime], QuerySet[Any, int]]
    do: Callable[[Ticket, datetime], object]
    load: Callable[[TicketQuerySet], TicketQuerySet] = with_promise


@dataclass
class Progress:
    """How far a worker is with one chore."""

    chore: Chore
    aside: set[int] = field(default_factory=set)  # Tickets that failed and are tried later.
    tried: set[int] = field(default_factory=set)
    worked: int = 0


def work_off(chores: Iterable[Chore], *, now: datetime, seconds: float = SECONDS) -> int:
    """Do everything that is due at `now`, for some seconds at most; returns for how many tickets.

    The chores take turns, so that a flood of one does not keep the others waiting.
    """
    end = monotonic() + seconds
    due = [chore for chore in chores if list(chore.due(now)[:1])]
    if not due:
        return 0
    failed = _failed()
    running = [Progress(chore, _aside(failed[chore.name], now)) for chore in due]
    everything = tuple(running)
    while running and monotonic() < end:
        running = [one for one in running if _batch(one, now, failed[one.chore.name])]
    return sum(one.worked for one in everything)


def _failed() -> dict[str, dict[int, datetime]]:
    """What failed before: by chore and ticket, when it is tried again."""
    found: dict[str, dict[int, datetime]] = defaultdict(dict)
    for name, ticket, next_at in FailedChore.objects.values_list("name", "ticket_id", "next_at"):
        found[name][ticket] = next_at
    return found


def _aside(failed: dict[int, datetime], now: datetime) -> set[int]:
    return {ticket for ticket, next_at in failed.items() if next_at > now}


def _batch(one: Progress, now: datetime, failed: dict[int, datetime]) -> int:
    """Take some tickets that are free and do what is due on them; returns how many it took."""
    with quietly(), house_asked_once():
        try:
            tickets = _together(one, now, failed)
        except Exception:  # Some ticket of them: which one shows when each is tried alone.
            log.warning("chore.batch_failed chore=%s", one.chore.name, exc_info=True)
            tickets = _one_by_one(one, now, failed)
    if tickets:
        later("tickets.react_pending")  # One nudge for all the events of the batch.
    return len(tickets)


@transaction.atomic
def _together(one: Progress, now: datetime, failed: dict[int, datetime]) -> Sequence[Ticket]:
    """Without a savepoint for each, as nearly nothing ever fails."""
    tickets = _take(one, now)
    for ticket in tickets:
        one.chore.do(ticket, now)
    _count(one, tickets, {ticket.pk for ticket in tickets}, failed)
    return tickets


@transaction.atomic
def _one_by_one(one: Progress, now: datetime, failed: dict[int, datetime]) -> Sequence[Ticket]:
    tickets = _take(one, now)
    done = {ticket.pk for ticket in tickets if attempt(one.chore, ticket, now)}
    _count(one, tickets, done, failed)
    return tickets


def _count(
    one: Progress, tickets: Sequence[Ticket], done: set[int], failed: dict[int, datetime]
) -> None:
    tried = {ticket.pk for ticket in tickets}
    one.tried |= tried
    one.aside |= tried - done
    one.worked += len(done)
    if worked_again := done & failed.keys():
        FailedChore.objects.filter(name=one.chore.name, ticket__in=worked_again).delete()


def _take(one: Progress, now: datetime) -> Sequence[Ticket]:
    """Hold up to a batch of tickets that have something due and that nobody else holds."""
    # Those put aside may be the soonest of all: the window is as much larger as there are such.
    found = set(one.chore.due(now)[: WINDOW + len(one.aside)]) - one.aside
    for ticket in found & one.tried:  # Done, and due all the same: it would come for ever.
        log.error("chore.still_due chore=%s ticket=%s", one.chore.name, ticket)
        _put_aside(one.chore, ticket, "still due", now)
        one.aside.add(ticket)
    free = one.chore.load(Ticket.objects.select_for_update(skip_locked=True, of=("self",)))
    wanted = sorted(found - one.aside)
    return list(free.filter(pk__in=wanted)[:BATCH]) if wanted else []


def attempt(chore: Chore, ticket: Ticket, now: datetime) -> bool:
    """Do the chore for one ticket; what raises undoes itself, is kept and tried again later."""
    try:
        with transaction.atomic():
            chore.do(ticket, now)
    except Exception as problem:  # Whatever it is, the other tickets must still have their turn.
        log.exception("chore.failed chore=%s ticket=%s", chore.name, ticket.pk)
        _put_aside(chore, ticket.pk, f"{type(problem).__name__}: {problem}", now)
        return False
    return True


def _put_aside(chore: Chore, ticket: int, error: str, now: datetime) -> None:
    row, _is_new = FailedChore.objects.get_or_create(
        ticket_id=ticket,
        name=chore.name,
        defaults={"attempts": 0, "failed_at": now, "next_at": now},
    )
    row.next_at = now + BACK_OFF[min(row.attempts, len(BACK_OFF) - 1)]
    row.attempts += 1
    row.error = error[:500]
    row.save()
