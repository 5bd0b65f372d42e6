"""What a clock says: one function for desk, portal, mail and API."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from departments.when import duration_words, moment_words
from tickets.clock_steps import hours_for
from tickets.events import clock_label
from tickets.models import Clock, ClockState, Slip, State, Ticket

WORKING_DAY = 8 * 60
SOON = timedelta(hours=1)
SOON_PERCENT = 25


@dataclass(frozen=True)
class ClockView:
    """A clock as a person reads it: one of the six looks, its words, and what is left."""

    kind: str
    label: str
    look: str  # ok, soon, late, paused, turn, met
    words: str
    percent: int  # of the budget that is left
    due_at: datetime | None
    clock: Clock | None = None
    slip: Slip | None = None  # Where the promise passed: what is promised instead.


def remaining(clock: Clock, now: datetime) -> timedelta:
    """Open time left of the budget at `now`; negative when it is used up."""
    left = timedelta(seconds=clock.budget_seconds - clock.counted_seconds)
    if clock.paused_at is None and clock.stopped_at is None and now > clock.settled_at:
        left -= hours_for(clock).count(clock.settled_at, now)
    return left


def view(clock: Clock, ticket: Ticket, now: datetime) -> ClockView:
    """The clock in the active language at `now`."""
    left = remaining(clock, now)
    percent = max(0, min(100, round(100 * left.total_seconds() / clock.budget_seconds)))
    look, words = _look(clock, ticket, left, percent, now)
    return ClockView(clock.kind, clock_label(clock.kind), look, words, percent, clock.due_at, clock)


def _look(
    clock: Clock, ticket: Ticket, left: timedelta, percent: int, now: datetime
) -> tuple[str, str]:
    is_late = clock.breached_at is not None or (clock.due_at is not None and clock.due_at < now)
    if clock.stopped_at is not None:
        used = _words(timedelta(seconds=clock.counted_seconds))
        if clock.state == ClockState.CANCELLED:
            return "met", _("No longer needed")
        if is_late:
            return "late", _("Late, took %(time)s") % {"time": used}
        return "met", _("Kept, in %(time)s") % {"time": used}
    if clock.paused_at is not None:
        return "paused", waiting_words(ticket)
    if is_late:
        return "late", _("Late by %(time)s") % {"time": _late_words(clock, now)}
    time = {"time": _words(left)}
    look = "soon" if left < SOON or percent < SOON_PERCENT else "ok"
    return look, _("%(time)s left") % time


def _late_words(clock: Clock, now: datetime) -> str:
    since = clock.breached_at or clock.due_at or now
    return _words(hours_for(clock).count(since, now))


def _words(time: timedelta) -> str:
    return duration_words(time.total_seconds() / 60, WORKING_DAY)


def waiting_words(ticket: Ticket) -> str:
    """For whom a held clock waits."""
    if ticket.state == State.WAITING_REQUESTER:
        return _("Waiting for %(name)s") % {"name": ticket.requester.first_name}
    if ticket.state == State.SCHEDULED and ticket.returns_at is not None:
        zone = timezone.get_current_timezone()
        moment = moment_words(ticket.returns_at, timezone.now(), zone)
        return _("Planned for %(moment)s") % {"moment": moment}
    return {
        State.WAITING_APPROVAL.value: _("For approval"),
        State.WAITING_THIRD_PARTY.value: _("At the supplier"),
        State.SCHEDULED.value: _("Planned"),
        State.RESOLVED.value: _("Solved"),
    }.get(ticket.state, _("On hold"))


def most_pressing(clocks: Iterable[Clock]) -> Clock | None:
    """The clock that a row shows: the next to come due, else one on hold, else the last ended."""
    order = {True: 0, False: 1}

    def need(clock: Clock) -> tuple[int, int, datetime]:
        runs = clock.due_at is not None
        held = clock.paused_at is not None
        return order[runs], order[held], clock.due_at or clock.stopped_at or clock.started_at

    return min(clocks, key=need, default=None)


def promise_view(ticket: Ticket, clocks: Iterable[Clock], now: datetime) -> ClockView | None:
    """What the requester is promised now, in whole words; None when nothing is open."""
    if ticket.state == State.WAITING_REQUESTER:
        desk = {"desk": ticket.desk.name}
        return ClockView("", "", "turn", _("Your turn: one question from %(desk)s") % desk, 0, None)
    if ticket.state == State.RESOLVED:
        return ClockView("", "", "turn", _("Solved. Does it look right?"), 0, None)
    clock = most_pressing(clocks)
    return view(clock, ticket, now) if clock is not None and ticket.is_open else None
