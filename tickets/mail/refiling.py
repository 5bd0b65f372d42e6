"""What an agent forwards to the desk: their request for now, and proposed as its writer's."""

from datetime import datetime

from departments.models import Person
from departments.models.people import plain_address
from tickets import permissions
from tickets.mail import forwarded, keyed
from tickets.mail.case import Case
from tickets.mail.content import storable
from tickets.mail.forwarded import Forwarded
from tickets.mail.letter import Letter
from tickets.models import Mailbox, Message, ProposedRequester, Ticket
from tickets.reasons import FORWARDED


def forwarded_by_desk(case: Case) -> Forwarded | None:
    """The letter inside, if somebody of this desk forwarded it; its words become the request's."""
    if case.is_machine:
        return None
    inside = forwarded.found_in(case.letter)
    if inside is None or _is_our_own(inside) or not _works_here(case.person, case.row.mailbox):
        return None
    if _writer(inside) == case.person:
        return None
    case.letter = forwarded.unfolded(case.letter, inside)
    return inside


def as_it_was_read(letter: Letter, message: Message) -> Letter:
    """The letter of this message, with its forwarded words where they were taken as its own."""
    was_forwarded = any(each["code"] == FORWARDED for each in message.because)
    inside = forwarded.found_in(letter) if was_forwarded else None
    return forwarded.unfolded(letter, inside) if inside else letter


def propose(ticket: Ticket, inside: Forwarded, at: datetime) -> None:
    """Keep who wrote it, once for each ticket."""
    writer = inside.writer
    ProposedRequester.objects.get_or_create(
        ticket=ticket,
        defaults={
            "person": _writer(inside),
            "address": storable(writer.address)[:320],
            "name": storable(writer.name)[:120],
            "proposed_at": at,
        },
    )


def _works_here(person: Person, mailbox: Mailbox) -> bool:
    workers = permissions.people_who_may_work(mailbox.desk, mailbox.service)
    return workers.filter(pk=person.pk).exists()


def _is_our_own(inside: Forwarded) -> bool:
    """A mail of our own that somebody forwards back to us is nobody's request."""
    address = plain_address(storable(inside.writer.address))
    ours = {address, keyed.bare_address(address)}
    return Mailbox.objects.filter(address__in=ours).exists()


def _writer(inside: Forwarded) -> Person | None:
    """Whom the address names; where a mail program left it out, whom the name names alone."""
    if inside.writer.address:
        found = Person.objects.who_write().with_address(storable(inside.writer.address))
    else:
        found = Person.objects.active().filter(name=storable(inside.writer.name))
    people = list(found[:2])
    return people[0] if len(people) == 1 else None
