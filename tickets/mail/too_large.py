"""“Your mail was too large”: said once to an employee whose letter was cut, and to nobody else.

Strangers hear nothing, for whoever forges a sender would make us write to a victim. Of the letter
only the beginning of its subject comes back, without anything that could be a link.
"""

import logging
import re
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from departments.models import Person
from tickets.mail import compose, intake, keyed, outbound, pace, senders, steps, threading
from tickets.mail.automatic import is_unattended
from tickets.mail.content import storable
from tickets.mail.letter import Letter
from tickets.mail.wording import one_line
from tickets.models import InboundMail, Mailbox, OutboundMail, Ticket
from tickets.models.mailbox import InboundMailQuerySet

log = logging.getLogger(__name__)
KIND = pace.TOO_LARGE
AN_HOUR = 3
REMEMBERED = timedelta(days=1)  # Later it would only be a riddle.
SUBJECT_SHOWN = 60
_LINK = re.compile(r"://|www\.|@|\w\.\w", re.IGNORECASE)
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,240}>")


def tell_waiting(now: datetime | None = None) -> int:
    """Look at each letter that was cut lately, once; returns how many senders were told."""
    now = now or timezone.now()
    return sum(tell(pk, now) for pk in list(_untold(now).values_list("pk", flat=True)[:200]))


def tell(pk: int, now: datetime | None = None) -> bool:
    """Tell the sender of this letter, once, if they are one of us."""
    now = now or timezone.now()
    try:
        with transaction.atomic():
            return bool(_untold(now).filter(pk=pk).update(attempts=1)) and _tell(pk, now)
    except Exception:  # Whatever a letter does, the next sender must be told.
        log.exception("too_large.failed letter=%s", pk)
        _untold(now).filter(pk=pk).update(attempts=1)
        return False


def _untold(now: datetime) -> InboundMailQuerySet:
    """Those that were cut when they came; what a person rejects has another reason."""
    rejected = InboundMail.objects.filter(outcome=InboundMail.Outcome.REJECTED, attempts=0)
    return rejected.filter(because__0__code="too_large", received_at__gt=now - REMEMBERED).order_by(
        "pk"
    )


def _tell(pk: int, now: datetime) -> bool:
    row = InboundMail.objects.select_related("mailbox__desk", "mailbox__service").get(pk=pk)
    letter = intake.read(row)
    row.sender = storable(letter.sender.address if letter.sender else "")[:320]
    row.subject = storable(letter.subject)[:300]
    row.save(update_fields=["sender", "subject"])
    person = _writer(row, letter)
    if person is None or _is_tired_of_it(person, now):
        return False
    key = f"{KIND}:{row.pk}"
    mail = compose_too_large(row, letter, to=person, mail_id=keyed.message_id(0, person.pk, key))
    planned = pace.Plan(pace.topic_of(KIND, person, None))
    known = OutboundMail(key=key, kind=KIND, person=person, made_at=now)
    return outbound.kept(known, mail, person, planned)[1]


def _writer(row: InboundMail, letter: Letter) -> Person | None:
    """The one employee whom a letter names that a person wrote, and whose From is believed."""
    if letter.sender is None or letter.automatic or steps.is_ambiguous(letter):
        return None
    address = storable(letter.sender.address)
    if is_unattended(address) or senders.objection(letter, row.mailbox):
        return None
    person = senders.known(address, row.mailbox)
    is_ours = person is not None and person.is_active and not person.is_provisional
    return person if is_ours else None


def _is_tired_of_it(person: Person, now: datetime) -> bool:
    lately = OutboundMail.objects.filter(kind=KIND, person=person)
    return lately.filter(made_at__gt=now - timedelta(hours=1)).count() >= AN_HOUR


def compose_too_large(
    row: InboundMail, letter: Letter, *, to: Person, mail_id: str
) -> compose.Composed:
    """What happened, and where to write instead: on the request's page, if it was about one."""
    ticket = _ticket_of(row, letter, to)
    is_secret = _is_secret(row.mailbox, ticket)
    path = ticket.get_absolute_url() if ticket else reverse("ask_anything")
    with translation.override(to.language), timezone.override(to.zone):
        words = {
            "about": "" if is_secret else shown_subject(letter.subject),
            "number": ticket.number if ticket else "",
            "address": row.mailbox.address,
            "limit": filesizeformat(settings.MAIL_MAX_BYTES),
            "each": filesizeformat(settings.ATTACHMENT_MAX_BYTES),
            "why": _("You get this because you wrote to %(address)s.")
            % {"address": row.mailbox.address},
        }
        topic = pace.topic_of(KIND, to, None)
        subject, url = _("Your mail was too large"), f"{settings.PUBLIC_URL}{path}"
        mail = compose.about_no_ticket(
            KIND, topic, to, subject, url, mail_id, speaker=row.mailbox, **words
        )
    answers = {"Auto-Submitted": "auto-replied"}
    if is_secret:  # So that the outbox shows nobody that they wrote there.
        answers[compose.SENSITIVITY] = "Company-Confidential"
    if _MESSAGE_ID.fullmatch(letter.message_id):
        answers |= dict.fromkeys(("In-Reply-To", "References"), letter.message_id)
    return replace(mail, headers={**mail.headers, **answers})


def _is_secret(mailbox: Mailbox, ticket: Ticket | None) -> bool:
    service = mailbox.service
    is_confided = service is not None and service.is_confidential
    return is_confided or (ticket is not None and ticket.is_confidential)


def shown_subject(subject: str) -> str:
    """The beginning of a subject; nothing where a mail program could make a link of it."""
    about = one_line(storable(subject))
    if _LINK.search(about):
        return ""
    return about if len(about) <= SUBJECT_SHOWN else f"{about[:SUBJECT_SHOWN].rstrip()}…"


def _ticket_of(row: InboundMail, letter: Letter, person: Person) -> Ticket | None:
    thread = threading.find(letter, row.envelope_to, person)
    if thread is None or not Ticket.objects.visible_to(person).filter(pk=thread.ticket.pk).exists():
        return None
    return thread.ticket
