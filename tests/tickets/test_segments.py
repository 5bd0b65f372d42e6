"""Clocks as arithmetic: a table of days that reads like the promise itself."""

import itertools
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.hours import Hours
from tickets.segments import Moment, Rule, read, segments

OFFICE = Hours("Europe/Istanbul", {day: [(time(9), time(17))] for day in range(5)})
PAUSES = frozenset({"waiting_requester", "waiting_approval", "scheduled"})


def at(text: str) -> datetime:
    """'Mon 09:30' in Istanbul (UTC+3) in the week of 9 March 2026."""
    day, clock = text.split()
    number = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].index(day)
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, 9 + number, hour, minute, tzinfo=UTC) - timedelta(hours=3)


def rule(minutes: int, kind: str = "resolution", hours: Hours = OFFICE) -> Rule:
    pauses = PAUSES if kind == "resolution" else frozenset({"waiting_approval"})
    return Rule(kind, timedelta(minutes=minutes), hours, pauses)


def opened(text: str = "Mon 09:00") -> Moment:
    return Moment(at(text), state="new")


CASES = [
    # what happened, now, budget, state, counted minutes, due
    ([opened()], "Mon 10:00", 480, "running", 60, "Mon 17:00"),
    ([opened("Mon 16:00")], "Tue 08:00", 120, "running", 60, "Tue 10:00"),
    ([opened("Sat 12:00")], "Sun 12:00", 60, "running", 0, None),
    (
        [opened(), Moment(at("Mon 10:00"), "waiting_requester")],
        "Mon 15:00",
        480,
        "paused",
        60,
        None,
    ),
    (
        [
            opened(),
            Moment(at("Mon 10:00"), "waiting_requester"),
            Moment(at("Mon 14:00"), "open"),
        ],
        "Mon 15:00",
        480,
        "running",
        120,
        "Tue 13:00",
    ),
    ([opened(), Moment(at("Mon 11:00"), "resolved")], "Fri 15:00", 480, "met", 120, None),
    ([opened(), Moment(at("Mon 17:00"), "resolved")], "Fri 15:00", 480, "met", 480, None),
    ([opened(), Moment(at("Tue 09:01"), "resolved")], "Fri 15:00", 480, "breached", 481, None),
    ([opened()], "Tue 10:00", 480, "breached", 540, "Mon 17:00"),
    (
        [opened(), Moment(at("Mon 10:00"), "resolved"), Moment(at("Wed 10:00"), "open")],
        "Wed 11:00",
        480,
        "running",
        120,
        "Wed 17:00",
    ),
    (
        [opened(), Moment(at("Mon 10:00"), "closed", cancels=True)],
        "Wed 11:00",
        480,
        "cancelled",
        60,
        None,
    ),
    (
        [opened(), Moment(at("Mon 10:00"), "waiting_third_party")],
        "Mon 11:00",
        480,
        "running",
        120,
        "Mon 17:00",
    ),
]


@pytest.mark.parametrize(("moments", "now", "budget", "state", "counted", "due"), CASES)
def test_a_resolution_clock_says_what_the_promise_says(
    moments: list[Moment], now: str, budget: int, state: str, counted: int, due: str | None
) -> None:
    reading = read(rule(budget), moments, at(now))
    assert (reading.state, reading.counted) == (state, timedelta(minutes=counted))
    if due is not None:
        assert reading.due_at == at(due)


def test_a_first_answer_stops_its_clock_for_good() -> None:
    story = [
        opened(),
        Moment(at("Mon 09:20"), "open", answers=True),
        Moment(at("Tue 09:00"), "open"),
    ]
    reading = read(rule(60, "first_response"), story, at("Wed 09:00"))
    assert (reading.state, reading.stopped_at) == ("met", at("Mon 09:20"))


def test_waiting_for_the_requester_does_not_hold_the_first_answer() -> None:
    story = [opened(), Moment(at("Mon 09:20"), "waiting_requester")]
    assert read(rule(60, "first_response"), story, at("Mon 09:50")).state == "running"


def test_waiting_for_an_approval_holds_the_first_answer() -> None:
    story = [opened(), Moment(at("Mon 09:20"), "waiting_approval")]
    assert read(rule(60, "first_response"), story, at("Mon 15:00")).state == "paused"


def test_an_answer_at_the_very_instant_of_due_is_in_time() -> None:
    story = [opened(), Moment(at("Mon 10:00"), "open", answers=True)]
    assert read(rule(60, "first_response"), story, at("Tue 09:00")).state == "met"


def test_an_answer_after_closing_is_late_when_due_was_at_closing() -> None:
    story = [opened("Mon 16:00"), Moment(at("Mon 18:00"), "open", answers=True)]
    reading = read(rule(60, "first_response"), story, at("Tue 09:00"))
    assert (reading.state, reading.breached_at) == ("breached", at("Mon 17:00"))


def test_a_missed_promise_found_late_carries_the_true_instant() -> None:
    assert read(rule(60), [opened()], at("Fri 16:00")).breached_at == at("Mon 10:00")


def test_a_longer_promise_later_does_not_wash_away_a_breach_in_the_log() -> None:
    story = [opened(), Moment(at("Mon 10:00"), breached="resolution")]
    reading = read(rule(4800), story, at("Tue 10:00"))
    assert (reading.state, reading.breached_at) == ("breached", at("Mon 10:00"))


def test_a_warning_is_due_at_its_share_of_the_budget() -> None:
    assert read(rule(480), [opened()], at("Mon 10:00")).warn_at == at("Mon 15:00")


def test_the_explanation_covers_every_instant_without_gap() -> None:
    story = [opened("Mon 16:00"), Moment(at("Tue 10:00"), "waiting_requester")]
    found = read(rule(480), story, at("Wed 12:00"))
    lines = list(segments(rule(480), found.spans, at("Wed 12:00")))
    assert [line.kind for line in lines] == ["counted", "closed", "counted", "paused"]
    assert all(a.end == b.start for a, b in itertools.pairwise(lines))


STATES = st.sampled_from(
    ["open", "waiting_requester", "waiting_third_party", "resolved", "scheduled"]
)
HISTORIES = st.lists(st.tuples(st.integers(1, 6000), STATES), max_size=12)


def history(steps: list[tuple[int, str]]) -> list[Moment]:
    moments, now = [opened()], at("Mon 09:00")
    for minutes, state in steps:
        now += timedelta(minutes=minutes)
        moments.append(Moment(now, state))
    return moments


def counted_naively(moments: list[Moment], now: datetime) -> int:
    """Minute by minute, the obvious way."""
    minutes, instant = 0, moments[0].at
    while instant < now:
        state = [moment.state for moment in moments if moment.at <= instant][-1]
        local = instant + timedelta(hours=3)
        is_open = local.weekday() < 5 and 9 <= local.hour < 17
        minutes += is_open and state not in PAUSES | {"resolved"}
        instant += timedelta(minutes=1)
    return minutes


@given(HISTORIES, st.integers(0, 3000))
def test_counting_agrees_with_the_naive_way(steps: list[tuple[int, str]], more: int) -> None:
    moments = history(steps[:5])
    now = moments[-1].at + timedelta(minutes=more)
    counted = read(rule(480), moments, now).counted
    assert counted == timedelta(minutes=counted_naively(moments, now))


@given(HISTORIES, st.integers(1, 5000))
def test_no_history_makes_a_breach_disappear(steps: list[tuple[int, str]], more: int) -> None:
    moments = history(steps)
    for end in range(1, len(moments)):
        before = read(rule(480), moments[:end], moments[end].at)
        after = read(rule(480), moments, moments[-1].at + timedelta(minutes=more))
        if before.breached_at is not None:
            assert after.breached_at == before.breached_at


@given(HISTORIES, st.integers(0, 5000))
def test_a_running_clock_comes_due_exactly_when_its_budget_is_used(
    steps: list[tuple[int, str]], more: int
) -> None:
    moments = history(steps)
    now = moments[-1].at + timedelta(minutes=more)
    reading = read(rule(100_000), moments, now)
    if reading.due_at is not None:
        left = timedelta(minutes=100_000) - reading.counted
        assert OFFICE.count(now, reading.due_at) == left
