"""Random lives of two tickets between which messages are moved and moved back: what is stored on
the way equals what the logs say, and whoever moves everything home finds all as it would be.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from departments.actions import timing
from departments.models import Priority, TargetKind
from departments.promise_rules import PromiseRules, StepRule, TargetRule
from helpdesk.lib.errors import Refused
from tests.cast import PROMISES, Company
from tests.conftest import MONDAY, Make
from tickets import actions, sla, verification
from tickets.actions import timekeeping
from tickets.events import Kind
from tickets.models import Clock, Message, State, Ticket

MINUTE = timedelta(minutes=1)
Deed = Callable[[list[Ticket], Company, datetime], object]
COLUMNS = (
    *("ticket", "kind", "number", "state", "started_at", "stopped_at", "due_at"),
    *("breached_at", "warned_at", "budget_minutes"),
)


@pytest.fixture
def promises(company: Company) -> None:
    """A next answer within two hours, with a step, beside the promises of the house."""
    answer = TargetRule(Priority.NORMAL, TargetKind.NEXT_RESPONSE, 120)
    steps = (StepRule("say", TargetKind.NEXT_RESPONSE, 10, "note", text="Hurry"),)
    timing.change_policy(company.policy, PromiseRules((*PROMISES.targets, answer), steps), by=None)


def asks(which: int) -> Deed:
    return lambda two, company, at: actions.reply(two[which], by=company.elif_, body="And?", at=at)


def answers(which: int, then: State | None = None) -> Deed:
    return lambda two, company, at: actions.reply(
        two[which], by=company.mihai, body="So.", then=then, at=at
    )


def moves(which: int, *, oldest: bool = False, back: bool = False) -> Deed:
    """Move what Elif wrote last (or first, after the opening) to the other ticket."""

    def act(two: list[Ticket], company: Company, at: datetime) -> object:
        said = Message.objects.filter(ticket=two[which], author=company.elif_)
        *_first, message = said.order_by("pk")[:2] if oldest else said.order_by("pk")
        if back:
            return actions.move_back(message, by=company.mihai, at=at)
        return actions.move_message(message, to=two[1 - which], by=company.mihai, at=at)

    return act


DEEDS: dict[str, Deed] = {
    **{f"asks {n}": asks(n) for n in (0, 1)},
    **{f"answers {n}": answers(n) for n in (0, 1)},
    **{f"asks back {n}": answers(n, State.WAITING_REQUESTER) for n in (0, 1)},
    **{f"solves {n}": answers(n, State.RESOLVED) for n in (0, 1)},
    **{f"moves {n}": moves(n) for n in (0, 1)},
    **{f"moves the oldest {n}": moves(n, oldest=True) for n in (0, 1)},
    **{f"moves back {n}": moves(n, back=True) for n in (0, 1)},
    "waives": lambda two, company, at: actions.waive_answer(two[0], by=company.mihai, at=at),
    "sweeps": lambda two, company, at: timekeeping.sweep(now=at),
}
LIFE = st.lists(st.tuples(st.sampled_from(sorted(DEEDS)), st.integers(1, 300)), max_size=12)
IN_A_DATABASE = settings(
    max_examples=25,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Undo(Exception):
    """The end of one example."""


def lived(two: list[Ticket], company: Company, life: list[tuple[str, int]]) -> datetime:
    at = MONDAY
    for deed, minutes in life:
        at += minutes * MINUTE
        try:
            with transaction.atomic():
                DEEDS[deed](two, company, at)
        except Refused:
            continue
    return at


def rows() -> list[dict[str, Any]]:
    return list(Clock.objects.order_by("ticket", "kind", "number").values(*COLUMNS))


@given(life=LIFE)
@example(life=[("answers 0", 1), ("asks 0", 1), ("moves 0", 200), ("answers 1", 1)])
@example(life=[("solves 0", 1), ("asks 0", 1), ("asks 0", 1), ("moves 0", 1), ("moves 0", 1)])
@example(life=[("answers 1", 1), ("asks 0", 1), ("asks 1", 1), ("moves 0", 1), ("sweeps", 300)])
@example(life=[("solves 1", 1), ("asks 0", 1), ("moves 0", 100), ("sweeps", 300)])
@IN_A_DATABASE
def test_stored_clocks_and_states_are_what_the_logs_say(
    make: Make, company: Company, promises: None, life: list[tuple[str, int]]
) -> None:
    try:
        with transaction.atomic():
            two = [make.ticket(), make.ticket(at=MONDAY + MINUTE)]
            now = lived(two, company, life) + MINUTE
            timekeeping.sweep(now=now)
            assert not list(verification.differences(now=now))
            for ticket in Ticket.objects.all():
                history = sla.moments(sla.log_of(ticket), ticket.requester_id)
                assert sla.state_in(history) == ticket.state
            raise Undo
    except Undo:
        pass


@given(life=LIFE, minutes=st.integers(1, 300))
@example(life=[("solves 0", 1), ("asks 0", 1)], minutes=10)
@example(life=[("answers 0", 1), ("asks 0", 1), ("sweeps", 200)], minutes=100)
@IN_A_DATABASE
def test_moving_there_and_back_changes_nothing(
    make: Make, company: Company, promises: None, life: list[tuple[str, int]], minutes: int
) -> None:
    try:
        with transaction.atomic():
            two = [make.ticket(), make.ticket(at=MONDAY + MINUTE)]
            at = lived(two, company, life) + minutes * MINUTE
            timekeeping.sweep(now=at)
            said = Message.objects.filter(ticket=two[0]).order_by("-pk").first()
            assert said is not None
            try:
                before = rows(), states()
                moved = actions.move_message(said, to=two[1], by=company.mihai, at=at)
                actions.move_back(moved, by=company.mihai, at=at)
            except Refused:
                raise Undo from None
            assert (rows(), states()) == before
            raise Undo
    except Undo:
        pass


def states() -> list[dict[str, Any]]:
    columns = ("state", "outcome", "is_open", "closes_at", "remind_at", "resolved_at")
    return list(Ticket.objects.order_by("pk").values(*columns))


def test_a_breach_of_a_message_that_left_is_told_once_and_comes_back_with_it(
    make: Make, company: Company, promises: None
) -> None:
    one, other = make.ticket(), make.ticket()
    actions.reply(one, by=company.mihai, body="So.", at=MONDAY + MINUTE)
    asked = actions.reply(one, by=company.elif_, body="And?", at=MONDAY + 2 * MINUTE)
    later = MONDAY + 200 * MINUTE
    timekeeping.sweep(now=later)
    late = Clock.objects.filter(kind=TargetKind.NEXT_RESPONSE)
    assert late.get().breached_at == MONDAY + 122 * MINUTE
    steps = late.get().escalations.count()
    moved = actions.move_message(asked, to=other, by=company.mihai, at=later)
    assert not late.exists()
    actions.move_back(moved, by=company.mihai, at=later)
    assert late.get().breached_at == MONDAY + 122 * MINUTE
    assert late.get().escalations.count() == steps == 1
    assert one.events.filter(kind=Kind.CLOCK_BREACHED).count() == 1


def test_the_next_question_does_not_inherit_the_breach_of_one_that_left(
    make: Make, company: Company, promises: None
) -> None:
    one, other = make.ticket(), make.ticket()
    actions.reply(one, by=company.mihai, body="So.", at=MONDAY + MINUTE)
    asked = actions.reply(one, by=company.elif_, body="And?", at=MONDAY + 2 * MINUTE)
    timekeeping.sweep(now=MONDAY + 200 * MINUTE)
    actions.reply(one, by=company.mihai, body="So.", at=MONDAY + 210 * MINUTE)
    actions.reply(one, by=company.elif_, body="More.", at=MONDAY + 215 * MINUTE)
    now = MONDAY + 220 * MINUTE
    actions.move_message(asked, to=other, by=company.mihai, at=now)
    clock = one.clocks.get(kind=TargetKind.NEXT_RESPONSE)
    assert (clock.number, clock.started_at) == (1, MONDAY + 215 * MINUTE)
    assert clock.breached_at is None
    assert not list(verification.differences(now=now, numbers=[one.number]))
    actions.move_back(Message.objects.get(pk=asked.pk), by=company.mihai, at=now)
    late = one.clocks.filter(kind=TargetKind.NEXT_RESPONSE).order_by("number")
    assert [each.breached_at for each in late] == [MONDAY + 122 * MINUTE, None]


def test_the_message_after_it_is_what_brought_the_ticket_back(make: Make, company: Company) -> None:
    one, other = make.ticket(), make.ticket()
    actions.resolve(one, by=company.mihai, at=MONDAY + 2 * MINUTE)
    asked = actions.reply(one, by=company.elif_, body="And?", at=MONDAY + 3 * MINUTE)
    actions.reply(one, by=company.elif_, body="More.", at=MONDAY + 10 * MINUTE)
    actions.move_message(asked, to=other, by=company.mihai, at=MONDAY + 60 * MINUTE)
    clock = one.clocks.get(kind=TargetKind.RESOLUTION)
    assert clock.counted_seconds == (2 + 50) * 60


def test_a_question_that_comes_before_a_late_one_is_not_late_for_it(
    make: Make, company: Company, promises: None
) -> None:
    one, other = make.ticket(), make.ticket()
    for minutes in (1, 20):
        actions.reply(other, by=company.mihai, body="So.", at=MONDAY + minutes * MINUTE)
    early = actions.reply(one, by=company.elif_, body="And?", at=MONDAY + 10 * MINUTE)
    actions.reply(other, by=company.elif_, body="More.", at=MONDAY + 30 * MINUTE)
    now = MONDAY + 200 * MINUTE
    timekeeping.sweep(now=now)
    actions.move_message(early, to=other, by=company.mihai, at=now)
    clocks = other.clocks.filter(kind=TargetKind.NEXT_RESPONSE).order_by("number")
    assert [(each.state, each.breached_at) for each in clocks] == [
        ("met", None),
        ("breached", MONDAY + 150 * MINUTE),
    ]
    assert other.events.filter(kind=Kind.CLOCK_BREACHED).count() == 1
