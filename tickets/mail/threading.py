"""Which ticket a letter belongs to, and by what proof.

In this order: our keyed reply address; our keyed Message-ID in In-Reply-To, then in References
from right to left; the Message-ID of a letter that we stored; a number in the subject. The first
two are proofs that only we can have made, for one person; the others say only what the sender
claims, so they count for people who are on the ticket already, and never for agents.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from departments.models import Person
from tickets import permissions
from tickets.mail import keyed
from tickets.mail.keyed import Proof
from tickets.mail.letter import Letter
from tickets.merged import end_of_chain
from tickets.models import InboundMail, Ticket
from tickets.reasons import Reason, Reasons, reason

_NUMBER = re.compile(r"\b([A-Z][A-Z0-9]{0,5}-[1-9][0-9]{0,8})\b")
NUMBERS_MAX = 5


@dataclass(frozen=True)
class Thread:
    """A ticket, why we think so, and for whom the proof was made (None: no proof)."""

    ticket: Ticket
    because: Reasons
    made_for: int | None


def find(letter: Letter, envelope_to: str, sender: Person | None) -> Thread | None:
    """The ticket that this letter continues, if any; a merged one continues where it went."""
    found = (
        _by_address(letter, envelope_to)
        or _by_own_message_id(letter)
        or _by_stored_letter(letter, sender)
        or _by_subject(letter, sender)
    )
    if found is None or found.ticket.merged_into_id is None:
        return found
    end = end_of_chain(found.ticket)
    merged = reason("merged", number=found.ticket.number)
    return replace(found, ticket=end, because=(*found.because, merged))


def addresses(letter: Letter, envelope_to: str) -> Iterator[str]:
    """Every address to which the letter may have come, the envelope's first."""
    yield from (address for address in envelope_to.split(",") if address)
    yield from letter.recipients
    yield from (each.address for each in (*letter.to, *letter.cc))


def has_forged_address(letter: Letter, envelope_to: str) -> bool:
    """Whether it came to an address that looks keyed, but that we never made."""
    looks = [a for a in addresses(letter, envelope_to) if keyed.has_reply_token(a)]
    return bool(looks) and not any(keyed.read_reply_address(a) for a in looks)


def referred(letter: Letter) -> list[str]:
    """Message-IDs that the letter answers, the nearest first."""
    named = [letter.in_reply_to, *reversed(letter.references)]
    return [each for each in dict.fromkeys(named) if each]


def first_number(subject: str) -> str:
    """The first thing in a subject that looks like a ticket's number and is one."""
    numbers = _numbers(subject)
    if not numbers:
        return ""
    known = Ticket.objects.filter(number__in=numbers).values_list("number", flat=True)
    return next(iter(known), "")


def _numbers(subject: str) -> list[str]:
    return list(dict.fromkeys(_NUMBER.findall(subject[:500])))[:NUMBERS_MAX]


def refused_because(sender: Person, thread: Thread) -> Reason | None:
    """Why this sender may not write on that ticket by mail; None when they may."""
    ticket = thread.ticket
    is_own = ticket.requester_id == sender.pk != ticket.subject_person_id
    may_see = is_own or Ticket.objects.visible_to(sender).filter(pk=ticket.pk).exists()
    if thread.made_for is not None and thread.made_for != sender.pk:
        return reason("not_theirs", name=sender.name)
    if not may_see or not permissions.may(sender, "reply", ticket):
        return reason("not_on_it", name=sender.name)
    if thread.made_for is None and _would_speak_for_desk(sender, ticket):
        return reason("needs_notice", name=sender.name)
    return None


def _would_speak_for_desk(sender: Person, ticket: Ticket) -> bool:
    """Whether the desk would answer through this sender: only who has its requests, not their own,
    and who follows a ticket as an agent still speaks as one.
    """
    if sender.pk == ticket.requester_id:
        return False
    return not permissions.may_follow(sender, ticket) or permissions.may_work(sender, ticket)


def _by_address(letter: Letter, envelope_to: str) -> Thread | None:
    for address in addresses(letter, envelope_to):
        proof = keyed.read_reply_address(address)
        if proof and (thread := _proven(proof, "reply_address")):
            return thread
    return None


def _by_own_message_id(letter: Letter) -> Thread | None:
    for named in referred(letter):
        proof = keyed.read_message_id(named)
        if proof and (thread := _proven(proof, "own_message_id")):
            return thread
    return None


def _proven(proof: Proof, code: str) -> Thread | None:
    ticket = Ticket.objects.select_related("desk", "service").filter(pk=proof.ticket_id).first()
    return Thread(ticket, (reason(code),), proof.person_id) if ticket else None


def _by_stored_letter(letter: Letter, sender: Person | None) -> Thread | None:
    named = referred(letter)[:20]
    if not named:
        return None
    stored = InboundMail.objects.filter(
        mail_id__in=named, outcome__in=[InboundMail.Outcome.TICKET, InboundMail.Outcome.REPLY]
    ).exclude(ticket=None)
    found: dict[str, list[Ticket]] = {}
    for row in stored.select_related("ticket__desk", "ticket__service").order_by("pk"):
        found.setdefault(row.mail_id, []).extend([row.ticket] if row.ticket else [])
    for mail_id in named:
        if tickets := found.get(mail_id):
            return Thread(_own_of(tickets, sender), (reason("stored_letter"),), None)
    return None


def _own_of(tickets: list[Ticket], sender: Person | None) -> Ticket:
    """Of several that began with one Message-ID the sender's: anybody may write that of others."""
    if sender is None or len(tickets) == 1:
        return tickets[0]
    own = (ticket for ticket in tickets if permissions.may_follow(sender, ticket))
    return next(own, tickets[0])


def _by_subject(letter: Letter, sender: Person | None) -> Thread | None:
    """A number in the subject, for somebody who is on that ticket; for others it says nothing."""
    if sender is None:
        return None
    for number in _numbers(letter.subject):
        ticket = Ticket.objects.select_related("desk", "service").numbered(number).first()
        if ticket and permissions.may_follow(sender, ticket):
            return Thread(ticket, (reason("subject", number=number),), None)
    return None
