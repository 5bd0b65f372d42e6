"""What the passing of time does: each kind of thing that comes due, and what is done then.

A row comes due once, and is told with the instant at which it was due, however late this runs.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from tickets import events, sla
from tickets.actions.chores import SECONDS, Chore, with_promise, work_off
from tickets.actions.closing import close_by_time
from tickets.actions.escalating import take_steps
from tickets.actions.paging import call_next, due_pages
from tickets.actions.slipping import due_moments, due_tellings, pass_promise, tell
from tickets.actions.snoozing import come_back
from tickets.actions.waiting import give_up_waiting, remind
from tickets.models import ActorKind, Attachment, Clock, DigestLine, RequestKey, Ticket
from tickets.models.ticket import TicketQuerySet

BATCH = 500
UNSENT_KEPT = timedelta(days=7)
KEYS_KEPT = timedelta(days=30)
Due = QuerySet[Any, int]


def sweep(*, now: datetime, seconds: float = SECONDS) -> int:
    """Do everything that is due at `now`; returns for how many tickets something was.

    Any number of workers may do this at once. After `seconds` the rest is left to the next one.
    """
    return work_off(CHORES, now=now, seconds=seconds)


# --- What is due: each is one range of an index that holds nothing else -------------------------


def _clocks(column: str, at: datetime) -> Due:
    due = Clock.objects.filter(**{f"{column}__lte": at}).order_by(column)
    return due.values_list("ticket_id", flat=True)


def _tickets(column: str, at: datetime) -> Due:
    due = Ticket.objects.filter(**{f"{column}__lte": at}).order_by(column)
    return due.values_list("pk", flat=True)


def due_returns(now: datetime) -> Due:
    return _tickets("returns_at", now)


def due_breaches(now: datetime) -> Due:
    # An answer at the very instant of due is in time, and until then it may come.
    return _clocks("due_at", now).filter(due_at__lt=now, breached_at=None)


def due_warnings(now: datetime) -> Due:
    return _clocks("warn_at", now).filter(_not_missed(now), warned_at=None)


def due_steps(now: datetime) -> Due:
    return _clocks("step_at", now)


def due_reminders(now: datetime) -> Due:
    return _tickets("remind_at", now)


def due_lapses(now: datetime) -> Due:
    return _tickets("lapses_at", now)


def due_closings(now: datetime) -> Due:
    return _tickets("closes_at", now)


# --- What is done with a ticket that is held ------------------------------------------------------


def miss(ticket: Ticket, now: datetime) -> None:
    """Record missed promises at the true instant of due, by settling the ticket."""
    sla.settle(ticket, at=now, known=sla.known_of(ticket))


def with_known(tickets: TicketQuerySet) -> TicketQuerySet:
    return sla.with_known(with_promise(tickets))


def warn(ticket: Ticket, now: datetime) -> None:
    """Say once per clock that a promise is close; a promise already missed is not warned of."""
    close = ticket.clocks.filter(_not_missed(now), warn_at__lte=now, warned_at=None)
    for clock in close.order_by("warn_at"):
        assert clock.warn_at is not None  # it is one of those that are due
        Clock.objects.filter(pk=clock.pk).update(warned_at=now)
        events.record(
            ticket,
            events.Kind.CLOCK_WARNED,
            at=clock.warn_at,
            actor_kind=ActorKind.CLOCK,
            clock=clock.kind,
            clock_number=clock.number,
        )


def _not_missed(now: datetime) -> Q:
    return Q(due_at__gte=now, breached_at=None)


CHORES = (
    Chore("page", due_pages, call_next),  # Somebody waits who cannot wait.
    Chore("return", due_returns, come_back),  # What was put off runs on, and may be late by now.
    Chore("breach", due_breaches, miss, with_known),
    Chore("moment", due_moments, pass_promise),  # A new promise may be missed too.
    Chore("telling", due_tellings, tell),  # Who waits for a new moment hears that we are late.
    Chore("warning", due_warnings, warn),
    Chore("step", due_steps, take_steps),
    Chore("reminder", due_reminders, remind),
    Chore("lapse", due_lapses, give_up_waiting),
    Chore("closing", due_closings, close_by_time),
)


def tidy(*, now: datetime) -> int:
    """Forget files that were never sent, submissions long done and lines of old daily mails;
    returns how many.
    """
    unsent = Attachment.objects.filter(message=None, stored_at__lt=now - UNSENT_KEPT)
    gone = list(unsent[:BATCH])
    for attachment in gone:
        attachment.delete()
        attachment.file.delete(save=False)
    old = RequestKey.objects.filter(made_at__lt=now - KEYS_KEPT)
    keys, _rows = old.filter(pk__in=list(old.values_list("pk", flat=True)[:BATCH])).delete()
    told = DigestLine.objects.filter(mail__isnull=False, made_at__lt=now - KEYS_KEPT)
    lines, _rows = told.filter(pk__in=list(told.values_list("pk", flat=True)[:BATCH])).delete()
    return len(gone) + keys + lines
