"""Who we are, what we publish, what we promise."""

from departments.models.access import ApiToken, Heartbeat, Installation
from departments.models.calendar import Calendar, Closure, OpeningHours, SpecialOpening
from departments.models.catalogue import Category, Priority, Service
from departments.models.department import Department
from departments.models.people import EmailAlias, Membership, Person, Role
from departments.models.promise import SLAPolicy, Target, TargetKind

__all__ = [
    "ApiToken",
    "Calendar",
    "Category",
    "Closure",
    "Department",
    "EmailAlias",
    "Heartbeat",
    "Installation",
    "Membership",
    "OpeningHours",
    "Person",
    "Priority",
    "Role",
    "SLAPolicy",
    "Service",
    "SpecialOpening",
    "Target",
    "TargetKind",
]
