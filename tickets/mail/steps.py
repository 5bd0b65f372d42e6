"""The steps of intake. Each looks at one question and may end the matter."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from departments.models import Person
from tickets import actions, events, permissions
from tickets.events import Kind
from tickets.mail import keyed, outbound, threading
from tickets.mail.apart import parse
from tickets.mail.case import Case, Outcome, Verdict
from tickets.mail.content import Content, content_of, keep_files, storable, with_pictures
from tickets.mail.letter import Letter
from tickets.models import (
    ActorKind,
    Channel,
    InboundMail,
    Mailbox,
    Message,
    OutboundMail,
    State,
    Ticket,
)
from tickets.reasons import Reason, Reasons, reason, words


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
    """The person whom From names, by address or alias. Reply-To never decides."""
    found = case.letter.sender
    if found is None or "more than one sender" in case.letter.defects:
        return None
    people = Person.objects.with_address(storable(found.address)).filter(is_active=True)[:2]
    if len(people) == 1:
        case.sender = people[0]
    return None


def find_thread(case: Case) -> Verdict | None:
    """The ticket that the letter continues. A number alone is only a claim, and is remarked."""
    case.thread = threading.find(case.letter, case.row.envelope_to, case.sender)
    if case.thread is None and (number := threading.first_number(case.letter.subject)):
        case.remarks.append(reason("claims", number=number))
    return None


def recognise_duplicate(case: Case) -> Verdict | None:
    """The same Message-ID from the same sender with the same words; other words are kept."""
    mail_id = storable(case.letter.message_id)[:255]
    if not mail_id or case.letter.sender is None:
        return None
    _one_at_a_time(case.row.mailbox)
    earlier = InboundMail.objects.filter(
        mail_id=mail_id,
        sender=storable(case.letter.sender.address)[:320],
        outcome__in=[Outcome.TICKET, Outcome.REPLY, Outcome.FOLDED, Outcome.QUARANTINED],
        mailbox__desk=case.row.mailbox.desk_id,
    ).exclude(pk=case.row.pk)
    for row in earlier.select_related("ticket").order_by("pk")[:3]:
        if _same_words(parse(bytes(row.raw)), case.letter):
            because = (reason("same_letter", letter=row.pk),)
            return Verdict(Outcome.DUPLICATE, because, ticket=row.ticket)
        case.remarks.append(reason("used_before"))
    return None


def fold_automatic(case: Case) -> Verdict | None:
    """Mail that a machine wrote: a line on its ticket, no answer, no reopening, no clock.

    Without a ticket it is put away, unless it bears the address of one of us: a person may have
    written through a list, so somebody looks.
    """
    letter = case.letter
    if not letter.automatic:
        return None
    thread = case.thread
    if thread and (thread.made_for or (case.sender and _is_clear(case.sender, thread))):
        return _folded(case, thread.ticket)
    why = letter.automatic_reason
    if case.sender is not None and letter.bounce is None:
        return Verdict(Outcome.QUARANTINED, (reason("from_machine", why=why),))
    return Verdict(Outcome.FOLDED, (reason("automatic", why=why),))


def check_sender(case: Case) -> Verdict | None:
    """Only known people write, and on a ticket only those who may."""
    objection = _objection(case)
    if objection is None:
        return None
    ticket = case.thread.ticket if case.thread else None
    verdict = Verdict(Outcome.QUARANTINED, (objection,), ticket=ticket)
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
        key=f"letter:{case.row.pk}",
        because=thread.because,
    )
    _seal(message, content)
    return Verdict(Outcome.REPLY, thread.because, ticket=message.ticket, message=message)


def open_new(case: Case) -> Verdict:
    """A new request at the mailbox's desk; after a closed one, at the same desk as that."""
    closed = case.thread.ticket if case.thread else None
    mailbox = case.row.mailbox
    case.letter = with_pictures(case.letter)
    case.files, refused = keep_files(case.letter, case.person)
    content = content_of(case.letter, refused, case.files)
    request = actions.Request(
        summary=content.summary,
        body=content.body,
        desk=closed.desk if closed else mailbox.desk,
        service=closed.service if closed else mailbox.service,
        channel=Channel.MAIL,
        language=content.language,
        html=content.html,
        rest=content.rest,
        files=case.files,
        follows=closed,
        **_urgency(case),
    )
    key = f"letter:{case.row.pk}"
    ticket = actions.open_ticket(request, requester=case.person, at=case.row.received_at, key=key)
    message = ticket.messages.get()
    _seal(message, content)
    if closed is None:
        return Verdict(Outcome.TICKET, (reason("new"),), ticket=ticket, message=message)
    because = (reason("follows", number=closed.number),)
    Message.objects.filter(pk=message.pk).update(because=because)
    return Verdict(Outcome.TICKET, because, ticket=ticket, message=message)


def _urgency(case: Case) -> dict[str, Any]:
    """A mail that its sender marked as important says “this cannot wait”.

    Only of people who are known for certain: whoever else writes cannot ring at night.
    """
    if not case.letter.important or case.person.is_provisional:
        return {}
    with translation.override(case.person.language):
        return {"cannot_wait": True, "cannot_wait_reason": _("marked as important by mail")}


def _seal(message: Message, content: Content) -> None:
    if content.seal:
        Message.objects.filter(pk=message.pk).update(seal=content.seal)


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
    if letter.sender is None:
        return reason("unsigned")
    if "more than one sender" in letter.defects:
        return reason("two_senders")
    if case.sender is None:
        return reason("stranger", address=storable(letter.sender.address))
    if thread is not None:
        if objection := threading.refused_because(case.sender, thread):
            return objection
        is_over = thread.ticket.state == State.CLOSED
        if is_over and not permissions.may_follow(case.sender, thread.ticket):
            return reason("closed")
        return None
    if threading.has_forged_address(letter, case.row.envelope_to):
        return reason("forged_address")
    return None


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


def _one_at_a_time(mailbox: Mailbox) -> None:
    """Wait for whoever reads another letter of this desk: it may be the same one."""
    boxes = Mailbox.objects.select_for_update(no_key=True).filter(desk=mailbox.desk_id)
    list(boxes.order_by("pk").values_list("pk", flat=True))


def _same_words(one: Letter, other: Letter) -> bool:
    return (
        one.text.split() == other.text.split()
        and one.subject == other.subject
        and [a.content for a in one.attachments] == [a.content for a in other.attachments]
    )
