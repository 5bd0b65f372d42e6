"""Who we are, what we publish, what we promise."""

from departments.models.access import ApiToken, Heartbeat, Installation
from departments.models.calendar import Calendar, CalendarVersion, Weekday
from departments.models.catalogue import Category, Priority, Service
from departments.models.department import Department
from departments.models.oncall import Absence, Rota, RotaLayer, RotaOverride, RotaSeat
from departments.models.people import EmailAlias, Membership, Person, Role
from departments.models.promise import PolicyVersion, SLAPolicy, TargetKind
from departments.models.times_change import TimesChange

__all__ = [
    "Absence",
    "ApiToken",
    "Calendar",
    "CalendarVersion",
    "Category",
    "Department",
    "EmailAlias",
    "Heartbeat",
    "Installation",
    "Membership",
    "Person",
    "PolicyVersion",
    "Priority",
    "Role",
    "Rota",
    "RotaLayer",
    "RotaOverride",
    "RotaSeat",
    "SLAPolicy",
    "Service",
    "TargetKind",
    "TimesChange",
    "Weekday",
]
