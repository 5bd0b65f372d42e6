"""What we promise for a service: its policy, projected through its calendar."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from departments.calendars import hours_of
from departments.hours import Hours
from departments.models import (
    Calendar,
    Department,
    Installation,
    Priority,
    Service,
    SLAPolicy,
    Target,
    TargetKind,
)
from departments.when import long_duration_words

WORKING_DAY = 8 * 60


@dataclass(frozen=True)
class Promise:
    """The targets and the hours that hold for one service or desk."""

    policy: SLAPolicy
    calendar: Calendar
    targets: dict[tuple[int, str], Target]

    @property
    def hours(self) -> Hours:
        return hours_of(self.calendar)

    def target(self, priority: int, kind: str) -> Target | None:
        return self.targets.get((priority, kind))

    def hours_for(self, target: Target) -> Hours:
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


def promise_of(
    desk: Department, service: Service | None = None, fallback: Installation | None = None
) -> Promise:
    """The service's own policy and calendar, else its desk's, else the installation's.

    A page about many services gives the installation, so that it is asked for once.
    """
    policy = (service and service.sla_policy) or desk.sla_policy
    calendar = (service and service.calendar) or desk.calendar
    if policy is None or calendar is None:
        if fallback is None:
            fallback = Installation.objects.select_related("calendar", "sla_policy").get()
        policy, calendar = policy or fallback.sla_policy, calendar or fallback.calendar
    targets = {(target.priority, target.kind): target for target in policy.targets.all()}
    return Promise(policy, calendar, targets)


@dataclass(frozen=True)
class PromiseLine:
    """What is promised at one priority, in words; empty where nothing is."""

    priority: Priority
    first_answer: str
    solution: str


def in_words(promise: Promise) -> list[PromiseLine]:
    """The targets as people say them: “4 hours”, “2 days”, “30 minutes, day and night”."""
    return [
        PromiseLine(
            priority,
            _target_words(promise.target(priority, TargetKind.FIRST_RESPONSE)),
            _target_words(promise.target(priority, TargetKind.RESOLUTION)),
        )
        for priority in Priority
    ]


def _target_words(target: Target | None) -> str:
    if target is None:
        return ""
    if target.is_always_open:
        time = long_duration_words(target.budget_minutes, 24 * 60)
        return _("%(time)s, day and night") % {"time": time}
    return long_duration_words(target.budget_minutes, WORKING_DAY)
