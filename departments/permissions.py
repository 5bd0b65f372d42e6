"""Who may do what with departments, services and calendars."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from departments.models import Department, Membership, Person, Role, Service
from helpdesk.lib.errors import Refused


def has_role(person: Person, department: Department, *roles: str) -> bool:
    """Whether this person works at the department's desk in one of the roles (any if none)."""
    wanted = roles or tuple(Role.values)
    return Membership.objects.filter(person=person, department=department, role__in=wanted).exists()


def may_publish(person: Person, department: Department) -> bool:
    """Leads create, edit, publish and retire the services of their own desk."""
    return has_role(person, department, Role.LEAD)


def require_publish(person: Person, department: Department) -> None:
    if not may_publish(person, department):
        raise Refused(
            _("Only a lead of this department may change its services."), code="forbidden"
        )


def managed_by(person: Person) -> QuerySet[Department]:
    """Departments whose figures this person sees: as lead, as head, or as head of a parent."""
    own = Q(memberships__person=person, memberships__role=Role.LEAD) | Q(head=person)
    roots = list(Department.objects.filter(own).distinct())
    found = {department.pk for department in roots}
    level = found
    while level:  # One query per level of the tree, and trees of departments are flat.
        below = Department.objects.filter(parent__in=level).exclude(pk__in=found)
        level = set(below.values_list("pk", flat=True))
        found |= level
    return Department.objects.filter(pk__in=found)


def people_who_may_read(service: Service) -> QuerySet[Person]:
    """The desk people who read this service's requests."""
    members = Person.objects.active().filter(memberships__department=service.department_id)
    if service.is_confidential:
        members = members.filter(confidential_services=service)
    return members.distinct()
