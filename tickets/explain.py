"""Why a clock shows what it shows: each stretch of time, counted or not, and the sum."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Priority, TargetKind
from departments.when import duration_words, moment_words, time_words
from tickets import sla
from tickets.clock_words import WORKING_DAY, ClockView, view
from tickets.events import actor_name
from tickets.models import Clock, State, Ticket, TicketEvent
from tickets.segments import ZERO, Rule, Span, segments, spans

REAL_DAY = 24 * 60
MINUTE = timedelta(minutes=1)
ICONS = {"counted": "clock", "closed": "door", "paused": "pause", "used": "clock", "left": "flag"}


@dataclass(frozen=True)
class Line:
    """One line of the account; *counted* lines add up to *used*, which *left* completes."""

    kind: str  # counted, closed, paused, used, left or over
    words: str
    minutes: int
    note: str = ""

    @property
    def icon(self) -> str:
        return ICONS.get(self.kind, "alert")

    @property
    def amount_words(self) -> str:
        """Working days for working time, real days for all other."""
        day = REAL_DAY if self.kind in {"closed", "paused"} else WORKING_DAY
        return duration_words(self.minutes, day)


@dataclass(frozen=True)
class Piece:
    """A stretch of the bar, in percent of its length."""

    x: float
    width: float
    kind: str  # run, soon, over, hold


@dataclass(frozen=True)
class Account:
    """A clock with its explanation."""

    view: ClockView
    due_at: datetime | None
    rule: str
    versions: str
    lines: Sequence[Line]
    bar: Sequence[Piece]


@dataclass(frozen=True)
class Stretch:
    """A piece of time [start, end) with what it was for this clock, and why."""

    start: datetime
    end: datetime
    kind: str  # counted, closed or paused
    why: str = ""  # the state that holds it
    words: str = ""
    by: str = ""


def account(
    clock: Clock,
    ticket: Ticket,
    log: Iterable[TicketEvent],
    now: datetime,
    *,
    is_plain: bool = False,
) -> Account:
    """Explain a clock from the ticket's log; no query when policy and calendar came with it.

    Plain words are for those who asked: no names of rules, nothing that needs the two.
    """
    log = [event for event in log if event.kind in sla.MATTERING]
    rule = sla.rule_for(clock, ticket)
    moments = sla.history_of(clock, sla.moments(log, ticket.requester_id))
    stretches, stopped, _cancelled = spans(rule, moments) if moments else ([], None, False)
    shown = view(clock, ticket, now)
    used = counted(rule, stretches, now)
    # What is left is rounded down, as on the clock itself, so what is used must be rounded up.
    is_left = stopped is None and used <= rule.budget
    lines = list(_stretches(rule, stretches, log, ticket, now, up=is_left))
    return Account(
        view=shown,
        due_at=clock.due_at,
        rule=plain_words(clock, ticket) if is_plain else rule_words(clock, ticket),
        versions=_("A day of working time has 8 hours.") if is_plain else version_words(clock),
        lines=[
            *lines,
            *_sum(clock, minutes(used, up=is_left), is_running=stopped is None, now=now),
        ],
        bar=list(_bar(rule, stretches, shown, used, now)),
    )


def stretches(
    clock: Clock, ticket: Ticket, log: Iterable[TicketEvent], now: datetime
) -> list[Stretch]:
    """Every instant from the start of the clock to its end or `now`, as the log explains it."""
    log = [event for event in log if event.kind in sla.MATTERING]
    rule = sla.rule_for(clock, ticket)
    moments = sla.history_of(clock, sla.moments(log, ticket.requester_id))
    found = []
    for span in spans(rule, moments)[0] if moments else []:
        cause = None if span.runs else cause_of(span, log)
        state = str(cause.facts["state"]) if cause else ""
        by = actor_name(cause) if cause else ""
        found += [
            Stretch(p.start, p.end, p.kind, state, reason_words(p.kind, state), by)
            for p in segments(rule, [span], now)
        ]
    return found


def reason_words(kind: str, state: str) -> str:
    """Why this piece of time counts or not, in a few words."""
    if kind != "paused":
        return {"counted": _("Counted"), "closed": _("The desk was closed")}[kind]
    return _("Held: %(state)s") % {"state": State(state).label} if state else _("Held")


def cause_of(span: Span, log: Sequence[TicketEvent]) -> TicketEvent | None:
    """The event that holds the clock in this stretch, from its start on or since before."""
    held = (e for e in reversed(log) if e.at <= span.start and e.facts.get("state"))
    return next(held, None)


def version_words(clock: Clock) -> str:
    """By which version of which promise and calendar it counts."""
    policy, calendar = clock.policy_version, clock.calendar_version
    names = {"policy": policy.policy.name, "number": policy.number}
    if clock.is_always_open:
        return _("The rule: %(policy)s, version %(number)s, around the clock.") % names
    names |= {"calendar": calendar.calendar.name, "edition": calendar.number}
    return (
        _(
            "The rule: %(policy)s, version %(number)s. The hours: %(calendar)s, version "
            "%(edition)s. A day of working time has 8 hours."
        )
        % names
    )


def counted(rule: Rule, stretches: Iterable[Span], now: datetime) -> timedelta:
    running = (span for span in stretches if span.runs and span.start < now)
    return sum((rule.hours.count(span.start, min(span.end or now, now)) for span in running), ZERO)


def minutes(time: timedelta, *, up: bool = False) -> int:
    """Whole minutes, so that the lines that a person adds up come out right."""
    return -(-time // MINUTE) if up else time // MINUTE


def rule_words(clock: Clock, ticket: Ticket) -> str:
    """What was promised, in one sentence."""
    sentence = {
        TargetKind.FIRST_RESPONSE.value: _(
            "%(name)s was promised a first answer within %(time)s of working time: "
            "priority %(priority)s, hours of %(calendar)s."
        ),
        TargetKind.NEXT_RESPONSE.value: _(
            "%(name)s was promised an answer to each message within %(time)s of working time: "
            "priority %(priority)s, hours of %(calendar)s."
        ),
        TargetKind.WORKAROUND.value: _(
            "%(name)s was promised a way to go on working within %(time)s of working time: "
            "priority %(priority)s, hours of %(calendar)s."
        ),
        TargetKind.RESOLUTION.value: _(
            "%(name)s was promised a solution within %(time)s of working time: "
            "priority %(priority)s, hours of %(calendar)s."
        ),
    }[clock.kind]
    calendar = clock.calendar_version.calendar
    hours = _("all days and nights") if clock.is_always_open else calendar.name
    return sentence % {
        "name": ticket.requester.first_name,
        "time": duration_words(clock.budget_minutes, WORKING_DAY),
        "priority": Priority(ticket.priority).label,
        "calendar": hours,
    }


def plain_words(clock: Clock, ticket: Ticket) -> str:
    """The same to the requester."""
    sentence = {
        TargetKind.FIRST_RESPONSE.value: _("We promised a first answer within %(time)s"),
        TargetKind.NEXT_RESPONSE.value: _("We promised an answer to each message within %(time)s"),
        TargetKind.WORKAROUND.value: _("We promised a way to go on working within %(time)s"),
        TargetKind.RESOLUTION.value: _("We promised a solution within %(time)s"),
    }[clock.kind] % {"time": duration_words(clock.budget_minutes, WORKING_DAY)}
    if clock.is_always_open:
        return _("%(promise)s, at night and at weekends too.") % {"promise": sentence}
    names = {"promise": sentence, "desk": ticket.desk.name}
    return _("%(promise)s, counted while %(desk)s is open.") % names


def _stretches(
    rule: Rule,
    stretches: Iterable[Span],
    log: Sequence[TicketEvent],
    ticket: Ticket,
    now: datetime,
    *,
    up: bool,
) -> Iterator[Line]:
    so_far = ZERO
    for span in stretches:
        end = min(span.end or now, now)
        if end <= span.start:
            continue
        during = _from_to(span.start, None if span.end is None else end, now)
        if not span.runs:
            yield _held(span, end, during, log, ticket)
            continue
        before, closed = so_far, ZERO
        for part in segments(rule, [span], now):
            if part.kind == "counted":
                so_far += part.end - part.start
            else:
                closed += part.end - part.start
        amount = minutes(so_far, up=up) - minutes(before, up=up)
        yield Line("counted", _("Counted, %(during)s") % {"during": during}, amount)
        if closed:
            yield Line("closed", _("Not counted: the desk was closed"), minutes(closed))


def _held(
    span: Span, end: datetime, during: str, log: Sequence[TicketEvent], ticket: Ticket
) -> Line:
    by = cause_of(span, log)
    state = str(by.facts["state"]) if by else ""
    why = {
        State.WAITING_REQUESTER.value: _("Held, we asked %(name)s, %(during)s"),
        State.WAITING_APPROVAL.value: _("Held for an approval, %(during)s"),
        State.WAITING_THIRD_PARTY.value: _("Held, at the supplier, %(during)s"),
        State.SCHEDULED.value: _("Held, planned for later, %(during)s"),
        State.RESOLVED.value: _("Held while solved, %(during)s"),
    }.get(state, _("Held, %(during)s"))
    words = why % {"name": ticket.requester.first_name, "during": during}
    note = _("Held by %(who)s.") % {"who": actor_name(by)} if by else ""
    return Line("paused", words, minutes(end - span.start), note)


def _sum(clock: Clock, used: int, *, is_running: bool, now: datetime) -> Iterator[Line]:
    budget = clock.budget_minutes
    promised = {"time": duration_words(budget, WORKING_DAY)}
    yield Line("used", _("Used of %(time)s") % promised, used)
    if used > budget:
        yield Line("over", _("Over the promise"), used - budget)
    elif is_running and clock.due_at is not None:
        until = moment_words(clock.due_at, now, timezone.get_current_timezone())
        yield Line("left", _("Left until %(moment)s") % {"moment": until}, budget - used)
    elif is_running:
        yield Line("left", _("Left, the clock is held"), budget - used)


def _from_to(start: datetime, end: datetime | None, now: datetime) -> str:
    zone = timezone.get_current_timezone()
    begin = moment_words(start, now, zone)
    if end is None:
        return _("%(start)s to now") % {"start": begin}
    same_day = start.astimezone(zone).date() == end.astimezone(zone).date()
    until = time_words(end, zone) if same_day else moment_words(end, now, zone)
    return _("%(start)s to %(end)s") % {"start": begin, "end": until}


def _bar(
    rule: Rule, stretches: Sequence[Span], shown: ClockView, used: timedelta, now: datetime
) -> Iterator[Piece]:
    """The stretches along working time; what is left of the promise stays empty."""
    lengths = [
        (span.runs, rule.hours.count(span.start, max(span.start, min(span.end or now, now))))
        for span in stretches
    ]
    left = max(ZERO, rule.budget - used)
    whole = sum((length for _runs, length in lengths), ZERO) + left
    runs_as = {"late": "over", "soon": "soon"}.get(shown.look, "run")
    x = 0.0
    for runs, length in lengths:
        width = round(100 * (length / whole), 2) if whole else 0.0
        if width:
            yield Piece(round(x, 2), width, runs_as if runs else "hold")
        x += width


def by_need(clocks: Iterable[Clock]) -> list[Clock]:
    """The first answer before the solution; of next answers only the newest."""
    newest = {clock.kind: clock for clock in sorted(clocks, key=lambda clock: clock.number)}
    return [newest[kind] for kind in TargetKind.values if kind in newest]
