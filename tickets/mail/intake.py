"""What happens when a mail arrives: the steps in order, ending in the same actions as the form.

The letter is stored already (receive.py). Whatever goes wrong here, its raw bytes stay: a failed
letter is tried again, and after the third time it waits for a person to look at it.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from helpdesk.lib.errors import Refused
from tickets.mail import steps
from tickets.mail.apart import parse
from tickets.mail.case import Case, Outcome, Verdict
from tickets.mail.content import storable
from tickets.mail.letter import Letter
from tickets.models import InboundMail, Ticket
from tickets.reasons import reason, said

log = logging.getLogger(__name__)
CLAIM_EXPIRES = timedelta(seconds=45)  # with the sweep, a killed worker costs under a minute
ATTEMPTS_MAX = 3
BATCH = 200
NOBODY = "<>"

# The first step that returns a verdict ends the matter.
STEPS: tuple[Callable[[Case], Verdict | None], ...] = (
    steps.recognise_bounce,  # Our own mail came back: said on its ticket.
    steps.know_sender,  # From names one of us, or nobody.
    steps.find_thread,  # The ticket it belongs to, and by what proof.
    steps.recognise_duplicate,  # The same letter again.
    steps.fold_automatic,  # A machine wrote it: no answer, no ticket.
    steps.check_sender,  # Strangers and forged addresses wait in quarantine.
    steps.join,  # A reply to an open ticket.
    steps.open_new,  # Everything else is a new request.
)


def take_in(pk: int, now: datetime | None = None) -> bool:
    """Read one stored letter, if it waits and nobody else has it."""
    now = now or timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_EXPIRES)
    waiting = InboundMail.objects.waiting().filter(free, pk=pk)
    if not waiting.update(claimed_at=now, attempts=F("attempts") + 1):
        return False
    row = InboundMail.objects.select_related("mailbox__desk", "mailbox__service").get(pk=pk)
    if row.attempts > ATTEMPTS_MAX:  # It took its worker down each time.
        settle(row, Verdict(Outcome.QUARANTINED, (reason("unreadable"),)), now)
        return False
    return _read(row, now)


def take_in_waiting(now: datetime | None = None) -> int:
    """Read every letter that waits, the oldest first; returns how many were settled."""
    now = now or timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_EXPIRES)
    waiting = InboundMail.objects.waiting().filter(free).values_list("pk", flat=True)
    return sum(take_in(pk, now=now) for pk in list(waiting[:BATCH]))


def _read(row: InboundMail, now: datetime) -> bool:
    """Parse and decide in one transaction; a failure leaves the letter and counts the attempt."""
    case = Case(row=row, letter=read(row), now=now)
    try:
        with transaction.atomic():
            if not _is_still_ours(row):
                return False
            settle(row, decide(case), now, case)
        return True
    except Refused as problem:
        verdict = Verdict(Outcome.QUARANTINED, (said(str(problem)),), ticket=_ticket_of(case))
    except Exception as problem:  # Whatever a letter does, the next one must be read.
        log.exception("letter.failed letter=%s attempt=%s", row.pk, row.attempts)
        if row.attempts < ATTEMPTS_MAX:
            _forget_files(case)
            return False
        failed = reason("failed", error=type(problem).__name__)
        verdict = Verdict(Outcome.QUARANTINED, (failed,))
    _forget_files(case)
    with transaction.atomic():
        steps.tell_held_back(case, verdict)
        settle(row, verdict, now, case)
    return True


def _is_still_ours(row: InboundMail) -> bool:
    """Whether the claim still holds; whoever slept through its end leaves the letter alone."""
    mine = InboundMail.objects.waiting().filter(pk=row.pk, claimed_at=row.claimed_at)
    return mine.select_for_update().values_list("pk", flat=True).first() is not None


def read(row: InboundMail) -> Letter:
    """The letter; what came with the empty return path was sent by a machine (RFC 5321, 4.5.5)."""
    letter = parse(bytes(row.raw))
    if row.envelope_from != NOBODY or letter.automatic:
        return letter
    return replace(letter, automatic=True, automatic_reason="null return path")


def decide(case: Case) -> Verdict:
    """Walk the steps until one of them ends it."""
    for step in STEPS:
        if verdict := step(case):
            return verdict
    raise AssertionError("the last step always ends it")


def settle(row: InboundMail, verdict: Verdict, now: datetime, case: Case | None = None) -> None:
    """Write down how the letter ended; every letter ends exactly once."""
    if case is not None:
        letter = case.letter
        row.mail_id = storable(letter.message_id)[:255]
        row.sender = storable(letter.sender.address if letter.sender else "")[:320]
        row.subject = storable(letter.subject)[:300]
    row.outcome = verdict.outcome
    row.because = [*verdict.because, *(case.remarks if case else [])]
    row.ticket, row.message = verdict.ticket, verdict.message
    row.settled_at = now
    row.save(
        update_fields=[
            "mail_id", "sender", "subject", "outcome", "because", "ticket", "message", "settled_at",
        ]
    )  # fmt: skip


def _ticket_of(case: Case) -> Ticket | None:
    return case.thread.ticket if case.thread else None


def _forget_files(case: Case) -> None:
    """Files of a transaction that was taken back."""
    for file in case.files:
        file.file.delete(save=False)
