"""Colleagues in the copy of a letter: proposed as followers, never added by themselves.

Whoever forges a letter can put anybody into its copy; nothing is mailed to them before a person
says so.
"""

from django.conf import settings

from departments.models import Person
from departments.models.people import plain_address
from tickets import permissions
from tickets.mail import keyed
from tickets.mail.case import Case
from tickets.mail.content import storable
from tickets.models import Mailbox, Message, ProposedParticipant, Ticket

PROPOSED_MAX = 10
_READ_MAX = 50


def propose(case: Case, message: Message) -> None:
    """Keep the colleagues of this letter for somebody to decide; once for each ticket."""
    addresses = _others(case)
    if not addresses or case.is_machine:
        return
    ticket = message.ticket
    ProposedParticipant.objects.bulk_create(
        [
            ProposedParticipant(ticket=ticket, person=person, message=message, proposed_at=case.now)
            for person in _colleagues(addresses, ticket, case.person)[:PROPOSED_MAX]
        ],
        ignore_conflicts=True,
    )


def _others(case: Case) -> list[str]:
    """The addresses in To and Cc, without the mailbox that it came to."""
    named = [each.address for each in (*case.letter.to, *case.letter.cc)][:_READ_MAX]
    own = plain_address(case.row.mailbox.address)
    plain = dict.fromkeys(plain_address(storable(address)) for address in named)
    return [each for each in plain if each and own not in {each, keyed.bare_address(each)}]


def _colleagues(addresses: list[str], ticket: Ticket, writer: Person) -> list[Person]:
    """Employees with these addresses, in their order, who do not read the ticket already."""
    ours = set(Mailbox.objects.values_list("address", flat=True)) | {settings.DEFAULT_FROM_EMAIL}
    wanted = [each for each in addresses if not {each, keyed.bare_address(each)} & ours]
    people: dict[int, Person] = {}
    for address in wanted:
        found = list(Person.objects.active().with_address(address)[:2])
        if len(found) == 1 and not found[0].is_provisional:
            people[found[0].pk] = found[0]
    people.pop(writer.pk, None)
    return [person for person in people.values() if _may_be_asked_in(person, ticket)]


def _may_be_asked_in(person: Person, ticket: Ticket) -> bool:
    if Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists():
        return False
    return permissions.may_participate(person, ticket)
