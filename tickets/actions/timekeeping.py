"""What the passing of time does: warnings, missed promises, closing what was solved."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from tickets import events, sla
from tickets.actions.closing import close
from tickets.actions.locking import lock
from tickets.models import ActorKind, Attachment, Clock, RequestKey, State, Ticket

BATCH = 500
UNSENT_KEPT = timedelta(days=7)
KEYS_KEPT = timedelta(days=30)


def sweep(*, now: datetime) -> int:
    """Do everything that is due at `now`, however late this runs; returns how much it was."""
    return (
        _each(_due_breaches, miss, now=now)
        + _each(_due_warnings, warn, now=now)
        + _each(_due_closings, close_by_time, now=now)
    )


Finder = Callable[[datetime], list[int]]


def _each(find: Finder, act: Callable[[int, datetime], None], *, now: datetime) -> int:
    found = find(now)
    for pk in found:
        with transaction.atomic():
            act(pk, now)
    return len(found)


def _due_breaches(now: datetime) -> list[int]:
    due = Clock.objects.filter(due_at__lt=now, breached_at=None).order_by("due_at")
    return list(due.values_list("pk", flat=True)[:BATCH])


def _due_warnings(now: datetime) -> list[int]:
    due = Clock.objects.filter(warn_at__lte=now, warned_at=None).order_by("warn_at")
    return list(due.values_list("pk", flat=True)[:BATCH])


def _due_closings(now: datetime) -> list[int]:
    due = Ticket.objects.filter(closes_at__lte=now).order_by("closes_at")
    return list(due.values_list("pk", flat=True)[:BATCH])


def miss(pk: int, now: datetime) -> None:
    """Record a missed promise at the true instant of due, by settling the ticket."""
    ticket = lock(Ticket(pk=Clock.objects.values_list("ticket_id", flat=True).get(pk=pk)))
    sla.settle(ticket, at=now)


def warn(pk: int, now: datetime) -> None:
    """Say once per clock that a promise is close; a promise already missed is not warned of."""
    mine = Clock.objects.filter(pk=pk, warned_at=None, warn_at__lte=now).update(warned_at=now)
    clock = Clock.objects.select_related("ticket").get(pk=pk)
    if mine and clock.breached_at is None and clock.warn_at is not None:
        events.record(
            clock.ticket,
            events.Kind.CLOCK_WARNED,
            at=clock.warn_at,
            actor_kind=ActorKind.CLOCK,
            clock=clock.kind,
        )


def close_by_time(pk: int, now: datetime) -> None:
    """Close what was solved and not reopened in its window."""
    ticket = lock(Ticket(pk=pk))
    if ticket.state == State.RESOLVED and ticket.closes_at and ticket.closes_at <= now:
        close(ticket, by=None, at=ticket.closes_at)


def tidy(*, now: datetime) -> int:
    """Forget files that were never sent and submissions long done; returns how many."""
    unsent = Attachment.objects.filter(message=None, stored_at__lt=now - UNSENT_KEPT)
    gone = list(unsent[:BATCH])
    for attachment in gone:
        attachment.delete()
        attachment.file.delete(save=False)
    old = RequestKey.objects.filter(made_at__lt=now - KEYS_KEPT)
    keys, _rows = old.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])).delete()
    return len(gone) + keys
