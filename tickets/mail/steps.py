"""The steps of intake. Each looks at one question and may end the matter."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from departments.models import Person
from tickets import actions, events, permissions
from tickets.events import Kind
from tickets.mail import copied, keyed, loops, machines, outbound, refiling, senders, threading
from tickets.mail.apart import parse
from tickets.mail.automatic import is_unattended
from tickets.mail.case import Case, Outcome, Verdict
from tickets.mail.content import content_of, keep_files, storable, with_pictures
from tickets.mail.letter import Letter
from tickets.mail.one_time import proves_an_address
from tickets.models import (
    ActorKind,
    Channel,
    OutboundMail,
    State,
    Ticket,
)
from tickets.reasons import ECHO, FORWARDED, MACHINE, Reason, Reasons, reason, words


def recognise_bounce(case: Case) -> Verdict | None:
    """One of our mails came back. Only a keyed return path or Message-ID counts as proof."""
    letter = case.letter
    if not (letter.bounce or letter.automatic):
        return None
    mail = _came_back(case)
    if mail is None or mail.ticket is None:
        return None
    if letter.bounce is None:
        return _folded(case, mail.ticket)
    because = (reason("did_not_arrive", to=mail.to_address),)
    if letter.bounce.permanent:
        _mark_failed(mail, case)
    else:
        _fold(mail.ticket, case, (reason("not_yet"),))
    return Verdict(Outcome.BOUNCE, because, ticket=mail.ticket)


def know_sender(case: Case) -> Verdict | None:
    """The person whom From names, by address or alias, or in whose name a machine writes.

    Neither Reply-To nor Sender ever decides.
    """
    found = case.letter.sender
    if found is None or is_ambiguous(case.letter):
        return None
    case.objection = senders.objection(case.letter, case.row.mailbox)
    if person := machines.speaks_for(case):
        case.sender, case.is_machine = person, True
        return None
    case.sender = senders.known(storable(found.address), case.row.mailbox, case.row.received_at)
    return None


def is_ambiguous(letter: Letter) -> bool:
    return "more than one sender" in letter.defects or "no From" in letter.defects


def find_thread(case: Case) -> Verdict | None:
    """The ticket that the letter continues. A number alone is only a claim, and is remarked."""
    case.thread = threading.find(case.letter, case.row.envelope_to, case.sender)
    if case.thread is None and case.is_machine:
        case.thread = machines.same_alert(case)
    if case.thread is None and (number := threading.first_number(case.letter.subject)):
        case.remarks.append(reason("claims", number=number))
    return None


def recognise_duplicate(case: Case) -> Verdict | None:
    """The same Message-ID from the same sender with the same words; other words are kept."""
    if case.letter.sender is None:
        return None
    sender, desk = storable(case.letter.sender.address)[:320], case.row.mailbox.desk_id
    earlier = [
        row
        for row in case.copies
        if row.outcome != Outcome.STORED and row.sender == sender and row.mailbox.desk_id == desk
    ]
    for row in earlier[:3]:
        if _same_words(parse(bytes(row.raw)), case.letter):
            because = (reason("same_letter", letter=row.pk),)
            return Verdict(Outcome.DUPLICATE, because, ticket=row.ticket)
        case.remarks.append(reason("used_before"))
    return None


def hold_back_proofs(case: Case) -> Verdict | None:
    """A code or link that proves an address to others is nobody's to read but a lead's."""
    letter = case.letter
    sender = letter.sender.address if letter.sender else ""
    if case.sender is not None and not (letter.automatic or is_unattended(sender)):
        return None  # One of us tells of a code that does not come.
    if letter.bounce is not None or not proves_an_address(letter):
        return None
    return Verdict(Outcome.QUARANTINED, (reason("one_time_code"),))


def fold_automatic(case: Case) -> Verdict | None:
    """Mail that a machine wrote: a line on its ticket, no answer, no reopening, no clock.

    Without a ticket it is put away, unless it bears the address of one of us: a person may have
    written through a list, so somebody looks.
    """
    letter = case.letter
    if not letter.automatic or case.is_machine:
        return None
    thread, sender = case.thread, case.sender if case.objection is None else None
    if thread and (thread.made_for or (sender and _is_clear(sender, thread))):
        return _folded(case, thread.ticket)
    why = letter.automatic_reason
    if sender is not None and letter.bounce is None:
        return Verdict(Outcome.QUARANTINED, (reason("from_machine", why=why),))
    return Verdict(Outcome.FOLDED, (reason("automatic", why=why),))


def take_alert(case: Case) -> Verdict | None:
    """What a machine reports, as long as it keeps to a measure."""
    return machines.too_often(case) if case.is_machine else None


def meet_sender(case: Case) -> Verdict | None:
    """An unknown sender becomes an employee or a guest, where the mailbox says so.

    Never because of a letter that claims a place on a ticket: its writer would not be on it.
    """
    if case.sender is not None or case.objection is not None or is_ambiguous(case.letter):
        return None
    if case.thread or threading.has_forged_address(case.letter, case.row.envelope_to):
        return None
    met = senders.meet(case.letter, case.row.mailbox, case.now)
    if isinstance(met, Person):
        case.sender = met
        case.remarks.append(reason("new_guest" if met.is_guest else "new_employee", name=met.name))
        return None
    return Verdict(Outcome.QUARANTINED, (met,)) if met else None


def check_sender(case: Case) -> Verdict | None:
    """Only known people write, and on a ticket only those who may."""
    objection = _objection(case)
    if objection is None:
        return None
    ticket = case.thread.ticket if case.thread else None
    verdict = Verdict(Outcome.QUARANTINED, (objection,), ticket=ticket)
    tell_held_back(case, verdict)
    return verdict


def hold_back_loops(case: Case) -> Verdict | None:
    """What only a machine writes waits for a lead; the ticket says so once an hour."""
    verdict = loops.verdict_on(case)
    if verdict is not None and not loops.is_told(case):
        tell_held_back(case, verdict)
    return verdict


def join(case: Case) -> Verdict | None:
    """A reply, through the same action as the page's."""
    thread = case.thread
    if thread is None or thread.ticket.state == State.CLOSED:
        return None
    case.letter = with_pictures(case.letter)
    case.files, refused = keep_files(case.letter, case.person)
    content = content_of(case.letter, refused, case.files)
    message = actions.reply(
        thread.ticket,
        by=case.person,
        body=content.body,
        html=content.html,
        rest=content.rest,
        at=case.row.received_at,
        channel=Channel.MAIL,
        files=case.files,
        seal=content.seal,
        because=thread.because,
    )
    copied.propose(case, message)
    return Verdict(Outcome.REPLY, thread.because, ticket=message.ticket, message=message)


def open_new(case: Case) -> Verdict:
    """A new request at the mailbox's desk; after a closed one, at the same desk as that."""
    closed = case.thread.ticket if case.thread else None
    mailbox = case.row.mailbox
    inside = None if closed else refiling.forwarded_by_desk(case)
    case.letter = with_pictures(case.letter)
    case.files, refused = keep_files(case.letter, case.person)
    content = content_of(case.letter, refused, case.files)
    because = (_why_new(case, closed, is_forwarded=inside is not None),)
    request = actions.Request(
        summary=content.summary,
        body=content.body,
        desk=closed.desk if closed else mailbox.desk,
        service=closed.service if closed else mailbox.service,
        channel=Channel.MAIL,
        language=content.language,
        html=content.html,
        rest=content.rest,
        seal=content.seal,
        because=() if because[0]["code"] == "new" else because,
        files=case.files,
        follows=closed,
        **_urgency(case),
    )
    ticket, message = actions.open_by_letter(
        request, requester=case.person, at=case.row.received_at
    )
    copied.propose(case, message)
    if inside is not None:
        refiling.propose(ticket, inside, case.now)
    return Verdict(Outcome.TICKET, because, ticket=ticket, message=message)


def _why_new(case: Case, closed: Ticket | None, *, is_forwarded: bool) -> Reason:
    if case.is_machine:
        return reason(MACHINE, address=storable(_written_by(case)))
    if is_forwarded or case.is_echo:
        return reason(FORWARDED if is_forwarded else ECHO)
    return reason("follows", number=closed.number) if closed else reason("new")


def _written_by(case: Case) -> str:
    return case.letter.sender.address if case.letter.sender else ""


def _urgency(case: Case) -> dict[str, Any]:
    """A mail that its sender marked as important says “this cannot wait”.

    Only of people who are known for certain: whoever else writes cannot ring at night.
    """
    person = case.person
    if not case.letter.important or person.is_provisional or person.is_guest or case.is_machine:
        return {}
    with translation.override(case.person.language):
        return {"cannot_wait": True, "cannot_wait_reason": _("marked as important by mail")}


def tell_held_back(case: Case, verdict: Verdict) -> None:
    """The desk sees on the ticket that a mail for it waits, and why."""
    if verdict.ticket is None or _is_told(verdict.ticket, Kind.MAIL_QUARANTINED, case):
        return
    events.record(
        verdict.ticket,
        Kind.MAIL_QUARANTINED,
        at=case.now,
        actor_kind=ActorKind.MAIL,
        because=verdict.because,
        sender=storable(case.letter.sender.address if case.letter.sender else ""),
        letter=case.row.pk,
    )


def _objection(case: Case) -> Reason | None:
    """Why a person must look first; None when nothing speaks against it."""
    letter, thread = case.letter, case.thread
    if objection := _unbelieved(case):
        return objection
    if thread is not None:
        if objection := threading.refused_because(case.person, thread):
            return objection
        is_over = thread.ticket.state == State.CLOSED
        if is_over and not permissions.may_follow(case.person, thread.ticket):
            return reason("closed")
        return None
    if threading.has_forged_address(letter, case.row.envelope_to):
        return reason("forged_address")
    return None


def _unbelieved(case: Case) -> Reason | None:
    """Why nobody whom we know can be taken for the writer."""
    letter = case.letter
    if letter.sender is None or "no From" in letter.defects:
        return reason("unsigned")
    if "more than one sender" in letter.defects:
        return reason("two_senders")
    if case.objection is None and case.sender is None:
        return reason("stranger", address=storable(letter.sender.address))
    return case.objection


def _is_clear(sender: Person, thread: threading.Thread) -> bool:
    return not threading.refused_because(sender, thread)


def _came_back(case: Case) -> OutboundMail | None:
    """Our mail that this letter is about, by proof."""
    known = OutboundMail.objects.select_related("ticket", "person")
    for address in threading.addresses(case.letter, case.row.envelope_to):
        if number := keyed.read_return_address(address):
            return known.filter(pk=number).first()
    bounce = case.letter.bounce
    if bounce and keyed.read_message_id(bounce.original_message_id):
        return known.filter(mail_id=bounce.original_message_id).first()
    return None


def _mark_failed(mail: OutboundMail, case: Case) -> None:
    """Say it on the ticket, once for each mail however many reports come."""
    because = (reason("sent_back"),)
    fresh = OutboundMail.objects.filter(pk=mail.pk).exclude(state=OutboundMail.State.FAILED)
    if fresh.update(state=OutboundMail.State.FAILED, error=words(because)):
        outbound.tell_failed(mail, because, case.now)


def _is_told(ticket: Ticket, kind: Kind, case: Case) -> bool:
    """Whether the ticket has a line of this letter already: it is being read again."""
    return ticket.events.filter(kind=kind, facts__letter=case.row.pk).exists()


def _folded(case: Case, ticket: Ticket) -> Verdict:
    """A machine's mail as a line on this ticket."""
    because = (reason("automatic", why=case.letter.automatic_reason),)
    _fold(ticket, case, because)
    return Verdict(Outcome.FOLDED, because, ticket=ticket)


def _fold(ticket: Ticket, case: Case, because: Reasons) -> None:
    if _is_told(ticket, Kind.MAIL_FOLDED, case):
        return
    events.record(
        ticket,
        Kind.MAIL_FOLDED,
        at=case.now,
        actor_kind=ActorKind.MAIL,
        because=because,
        letter=case.row.pk,
    )


def _same_words(one: Letter, other: Letter) -> bool:
    return (
        one.text.split() == other.text.split()
        and one.subject == other.subject
        and [a.content for a in one.attachments] == [a.content for a in other.attachments]
    )
