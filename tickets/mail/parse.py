"""Raw bytes of a mail to a letter; never fails, and says what was broken and what was cut."""

from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tickets.mail import addresses, automatic, bounces, headers, html_text, quoting
from tickets.mail.automatic import Signs
from tickets.mail.bodies import Allowance, Bodies
from tickets.mail.bounces import Told
from tickets.mail.letter import Address, Letter, Remarks
from tickets.mail.limits import Limits
from tickets.mail.structure import Part, Reader

# Where mail servers write down for whom the mail really came; forwarders change To.
_ENVELOPE = (
    "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to",
    "x-rcpt-to", "x-real-to", "x-forwarded-to", "apparently-to", "resent-to",
)  # fmt: skip
_SIGNED = frozenset(
    {
        "multipart/signed",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-signature",
    }
)
_SEALED = frozenset({"multipart/encrypted", "application/pgp-encrypted"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SMIME_SEALED = frozenset({"enveloped-data", "authenveloped-data"})
_PGP_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_PGP_SEALED = "-----BEGIN PGP MESSAGE-----"


def parse(raw: bytes, limits: Limits = Limits()) -> Letter:  # noqa: B008 - frozen
    """Read a mail. Whatever goes wrong on the way, the headers or at least a letter remain."""
    remarks = Remarks()
    if len(raw) > limits.total_bytes:
        remarks.limited("total size")
        raw = raw[: limits.total_bytes]
    try:
        return _read(Reader(limits, remarks).read(raw), limits, remarks)
    except Exception as problem:  # noqa: BLE001 - whatever a stranger sends must not stop the post
        remarks.defect(f"could not be read: {type(problem).__name__}")
    try:
        fields, start = headers.split(raw, limits, remarks)
        part = Part(raw, start, min(len(raw), start + 100_000), fields, "text/plain", {}, "", {})
        return _read(part, limits, remarks)
    except Exception as problem:  # noqa: BLE001
        remarks.defect(f"not even the headers: {type(problem).__name__}")
        return Letter(defects=remarks.defects, limited=remarks.cuts)


def _read(root: Part, limits: Limits, remarks: Remarks) -> Letter:
    fields, hint = root.headers, _charset_hint(root)
    found = Bodies(limits, remarks, Allowance(limits.text_characters, limits.html_characters), hint)
    found.read(root)
    text = found.text
    people = _People(fields, hint, limits, remarks)
    letter = Letter(
        message_id=addresses.message_id(fields.raw("message-id")),
        subject=fields.text("subject", hint),
        sender=people.senders[0] if people.senders else None,
        reply_to=people.reply_to,
        to=people.to,
        cc=people.cc,
        recipients=people.recipients,
        return_path=people.return_path,
        date=_date(fields.raw("date"), remarks),
        in_reply_to=next(iter(addresses.message_ids(fields.raw("in-reply-to"))), ""),
        references=tuple(addresses.message_ids(fields.raw("references"))[-limits.references :]),
        text=text,
        html=found.html,
        reply_text=_reply_text(found, text),
        attachments=tuple(found.attachments),
        important=_is_important(fields),
        authentication_results=_results(fields),
    )
    letter = _with_origin(letter, root, people.senders, limits)
    return replace(letter, defects=remarks.defects, limited=remarks.cuts)


def _with_origin(
    letter: Letter, root: Part, senders: tuple[Address, ...], limits: Limits
) -> Letter:
    """Add whether a program wrote it, what bounced, and what protects it."""
    declared, _ = headers.parameters(root.headers.raw("content-type"))
    types = {declared, *(part.type for part in root.walk())}
    recipients = {each.address.lower() for each in letter.to} | set(letter.recipients)
    signs = Signs(root.headers, types, senders, letter.subject, recipients, letter.reply_to)
    reason = automatic.reason(signs)
    told = Told(senders, letter.subject, letter.text, is_automatic=bool(reason))
    bounce = bounces.read(root, told, limits)
    reason = reason or ("bounce" if bounce else "")
    smime = _smime(root)
    return replace(
        letter,
        automatic=bool(reason),
        automatic_reason=reason,
        bounce=bounce,
        signed=bool(types & _SIGNED) or smime == "signed-data" or _PGP_SIGNED in letter.text,
        encrypted=bool(types & _SEALED) or smime in _SMIME_SEALED or _PGP_SEALED in letter.text,
    )


class _People:
    """The address headers of a mail."""

    def __init__(
        self, fields: headers.Headers, hint: str, limits: Limits, remarks: Remarks
    ) -> None:
        self._fields, self._hint = fields, hint
        self._left = limits.addresses
        self._remarks = remarks
        self.senders = self._read("from")
        if not self.senders and (others := self._read("sender")):
            # To show who it may be from; whoever writes Sender is not believed.
            self.senders = others
            remarks.defect("no From")
        if len(self.senders) > 1 or len(fields.all_raw("from")) > 1:
            remarks.defect("more than one sender")
        self.reply_to = self._read("reply-to")
        self.recipients = tuple(
            dict.fromkeys(each.address.lower() for name in _ENVELOPE for each in self._read(name))
        )
        self.to = self._read("to")
        self.cc = self._read("cc")
        paths = self._read("return-path")
        self.return_path = paths[0].address if paths else ""

    def _read(self, name: str) -> tuple[Address, ...]:
        """The addresses of all headers of that name, as far as the limit still allows."""
        found: list[Address] = []
        for value in self._fields.all_raw(name)[:50]:
            more = addresses.read(value, self._left + 1, self._hint)
            if len(more) > self._left:
                self._remarks.limited("addresses")
                more = more[: self._left]
            self._left -= len(more)
            found += more
        return tuple(found)


def _charset_hint(root: Part) -> str:
    """The first charset that any part of the mail names; raw 8-bit headers are often in it."""
    for part in root.walk():
        if charset := part.parameters.get("charset", ""):
            return charset
    return ""


def _results(fields: headers.Headers) -> tuple[str, ...]:
    """As they came: whoever could hide a semicolon in an encoded word would write results."""
    found = fields.all_raw("authentication-results")[:20]
    return tuple(headers.one_line(value.decode("latin-1")) for value in found)


def _is_important(fields: headers.Headers) -> bool:
    """Marked with the highest importance: RFC 2156, 2.2.11, or what mail programs made of it.

    The second highest (“2”) counts for nothing: some programs set it by themselves.
    """
    return fields.plain("importance") == "high" or fields.plain("x-priority") == "1"


def _date(raw: bytes, remarks: Remarks) -> datetime | None:
    if not raw.strip():
        return None
    try:
        date = parsedate_to_datetime(headers.one_line(raw[:200].decode("latin-1")))
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        remarks.defect("date that is none")
        return None


def _reply_text(found: Bodies, text: str) -> str:
    """Own words; where the mail has only HTML, its quoted containers help to find them."""
    marked = found.marked_text if found.html else ""
    if not marked:
        return quoting.own_words(text)
    words = quoting.own_words(marked)
    lines = [line for line in words.split("\n") if line.strip() != html_text.QUOTED]
    return "\n".join(lines).strip() or quoting.own_words(text)


def _smime(root: Part) -> str:
    """What an S/MIME part says it is; without a word it is sealed."""
    for part in root.walk():
        if part.type in _SMIME:
            return part.parameters.get("smime-type", "enveloped-data").lower()
    return ""
