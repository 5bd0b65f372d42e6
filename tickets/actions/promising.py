"""A new promise in the place of one that cannot be kept, or was not."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.hours import HoursError
from departments.models import Person
from departments.when import moment_words
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla
from tickets.actions.locking import lock
from tickets.actions.slipping import begin_slip, slip_after, slipped_at_by
from tickets.clock_steps import hours_for
from tickets.clock_words import most_pressing
from tickets.models import Clock, Slip, Ticket

FURTHEST = timedelta(days=366)
REASON_LENGTH = 200
INSTANT = timedelta(microseconds=1)


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
            return slip_after(slip, ticket), was, False
        if moment <= was:
            return slip, was, (moment, reason) == (was, slip.reason)
        Slip.objects.filter(pk=slip.pk).update(ended_at=at)
        return begin_slip(slip.clock, ticket, at), was, False
    if slip is not None:
        return slip, slip.slipped_at, False
    clock = most_pressing(ticket.clocks.unstopped())
    if clock is None:
        raise Refused(_("Nothing is promised on this request. Write a reply instead."))
    if clock.breached_at is not None:
        slipped_at = slipped_at_by(clock, at)
        return begin_slip(clock, ticket, slipped_at, goes_on_at=at), slipped_at, False
    if clock.due_at is not None and moment <= clock.due_at:
        known = moment_words(clock.due_at, at, timezone.get_current_timezone())
        words = _("It is promised for %(moment)s already. Choose a later moment.")
        raise Refused(words % {"moment": known}, code="moment")
    return begin_slip(clock, ticket, at), clock.due_at, False
