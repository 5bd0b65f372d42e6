"""Escalation steps of a clock: at offsets from due, each once."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime

from departments.calendars import hours_at
from departments.hours import Hours, HoursError
from departments.promise_rules import StepRule
from departments.promises import Promise, rules_at
from tickets.models import Clock, Escalation, Ticket


def hours_for(clock: Clock) -> Hours:
    return Hours.always() if clock.is_always_open else hours_at(clock.calendar_version_id)


def steps_left(
    clock: Clock, taken: Collection[str] | None = None
) -> list[tuple[datetime, StepRule]]:
    """The escalation steps not taken yet, by the instant at which they are to be, soonest first.

    Empty while the clock is held or has ended: nothing comes due. `taken` are the keys of the
    steps that were taken, where the caller knows them.
    """
    steps = rules_at(clock.policy_version_id).steps_of(clock.kind)
    if clock.due_at is None or not steps:
        return []
    if taken is None:
        # By its key alone: whoever checks a clock asks with one made anew.
        taken = set(Escalation.objects.filter(clock=clock.pk).values_list("key", flat=True))
    hours, due = hours_for(clock), clock.due_at
    # A step that would have been before the start is due at the start.
    found = [
        (max(step_at(hours, due, step), clock.started_at), step)
        for step in steps
        if step.key not in taken
    ]
    return sorted(found, key=lambda pair: pair[0])


def steps_taken(ticket: Ticket, promise: Promise, clocks: Iterable[Clock]) -> dict[int, set[str]]:
    """The keys of the steps that each clock has taken; nothing is asked where there are none."""
    found: dict[int, set[str]] = defaultdict(set)
    versions = {clock.policy_version_id for clock in clocks}
    if promise.rules.steps or any(rules_at(version).steps for version in versions):
        done = Escalation.objects.filter(clock__ticket=ticket)
        for clock, key in done.values_list("clock_id", "key"):
            found[clock].add(key)
    return found


def step_at(hours: Hours, due: datetime, step: StepRule) -> datetime:
    """The instant of a step: its offset from due in business time, or in calendar time."""
    if not step.is_business:
        return due + step.offset
    try:
        if step.minutes < 0:
            return hours.subtract(due, -step.offset)
        return hours.add(due, step.offset)
    except HoursError:  # A calendar that never opens again: then by the clock on the wall.
        return due + step.offset


def next_step(clock: Clock, taken: Collection[str] | None = None) -> datetime | None:
    return next((at for at, _step in steps_left(clock, taken)), None)
