"""Running the reactions: claimed by one worker, tried alone, retried, never forgotten."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from departments.promises import house_asked_once
from tickets import events
from tickets.models import FailedReaction, TicketEvent
from tickets.reactions import REACTIONS, Reaction

log = logging.getLogger(__name__)
CLAIM_EXPIRES = timedelta(seconds=45)  # with the sweep, a killed worker costs under a minute
BACK_OFF = (timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))
BATCH = 200


def react_to_pending(*, now: datetime | None = None) -> int:
    """React to every event that waits; returns how many this worker did."""
    now = now or timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_EXPIRES)
    waiting = TicketEvent.objects.pending().filter(free)
    done = 0
    for pk in list(waiting.values_list("pk", flat=True)[:BATCH]):
        done += react(pk, now=now)
    return done


def react(pk: int, *, now: datetime | None = None) -> bool:
    """Run all reactions to one event, if this worker is the one that claims it."""
    now = now or timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_EXPIRES)
    claimed = TicketEvent.objects.filter(free, pk=pk, reacted_at=None).update(claimed_at=now)
    if not claimed:
        return False
    react_to([load(pk)], now=now)
    return True


@contextmanager
def reacting() -> Iterator[None]:
    """React at once to what is recorded in here, without asking the database for it again."""
    with house_asked_once():
        with events.claimed() as mine:
            yield
        now = timezone.now()
        # What took longer than a claim holds, is somebody else's by now.
        react_to([event for event in mine if still_holds(event, now)], now=now)


def still_holds(event: TicketEvent, now: datetime) -> bool:
    return event.claimed_at is not None and now - event.claimed_at < CLAIM_EXPIRES


def react_to(claimed: Sequence[TicketEvent], *, now: datetime) -> None:
    """Run what follows from events that this worker has claimed."""
    for event in claimed:
        for reaction, kinds in REACTIONS:
            if event.kind in kinds:
                attempt(reaction, event, now=now)
    if claimed:
        done = TicketEvent.objects.filter(pk__in=[event.pk for event in claimed])
        done.update(reacted_at=timezone.now())


def load(pk: int) -> TicketEvent:
    return TicketEvent.objects.select_related(
        "actor",
        "message",
        "ticket__desk",
        "ticket__service",
        "ticket__requester",
        "ticket__assignee",
        "ticket__category",
    ).get(pk=pk)


def attempt(reaction: Reaction, event: TicketEvent, *, now: datetime) -> bool:
    """One reaction in a transaction of its own; a failure is kept with the time of the next try."""
    name = reaction.__name__
    try:
        with transaction.atomic():
            reaction(event)
        return True
    except Exception as problem:  # Whatever it is, the other reactions must still run.
        log.exception("reaction.failed event=%s reaction=%s", event.pk, name)
        keep_failure(event, name, problem, now=now)
        return False


def keep_failure(event: TicketEvent, name: str, problem: Exception, *, now: datetime) -> None:
    """Remember what failed; after the last back-off it is given up and waits for a person."""
    row, _is_new = FailedReaction.objects.get_or_create(
        event=event, name=name, defaults={"attempts": 0, "failed_at": now}
    )
    row.attempts += 1
    tries = row.attempts - 1
    row.next_at = now + BACK_OFF[tries] if tries < len(BACK_OFF) else None
    # Its first line: below it databases quote the row, which is nobody's to read here.
    row.error = f"{type(problem).__name__}: {problem}".partition("\n")[0][:500]
    row.save()


def retry_failed(*, now: datetime | None = None) -> int:
    """Try again what failed and is due; returns how many worked this time."""
    now = now or timezone.now()
    by_name = {reaction.__name__: reaction for reaction, _kinds in REACTIONS}
    worked = 0
    for failure in FailedReaction.objects.filter(next_at__lte=now).order_by("next_at")[:BATCH]:
        # Claim by moving the next try away: a second worker finds nothing.
        mine = FailedReaction.objects.filter(pk=failure.pk, next_at=failure.next_at)
        is_mine = mine.update(next_at=now + CLAIM_EXPIRES) and failure.name in by_name
        if is_mine and attempt(by_name[failure.name], load(failure.event_id), now=now):
            failure.delete()
            worked += 1
    return worked


def try_again(failures: QuerySet[FailedReaction], *, now: datetime | None = None) -> int:
    """Try these at once, also those that were given up; returns how many worked."""
    now = now or timezone.now()
    failures.update(next_at=now)
    return retry_failed(now=now)
