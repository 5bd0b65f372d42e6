"""Who may do what with departments, services and calendars."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from departments.models import Department, Membership, Person, Role, RotaOverride, Service
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


def may_set_times(person: Person, department: Department | None) -> bool:
    """Leads set the calendars and promises of their desk; administrators those of the house."""
    if department is None:
        return person.is_administrator
    return has_role(person, department, Role.LEAD)


def require_set_times(person: Person, department: Department | None) -> None:
    if not may_set_times(person, department):
        raise Refused(
            _("Only a lead of this department may change its hours and promises."),
            code="forbidden",
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


# --- On call ----------------------------------------------------------------------------------

# Who may sit in a rota and be paged; observers read along and work nothing.
ON_CALL_ROLES = (Role.AGENT, Role.LEAD)


def may_see_rota(person: Person, department: Department) -> bool:
    """Who works at the desk in any role, and its head."""
    return department.head_id == person.pk or has_role(person, department)


def may_plan_rota(person: Person, department: Department) -> bool:
    """Leads say who takes turns at their desk, and when."""
    return has_role(person, department, Role.LEAD)


def require_plan_rota(person: Person, department: Department) -> None:
    if not may_plan_rota(person, department):
        raise Refused(_("Only a lead of this department may change its rota."), code="forbidden")


def may_cover(person: Person, department: Department) -> bool:
    """Who works at the desk may take over a colleague's shift, and swap their own."""
    return has_role(person, department, *ON_CALL_ROLES)


def require_cover(person: Person, department: Department) -> None:
    if not may_cover(person, department):
        raise Refused(
            _("Only people who work at this desk may take over a shift."), code="forbidden"
        )


def may_cancel_cover(person: Person, cover: RotaOverride) -> bool:
    """Those whom it is about, as long as they work there, and leads of the desk."""
    desk = cover.layer.rota.department
    return may_plan_rota(person, desk) or (is_about(person, cover) and may_cover(person, desk))


def is_about(person: Person, cover: RotaOverride) -> bool:
    """Whether this person made the cover, stands in it, or takes the other half of the swap."""
    other = cover.swapped_with.person_id if cover.swapped_with else None
    return person.pk in {cover.person_id, cover.made_by_id, other}


def people_who_may_be_on_call(department: Department) -> QuerySet[Person]:
    """Whom a rota of this desk may call: its agents and leads."""
    seats = Membership.objects.filter(department=department, role__in=ON_CALL_ROLES)
    return Person.objects.active().filter(pk__in=seats.values("person")).by_name()


def may_set_absence(person: Person, away: Person) -> bool:
    """Everybody their own; leads those of the people at their desk."""
    led = Membership.objects.filter(person=person, role=Role.LEAD).values("department")
    return person == away or Membership.objects.filter(person=away, department__in=led).exists()


def works_at_a_desk(person: Person) -> bool:
    """Whether anybody counts on this person at a desk."""
    return Membership.objects.filter(person=person, role__in=ON_CALL_ROLES).exists()


def people_who_may_stand_in(away: Person) -> QuerySet[Person]:
    """Possible deputies: who works at a desk where the person works too."""
    shared = Membership.objects.filter(person=away, role__in=ON_CALL_ROLES).values("department")
    seats = Membership.objects.filter(department__in=shared, role__in=ON_CALL_ROLES)
    others = Person.objects.active().exclude(pk=away.pk)
    return others.filter(pk__in=seats.values("person")).by_name()
