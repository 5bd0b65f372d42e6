"""A promise that slips: one slip begins, its owner is asked, the requester is told once."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from departments.hours import HoursError
from tickets import events, permissions
from tickets.actions.locking import lock
from tickets.clock_steps import hours_for
from tickets.models import ActorKind, Clock, Slip, Ticket, TicketEvent
from tickets.models.slip import waits_for_requester

# So long, in the desk's working time, the owner has to give a new moment before we tell anyway.
TIME_TO_ANSWER = timedelta(minutes=60)


# --- A slip begins ----------------------------------------------------------------------------


@transaction.atomic
def notice_slip(ticket: Ticket, *, at: datetime, cause: TicketEvent | None = None) -> Slip | None:
    """Begin the slip of a ticket that is late and has none; safe to call any time, any number.

    What is late by then is one slip, on the clock that was promised first. It goes on from the
    slip before where that already covers it: its new promise still stands, and who was told of
    being late is not told again.
    """
    ticket = lock(ticket)
    late = ticket.clocks.filter(breached_at__isnull=False, stopped_at=None)
    clock = late.order_by("breached_at", "pk").first()
    slip = Slip.objects.open().filter(ticket=ticket).first()
    if clock is None or not ticket.is_open or waits_for_requester(ticket):
        return slip
    if slip is None:
        slipped_at = slipped_at_by(clock, at)
        at = max(at, slipped_at)  # A worker may come late to an event.
        slip = begin_slip(clock, ticket, slipped_at, goes_on_at=at)
        return slip if slip.promised_at else _asked(slip, ticket, at=at, cause=cause)
    if slip.told_at is None and slip.tell_at is None:  # It was their turn, now it is ours again.
        slip.tell_at = _time_to_tell(slip.clock, at)
        slip.save(update_fields=["tell_at"])
    return slip


@transaction.atomic
def ask_again(ticket: Ticket, *, cause: TicketEvent) -> None:
    """Ask whoever has the ticket now: it moved while a new moment was owed."""
    ticket = lock(ticket)
    slip = Slip.objects.owed().select_related("clock").filter(ticket=ticket).first()
    if slip is not None and not cause.effects.filter(kind=events.Kind.PROMISE_ASKED).exists():
        _asked(slip, ticket, at=cause.at, cause=cause)


def slipped_at_by(clock: Clock, at: datetime) -> datetime:
    """When it slipped: at due, unless that slip is over; then when it began to run again."""
    ended = clock.slips.order_by("-ended_at").values_list("ended_at", flat=True).first()
    assert clock.breached_at is not None  # asked of late clocks only
    return clock.breached_at if ended is None else max(ended, at)


def begin_slip(
    clock: Clock, ticket: Ticket, slipped_at: datetime, *, goes_on_at: datetime | None = None
) -> Slip:
    """The slip of this moment, made or taken up again; `goes_on_at` looks at the one before."""
    before = Slip.objects.filter(ticket=ticket).order_by("-ended_at", "-pk").first()
    slip, is_new = Slip.objects.get_or_create(
        clock=clock, slipped_at=slipped_at, defaults={"ticket": ticket}
    )
    slip.ended_at = None
    if is_new and goes_on_at is not None and before is not None:
        _go_on_from(before, slip, max(goes_on_at, slipped_at))
    if slip.promised_at is None and slip.told_at is None:
        slip.tell_at = _time_to_tell(clock, slipped_at)
    slip.save()
    return slip


def _go_on_from(before: Slip, slip: Slip, at: datetime) -> None:
    """What was said while this promise was already broken holds for it too."""
    stood = before.ended_at is not None and before.ended_at >= slip.slipped_at
    if stood and before.stands_at(at):
        slip.promised_at, slip.reason = before.promised_at, before.reason
        slip.given_by, slip.given_at = before.given_by, before.given_at
        slip.told_at = before.told_at
    if before.told_at is not None and before.told_at >= slip.slipped_at:
        slip.told_at = before.told_at


def _asked(slip: Slip, ticket: Ticket, *, at: datetime, cause: TicketEvent | None = None) -> Slip:
    """Ask the owner, or where there is none the leads: when will it be?"""
    owner = ticket.assignee
    if owner is not None:
        workers = permissions.people_who_may_work(ticket.desk, ticket.service)
        owner = workers.filter(pk=owner.pk).first()
    slip.asked = owner
    slip.save(update_fields=["asked"])
    events.record(
        ticket,
        events.Kind.PROMISE_ASKED,
        at=at,
        actor_kind=ActorKind.CLOCK,
        caused_by=cause,
        slip=slip.pk,
        clock=slip.clock.kind,
        name=ticket.requester.first_name,
        passed=slip.slipped_at.isoformat(),
        to=owner.first_name if owner else "",
        to_id=owner.pk if owner else None,
    )
    return slip


def _time_to_tell(clock: Clock, since: datetime) -> datetime:
    try:
        return hours_for(clock).add(since, TIME_TO_ANSWER)
    except HoursError:  # The desk never opens again; the requester hears of it all the same.
        return since + TIME_TO_ANSWER


# --- Time passes: what comes due, and what is then done with a ticket that is held -------------


def due_moments(now: datetime) -> QuerySet[Any, int]:
    due = Slip.objects.open().filter(promised_at__lt=now).order_by("promised_at")
    return due.values_list("ticket_id", flat=True)


def due_tellings(now: datetime) -> QuerySet[Any, int]:
    due = Slip.objects.open().filter(told_at=None, tell_at__lte=now).order_by("tell_at")
    return due.values_list("ticket_id", flat=True)


def pass_promise(ticket: Ticket, now: datetime) -> None:
    """A new promise passed too: its slip ends at that very moment, and the next one begins.

    None begins while everything waits for the requester; `notice_slip` does when it is our turn.
    """
    slip = Slip.objects.open().select_related("clock").filter(ticket=ticket).first()
    if slip is None or slip.promised_at is None or slip.promised_at >= now:
        return
    if waits_for_requester(ticket):
        Slip.objects.filter(pk=slip.pk).update(ended_at=slip.promised_at)
    else:
        _asked(slip_after(slip, ticket), ticket, at=slip.promised_at)


def slip_after(slip: Slip, ticket: Ticket) -> Slip:
    """The slip that begins where this one's new promise passed."""
    assert slip.promised_at is not None  # asked of slips with a new promise only
    Slip.objects.filter(pk=slip.pk).update(ended_at=slip.promised_at)
    return begin_slip(slip.clock, ticket, slip.promised_at)


def tell(ticket: Ticket, now: datetime) -> None:
    """Say that we are late, once per slip, where no new moment came in time.

    Never at night: when the desk is closed, it waits until it opens.
    """
    slip = Slip.objects.open().select_related("clock").filter(ticket=ticket).first()
    if slip is None or slip.told_at or slip.tell_at is None or slip.tell_at > now:
        return
    if waits_for_requester(ticket):
        slip.tell_at = None  # Set anew when it is our turn, by `notice_slip`.
    elif (opens := _opens_at(slip.clock, now)) > now:
        slip.tell_at = opens
    else:
        slip.told_at, slip.tell_at = now, None
        events.record(
            ticket,
            events.Kind.PROMISE_SLIPPED,
            at=now,
            actor_kind=ActorKind.CLOCK,
            slip=slip.pk,
            name=ticket.requester.first_name,
            clock=slip.clock.kind,
            passed=slip.slipped_at.isoformat(),
        )
    slip.save(update_fields=["told_at", "tell_at"])


def _opens_at(clock: Clock, now: datetime) -> datetime:
    try:
        return hours_for(clock).next_opening(now)
    except HoursError:
        return now
