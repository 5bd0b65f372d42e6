"""Mail out: rows written beside their cause, sent by whichever worker claims them first.

A row is *queued*, then *sending* while one worker holds it, then *sent* or *failed*. Whoever
dies while sending leaves *sending* behind; after a while it is *unknown* and goes out again
under the same Message-ID, so that one crash costs at most one duplicate and never a mail.
"""

import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from departments.models import Person
from helpdesk.lib.background import later
from helpdesk.lib.returning import added
from tickets import events
from tickets.events import Kind
from tickets.mail import compose, floods, keyed, pace, slips, transport
from tickets.mail.automatic import is_unattended
from tickets.mail.senders import is_chatty
from tickets.models import (
    ActorKind,
    Channel,
    GapWarning,
    Message,
    OutboundMail,
    Ticket,
    TicketEvent,
)
from tickets.reasons import Reasons, said

log = logging.getLogger(__name__)
State = OutboundMail.State
CLAIM_EXPIRES = timedelta(seconds=45)
BACK_OFF = tuple(timedelta(seconds=s) for s in (10, 30, 120, 600, 1800, 3600, 7200, 14400))
MAX_ATTEMPTS = 24  # Some three days of trying.
BATCH = 200
ACKNOWLEDGEMENTS_AN_HOUR = 5
GUESTS_TOLD_AN_HOUR = 60  # All guests together; each at most once.
WRITTEN_BY_NOBODY = (pace.ACKNOWLEDGEMENT, slips.LATE)
ACCOUNT = pace.ACCOUNT
ACCOUNT_LETTERS = {"password_reset_key": "password_reset"}


def tell(kind: str, *, key: str, to: Person, event: TicketEvent) -> None:
    """Mail it as its reader chose: at once, after their quiet hours, in the daily mail, or not."""
    planned = pace.plan(kind, key=key, to=to, ticket=event.ticket, now=timezone.now())
    if planned.goes_as_mail:
        queue(kind, key=key, to=to, event=event, planned=planned)
    else:
        pace.keep_line(planned, key=key, to=to, at=event.at, event=event)


def queue(
    kind: str, *, key: str, to: Person, event: TicketEvent, planned: pace.Plan | None = None
) -> tuple[OutboundMail, bool]:
    """The mail with this key, written in the running transaction unless it is there already."""
    # An acknowledgement is hardly ever there: then its key finds out.
    if kind != pace.ACKNOWLEDGEMENT and (known := OutboundMail.objects.filter(key=key).first()):
        return known, False
    mail_id = keyed.message_id(event.ticket_id, to.pk, key)
    letter = compose.compose(kind, to=to, event=event, mail_id=mail_id)
    row = OutboundMail(
        key=key,
        kind=kind,
        person=to,
        ticket=event.ticket,
        message=compose.public_message(event),
        event=event,
        made_at=event.at,
    )
    return kept(row, letter, to, planned or pace.Plan(pace.topic_of(kind, to, event.ticket)))


def queue_account_mail(
    template_prefix: str, person: Person, context: Mapping[str, object]
) -> OutboundMail | None:
    """A mail about the person's sign-in; None for kinds that we do not send."""
    leaf = ACCOUNT_LETTERS.get(template_prefix.rpartition("/")[2])
    if leaf is None:
        return None
    key = f"{ACCOUNT}:{uuid.uuid4().hex}"
    mail_id = keyed.message_id(0, person.pk, key)
    url = str(context.get("password_reset_url", ""))
    letter = compose.compose_account(leaf, to=person, url=url, mail_id=mail_id)
    row = OutboundMail(key=key, kind=ACCOUNT, person=person)
    return kept(row, letter, person, pace.Plan(pace.topic_of(ACCOUNT, person, None)))[0]


def queue_gaps(gaps: Sequence[GapWarning], *, to: Person, at: datetime) -> None:
    """The mail to one lead about these gaps of their rota, written once, if they want it."""
    key = f"rota_gaps:{gaps[0].pk}:{to.pk}"
    planned = pace.plan(pace.ROTA_GAPS, key=key, to=to, ticket=None, now=timezone.now())
    if not planned.goes_as_mail:
        for gap in gaps:
            pace.keep_line(planned, key=f"rota_gaps:{gap.pk}:{to.pk}", to=to, at=at, gap=gap)
        return
    letter = compose.compose_gaps(gaps, to=to, at=at, mail_id=keyed.message_id(0, to.pk, key))
    row = OutboundMail(key=key, kind=pace.ROTA_GAPS, person=to, made_at=at)
    kept(row, letter, to, planned)


def kept(
    row: OutboundMail, letter: compose.Composed, to: Person, planned: pace.Plan
) -> tuple[OutboundMail, bool]:
    """The row, written unless another one has its key; due when its reader takes mails again."""
    row.topic, row.held_until = planned.topic, planned.held_until
    row.next_at = row.held_until or row.next_at
    row.to_address = to.email
    row.from_address, row.subject = letter.from_address, letter.subject
    row.text, row.html = letter.text, letter.html
    row.headers, row.mail_id = letter.headers, letter.headers["Message-ID"]
    if not added(row):
        return OutboundMail.objects.get(key=row.key), False
    if row.held_until is None and not (planned.choices and pace.waits_behind(row)):
        later("tickets.send_mail", row.pk)
    return row, True


def may_acknowledge(ticket: Ticket, at: datetime) -> bool:
    """Whether a mailed request may be confirmed: at most five an hour and sender, no no-reply@;
    guests once an hour.

    It is the last belt against two machines that write to each other; no header is needed.
    """
    if ticket.channel != Channel.MAIL:
        return True
    if is_unattended(ticket.requester.email):
        return False
    if ticket.requester.is_guest:
        return may_tell_by_itself(ticket.requester, at)
    if not is_chatty(ticket.requester):
        return True
    mails = OutboundMail.objects.filter(
        person=ticket.requester_id, made_at__gt=at - timedelta(days=1), made_at__lte=at
    ).exclude(ticket=ticket, kind="acknowledgement")
    told = mails.filter(kind="acknowledgement", ticket__channel=Channel.MAIL).order_by("-made_at")
    moments = list(told.values_list("made_at", flat=True)[:ACKNOWLEDGEMENTS_AN_HOUR])
    lately = sum(moment > at - timedelta(hours=1) for moment in moments)
    if len(moments) < ACKNOWLEDGEMENTS_AN_HOUR:
        return True
    return lately < ACKNOWLEDGEMENTS_AN_HOUR and not _is_unheard(mails, moments[-1])


def _is_unheard(mails: "QuerySet[OutboundMail]", since: datetime) -> bool:
    """Whether they have had five confirmations within a day, and no words of a person since.

    A machine that takes its time would come again every hour; a desk that answers ends it.
    """
    written = mails.filter(kind__in=compose.WRITTEN_BY_PEOPLE, made_at__gt=since)
    return not written.exclude(message__channel=Channel.MAIL).exists()


def may_tell_by_itself(person: Person, at: datetime) -> bool:
    """Whether they may get a mail that nobody wrote: a guest one an hour, and all to a measure.

    Who forges the names of guests fills nobody's mailbox, neither now nor when we are late.
    """
    if not person.is_guest:
        return True
    told = OutboundMail.objects.filter(kind__in=WRITTEN_BY_NOBODY, person__is_guest=True)
    lately = told.filter(made_at__gt=at - timedelta(hours=1), made_at__lte=at)
    people = list(lately.values_list("person", flat=True)[:GUESTS_TOLD_AN_HOUR])
    return person.pk not in people and len(people) < GUESTS_TOLD_AN_HOUR


def send_queued(now: datetime | None = None) -> int:
    """Send what is due, over one connection; returns how many left."""
    now = now or timezone.now()
    release_expired(now)
    due = OutboundMail.objects.filter(state__in=[State.QUEUED, State.UNKNOWN], next_at__lte=now)
    turns = floods.in_turns(due, "person", "next_at", "pk")
    waiting = list(turns.values_list("pk", flat=True)[:BATCH])
    if not waiting:
        return 0
    sent = 0
    with transport.Line() as line:
        for pk in waiting:
            sent += _send(pk, line, now)
            if line.is_dead:
                break  # The others are still due; the next sweep tries one of them.
    return sent


def send(pk: int, now: datetime | None = None) -> bool:
    """Send one mail now, if it is due and nobody else has it."""
    with transport.Line() as line:
        return _send(pk, line, now or timezone.now())


def release_expired(now: datetime) -> int:
    """Mails whose worker died: nobody knows whether they left."""
    lost = OutboundMail.objects.filter(state=State.SENDING, claimed_at__lt=now - CLAIM_EXPIRES)
    return lost.update(state=State.UNKNOWN, next_at=now)


def _send(pk: int, line: transport.Line, now: datetime) -> bool:
    if not _claim(pk, now):
        return False
    mail = OutboundMail.objects.select_related("ticket", "person", "message").get(pk=pk)
    if not _may_still_read(mail):
        _settle(mail, State.FAILED, "may not read this request any more", now)
        return False
    if pace.is_unwanted(mail):
        return not _settle(mail, State.SKIPPED, "", now)
    try:
        line.deliver(mail, renew=lambda: _renew(mail))
    except transport.Deferred as problem:
        _put_back(mail, State.QUEUED, str(problem), now)
    except transport.Unsure as problem:
        _put_back(mail, State.UNKNOWN, str(problem), now)
    except transport.Failed as problem:
        _settle(mail, State.FAILED, str(problem), now)
    else:
        return _settle(mail, State.SENT, "", now)
    log.warning("mail.not_sent mail=%s attempts=%s", mail.pk, mail.attempts)
    return False


def _claim(pk: int, now: datetime) -> bool:
    free = Q(state__in=[State.QUEUED, State.UNKNOWN], next_at__lte=now)
    mine = OutboundMail.objects.filter(free, pk=pk)
    return bool(
        mine.update(state=State.SENDING, claimed_at=timezone.now(), attempts=F("attempts") + 1)
    )


def is_hidden(mail: OutboundMail) -> bool:
    """Whether nobody but its reader may see the words: confidential, or a way to sign in.

    A daily mail names many requests, of which any may have become confidential since.
    """
    is_secret = mail.ticket is not None and mail.ticket.is_confidential
    is_personal = mail.kind in {ACCOUNT, pace.DIGEST}
    return is_secret or is_personal or compose.SENSITIVITY in mail.headers


def _held(mail: OutboundMail) -> "QuerySet[OutboundMail]":
    """The row while this worker's claim on it holds; a claim lost to another writes nothing."""
    return OutboundMail.objects.filter(pk=mail.pk, state=State.SENDING, claimed_at=mail.claimed_at)


def _renew(mail: OutboundMail) -> None:
    """Keep a claim alive while a slow server thinks; transport.Unsure when it is lost."""
    fresh = timezone.now()
    if mail.claimed_at is not None and fresh - mail.claimed_at < CLAIM_EXPIRES / 4:
        return
    if not _held(mail).update(claimed_at=fresh):
        raise transport.Unsure("another worker took over")
    mail.claimed_at = fresh


def _may_still_read(mail: OutboundMail) -> bool:
    """Who left, or was removed from the request, gets nothing any more; nor does anybody get
    what was moved meanwhile to where they may not read it.
    """
    person, ticket, said = mail.person, mail.ticket, mail.message
    if person is None or not person.may_write:
        return person is None
    if ticket is None:
        return True
    if not Ticket.objects.visible_to(person).filter(pk=ticket.pk).exists():
        return False
    if said is None or said.ticket_id == ticket.pk:
        return True
    return Message.objects.visible_to(person).filter(pk=said.pk).exists()


def _put_back(mail: OutboundMail, state: str, reason: str, now: datetime) -> None:
    """Try again later, unless it has been tried for days."""
    if mail.attempts >= MAX_ATTEMPTS:
        _settle(mail, State.FAILED, reason, now)
        return
    wait = BACK_OFF[min(mail.attempts, len(BACK_OFF)) - 1]
    _held(mail).update(state=state, next_at=now + wait, error=reason[:300])


@transaction.atomic
def _settle(mail: OutboundMail, state: str, reason: str, now: datetime) -> bool:
    """Write down how it ended; what failed is told on its ticket."""
    words = {"text": "", "html": ""} if mail.kind == ACCOUNT else {}
    mine = _held(mail).update(
        state=state, error=reason[:300], sent_at=now if state == State.SENT else None, **words
    )
    if mine and state == State.FAILED and mail.ticket is not None:
        tell_failed(mail, (said(reason[:200]),), now)
    return bool(mine)


def tell_failed(mail: OutboundMail, because: Reasons, now: datetime) -> None:
    """“Our mail did not arrive”, once per mail, on the ticket."""
    if mail.ticket is None:
        return
    events.record(
        mail.ticket,
        Kind.MAIL_FAILED,
        at=now,
        actor_kind=ActorKind.MAIL,
        to=mail.person.name if mail.person else mail.to_address,
        because=because,
        mail=mail.pk,
    )
