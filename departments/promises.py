"""What we promise for a service: its policy, projected through its calendar."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils.translation import gettext as _

from departments.calendars import hours_of
from departments.hours import Hours
from departments.models import (
    Calendar,
    Category,
    Department,
    Installation,
    PolicyVersion,
    Priority,
    Service,
    SLAPolicy,
    TargetKind,
)
from departments.promise_rules import PromiseRules, TargetRule
from departments.when import long_duration_words
from helpdesk.lib.prepared import Prepared

WORKING_DAY = 8 * 60


@dataclass(frozen=True)
class Promise:
    """The targets and the hours that hold for one service or desk."""

    policy: SLAPolicy
    calendar: Calendar

    @property
    def hours(self) -> Hours:
        return hours_of(self.calendar)

    @property
    def rules(self) -> PromiseRules:
        return rules_of(self.policy)

    def target(self, priority: int, kind: str) -> TargetRule | None:
        return self.rules.by_target.get((priority, kind))

    def hours_for(self, target: TargetRule) -> Hours:
        return Hours.always() if target.is_always_open else self.hours

    def due(self, priority: int, kind: str, start: datetime) -> datetime | None:
        """When a request of this priority, sent at `start` (aware), must have its answer."""
        target = self.target(priority, kind)
        if target is None:
            return None
        budget = timedelta(minutes=target.budget_minutes)
        return self.hours_for(target).add(start, budget)

    def first_answer(self, priority: int, start: datetime) -> datetime | None:
        return self.due(priority, TargetKind.FIRST_RESPONSE, start)


def rules_of(policy: SLAPolicy) -> PromiseRules:
    """What the newest version promises."""
    assert policy.current_id is not None  # set by the action that founds a policy
    return rules_at(policy.current_id)


@lru_cache(maxsize=500)  # Versions never change.
def rules_at(version_id: int) -> PromiseRules:
    """What this version promises."""
    return PolicyVersion.objects.get(pk=version_id).said


def promise_of(
    desk: Department,
    service: Service | None = None,
    fallback: Installation | None = None,
    category: Category | None = None,
) -> Promise:
    """The kind of problem's own policy, else the service's, else its desk's, else the house's;
    the calendar in the same way, from the service on.

    A page about many services gives the installation, so that it is asked for once.
    """
    policy = (category and category.sla_policy) or (service and service.sla_policy)
    policy = policy or desk.sla_policy
    calendar = (service and service.calendar) or desk.calendar
    if policy is None or calendar is None:
        fallback = fallback or _house()
        policy, calendar = policy or fallback.sla_policy, calendar or fallback.calendar
    return Promise(policy, calendar)


_asked: ContextVar[list[Installation] | None] = ContextVar("house", default=None)


@contextmanager
def house_asked_once() -> Iterator[None]:
    """In here the installation is read once, however many promises are looked up.

    For the length of one transaction: who changes the house's promise meanwhile, is not seen.
    """
    before = _asked.set([])
    try:
        yield
    finally:
        _asked.reset(before)


HOUSE = Prepared(lambda: Installation.objects.select_related("calendar", "sla_policy"))


def _house() -> Installation:
    known = _asked.get()
    if known:
        return known[0]
    (house,) = HOUSE()
    if known is not None:
        known.append(house)
    return house


@dataclass(frozen=True)
class PromiseLine:
    """What is promised at one priority, in words; empty where nothing is."""

    priority: Priority
    first_answer: str
    next_answer: str
    workaround: str
    solution: str

    def words(self, kind: str) -> str:
        return {
            TargetKind.FIRST_RESPONSE.value: self.first_answer,
            TargetKind.NEXT_RESPONSE.value: self.next_answer,
            TargetKind.WORKAROUND.value: self.workaround,
            TargetKind.RESOLUTION.value: self.solution,
        }[kind]


def in_words(promise: Promise) -> list[PromiseLine]:
    """The targets as people say them: “4 hours”, “2 days”, “30 minutes, day and night”."""
    return lines_of(promise.rules)


def lines_of(rules: PromiseRules) -> list[PromiseLine]:
    return [
        PromiseLine(
            priority,
            *(target_words(rules.by_target.get((priority, kind))) for kind in TargetKind),
        )
        for priority in Priority
    ]


def target_words(target: TargetRule | None) -> str:
    """“4 hours”, or nothing where nothing is promised."""
    if target is None:
        return ""
    if target.is_always_open:
        time = long_duration_words(target.budget_minutes, 24 * 60)
        return _("%(time)s, day and night") % {"time": time}
    return long_duration_words(target.budget_minutes, WORKING_DAY)
