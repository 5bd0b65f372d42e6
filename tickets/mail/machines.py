"""Automatic mail that may ask: which machines a mailbox listens to, and how much of them."""

from datetime import timedelta

from django.db.models import QuerySet

from departments.models import Person
from tickets.mail.case import Case, Outcome, Verdict
from tickets.mail.content import storable
from tickets.mail.senders import is_listed
from tickets.mail.threading import Thread
from tickets.models import InboundMail
from tickets.reasons import reason

SAME_ALERT = timedelta(hours=24)
MESSAGES_AN_HOUR = 20  # On one ticket; what comes beyond is put away.
TICKETS_AN_HOUR = 30  # For one mailbox; what comes beyond waits for a lead.
_HOUR = timedelta(hours=1)


def speaks_for(case: Case) -> Person | None:
    """In whose name a machine that this mailbox listens to files; None for everybody else."""
    mailbox, sender = case.row.mailbox, case.letter.sender
    if sender is None or mailbox.machines_as_id is None:
        return None
    if not is_listed(storable(sender.address), mailbox.machines):
        return None
    person = mailbox.machines_as
    return person if person is not None and person.is_active else None


def same_alert(case: Case) -> Thread | None:
    """The request that the same machine opened under the same subject lately."""
    earlier = _letters(case).filter(
        outcome=Outcome.TICKET,
        subject=storable(case.letter.subject)[:300],
        received_at__gt=case.row.received_at - SAME_ALERT,
        ticket__requester=case.person,
        ticket__merged_into=None,
    )
    row = earlier.select_related("ticket__desk", "ticket__service").order_by("-pk").first()
    if row is None or row.ticket is None:
        return None
    return Thread(row.ticket, (reason("same_alert"),), None)


def too_often(case: Case) -> Verdict | None:
    """What a machine gone mad sends beyond a measure."""
    since = case.row.received_at - _HOUR
    if case.thread is not None:
        ticket = case.thread.ticket
        said = _letters(case).filter(ticket=ticket, outcome=Outcome.REPLY, received_at__gt=since)
        if said.count() < MESSAGES_AN_HOUR:
            return None
        because = (reason("machine_again", limit=MESSAGES_AN_HOUR),)
        return Verdict(Outcome.FOLDED, because, ticket=ticket)
    opened = InboundMail.objects.filter(
        mailbox=case.row.mailbox,
        outcome=Outcome.TICKET,
        received_at__gt=since,
        ticket__requester=case.person,
    )
    if opened.count() < TICKETS_AN_HOUR:
        return None
    return Verdict(Outcome.QUARANTINED, (reason("machine_many", limit=TICKETS_AN_HOUR),))


def _letters(case: Case) -> QuerySet[InboundMail]:
    assert case.letter.sender is not None
    sender = storable(case.letter.sender.address)[:320]
    return InboundMail.objects.filter(mailbox=case.row.mailbox, sender=sender)
