"""What happens when a mail arrives: the steps in order, ending in the same actions as the form.

The letter is stored already (receive.py). Whatever goes wrong here, its raw bytes stay: a failed
letter is tried again, and after the third time it waits for a person to look at it.
"""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import BigAutoField, CharField, Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from helpdesk.lib.errors import Refused
from helpdesk.lib.prepared import Given, Prepared
from helpdesk.lib.returning import changed
from tickets.mail import floods, spam, steps
from tickets.mail.apart import parse
from tickets.mail.case import Case, Outcome, Verdict
from tickets.mail.content import storable
from tickets.mail.letter import Letter
from tickets.models import InboundMail, Mailbox, SpamSender, Ticket
from tickets.reasons import reason, said

log = logging.getLogger(__name__)
CLAIM_EXPIRES = timedelta(seconds=45)  # with the sweep, a killed worker costs under a minute
ATTEMPTS_MAX = 3
BATCH = 200
# Letters that another one may be a copy of; a flood of copies does not make each slower.
COUNTED = (
    Outcome.STORED, Outcome.TICKET, Outcome.REPLY, Outcome.FOLDED, Outcome.QUARANTINED,
)  # fmt: skip
COPIES_MAX = 20
NO_ID = " "  # No letter has this Message-ID.
NOBODY = "<>"

# The first step that returns a verdict ends the matter.
STEPS: tuple[Callable[[Case], Verdict | None], ...] = (
    steps.recognise_bounce,  # Our own mail came back: said on its ticket.
    steps.know_sender,  # From names one of us, or nobody.
    steps.find_thread,  # The ticket it belongs to, and by what proof.
    steps.recognise_duplicate,  # The same letter again.
    steps.hold_back_proofs,  # Codes that prove an address: nobody's to read but a lead's.
    steps.fold_automatic,  # A machine wrote it: no answer, no ticket.
    spam.hold_spammer,  # Marked as spam before: a lead looks first.
    steps.meet_sender,  # Who is new becomes an employee or a guest, where the mailbox says so.
    steps.check_sender,  # Strangers and forged addresses wait in quarantine.
    steps.hold_back_loops,  # Machines without any sign of one, that could answer us for ever.
    steps.take_alert,  # Machines that may ask, as long as they keep to a measure.
    steps.join,  # A reply to an open ticket.
    steps.open_new,  # Everything else is a new request.
)


def take_in(pk: int, now: datetime | None = None) -> bool:
    """Read one stored letter, if it waits and nobody else has it."""
    now = now or timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_EXPIRES)
    waiting = InboundMail.objects.waiting().filter(free, pk=pk)
    row = next(iter(changed(waiting, claimed_at=now, attempts=F("attempts") + 1)), None)
    if row is None:
        return False
    if row.attempts > ATTEMPTS_MAX:  # It took its worker down each time.
        settle(row, Verdict(Outcome.QUARANTINED, (reason("unreadable"),)), now)
        return False
    return _read(row, now)


def take_in_waiting(
    now: datetime | None = None,
    within: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> int:
    """Read the letters that wait, one of each sender in turn; returns how many were settled.

    Each is read within a context of its own, where the caller sees to what follows.
    """
    now = now or timezone.now()
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_EXPIRES)
    waiting = floods.in_turns(InboundMail.objects.waiting().filter(free), "sender", "pk")
    settled = 0
    for pk in list(waiting.values_list("pk", flat=True)[:BATCH]):
        with within():
            settled += take_in(pk, now=now)
    return settled


def _read(row: InboundMail, now: datetime) -> bool:
    """Parse and decide in one transaction; a failure leaves the letter and counts the attempt."""
    case = Case(row=row, letter=read(row), now=now)
    try:
        with transaction.atomic():
            if not _hold(case):
                return False
            settle(case.row, decide(case), now, case)
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


def _hold(case: Case) -> bool:
    """Take hold of the letter and of all that bear its Message-ID; False when its claim is lost.

    Of two copies, at two mailboxes, the second waits here for the first: both were stored with
    their Message-ID before anybody read them. Who slept through the end of a claim leaves the
    letter alone.
    """
    row = case.row
    wanted = {"pk": row.pk, "sender": spam.address_of(case.letter).lower()}
    held = HELD(mail_id=storable(case.letter.message_id)[:255] or NO_ID, **wanted)
    mine = next((each for each in held if each.pk == row.pk), None)
    if mine is None:  # Beyond the copies that are looked at.
        (mine,) = HELD(mail_id=NO_ID, **wanted)
    case.row = mine
    case.is_spammer = getattr(mine, "is_spammer", False)
    case.copies = [each for each in held if each.pk != row.pk]
    return mine.outcome == Outcome.STORED and mine.claimed_at == row.claimed_at


def _held() -> QuerySet[InboundMail]:
    """One letter and its copies, with all that intake asks about its mailbox.

    In the order of their keys, so that nobody waits for ever.
    """
    elder = Mailbox.objects.filter(
        Q(service=OuterRef("mailbox__service")) | Q(service=None),
        desk=OuterRef("mailbox__desk"),
        is_active=True,
        pk__lt=OuterRef("mailbox"),
    )
    same = Q(mail_id=Given("mail_id", CharField()), outcome__in=COUNTED)
    found = InboundMail.objects.filter(Q(pk=Given("pk", BigAutoField())) | same)
    return (
        found.select_for_update(of=("self",))
        .select_related(
            "mailbox__desk__sla_policy",
            "mailbox__desk__calendar",
            "mailbox__service__sla_policy",
            "mailbox__service__calendar",
        )
        .annotate(is_spammer=Exists(SpamSender.objects.of(Given("sender", CharField()))))
        .annotate(may_have_elder=Exists(elder))
        .defer("raw")
        .order_by("pk")[:COPIES_MAX]
    )


HELD = Prepared(_held)


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
