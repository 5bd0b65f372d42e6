"""When a clock runs, is held, ends and comes due: pure arithmetic on what happened.

No Django here. The log becomes `Moment`s, the promise a `Rule`; `read` interprets them.

- *First response* runs from the opening to the first public reply by a human other than the
  requester; only waiting for an approval holds it.
- *Next response*, one clock for each round, runs from the oldest unanswered message of the
  requester to the next such reply or to *resolved*; more messages meanwhile change nothing. Until
  the first answer has come, it is the first response that is owed.
- *Workaround* runs from the opening to the first message marked as one, or to *resolved*; it is
  held and runs on again as resolution is.
- *Resolution* runs from the opening to *resolved*; states in `rule.pauses` hold it; reopening
  lets it run on with what was used.
- Where another ticket was merged in, what was promised there by an earlier moment holds here too.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from departments.hours import Hours

ZERO = timedelta(0)
OPEN, RESOLVED, CLOSED = "open", "resolved", "closed"
# What a message brings back.
BROUGHT_BACK = frozenset({"waiting_requester", "scheduled", "scheduled_by_desk", RESOLVED})


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing in the log that matters to clocks; `at` is aware UTC."""

    at: datetime
    state: str = ""  # The state from here on; empty when it did not change.
    answers: bool = False  # A human public reply by somebody other than the requester.
    asks: bool = False  # A public message of the requester.
    reopens: bool = False  # Brings it back, if it waited or was solved at this moment.
    waives: bool = False  # The desk says that the last message needs no answer.
    eases: bool = False  # A workaround for the requester.
    cancels: bool = False  # Withdrawn, duplicate or spam: an unfinished clock is cancelled.
    breached: str = ""  # The kind of clock that was already found late at this moment, ...
    number: int = 1  # ... its number, ...
    since: datetime | None = None  # ... and when that clock began.
    owed: tuple[tuple[str, datetime], ...] = ()  # Kind and due of what came with a merge, ...
    source: str = ""  # ... and the number of the ticket merged in.
    why: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is promised: `budget` of open time in `hours`, held in the states of `pauses`."""

    kind: str
    budget: timedelta
    hours: Hours
    pauses: frozenset[str]
    warn_share: float = 0.75
    number: int = 1


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch [start, end) in which the clock ran or was held; an open end is `None`."""

    start: datetime
    end: datetime | None
    runs: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows at one instant."""

    state: str  # running, paused, met, breached, cancelled
    counted: timedelta
    budget: timedelta  # What is promised in the end: the rule's, or less by a merged ticket.
    due_at: datetime | None
    warn_at: datetime | None
    paused_at: datetime | None
    stopped_at: datetime | None
    breached_at: datetime | None
    spans: tuple[Span, ...]
    source: str = ""  # The merged ticket whose promise this is, if not the clock's own.


def spans(rule: Rule, moments: Sequence[Moment]) -> tuple[list[Span], datetime | None, bool]:
    """The stretches of this clock, when it stopped (if it did), and whether it was cancelled."""
    found: list[Span] = []
    since, runs, why = moments[0].at, True, ""
    stopped: datetime | None = None
    for moment in moments:
        wants, stops = _after(rule, moment, runs, stopped is not None)
        if stopped is not None and stops and _is_final(rule, moment):
            return found, stopped, False  # What it waited for came while it was solved.
        if wants == runs and stops == (stopped is not None):
            continue
        if stopped is None and moment.at > since:
            found.append(Span(since, moment.at, runs, why))
        stopped = moment.at if stops else None
        since, runs, why = moment.at, wants, moment.why
        if stops and _is_final(rule, moment):
            return found, stopped, moment.cancels or moment.waives
    if stopped is None:
        found.append(Span(since, None, runs, why))
    return found, stopped, False


def _after(rule: Rule, moment: Moment, runs: bool, is_stopped: bool) -> tuple[bool, bool]:
    """Whether the clock runs, and whether it is stopped, after this moment."""
    if moment.cancels or _fulfils(rule, moment):
        return False, True
    if not moment.state:
        return runs, is_stopped
    if moment.state in (RESOLVED, CLOSED):
        # Solved without a word to the requester: the first answer is still owed, but held.
        return False, rule.kind != "first_response" or is_stopped
    return moment.state not in rule.pauses, False


def _fulfils(rule: Rule, moment: Moment) -> bool:
    """Whether this message is what the clock waits for."""
    if rule.kind == "next_response":
        return moment.answers or moment.waives
    if rule.kind == "workaround":
        return moment.eases
    return rule.kind == "first_response" and moment.answers


def _is_final(rule: Rule, moment: Moment) -> bool:
    """Whether a clock that stops here never runs again, also when the ticket is reopened."""
    return moment.cancels or rule.kind == "next_response" or _fulfils(rule, moment)


def in_state(moments: Iterable[Moment]) -> Iterator[Moment]:
    """The moments, each question with the state in which it was asked: a clock begins there."""
    state = ""
    for moment in moments:
        state = moment.state or state
        if moment.reopens and state in BROUGHT_BACK:
            state = OPEN
        yield replace(moment, state=state) if moment.asks or moment.reopens else moment


def renumbered(moments: Sequence[Moment]) -> list[Moment]:
    """The moments, where messages came or went: a clock known to be late is known by its begin,
    and its number is that of the round which begins there now (0: there is none any more).
    """
    begins: dict[datetime, int] = {}
    for number, index in enumerate(rounds(moments), start=1):
        begins.setdefault(moments[index].at, number)
    return [
        replace(moment, number=begins.get(moment.since, 0))
        if moment.breached == "next_response" and moment.since is not None
        else moment
        for moment in moments
    ]


def rounds(moments: Sequence[Moment]) -> list[int]:
    """Where each next-response clock starts: the index of the oldest unanswered message."""
    found: list[int] = []
    is_answered, is_owed = False, False
    for index, moment in enumerate(moments):
        if moment.asks and is_answered and not is_owed:
            found.append(index)
            is_owed = True
        elif moment.answers or moment.waives:
            is_answered = is_answered or moment.answers
            is_owed = False
        if moment.cancels or moment.state in (RESOLVED, CLOSED):
            is_owed = False
    return found


def passing(rule: Rule, stretches: Iterable[Span], budget: timedelta) -> datetime | None:
    """The instant at which `budget` of open time has been counted; None if that never comes."""
    used = ZERO
    for span in stretches:
        if not span.runs:
            continue
        if span.end is None:
            return rule.hours.add(span.start, max(ZERO, budget - used))
        counted = rule.hours.count(span.start, span.end)
        if used + counted >= budget:
            return rule.hours.add(span.start, budget - used)
        used += counted
    return None


def used(rule: Rule, stretches: Iterable[Span], end: datetime) -> timedelta:
    """The open time counted up to `end`."""
    return sum(
        (
            rule.hours.count(span.start, min(span.end or end, end))
            for span in stretches
            if span.runs and span.start < end
        ),
        ZERO,
    )


def owed(rule: Rule, stretches: Sequence[Span], moments: Iterable[Moment]) -> tuple[timedelta, str]:
    """The budget, cut to the earliest promise of the tickets merged into this one; and whose."""
    budget, source = rule.budget, ""
    for moment in moments:
        for kind, due in moment.owed:
            if kind == rule.kind:
                left = rule.hours.count(moment.at, due) if due > moment.at else ZERO
                cut = used(rule, stretches, moment.at) + left
                budget, source = (cut, moment.source) if cut < budget else (budget, source)
    return budget, source


def read(rule: Rule, moments: Sequence[Moment], now: datetime) -> Reading:
    """Interpret the moments (in order, the first opens the ticket) as they stand at `now`."""
    stretches, stopped, cancelled = spans(rule, moments)
    budget, source = owed(rule, stretches, moments)
    due = passing(rule, stretches, budget)
    counted = used(rule, stretches, stopped or now)
    last = stretches[-1] if stretches else None
    held = last is not None and last.end is None and not last.runs
    known = [
        moment.at
        for moment in moments
        if moment.breached == rule.kind and moment.number == rule.number
    ]
    # An answer at the very instant of due is in time; one microsecond later is not.
    late = [due] if due is not None and due <= now and (stopped is None or stopped > due) else []
    breached = min(known + late, default=None)
    runs = stopped is None and not held
    warn = passing(rule, stretches, budget * rule.warn_share) if runs else None
    return Reading(
        state=_state(stopped, cancelled=cancelled, held=held, breached=breached),
        counted=counted,
        budget=budget,
        due_at=due if runs else None,
        warn_at=warn,
        paused_at=last.start if held and last else None,
        stopped_at=stopped,
        breached_at=breached,
        spans=tuple(stretches),
        source=source,
    )


def _state(
    stopped: datetime | None, *, cancelled: bool, held: bool, breached: datetime | None
) -> str:
    if breached is not None:
        return "breached"
    if stopped is not None:
        return "cancelled" if cancelled else "met"
    return "paused" if held else "running"


@dataclass(frozen=True, slots=True)
class Segment:
    """One line of the explanation: *counted*, *closed* or *paused* time from `start` to `end`."""

    start: datetime
    end: datetime
    kind: str
    why: str = ""


def segments(rule: Rule, stretches: Iterable[Span], now: datetime) -> Iterator[Segment]:
    """Cut the stretches at opening and closing time; together they cover every instant."""
    for span in stretches:
        end = min(span.end or now, now)
        if end <= span.start:
            continue
        if not span.runs:
            yield Segment(span.start, end, "paused", span.why)
            continue
        at = span.start
        for opens, closes in rule.hours.intervals(span.start, end):
            if opens > at:
                yield Segment(at, opens, "closed")
            yield Segment(opens, closes, "counted")
            at = closes
        if at < end:
            yield Segment(at, end, "closed")
