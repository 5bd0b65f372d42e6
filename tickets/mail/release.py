"""What a person decides about a letter in quarantine."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.actions import people
from departments.models import Person
from helpdesk.lib.errors import Refused
from tickets import permissions
from tickets.mail import intake, steps
from tickets.mail.apart import parse
from tickets.mail.automatic import is_unattended
from tickets.mail.case import Case, Outcome, Verdict
from tickets.mail.content import storable
from tickets.mail.letter import Letter
from tickets.mail.threading import Thread
from tickets.merged import end_of_chain
from tickets.models import InboundMail, State
from tickets.reasons import Reasons, reason


@transaction.atomic
def release(
    row: InboundMail,
    *,
    by: Person,
    address: str = "",
    joins: bool = False,
    at: datetime | None = None,
) -> InboundMail:
    """Let a letter in: as a reply on the ticket it was held back from, or as a new request.

    `address` says who wrote it, where the sender is unknown. The reader of the letter vouches
    for it; the permissions of its writer still hold.
    """
    at = at or timezone.now()
    row = _locked(row, by)
    case = Case(row=row, letter=parse(bytes(row.raw)), now=at)
    if steps.hold_back_proofs(case) and is_from_machine(case.letter):
        raise Refused(
            _("It proves an address to others, so it becomes no request. Read it, then reject it.")
        )
    case.sender = _writer(case, address)
    because = (reason("let_in", name=by.name),)
    if joins:
        case.thread = _thread(case, because)
    verdict = (steps.join(case) if joins else None) or steps.open_new(case)
    intake.settle(row, _because(verdict, because), at, case)
    return row


@transaction.atomic
def reject(row: InboundMail, *, by: Person, why: str, at: datetime | None = None) -> InboundMail:
    """Put a letter away for good; it stays stored, with the reason."""
    row = _locked(row, by)
    if not why.strip():
        raise Refused(_("Say why, so that the next person who looks understands."))
    row.outcome = Outcome.REJECTED
    row.because = [reason("rejected", name=by.name, reason=why.strip()[:300])]
    row.settled_at = at or timezone.now()
    row.save(update_fields=["outcome", "because", "settled_at"])
    return row


@transaction.atomic
def welcome(row: InboundMail, *, by: Person, at: datetime | None = None) -> InboundMail:
    """Make an employee of an unknown sender, and let the letter in as their request."""
    letter = parse(bytes(row.raw))
    if letter.sender is None:
        raise Refused(_("Nobody signed this letter, so nobody can be added."))
    people.take_on(letter.sender.address, name=storable(letter.sender.name), by=by)
    return release(row, by=by, at=at)


@dataclass(frozen=True)
class Settled:
    """How a decision about several letters went."""

    done: int
    refused: tuple[str, ...]


def settle_many(rows: Iterable[InboundMail], *, choice: str, by: Person, why: str) -> Settled:
    """The same decision for each letter on its own: what one refuses does not stop the others."""
    decide: dict[str, Callable[[InboundMail], object]] = {
        "new": lambda row: release(row, by=by),
        "welcome": lambda row: welcome(row, by=by),
        "reject": lambda row: reject(row, by=by, why=why),
    }
    done, refused = 0, []
    for row in rows:
        try:
            decide[choice](row)
            done += 1
        except Refused as problem:
            words = {"subject": row.subject or _("(no subject)"), "why": problem}
            refused.append(_("“%(subject)s”: %(why)s") % words)
    return Settled(done, tuple(refused))


def _locked(row: InboundMail, by: Person) -> InboundMail:
    """The letter, held; Refused when somebody settled it meanwhile."""
    held = (
        InboundMail.objects.select_for_update(of=("self",))
        .select_related("mailbox__desk", "mailbox__service", "ticket__desk", "ticket__service")
        .filter(pk__in=InboundMail.objects.visible_to(by).filter(pk=row.pk).values("pk"))
        .get()
    )
    if held.outcome != Outcome.QUARANTINED:
        raise Refused(_("Somebody has settled this letter meanwhile."))
    return held


def is_from_machine(letter: Letter) -> bool:
    return letter.automatic or (letter.sender is not None and is_unattended(letter.sender.address))


def _writer(case: Case, address: str) -> Person:
    steps.know_sender(case)
    if case.sender is not None:
        return case.sender
    found = list(Person.objects.with_address(address).filter(is_active=True)) if address else []
    if len(found) != 1:
        raise Refused(_("Nobody here has this address. Check it, or add the person first."))
    return found[0]


def _thread(case: Case, because: Reasons) -> Thread:
    ticket = end_of_chain(case.row.ticket) if case.row.ticket else None
    if ticket is None or ticket.state == State.CLOSED:
        raise Refused(_("There is no open request to join. Open a new one."))
    if not permissions.may(case.person, "reply", ticket):
        words = {"name": case.person.name, "number": ticket.number}
        raise Refused(_("%(name)s is not on %(number)s. Add them there first.") % words)
    return Thread(ticket, because, None)


def _because(verdict: Verdict, because: Reasons) -> Verdict:
    return Verdict(verdict.outcome, because, verdict.ticket, verdict.message)
