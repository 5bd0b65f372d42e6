"""The promise in whole sentences, as the employee reads it: before asking, and ever after."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from django.utils.translation import gettext as _

from departments.catalogue import opening_of
from departments.hours import HoursError
from departments.models import (
    Category,
    Department,
    Installation,
    Person,
    Service,
    TargetKind,
)
from departments.promises import Promise, promise_of
from departments.when import day_words, duration_words, moment_words
from tickets.clock_words import (
    WORKING_DAY,
    ClockView,
    promise_view,
    remaining,
    waiting_words,
)
from tickets.models import Clock, Slip, State, Ticket
from tickets.models.slip import open_slip_of


@dataclass(frozen=True)
class Offer:
    """What somebody may expect who asks now."""

    words: str
    more: str
    opening: str = ""  # why it takes that long, when the desk is closed


@dataclass(frozen=True)
class Card:
    """Ring, sentence and explanation."""

    look: str
    percent: int
    words: str
    more: str = ""


def offer(
    desk: Department,
    service: Service | None,
    priority: int,
    now: datetime,
    tz: tzinfo,
    fallback: Installation | None = None,
    category: Category | None = None,
) -> Offer:
    """The promise before sending, in the reader's zone."""
    promise = promise_of(desk, service, fallback, category)
    answer = _due(promise, priority, TargetKind.FIRST_RESPONSE, now)
    more = " ".join(_further(promise, desk, priority, now, tz))
    if answer is None:
        return Offer(_("A person at %(desk)s reads it.") % {"desk": desk.name}, more)
    by = {"moment": moment_words(answer, now, tz)}
    return Offer(
        _("First answer by %(moment)s") % by, more, _closed_words(promise, desk, priority, now, tz)
    )


def _further(
    promise: Promise, desk: Department, priority: int, now: datetime, tz: tzinfo
) -> Iterator[str]:
    """What is promised beside the first answer: a way to go on working, the solution."""
    eased = _due(promise, priority, TargetKind.WORKAROUND, now)
    if eased is not None:
        yield _("You can work again by %(moment)s.") % {"moment": moment_words(eased, now, tz)}
    solved = _due(promise, priority, TargetKind.RESOLUTION, now)
    if solved is None:
        return
    moment = {"moment": moment_words(solved, now, tz), "desk": desk.name}
    target = promise.target(priority, TargetKind.RESOLUTION)
    if target is not None and target.is_always_open:
        yield _("Solved by %(moment)s, counted day and night.") % moment
    else:
        yield _("Solved by %(moment)s, counted in the opening hours of %(desk)s.") % moment


def _due(promise: Promise, priority: int, kind: str, now: datetime) -> datetime | None:
    try:
        return promise.due(priority, kind, now)
    except HoursError:  # A calendar that never opens promises nothing.
        return None


def _closed_words(
    promise: Promise, desk: Department, priority: int, now: datetime, tz: tzinfo
) -> str:
    """“IT opens Mon 09:00”, when the clock will wait for that."""
    target = promise.target(priority, TargetKind.FIRST_RESPONSE)
    opening = opening_of(promise.hours, now, tz)
    if opening.is_open or opening.at is None or (target is not None and target.is_always_open):
        return ""
    moment = moment_words(opening.at, now, tz)
    return _("%(desk)s opens %(moment)s.") % {"desk": desk.name, "moment": moment}


def seen_by(
    reader: Person, ticket: Ticket, clocks: Iterable[Clock], now: datetime
) -> ClockView | None:
    """The promise as this reader meets it: it is nobody's turn but the requester's."""
    shown = promise_view(ticket, clocks, now)
    if shown is None:
        return None
    if shown.look != "turn":
        return _with_slip(shown, ticket, now)
    if reader.pk in {ticket.requester_id, ticket.filed_by_id}:
        return shown
    return replace(shown, look="paused", words=waiting_words(ticket))


def _with_slip(shown: ClockView, ticket: Ticket, now: datetime) -> ClockView:
    """Late is who passed a promise, whatever the clock says; a new promise is told while held."""
    slip = open_slip_of(ticket)
    if slip is None or (shown.look == "paused" and not slip.stands_at(now)):
        return shown
    is_late = slip.is_late or not slip.stands_at(now)
    return replace(shown, slip=slip, look="late" if is_late else shown.look)


def line(shown: ClockView, ticket: Ticket, now: datetime, tz: tzinfo) -> str:
    """The sentence in a list: “You will hear from us by Tue 14:00”."""
    slip = shown.slip
    if slip is not None and slip.promised_at is not None and slip.stands_at(now):
        said = {"moment": moment_words(slip.promised_at, now, tz), "reason": slip.reason}
        if shown.look == "late":
            return _("We are late, sorry. New promise: %(moment)s — %(reason)s") % said
        return _("It takes longer, sorry. New promise: %(moment)s — %(reason)s") % said
    if shown.look == "late":
        return _("We are late, sorry. %(name)s has it now.") % {"name": owner_name(ticket)}
    if shown.due_at is None:
        return shown.words
    moment = {"moment": moment_words(shown.due_at, now, tz)}
    if shown.kind == TargetKind.RESOLUTION:
        return _("Solved by %(moment)s") % moment
    if shown.kind == TargetKind.WORKAROUND:
        return _("You can work again by %(moment)s") % moment
    return _("You will hear from us by %(moment)s") % moment


def owner_name(ticket: Ticket) -> str:
    """Who has it: a first name, or the desk's."""
    return ticket.assignee.first_name if ticket.assignee is not None else ticket.desk.name


def card(shown: ClockView, ticket: Ticket, now: datetime, tz: tzinfo) -> Card:
    """The same at full length, with what happens next."""
    words, more = line(shown, ticket, now, tz), ""
    passed = shown.slip.slipped_at if shown.slip and shown.slip.is_late else shown.due_at
    if shown.slip is not None and shown.slip.stands_at(now):
        return _renewed_card(shown, shown.slip, ticket, now, tz)
    if shown.look == "late" and passed is not None:
        words, more = _("We are late, sorry."), _late_words(passed, ticket, now, tz)
    elif shown.look == "turn":
        more = _turn_words(ticket, now, tz)
    elif shown.due_at is not None and shown.clock is not None:
        more = _counting_words(shown.clock, ticket, now)
    elif shown.look == "paused":
        more = _("The clock is held until then. We go on as soon as we can.")
    return Card(shown.look, shown.percent, words, more)


def _renewed_card(shown: ClockView, slip: Slip, ticket: Ticket, now: datetime, tz: tzinfo) -> Card:
    """The new promise first, then who has it and why it takes so long."""
    assert slip.promised_at is not None  # it stands
    moment = {"moment": moment_words(slip.promised_at, now, tz)}
    if shown.look == "late":
        words = _("We are late, sorry. New promise: %(moment)s") % moment
    else:
        words = _("It takes longer, sorry. New promise: %(moment)s") % moment
    more = _("%(name)s has it now: “%(reason)s”") % {
        "name": owner_name(ticket),
        "reason": slip.reason,
    }
    return Card(shown.look, shown.percent, words, more)


def _late_words(due: datetime, ticket: Ticket, now: datetime, tz: tzinfo) -> str:
    moment = {"moment": moment_words(due, now, tz)}
    if ticket.assignee is not None:
        names = {"name": ticket.assignee.first_name, **moment}
        return _("%(name)s has it now. It was promised for %(moment)s.") % names
    names = {"desk": ticket.desk.name, **moment}
    return _("It was promised for %(moment)s. %(desk)s sees it marked as late.") % names


def _turn_words(ticket: Ticket, now: datetime, tz: tzinfo) -> str:
    if ticket.state == State.WAITING_REQUESTER:
        return _("Answer below, and we go on at once.")
    if ticket.closes_at is None:
        return ""
    today = now.astimezone(tz).date()
    day = day_words(ticket.closes_at.astimezone(tz).date(), today)
    return _("If you say nothing, it closes %(day)s.") % {"day": day}


def _counting_words(clock: Clock, ticket: Ticket, now: datetime) -> str:
    left = max(timedelta(), remaining(clock, now))
    time = duration_words(left.total_seconds() / 60, WORKING_DAY)
    if clock.is_always_open:
        return _("%(time)s from now, at night too.") % {"time": time}
    return _(
        "%(desk)s counts %(time)s of working time from now. If something changes, we tell you "
        "before, not after."
    ) % {"desk": ticket.desk.name, "time": time}
