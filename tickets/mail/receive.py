"""The way in: one INSERT of the raw bytes before anything else happens to a letter."""

import hashlib
import re
import uuid
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from helpdesk.lib.background import later
from helpdesk.lib.returning import added
from tickets.mail import addresses, floods, headers, keyed
from tickets.mail.content import storable
from tickets.mail.letter import Remarks
from tickets.mail.limits import Limits
from tickets.models import InboundMail, Mailbox
from tickets.reasons import reason

# What mail servers add on the way: the same letter by another route has other ones.
TRACE = frozenset(
    b"received return-path delivered-to x-original-to envelope-to x-envelope-to x-delivered-to "
    b"x-rcpt-to x-real-to x-forwarded-to received-spf authentication-results "
    b"arc-authentication-results arc-message-signature arc-seal x-received status x-status "
    b"x-uid x-keywords lines content-length".split()
)
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(rb"(?:[^\n]*)(?:\n[ \t][^\n]*)*\n?")
MEASURE = floods.Measure()
HEADERS_KEPT = 64 * 1024  # Of a letter that is too large, for whoever asks what it was.


def store(
    mailbox: Mailbox,
    raw: bytes,
    envelope_from: str = "",
    envelope_to: str = "",
    at: datetime | None = None,
) -> InboundMail:
    """Keep the letter as it came, once; what was kept before is counted as a duplicate.

    A letter over the limit is kept as its headers and *rejected*. Errors of the database are
    the caller's: it must not confirm what was not stored.
    """
    row = InboundMail(
        mailbox=mailbox,
        raw=raw,
        digest=digest(raw),
        **_known_at_once(raw),
        envelope_from=_clean(envelope_from),
        envelope_to=_clean(envelope_to),
        received_at=at or timezone.now(),
    )
    if len(raw) > settings.MAIL_MAX_BYTES:
        _cut(row)
    if not added(row):
        return _kept_before(row)
    _nudge(row)
    return row


def store_once(mailbox: Mailbox, raw: bytes, *, is_cut: bool = False) -> InboundMail | None:
    """Keep a letter that was fetched; None when it was kept before, by an earlier fetch.

    A letter that is fetched again is the same copy on the same server, no second one, so it is
    no line in the balance. `is_cut`: only its headers were fetched, the rest was too large.
    """
    row = InboundMail(
        mailbox=mailbox,
        raw=raw,
        digest=digest(raw),
        **_known_at_once(raw),
        received_at=timezone.now(),
    )
    if is_cut:
        _cut(row)
    if not added(row):
        return None
    _nudge(row)
    return row


def give_up(mailbox: Mailbox, validity: int, uid: int) -> None:
    """In place of a letter that its server never gave us: a lead sees that there is one."""
    added(
        InboundMail(
            mailbox=mailbox,
            raw=b"",
            digest=f"withheld-{validity}-{uid}",
            outcome=InboundMail.Outcome.QUARANTINED,
            because=[reason("withheld", number=uid)],
            settled_at=timezone.now(),
        )
    )


def _nudge(row: InboundMail) -> None:
    is_whole = row.outcome == InboundMail.Outcome.STORED
    if is_whole and MEASURE.is_full(row.sender):
        return  # The sweep reads it when it is its sender's turn.
    later("tickets.take_in" if is_whole else "tickets.tell_too_large", row.pk)


def store_for_all(
    raw: bytes, envelope_from: str, recipients: Iterable[str], at: datetime | None = None
) -> list[InboundMail]:
    """One row for each mailbox among the recipients, all or none."""
    found: dict[int, tuple[Mailbox, list[str]]] = {}
    for recipient in recipients:
        if mailbox := mailbox_for(recipient):
            found.setdefault(mailbox.pk, (mailbox, []))[1].append(recipient)
    wanted = [(box, raw, envelope_from, ",".join(to), at) for box, to in found.values()]
    if len(wanted) == 1:  # What is one INSERT needs no marks around it.
        return [store(*wanted[0])]
    with transaction.atomic():
        return [store(*each) for each in wanted]


def mailbox_for(recipient: str) -> Mailbox | None:
    """The active mailbox of this address; what follows a plus sign is for us to read."""
    return next((box for box in _boxes_of(recipient) if box.is_active), None)


def is_closed(recipient: str) -> bool:
    """Whether a mailbox has this address, and takes no letters any more."""
    boxes = _boxes_of(recipient)
    return bool(boxes) and not any(box.is_active for box in boxes)


def _boxes_of(recipient: str) -> list[Mailbox]:
    exact = recipient.strip().strip("<>").lower()
    names = list(dict.fromkeys([exact, keyed.bare_address(exact)]))
    boxes = Mailbox.objects.filter(address__in=names).select_related("desk")
    return sorted(boxes, key=lambda box: names.index(box.address.lower()))


def digest(raw: bytes) -> str:
    """SHA-256 of the letter without the trace of its way; line ends count alike."""
    text = raw.replace(b"\r\n", b"\n")
    if text.startswith(b"From "):  # Put before it by programs that keep mail in one file.
        text = text.partition(b"\n")[2]
    head, gap, body = text.partition(b"\n\n")
    kept = [field for field in _FIELD.findall(head) if _name(field) not in TRACE]
    return hashlib.sha256(b"".join(kept).strip() + gap + body.rstrip()).hexdigest()


def _known_at_once(raw: bytes) -> dict[str, str]:
    """What the parser will read, too: its Message-ID, so that copies at other mailboxes are known,
    and its sender, so that letters are read in turns.
    """
    try:
        found, _end = headers.split(raw, Limits(), Remarks())
        mail_id = storable(addresses.message_id(found.raw("message-id")))[:255]
        sender = next((each.address for each in addresses.read(found.raw("from"), 1)), "")
        return {"mail_id": mail_id, "sender": storable(sender)[:320]}
    except Exception:  # noqa: BLE001 - whatever a stranger sends must be stored
        return {}


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()


def _clean(address: str) -> str:
    known = address.encode("utf-8", "replace").decode()  # Some servers send what is no UTF-8.
    return known.replace("\x00", "").strip()[:320]


def _cut(row: InboundMail) -> None:
    end = _END_OF_HEADERS.search(row.raw, 0, HEADERS_KEPT)
    row.raw = row.raw[: end.end() if end else HEADERS_KEPT]
    row.outcome = InboundMail.Outcome.REJECTED
    row.because = [reason("too_large", limit=settings.MAIL_MAX_BYTES // 1_048_576)]
    row.settled_at = row.received_at


def _kept_before(row: InboundMail) -> InboundMail:
    """A line in the balance for a letter that we hold already; its bytes are kept once."""
    first = InboundMail.objects.defer("raw").get(mailbox=row.mailbox, digest=row.digest)
    return InboundMail.objects.create(
        mailbox=row.mailbox,
        raw=b"",
        digest=f"again-{uuid.uuid4().hex}",
        mail_id=first.mail_id,
        envelope_from=row.envelope_from,
        envelope_to=row.envelope_to,
        received_at=row.received_at,
        outcome=InboundMail.Outcome.DUPLICATE,
        because=[reason("same_letter", letter=first.pk)],
        sender=first.sender,
        subject=first.subject,
        settled_at=row.received_at,
        ticket=first.ticket,
    )
