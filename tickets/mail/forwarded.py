"""A letter that somebody forwarded: that it is one, and who wrote what it holds."""

import re
from dataclasses import dataclass, replace

from tickets.mail import addresses, headers, quote_lines
from tickets.mail.letter import Address, Letter, Remarks
from tickets.mail.limits import Limits
from tickets.mail.parse import parse

# As mail programs write it before the subject, compared by `quote_lines.normal`.
_SUBJECT = re.compile(
    r"(?:\[[^\]]{0,40}\] ?){0,3}(?:fwd?|wg|tr|rv|enc|i|vs|vb|vl|fs|doorst|pd|przek|ilt|redir|tov|"
    r"továbbítás|пересл|πρθ|הועבר|转发|轉寄|转寄|転送|전달)(?:\[\d{1,2}\])? ?[:：]"
)
_LETTER = "message/rfc822"
_LINES = 3000
_NEAR = 12
_BRACKETED = re.compile(r"[\[(]\s*(?:mailto:)?([^\[\]()\s]{1,256}@[^\[\]()\s]{1,256})\s*[\])]")
_VALUE = re.compile(r"^[^:：]*[:：][\s*_]*(.*)$")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The writer of the letter inside; the address may be missing, never both."""

    writer: Address
    is_attached: bool


def found_in(letter: Letter) -> Forwarded | None:
    """The letter inside this one, when its subject says that it was forwarded."""
    if not _SUBJECT.match(quote_lines.normal(letter.subject[:200])):
        return None
    for file in letter.attachments:
        if file.type == _LETTER and (writer := _writer_of(file.content)):
            return Forwarded(writer, is_attached=True)
    writer = _named_in(letter.text)
    return Forwarded(writer, is_attached=False) if writer else None


def unfolded(letter: Letter, found: Forwarded) -> Letter:
    """The letter with the forwarded words as its own: they are what is asked."""
    if not found.is_attached:
        return replace(letter, reply_text=letter.text)
    inside = next(file for file in letter.attachments if file.type == _LETTER)
    words = parse(inside.content).text.strip()
    whole = "\n\n".join(filter(None, [letter.text.strip(), _line(found.writer), words]))
    return replace(letter, text=whole, reply_text=whole, html="")


def _line(writer: Address) -> str:
    shown = f"{writer.name} <{writer.address}>" if writer.name else writer.address
    return f"> {shown}"


def _writer_of(raw: bytes) -> Address | None:
    fields, _start = headers.split(raw[: Limits().header_bytes], Limits(), Remarks())
    return next(iter(addresses.read(fields.raw("from"), 1)), None)


def _named_in(text: str) -> Address | None:
    """The writer in the first block of header lines that the mail program put into the text."""
    lines = text.split("\n")[:_LINES]
    for at, line in enumerate(lines):
        if "from" in quote_lines.labels(line) and _is_block(lines[at + 1 : at + _NEAR]):
            return _address(_value(lines, at))
    return None


def _is_block(below: list[str]) -> bool:
    """Whether at least two other kinds of header stand right below."""
    kinds: set[str] = set()
    for line in below:
        if (found := quote_lines.labels(line)) and "from" not in found:
            kinds |= found if len(found) == 1 else {min(found)}
    return len(kinds) >= 2


def _value(lines: list[str], at: int) -> str:
    found = _VALUE.match(lines[at].lstrip(" >*_|"))
    value = found[1].strip() if found else ""
    return value or next((line.strip(" >") for line in lines[at + 1 : at + 3] if line.strip()), "")


def _address(value: str) -> Address | None:
    value = _BRACKETED.sub(r" <\1>", value[:500])  # Outlook: “Elif [mailto:elif@…]”.
    read = addresses.read(value.encode("utf-8", "replace"), 1, "utf-8")
    if read and "@" in read[0].address:
        return Address(" ".join(read[0].name.split())[:120], read[0].address)
    name = " ".join(value.replace("<", " ").replace(">", " ").split())
    return Address(name[:120], "") if name and "@" not in name else None
