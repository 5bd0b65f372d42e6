"""Random histories: clocks agree with an interpreter that walks minute by minute and knows no
arithmetic, and what is stored on the way equals what the whole log says in the end.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from departments.actions import timing
from departments.hours import Hours
from departments.models import Priority, TargetKind
from departments.promise_rules import PromiseRules, StepRule
from helpdesk.lib.errors import Refused
from tests.cast import PROMISES, Company
from tests.conftest import MONDAY, Make
from tickets import actions, sla, verification
from tickets.actions import timekeeping
from tickets.events import Kind
from tickets.models import Clock, State, Ticket
from tickets.segments import Moment, Rule, in_state, read, rounds

MINUTE = timedelta(minutes=1)
OFFICE = Hours("Europe/Istanbul", {day: [(time(9), time(17))] for day in range(5)})
START = datetime(2026, 3, 9, 6, 0, tzinfo=UTC)  # Monday 09:00 in Istanbul
PAUSES = {
    "first_response": frozenset({"waiting_approval"}),
    "next_response": frozenset({"waiting_approval"}),
    "workaround": frozenset({"waiting_requester", "waiting_approval", "scheduled"}),
    "resolution": frozenset({"waiting_requester", "waiting_approval", "scheduled"}),
}
KINDS = tuple(PAUSES)
BUDGET = 240

# What may happen, as what it says to clocks; no two things at the same minute.
HAPPENINGS: dict[str, dict[str, Any]] = {
    "answers": {"answers": True},
    "answers and asks back": {"answers": True, "state": "waiting_requester"},
    "answers and solves": {"answers": True, "state": "resolved"},
    "eases": {"answers": True, "eases": True},
    "asks": {"asks": True},
    "asks on": {"asks": True, "state": "open"},
    "waives": {"waives": True},
    "marks": {"eases": True},
    "withdraws": {"state": "closed", "cancels": True},
    **{
        state: {"state": state}
        for state in ("open", "waiting_requester", "waiting_approval", "scheduled", "resolved")
    },
}
STORY = st.lists(st.tuples(st.integers(1, 700), st.sampled_from(sorted(HAPPENINGS))), max_size=9)


def history(story: list[tuple[int, str]]) -> list[Moment]:
    """The moments of a story, as the product would have let them happen."""
    found, at, state = [Moment(START, state="new")], START, "new"
    for minutes, what in story:
        says = dict(HAPPENINGS[what])
        if state == "closed":
            break
        if says.get("asks") and state in {"waiting_requester", "scheduled", "resolved"}:
            says["state"] = "open"  # The requester's words bring it back.
        at += minutes * MINUTE
        state = says.get("state") or state
        found.append(Moment(at, **says))
    return list(in_state(found))


def rule(kind: str, number: int = 1, budget: int = BUDGET) -> Rule:
    return Rule(kind, budget * MINUTE, OFFICE, PAUSES[kind], number=number)


@dataclass
class Naive:
    """A clock as somebody with a stop-watch keeps it."""

    counted: int = 0
    state: str = "running"
    is_over: bool = False  # For good.
    stopped: bool = False
    late: datetime | None = None

    @property
    def says(self) -> str:
        return "breached" if self.late else self.state


class StopWatches:
    """Walks through a history minute by minute and keeps the clocks of one kind."""

    def __init__(self, kind: str, budget: int) -> None:
        self.kind, self.budget = kind, budget
        self.clocks = [] if kind == "next_response" else [Naive()]
        self.used_up: dict[int, datetime] = {}
        self.state, self.is_answered = "new", False

    def hear(self, moment: Moment) -> None:
        self.state = moment.state or self.state
        if self.kind == "next_response":
            self._open_or_answer(moment)
        for clock in self.clocks:
            if not clock.is_over:
                self._move(clock, moment)
        self.is_answered = self.is_answered or moment.answers

    def _open_or_answer(self, moment: Moment) -> None:
        waits = bool(self.clocks) and not self.clocks[-1].is_over
        if moment.asks and self.is_answered and not waits:
            self.clocks.append(Naive())

    def _move(self, clock: Naive, moment: Moment) -> None:
        if moment.cancels:
            clock.state = clock.state if clock.stopped else "cancelled"
            clock.is_over = clock.stopped = True
        elif self._fulfils(moment):
            clock.is_over = clock.stopped = True
            clock.state = "cancelled" if moment.waives else "met"
        elif self.state in {"resolved", "closed"}:
            if self.kind == "first_response":
                clock.state = "paused"
            else:
                clock.state, clock.stopped = "met", True
                clock.is_over = self.kind == "next_response"
        else:
            clock.stopped = False
            clock.state = "paused" if self.state in PAUSES[self.kind] else "running"

    def _fulfils(self, moment: Moment) -> bool:
        return {
            "first_response": moment.answers,
            "next_response": moment.answers or moment.waives,
            "workaround": moment.eases,
            "resolution": False,
        }[self.kind]

    def tick(self, instant: datetime) -> None:
        """A minute passes, beginning at this instant."""
        local = instant + timedelta(hours=3)
        is_open = local.weekday() < 5 and 9 <= local.hour < 17
        self.look()
        for clock in self.clocks:
            if is_open and not clock.stopped and clock.state != "paused":
                clock.counted += 1
                if clock.counted == self.budget:
                    self.used_up[id(clock)] = instant + MINUTE

    def look(self) -> None:
        """Who has used it up is late, held or not, unless it ended at that very instant."""
        for clock in self.clocks:
            if not clock.stopped and clock.counted >= self.budget and clock.late is None:
                clock.late = self.used_up[id(clock)]


def walked(kind: str, moments: list[Moment], now: datetime, budget: int = BUDGET) -> list[Naive]:
    """The clocks of this kind at `now`."""
    watches, instant, left = StopWatches(kind, budget), moments[0].at, list(moments)
    while True:
        while left and left[0].at <= instant:
            watches.hear(left.pop(0))
        if instant >= now:
            break
        watches.tick(instant)
        instant += MINUTE
    watches.look()
    return watches.clocks


def readings(kind: str, moments: list[Moment], now: datetime, budget: int = BUDGET) -> list[Any]:
    begins = rounds(moments) if kind == "next_response" else [0]
    return [
        read(rule(kind, number, budget), moments[since:], now)
        for number, since in enumerate(begins, start=1)
    ]


@pytest.mark.parametrize("kind", KINDS)
@given(story=STORY, more=st.integers(0, 900), budget=st.sampled_from([1, 60, BUDGET, 480, 5000]))
@example(  # Asked while it waits for an approval: the next answer is held from the start.
    story=[(60, "answers"), (10, "waiting_approval"), (10, "asks"), (60, "open")],
    more=30,
    budget=BUDGET,
)
@settings(max_examples=120)
def test_clocks_agree_with_a_stop_watch(
    kind: str, story: list[tuple[int, str]], more: int, budget: int
) -> None:
    moments = history(story)
    now = moments[-1].at + more * MINUTE
    told = [
        (reading.state, reading.counted // MINUTE, reading.breached_at)
        for reading in readings(kind, moments, now, budget)
    ]
    assert told == [
        (clock.says, clock.counted, clock.late) for clock in walked(kind, moments, now, budget)
    ]


@pytest.mark.parametrize("kind", KINDS)
@given(story=STORY, budget=st.sampled_from([1, 60, BUDGET]))
@settings(max_examples=60)
def test_what_is_due_is_when_a_stop_watch_would_ring(
    kind: str, story: list[tuple[int, str]], budget: int
) -> None:
    moments = history(story)
    for number, reading in enumerate(readings(kind, moments, moments[-1].at, budget)):
        if reading.due_at is not None and reading.due_at > moments[-1].at:
            before = walked(kind, moments, reading.due_at - MINUTE, budget)[number]
            at_due = walked(kind, moments, reading.due_at, budget)[number]
            assert (before.late, at_due.late) == (None, reading.due_at)


@pytest.mark.parametrize("kind", KINDS)
@given(story=STORY, more=st.integers(1, 900), budget=st.sampled_from([1, 60, BUDGET]))
@settings(max_examples=80)
def test_no_history_makes_a_breach_disappear(
    kind: str, story: list[tuple[int, str]], more: int, budget: int
) -> None:
    """Whatever happens after it was found, also when a longer budget is promised then."""
    moments = history(story)
    for end in range(1, len(moments)):
        seen_at = moments[end].at
        for number, early in enumerate(readings(kind, moments[:end], seen_at, budget), start=1):
            if early.breached_at is None:
                continue
            found = Moment(early.breached_at, breached=kind, number=number)
            log = sorted([*moments, found], key=lambda moment: moment.at)
            later = readings(kind, log, moments[-1].at + more * MINUTE, budget * 50)
            assert later[number - 1].breached_at == early.breached_at
            assert later[number - 1].state == "breached"


@given(story=STORY, owed=st.integers(0, 2000), place=st.integers(0, 8))
@settings(max_examples=80)
def test_what_a_merged_request_was_promised_is_never_later(
    story: list[tuple[int, str]], owed: int, place: int
) -> None:
    moments = history(story)
    at = moments[min(place, len(moments) - 1)].at
    due = at + owed * MINUTE
    merged = sorted([*moments, Moment(at, owed=(("resolution", due),))], key=lambda m: m.at)
    now = moments[-1].at
    alone, joined = (read(rule("resolution"), log, now) for log in (moments, merged))
    assert joined.counted == alone.counted
    assert joined.budget <= alone.budget
    if joined.due_at is not None and alone.due_at is not None:
        assert joined.due_at <= alone.due_at


# --- What is stored -------------------------------------------------------------------------------

Act = Callable[[Ticket, Company, datetime], object]
DEEDS: dict[str, Act] = {
    "answer": lambda t, c, at: actions.reply(t, by=c.mihai, body="Hi", at=at),
    "ease": lambda t, c, at: actions.reply(t, by=c.mihai, body="Hi", workaround=True, at=at),
    "ask back": lambda t, c, at: actions.reply(
        t, by=c.mihai, body="?", then=State.WAITING_REQUESTER, at=at
    ),
    "ask": lambda t, c, at: actions.reply(t, by=c.elif_, body="?", at=at),
    "waive": lambda t, c, at: actions.waive_answer(t, by=c.mihai, at=at),
    "approval": lambda t, c, at: actions.set_state(t, State.WAITING_APPROVAL, by=c.mihai, at=at),
    "supplier": lambda t, c, at: actions.set_state(t, State.WAITING_THIRD_PARTY, by=c.mihai, at=at),
    "go on": lambda t, c, at: actions.set_state(t, State.OPEN, by=c.mihai, at=at),
    "put off": lambda t, c, at: actions.snooze(t, until=at + 400 * MINUTE, by=c.mihai, at=at),
    "put off as wished": lambda t, c, at: actions.snooze(
        t, until=at + 400 * MINUTE, by=c.mihai, requester_asked=True, at=at
    ),
    "solve": lambda t, c, at: actions.resolve(t, by=c.mihai, at=at),
    "reopen": lambda t, c, at: actions.reopen(t, by=c.elif_, at=at),
    "more pressing": lambda t, c, at: actions.change_priority(
        t, Priority.URGENT, by=c.mihai, at=at
    ),
    "less pressing": lambda t, c, at: actions.change_priority(t, Priority.LOW, by=c.mihai, at=at),
    "kind": lambda t, c, at: actions.change_category(t, c.battery, by=c.mihai, at=at),
    "sweep": lambda t, c, at: timekeeping.sweep(now=at),
}
LIFE = st.lists(
    st.tuples(st.sampled_from([*DEEDS, "sweep", "sweep"]), st.integers(0, 400)), max_size=10
)
RETARGETING = {"more pressing", "less pressing", "kind"}
COLUMNS = (
    *("kind", "number", "state", "started_at", "due_at", "warn_at", "step_at"),
    *("paused_at", "stopped_at", "breached_at", "budget_minutes"),
)


@pytest.fixture
def promises(company: Company) -> None:
    """All four promises, with a step that makes it more pressing."""
    twins = {
        TargetKind.FIRST_RESPONSE: TargetKind.NEXT_RESPONSE,
        TargetKind.RESOLUTION: TargetKind.WORKAROUND,
    }
    more = [replace(target, kind=twins[TargetKind(target.kind)]) for target in PROMISES.targets]
    steps = (
        StepRule("up", TargetKind.FIRST_RESPONSE, -30, "raise_priority"),
        StepRule("say", TargetKind.NEXT_RESPONSE, 10, "note", text="Hurry"),
    )
    rules = PromiseRules((*PROMISES.targets, *more), steps)
    timing.change_policy(company.policy, rules, by=None)


class Undo(Exception):
    """The end of one example."""


def lived(make: Make, company: Company, life: list[tuple[str, int]]) -> Iterator[datetime]:
    """Let a ticket live; yields after each thing that happened."""
    ticket, at = make.ticket(), MONDAY
    yield at
    for deed, minutes in life:
        at += minutes * MINUTE
        try:
            with transaction.atomic():
                DEEDS[deed](ticket, company, at)
        except Refused:
            continue
        yield at


def rows(*columns: str) -> list[dict[str, Any]]:
    return list(Clock.objects.order_by("kind", "number").values(*columns))


def escalated(ticket: Ticket) -> bool:
    return ticket.events.filter(kind=Kind.CLOCK_ESCALATED).exists()


IN_A_DATABASE = settings(
    max_examples=40,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # Making it smaller takes minutes here.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@given(life=LIFE)
@example(life=[("sweep", 230), ("sweep", 600)])  # A step is taken, and remembered.
@IN_A_DATABASE
def test_settling_on_the_way_equals_settling_the_whole_log(
    make: Make, company: Company, promises: None, life: list[tuple[str, int]]
) -> None:
    try:
        with transaction.atomic():
            *_before, now = lived(make, company, life)
            ticket = Ticket.objects.get()
            sla.settle(ticket, at=now)
            assert not list(verification.differences(now=now))
            # An ended clock keeps the target that it had then, and steps are remembered beside it.
            if not RETARGETING & {deed for deed, _minutes in life} and not escalated(ticket):
                kept = rows(*COLUMNS)
                Clock.objects.all().delete()
                sla.settle(Ticket.objects.get(), at=now)
                assert rows(*COLUMNS) == kept
            raise Undo
    except Undo:
        pass


@given(life=LIFE)
@IN_A_DATABASE
def test_what_was_late_stays_late_and_is_told_once(
    make: Make, company: Company, promises: None, life: list[tuple[str, int]]
) -> None:
    try:
        with transaction.atomic():
            late: set[tuple[str, int]] = set()
            for _step in lived(make, company, life):
                for clock in Clock.objects.filter(breached_at__isnull=False):
                    late.add((clock.kind, clock.number))
                known = {(c.kind, c.number) for c in Clock.objects.filter(state="breached")}
                assert known == late
            told = Ticket.objects.get().events.filter(kind=Kind.CLOCK_BREACHED)
            said = [(e.facts["clock"], e.facts["clock_number"]) for e in told]
            assert sorted(said) == sorted(late)
            raise Undo
    except Undo:
        pass
