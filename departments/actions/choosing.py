"""Choosing which calendar and which promise hold for a desk, and for the whole house."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments import permissions
from departments.models import (
    Calendar,
    Category,
    Department,
    Installation,
    Person,
    Service,
    SLAPolicy,
    TimesChange,
)
from helpdesk.lib.background import later
from helpdesk.lib.errors import Refused


@transaction.atomic
def choose_for_desk(
    department: Department,
    *,
    calendar: Calendar | None,
    sla_policy: SLAPolicy | None,
    by: Person,
    at: datetime | None = None,
) -> Department:
    """What holds for a desk's services that say nothing of their own; None: as in the house."""
    permissions.require_set_times(by, department)
    for chosen in (calendar, sla_policy):
        if chosen is not None and chosen.department_id not in {None, department.pk}:
            raise Refused(_("Choose one of your department or of the house."))
    department = Department.objects.select_for_update(of=("self",)).get(pk=department.pk)
    if (department.calendar_id, department.sla_policy_id) == (_key(calendar), _key(sla_policy)):
        return department
    department.calendar, department.sla_policy = calendar, sla_policy
    department.save(update_fields=["calendar", "sla_policy"])
    note_choice(department=department, at=at)
    return department


@transaction.atomic
def choose_for_house(
    *, calendar: Calendar, sla_policy: SLAPolicy, by: Person, at: datetime | None = None
) -> Installation:
    """What holds wherever a department says nothing of its own."""
    permissions.require_set_times(by, None)
    if calendar.department_id is not None or sla_policy.department_id is not None:
        raise Refused(_("Choose a calendar and a promise of the house, not of one department."))
    house = Installation.objects.select_for_update(of=("self",)).get()
    if (house.calendar_id, house.sla_policy_id) == (calendar.pk, sla_policy.pk):
        return house
    house.calendar, house.sla_policy = calendar, sla_policy
    house.save(update_fields=["calendar", "sla_policy"])
    note_choice(at=at)
    return house


def note_choice(at: datetime | None = None, **reach: Category | Department | Service) -> None:
    """Inside the transaction that chose anew: the running clocks within reach will follow.

    `reach` is the category, service or department that now has something else; nothing is the
    whole house.
    """
    TimesChange.objects.create(made_at=at or timezone.now(), **reach)
    later("tickets.resettle")


def _key(chosen: Calendar | SLAPolicy | None) -> int | None:
    return None if chosen is None else chosen.pk
