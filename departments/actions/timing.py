"""Calendars and promises: found them, change them by a new version. Nothing is overwritten."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments import permissions
from departments.calendar_rules import CalendarRules
from departments.hours import HoursError
from departments.models import (
    Calendar,
    CalendarVersion,
    Department,
    Person,
    PolicyVersion,
    SLAPolicy,
    TargetKind,
    TimesChange,
)
from departments.promise_rules import DEEDS, HOLDING, PromiseRules
from helpdesk.lib.background import later
from helpdesk.lib.errors import Refused


class TimesChanged(Refused):
    """Somebody else saved a newer version after the editor was opened."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Somebody changed this while you were writing. Nothing of yours is lost: compare, "
                "then save again."
            ),
            code="changed_meanwhile",
        )


def _check_calendar(rules: CalendarRules) -> None:
    if not any(rules.week.values()):
        raise Refused(_("Give at least one interval in which somebody is there."))
    try:
        rules.hours()
    except HoursError as error:
        raise Refused(_("These hours make no sense: %(why)s") % {"why": error}) from error


def _check_policy(rules: PromiseRules) -> None:
    if not 1 <= rules.warn_percent <= 99:
        raise Refused(_("Warn at a share between 1 and 99 percent."))
    kinds = {target.kind for target in rules.targets}
    if len(rules.by_target) != len(rules.targets) or not kinds <= set(TargetKind.values):
        raise Refused(_("Give one target for each priority and kind of answer."))
    if any(target.budget_minutes < 1 for target in rules.targets):
        raise Refused(_("A promise needs at least one minute."))
    if not rules.pauses <= set(HOLDING):
        raise Refused(_("Choose the states that hold the clock from the list."))
    if any(s.does not in DEEDS or s.kind not in TargetKind.values for s in rules.steps):
        raise Refused(_("Choose what to do from the list."))
    if len({step.key for step in rules.steps}) != len(rules.steps):
        raise Refused(_("The same step stands there twice."))


@transaction.atomic
def found_calendar(
    name: str,
    rules: CalendarRules,
    *,
    department: Department | None = None,
    by: Person | None = None,
    at: datetime | None = None,
) -> Calendar:
    """A new calendar with its first version; without `by` the product itself founds it."""
    if by is not None:
        permissions.require_set_times(by, department)
    _check_calendar(rules)
    calendar = Calendar.objects.create(name=name, department=department)
    at = at or timezone.now()
    calendar.current = CalendarVersion.objects.create(
        calendar=calendar, number=1, rules=rules.to_json(), made_by=by, made_at=at, settled_at=at
    )
    calendar.save(update_fields=["current"])
    return calendar


@transaction.atomic
def change_calendar(
    calendar: Calendar,
    rules: CalendarRules,
    *,
    valid_from: date | None,
    by: Person | None,
    seen: int | None = None,
    note: str = "",
    at: datetime | None = None,
) -> CalendarVersion:
    """A new version from a local day on (None: from the beginning); running clocks follow.

    `seen` is the number of the version that the editor showed; TimesChanged when it is not the
    newest any more. Without `by` the product changes it (a feed, the holidays of a new year).
    """
    calendar = Calendar.objects.select_for_update(of=("self",)).get(pk=calendar.pk)
    if by is not None:
        permissions.require_set_times(by, calendar.department)
    _check_calendar(rules)
    newest = calendar.version
    if seen is not None and seen != newest.number:
        raise TimesChanged
    if rules.to_json() == newest.rules and valid_from == newest.valid_from:
        return newest
    made = CalendarVersion.objects.create(
        calendar=calendar,
        number=newest.number + 1,
        valid_from=valid_from,
        rules=rules.to_json(),
        made_by=by,
        made_at=at or timezone.now(),
        note=note[:200],
    )
    calendar.current = made
    calendar.save(update_fields=["current"])
    TimesChange.objects.create(calendar=calendar, made_at=made.made_at)
    later("tickets.resettle")
    return made


@transaction.atomic
def found_policy(
    name: str,
    rules: PromiseRules,
    *,
    department: Department | None = None,
    by: Person | None = None,
    at: datetime | None = None,
) -> SLAPolicy:
    """A new set of promises with its first version."""
    if by is not None:
        permissions.require_set_times(by, department)
    _check_policy(rules)
    policy = SLAPolicy.objects.create(name=name, department=department)
    at = at or timezone.now()
    policy.current = PolicyVersion.objects.create(
        policy=policy, number=1, rules=rules.to_json(), made_by=by, made_at=at, settled_at=at
    )
    policy.save(update_fields=["current"])
    return policy


@transaction.atomic
def change_policy(
    policy: SLAPolicy,
    rules: PromiseRules,
    *,
    by: Person | None,
    seen: int | None = None,
    note: str = "",
    at: datetime | None = None,
) -> PolicyVersion:
    """A new version; running clocks are reckoned again under it from their original start."""
    policy = SLAPolicy.objects.select_for_update(of=("self",)).get(pk=policy.pk)
    if by is not None:
        permissions.require_set_times(by, policy.department)
    _check_policy(rules)
    newest = policy.version
    if seen is not None and seen != newest.number:
        raise TimesChanged
    if rules.to_json() == newest.rules:
        return newest
    made = PolicyVersion.objects.create(
        policy=policy,
        number=newest.number + 1,
        rules=rules.to_json(),
        made_by=by,
        made_at=at or timezone.now(),
        note=note[:200],
    )
    policy.current = made
    policy.save(update_fields=["current"])
    TimesChange.objects.create(policy=policy, made_at=made.made_at)
    later("tickets.resettle")
    return made
