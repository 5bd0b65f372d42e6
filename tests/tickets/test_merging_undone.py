"""Whatever happened before: a merge that is undone leaves no trace but in the log."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from departments.models import Person, Priority
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions, sla
from tickets.models import Link, State, Ticket
from tickets.verification import differences

MINUTE = timedelta(minutes=1)
NEVER_THE_SAME = {"changed_at"}


def wait(state: State) -> Callable[[Ticket, Company, datetime], object]:
    return lambda ticket, company, at: actions.set_state(ticket, state, by=company.mihai, at=at)


def priority(level: Priority) -> Callable[[Ticket, Company, datetime], object]:
    return lambda ticket, company, at: actions.change_priority(
        ticket, level, by=company.mihai, at=at
    )


def follow(who: str) -> Callable[[Ticket, Company, datetime], object]:
    def added(ticket: Ticket, company: Company, at: datetime) -> None:
        person: Person = getattr(company, who)
        actions.add_participant(ticket, person=person, by=company.mihai, at=at)

    return added


STEPS: dict[str, Callable[[Ticket, Company, datetime], object]] = {
    "elif writes": lambda t, c, at: actions.reply(t, by=c.elif_, body="And?", at=at),
    "mihai answers": lambda t, c, at: actions.reply(t, by=c.mihai, body="Yes.", at=at),
    "mihai asks": lambda t, c, at: actions.reply(
        t, by=c.mihai, body="Which?", then=State.WAITING_REQUESTER, at=at
    ),
    "a note": lambda t, c, at: actions.note(t, by=c.jonas, body="Hm.", at=at),
    "jonas takes it": lambda t, c, at: actions.assign(t, to=c.jonas, by=c.jonas, at=at),
    "at the supplier": wait(State.WAITING_THIRD_PARTY),
    "for the boss": wait(State.WAITING_APPROVAL),
    "on again": wait(State.OPEN),
    "urgent": priority(Priority.URGENT),
    "low": priority(Priority.LOW),
    "solved": lambda t, c, at: actions.resolve(t, by=c.mihai, at=at),
    "not solved": lambda t, c, at: actions.reopen(t, by=c.elif_, at=at),
    "tom follows": follow("tom"),
    "olga follows": follow("olga"),
    "elif follows": follow("elif_"),
}
# What happens, to which of three tickets, and how many minutes after the last thing.
happening = st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 2), st.integers(0, 300))
histories = st.lists(happening, max_size=10)


def play(
    tickets: list[Ticket], company: Company, history: Iterable[tuple[str, int, int]], at: datetime
) -> datetime:
    """Let it happen; what the states forbid does not happen."""
    for step, which, minutes in history:
        at += minutes * MINUTE
        try:
            STEPS[step](tickets[which], company, at)
        except Refused:
            continue
    return at


def everything(tickets: list[Ticket]) -> list[Any]:
    """All that a merge may touch, as values."""
    found: list[Any] = []
    for ticket in tickets:
        row: dict[str, Any] = {**Ticket.objects.filter(pk=ticket.pk).values().get()}
        found.append({key: row[key] for key in row if key not in NEVER_THE_SAME})
        people = ticket.participants.order_by("person").values("person", "added_by", "came_with")
        found.append(list(people))
        clocks = ticket.clocks.order_by("kind", "number")
        found += [(clock.kind, clock.number, *sla.shown(clock)) for clock in clocks]
    return [*found, Link.objects.count()]


def three(make: Make, company: Company) -> list[Ticket]:
    """Elif's twice and Olga's."""
    people = [company.elif_, company.olga, company.elif_]
    return [make.ticket(by=person, at=MONDAY) for person in people]


def settled(tickets: list[Ticket], at: datetime) -> list[Any]:
    for ticket in tickets:
        sla.settle(Ticket.objects.get(pk=ticket.pk), at=at)
    return everything(tickets)


def without(tickets: list[Ticket], at: datetime) -> list[Any]:
    """How it would stand at that time had nobody merged anything."""
    with transaction.atomic():
        found = settled(tickets, at)
        transaction.set_rollback(True)
    return found


def try_to(act: Callable[..., object], *args: Any, **wish: Any) -> None:
    try:
        act(*args, **wish)
    except Refused:
        return


ways = st.permutations([0, 1, 2])


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    history=histories,
    way=ways,
    before=st.integers(0, 2000),
    during=st.integers(0, 2000),
    is_chain=st.booleans(),
)
def test_merges_that_are_undone_have_never_been(
    make: Make,
    company: Company,
    history: list[tuple[str, int, int]],
    way: list[int],
    before: int,
    during: int,
    is_chain: bool,
) -> None:
    """Two merges, into one ticket or in a chain, looked at by the clocks, and undone backwards."""
    with transaction.atomic():
        tickets = three(make, company)
        at = play(tickets, company, history, MONDAY) + before * MINUTE
        first, second, last = (tickets[index] for index in way)
        later = at + during * MINUTE
        expected = without(tickets, later)
        merges = [(first, second if is_chain else last), (second, last)]
        for source, target in merges:
            try_to(actions.merge, source, into=target, by=company.mihai, at=at)
        settled(tickets, later)
        assert not list(differences(now=later))
        for source, _target in reversed(merges):
            try_to(actions.unmerge, source, by=company.mihai, at=later)
        assert not list(differences(now=later))
        assert everything(tickets) == expected
        transaction.set_rollback(True)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(order=ways, history=histories)
def test_merges_into_one_ticket_are_undone_in_any_order(
    make: Make, company: Company, order: list[int], history: list[tuple[str, int, int]]
) -> None:
    with transaction.atomic():
        sources = three(make, company)
        at = play(sources, company, history, MONDAY) + 10 * MINUTE
        target = make.ticket(by=company.tom, at=MONDAY)
        expected = without([*sources, target], at)
        for source in sources:
            actions.merge(source, into=target, by=company.mihai, at=at)
        for index in order:
            actions.unmerge(sources[index], by=company.mihai, at=at)
        assert settled([*sources, target], at) == expected
        transaction.set_rollback(True)


@pytest.mark.parametrize("hours", [1, 30, 80])
def test_a_promise_broken_by_a_merge_is_whole_again_when_that_is_undone(
    make: Make, company: Company, hours: int
) -> None:
    """The breach goes back to where it belongs: it is the source's, and stays there."""
    source, target = make.ticket(priority=1, at=MONDAY), make.ticket(by=company.olga, at=MONDAY)
    at = MONDAY + timedelta(hours=hours)
    expected = without([source, target], at)
    actions.merge(source, into=target, by=company.mihai, at=at)
    actions.unmerge(source, by=company.mihai, at=at)
    assert everything([source, target]) == expected
    assert source.clocks.get(kind="first_response").breached_at == MONDAY + 30 * MINUTE
