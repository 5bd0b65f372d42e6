"""Who may do what with a ticket. Who may see one: `Ticket.objects.visible_to(person)`."""

from collections.abc import Callable

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from departments.models import Department, Membership, Person, Role, Service
from helpdesk.lib.errors import Refused
from tickets.models import Mailbox, Participant, Ticket


def role_at(person: Person, desk: Department) -> str:
    """The person's role at this desk, or an empty string."""
    found = Membership.objects.filter(person=person, department=desk).values_list("role", flat=True)
    return found.first() or ""


def may_read_as_desk(person: Person, ticket: Ticket) -> bool:
    """Agents, leads and observers of the desk; of confidential tickets only the group."""
    return Ticket.objects.worked_by(person).filter(pk=ticket.pk).exists()


def may_work(person: Person, ticket: Ticket) -> bool:
    """Agents and leads who read the ticket as desk; observers work nothing."""
    return role_at(person, ticket.desk) in {Role.AGENT, Role.LEAD} and may_read_as_desk(
        person, ticket
    )


def may_follow(person: Person, ticket: Ticket) -> bool:
    """The requester, who filed it, and participants: they read the public part and reply."""
    if person.pk in {ticket.requester_id, ticket.filed_by_id}:
        return True
    return Participant.objects.filter(ticket=ticket, person=person).exists()


def may_reply(person: Person, ticket: Ticket) -> bool:
    return may_follow(person, ticket) or may_work(person, ticket)


def may_decide(person: Person, ticket: Ticket) -> bool:
    """Say solved or not solved, or take it back: whose request it is."""
    return person.pk in {ticket.requester_id, ticket.filed_by_id}


def may_invite(person: Person, ticket: Ticket) -> bool:
    return may_decide(person, ticket) or may_work(person, ticket)


def may_refile(person: Person, ticket: Ticket) -> bool:
    """Say whose request a forwarded letter is: the desk, and whoever of it forwarded it."""
    if may_work(person, ticket):
        return True
    is_own = person.pk == ticket.requester_id != ticket.subject_person_id
    return is_own and people_who_may_work(ticket.desk, ticket.service).filter(pk=person.pk).exists()


def may_participate(person: Person, ticket: Ticket) -> bool:
    """Whether this person may be made a follower: one of us, and not whom a secret is about."""
    is_about = ticket.is_confidential and ticket.subject_person_id == person.pk
    return person.is_active and not is_about


VERBS: dict[str, Callable[[Person, Ticket], bool]] = {
    "work": may_work,
    "note": may_work,
    "reply": may_reply,
    "decide": may_decide,
    "invite": may_invite,
    "refile": may_refile,
}
# What guests may do, on their own requests.
GUEST_VERBS = frozenset({"reply"})


def may(person: Person, verb: str, ticket: Ticket) -> bool:
    may_act = person.is_active or (person.is_guest and verb in GUEST_VERBS)
    return may_act and VERBS[verb](person, ticket)


def require(person: Person | None, verb: str, ticket: Ticket) -> None:
    """Refused unless the person may; `None` is the product itself (clock, rule), which may."""
    if person is not None and not may(person, verb, ticket):
        raise Refused(_("You may not do this on this request."), code="forbidden")


def is_employee(person: Person) -> bool:
    """Whether we know for certain that they work here; not who only wrote a mail."""
    return person.is_active and not (person.is_provisional or person.is_guest)


def may_keep_mailbox(person: Person, mailbox: Mailbox) -> bool:
    """Leads keep the mailboxes of their desk, those of a confidential service only its group;
    administrators all others.
    """
    service = mailbox.service
    is_confidential = service is not None and service.is_confidential
    if person.is_administrator and not is_confidential:
        return True
    if role_at(person, mailbox.desk) != Role.LEAD:
        return False
    return service is None or not is_confidential or person in service.group.all()


def require_mailbox(person: Person, mailbox: Mailbox) -> None:
    if not may_keep_mailbox(person, mailbox):
        raise Refused(_("Only a lead of this desk may change its mailboxes."), code="forbidden")


def people_who_may_work(desk: Department, service: Service | None) -> QuerySet[Person]:
    """Who can be given a ticket of this desk and service."""
    members = Person.objects.active().filter(
        memberships__department=desk, memberships__role__in=[Role.AGENT, Role.LEAD]
    )
    if service is not None and service.is_confidential:
        members = members.filter(confidential_services=service)
    return members.distinct().order_by("name")
