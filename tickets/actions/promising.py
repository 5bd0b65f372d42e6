"""A promise that slips: asking for a new moment, giving one, telling the requester once."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.hours import HoursError
from departments.models import Person
from departments.when import moment_words
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla
from tickets.actions.locking import lock
from tickets.clock_steps import hours_for
from tickets.clock_words import most_pressing
from tickets.models import ActorKind, Clock, Slip, Ticket, TicketEvent
from tickets.models.slip import waits_for_requester

# So long, in the desk's working time, the owner has to give a new moment before we tell anyway.
TIME_TO_ANSWER = timedelta(minutes=60)
FURTHEST = timedelta(days=366)
REASON_LENGTH = 200
INSTANT = timedelta(microseconds=1)


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
        slipped_at = _slipped_at(clock, at)
        at = max(at, slipped_at)  # A worker may come late to an event.
        slip = _begin(clock, ticket, slipped_at, goes_on_at=at)
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


def _slipped_at(clock: Clock, at: datetime) -> datetime:
    """When it slipped: at due, unless that slip is over; then when it began to run again."""
    ended = clock.slips.order_by("-ended_at").values_list("ended_at", flat=True).first()
    assert clock.breached_at is not None  # asked of late clocks only
    return clock.breached_at if ended is None else max(ended, at)


def _begin(
    clock: Clock, ticket: Ticket, slipped_at: datetime, *, goes_on_at: datetime | None = None
) -> Slip:
    """The slip of this moment, made or taken up again; `goes_on_at` looks at the one before."""
    before = Slip.objects.filter(ticket=ticket).order_by("-ended_at", "-pk").first()
    slip, is_new = Slip.objects.get_or_create(
        clock=clock, slipped_at=slipped_at, defaults={"ticket": ticket}
    )
    slip.ended_at = None
    if is_new and goes_on_at is not None and before is not None:
        _go_on_from(before, slip, goes_on_at)
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


# --- A new promise ----------------------------------------------------------------------------


@transaction.atomic
def renew_promise(
    ticket: Ticket,
    *,
    moment: datetime,
    reason: str,
    by: Person,
    at: datetime | None = None,
    may_be_closed: bool = False,
) -> Slip:
    """Promise a new moment (aware), with a reason that the requester reads.

    Also before the old promise has passed, so that they hear of it before they ask. A promise
    that is taken back for a later one is a slip of its own; an earlier one is good news only.
    Outside of opening hours it is refused once (code "confirm") unless `may_be_closed`.
    """
    at = at or timezone.now()
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    reason = " ".join(reason.split())
    _check(ticket, moment, reason, at)
    if ticket.clocks.filter(due_at__lt=at, breached_at=None).exists():
        sla.settle(ticket, at=at)  # The old promise has passed, and no sweep came by yet.
    slip, was, is_said = _to_renew(ticket, moment, reason, at)
    if is_said:
        return slip
    if not may_be_closed:
        _check_open(slip.clock, ticket, moment)
    tells = slip.told_at is None
    slip.told_at, slip.tell_at = slip.told_at or at, None
    slip.promised_at, slip.reason = moment, reason
    slip.given_by, slip.given_at = by, at
    slip.save()
    events.record(
        ticket,
        events.Kind.PROMISE_RENEWED,
        by=by,
        at=at,
        slip=slip.pk,
        name=ticket.requester.first_name,
        reason=reason,
        moment=moment.isoformat(),
        was=was.isoformat() if was else "",
        is_late=slip.is_late or slip.clock.breached_at is not None,
        tells=tells,
    )
    return slip


def _check(ticket: Ticket, moment: datetime, reason: str, at: datetime) -> None:
    if not ticket.is_open:
        raise Refused(_("This request is solved already; there is nothing more to promise."))
    if not reason:
        raise Refused(_("Say why. The person who waits reads it."), code="reason")
    if len(reason) > REASON_LENGTH:
        words = _("Say it in one sentence: at most %(count)s characters.")
        raise Refused(words % {"count": REASON_LENGTH}, code="reason")
    if moment <= at:
        raise Refused(_("This moment has passed. Choose a later one."), code="moment")
    if moment > at + FURTHEST:
        raise Refused(_("This is more than a year away. Choose an earlier moment."), code="moment")


def _check_open(clock: Clock, ticket: Ticket, moment: datetime) -> None:
    """Nobody is there to keep a promise outside of opening hours; closing time is still one."""
    hours = hours_for(clock)
    try:
        is_open = hours.is_open(moment) or hours.is_open(moment - INSTANT)
    except HoursError:
        is_open = False
    if not is_open:
        raise Refused(
            _("%(desk)s is closed then. Choose another moment, or confirm this one.")
            % {"desk": ticket.desk.name},
            code="confirm",
        )


def _to_renew(
    ticket: Ticket, moment: datetime, reason: str, at: datetime
) -> tuple[Slip, datetime | None, bool]:
    """The slip that gets the new moment, what was promised until now, and whether it is said."""
    slip = Slip.objects.open().select_related("clock").filter(ticket=ticket).first()
    if slip is not None and slip.promised_at is not None:
        was = slip.promised_at
        if was <= at:  # It passed, and the sweep has not come by yet.
            return _after(slip, ticket), was, False
        if moment <= was:
            return slip, was, (moment, reason) == (was, slip.reason)
        Slip.objects.filter(pk=slip.pk).update(ended_at=at)
        return _begin(slip.clock, ticket, at), was, False
    if slip is not None:
        return slip, slip.slipped_at, False
    clock = most_pressing(ticket.clocks.unstopped())
    if clock is None:
        raise Refused(_("Nothing is promised on this request. Write a reply instead."))
    if clock.breached_at is not None:
        slipped_at = _slipped_at(clock, at)
        return _begin(clock, ticket, slipped_at, goes_on_at=at), slipped_at, False
    if clock.due_at is not None and moment <= clock.due_at:
        known = moment_words(clock.due_at, at, timezone.get_current_timezone())
        words = _("It is promised for %(moment)s already. Choose a later moment.")
        raise Refused(words % {"moment": known}, code="moment")
    return _begin(clock, ticket, at), clock.due_at, False


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
        _asked(_after(slip, ticket), ticket, at=slip.promised_at)


def _after(slip: Slip, ticket: Ticket) -> Slip:
    """The slip that begins where this one's new promise passed."""
    assert slip.promised_at is not None  # asked of slips with a new promise only
    Slip.objects.filter(pk=slip.pk).update(ended_at=slip.promised_at)
    return _begin(slip.clock, ticket, slip.promised_at)


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
