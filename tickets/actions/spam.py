"""Spam that got in by mail: the ticket ends, and its sender's next letters wait for a lead."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person, Role
from helpdesk.lib.errors import Refused
from tickets import events, permissions, sla
from tickets.actions.as_it_was import CHANGED, as_it_is, put_back
from tickets.actions.locking import lock
from tickets.models import Channel, InboundMail, Outcome, SpamSender, State, Ticket
from tickets.reasons import reason

Kind = events.Kind


@transaction.atomic
def mark_spam(
    ticket: Ticket, *, by: Person, is_sure: bool = False, at: datetime | None = None
) -> Ticket:
    """Close it as spam, without a word to its sender, whose next letters are held back.

    Of an employee only a lead may say so, and `is_sure` (else Refused asks, code `confirm`).
    """
    at = at or timezone.now()
    ticket = lock(ticket)
    check(ticket, by=by)
    if permissions.is_employee(ticket.requester) and not is_sure:
        words = _("%(name)s works here. Confirm that their mail is spam and waits for a lead.")
        raise Refused(words % {"name": ticket.requester.name}, code="confirm")
    was = as_it_is(ticket)
    ticket.move_to(State.CLOSED, outcome=Outcome.SPAM)
    ticket.resolved_at, ticket.closed_at = None, at
    ticket.save(update_fields=CHANGED)
    events.record(
        ticket,
        Kind.MARKED_SPAM,
        by=by,
        at=at,
        state=ticket.state,
        outcome=ticket.outcome,
        was=was,
    )
    for address in _addresses(ticket):
        SpamSender.objects.create(address=address, ticket=ticket, marked_by=by, marked_at=at)
    _tell_letters(ticket, by)
    sla.settle(ticket, at=at)
    return ticket


@transaction.atomic
def clear_spam(ticket: Ticket, *, by: Person, at: datetime | None = None) -> Ticket:
    """It was no spam: the ticket goes on as it was, and its sender writes to us again."""
    at = at or timezone.now()
    ticket = lock(ticket)
    permissions.require(by, "work", ticket)
    marked = ticket.events.filter(kind=Kind.MARKED_SPAM).order_by("pk").last()
    if marked is None or ticket.outcome != Outcome.SPAM:
        words = _("%(number)s is not marked as spam.")
        raise Refused(words % {"number": ticket.number})
    put_back(ticket, marked.facts["was"])
    # No state among the facts: for the clocks it has never been spam.
    events.record(ticket, Kind.NOT_SPAM, by=by, at=at)
    ticket.spam_senders.all().delete()
    for letter in _letters(ticket):
        letter.because = [each for each in letter.because if each["code"] != "spam"]
        letter.save(update_fields=["because"])
    sla.settle(ticket, at=at)
    return ticket


@transaction.atomic
def lift(sender: SpamSender, *, by: Person) -> None:
    """Let this address write to us again, by whichever tickets it was held back.

    The tickets stay closed, and letters that wait go on waiting for a decision.
    """
    seen = SpamSender.objects.visible_to(by)
    if not seen.filter(pk=sender.pk).exists():
        raise Refused(_("Only a lead may let this sender in again."), code="forbidden")
    seen.of(sender.address).delete()


def check(ticket: Ticket, *, by: Person) -> None:
    """Refused when this person may not call it spam, or nobody may."""
    permissions.require(by, "work", ticket)
    if ticket.channel != Channel.MAIL:
        raise Refused(_("Only what came by mail can be spam. Close it as declined instead."))
    if ticket.state == State.CLOSED:
        raise Refused(_("%(number)s is closed already.") % {"number": ticket.number})
    is_lead = permissions.role_at(by, ticket.desk) == Role.LEAD
    if permissions.is_employee(ticket.requester) and not is_lead:
        words = _("%(name)s works here: only a lead may mark their mail as spam.")
        raise Refused(words % {"name": ticket.requester.name}, code="forbidden")


def _letters(ticket: Ticket) -> list[InboundMail]:
    return list(ticket.letters.defer("raw").order_by("pk"))


def _addresses(ticket: Ticket) -> list[str]:
    """From where its requester mailed it: the first letter's sender, else the requester's own.

    Never of who forwarded somebody else's letter to the desk.
    """
    written = ticket.letters.filter(message__author=ticket.requester_id)
    opened = written.filter(outcome=InboundMail.Outcome.TICKET).order_by("pk")
    senders = [sender for sender in opened.values_list("sender", flat=True) if sender]
    return sorted({sender.lower() for sender in senders} or {ticket.requester.email.lower()})


def _tell_letters(ticket: Ticket, by: Person) -> None:
    """Its letters say so; how each ended stays, so that the balance of mail comes out even."""
    for letter in _letters(ticket):
        letter.because = [*letter.because, reason("spam", name=by.name)]
        letter.save(update_fields=["because"])
