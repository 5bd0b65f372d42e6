"""Mails for tests, written as short as the test allows."""

from tickets.mail.letter import Letter
from tickets.mail.parse import parse

HEADERS = "From: Elif <elif@example.org>\nTo: it@example.com\nSubject: Printer\n"


def mail(headers: str | bytes = "", body: str | bytes = "Hello\n", *, base: str = HEADERS) -> bytes:
    """Raw bytes of a mail: further header lines, then the body."""
    more = headers.encode() if isinstance(headers, str) else headers
    text = body.encode() if isinstance(body, str) else body
    return base.encode() + more.rstrip(b"\n") + (b"\n\n" if more else b"\n") + text


def letter(
    headers: str | bytes = "", body: str | bytes = "Hello\n", *, base: str = HEADERS
) -> Letter:
    """The letter that such a mail is read as."""
    return parse(mail(headers, body, base=base))


def multipart(kind: str, *parts: str) -> bytes:
    """A multipart mail; each part is its header lines, an empty line, and its body."""
    body = "".join(f"--cut\n{part}\n" for part in parts) + "--cut--\n"
    return mail(f'MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="cut"', body)
