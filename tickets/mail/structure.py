"""The tree of a mail's parts, cut by limits, in time linear to its size.

The feed parser of the standard library holds each line as an object, asks every open boundary
about it, and recurses once a level: 30 MB of empty lines or 3000 nested parts stop a worker.
Here a part is a range of bytes that is only split when it is looked at.
"""

import binascii
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from tickets.mail import headers
from tickets.mail.headers import Headers
from tickets.mail.letter import Remarks
from tickets.mail.limits import Limits

_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100}$")
_GUESSED_BOUNDARY = re.compile(rb"(?:^|\n)--([^\r\n]{1,200}?)[ \t]*\r?\n[!-9;-~]{1,80}[ \t]*:")
_MOST_LINES = 1_000_000
_ENCODINGS = ("base64", "quoted-printable", "uuencode", "x-uuencode", "x-uue", "uue")


@dataclass(slots=True)
class Part:
    """One node of the tree: a range of the mail, still encoded for transport."""

    raw: bytes
    start: int
    end: int
    headers: Headers
    type: str
    parameters: dict[str, str]
    disposition: str
    disposition_parameters: dict[str, str]
    children: list["Part"] = field(default_factory=list)

    @property
    def body(self) -> bytes:
        return self.raw[self.start : self.end]

    def walk(self) -> Iterator["Part"]:
        yield self
        for child in self.children:
            yield from child.walk()

    def content(self, remarks: Remarks, most: int | None = None) -> bytes:
        """The body decoded from its transfer encoding, of at most so many bytes; never fails."""
        named = self.headers.plain("content-transfer-encoding")
        encoding = next((each for each in _ENCODINGS if named.startswith(each)), named)
        end = self.end if most is None else min(self.end, self.start + 3 * most)
        body = self.raw[self.start : end]
        if encoding == "base64":
            body = headers.base64_bytes(body)
        elif encoding == "quoted-printable":
            body = quopri.decodestring(body)
        elif encoding in _ENCODINGS:
            body = _uudecoded(body, remarks)
        return body[:most]


class Reader:
    """Reads one mail into a tree and counts its parts on the way."""

    def __init__(self, limits: Limits, remarks: Remarks) -> None:
        self._limits = limits
        self._remarks = remarks
        self._parts = 0

    def read(self, raw: bytes) -> Part:
        """The whole mail; blank lines before its first header are no part of it."""
        if b"\n" not in raw[:10_000] and b"\r" in raw[:10_000]:
            raw = raw.replace(b"\r", b"\n")
        start = len(raw) - len(raw.lstrip(b"\r\n"))
        return self._part(raw, start, len(raw), 0, "text/plain")

    def _part(self, raw: bytes, start: int, end: int, depth: int, default_type: str) -> Part:
        self._parts += 1
        fields, start = headers.split(raw, self._limits, self._remarks, start, end)
        named, parameters = headers.parameters(fields.raw("content-type"))
        kind = named if _TYPE.match(named) else _repaired_type(named, default_type)
        disposition, more = headers.parameters(fields.raw("content-disposition"))
        part = Part(raw, start, end, fields, kind, parameters, disposition, more)
        if kind.startswith("multipart/"):
            self._split(part, depth)
        return part

    def _split(self, part: Part, depth: int) -> None:
        if depth >= self._limits.depth:
            self._remarks.limited("depth")
            part.type = "application/octet-stream"
            return
        ranges = self._children(part)
        if not ranges:
            self._remarks.defect("multipart without parts")
            part.type = "text/plain"
            return
        default = "message/rfc822" if part.type == "multipart/digest" else "text/plain"
        for start, end in ranges:
            if self._parts >= self._limits.parts:
                self._remarks.limited("parts")
                break
            part.children.append(self._part(part.raw, start, end, depth + 1, default))

    def _children(self, part: Part) -> list[tuple[int, int]]:
        """Where the parts of a multipart lie, by its boundary or by one that looks like it."""
        most = self._limits.parts + 1
        boundary = part.parameters.get("boundary", "").encode("utf-8").rstrip()
        if boundary and (found := list(islice(_ranges(part, boundary), most))):
            return found
        guessed = _GUESSED_BOUNDARY.search(part.raw, part.start, min(part.start + 10_000, part.end))
        return list(islice(_ranges(part, guessed[1]), most)) if guessed else []


def _repaired_type(named: str, default: str) -> str:
    """What a Content-Type that is none may mean: RFC 2045 says text, its first word helps."""
    if not named:
        return default
    first = re.match(r"[a-z]+/[a-z0-9.+-]+", named)
    if first:
        return first[0]
    return {"text": "text/plain", "html": "text/html", "multipart": "multipart/mixed"}.get(
        named.rstrip("/"), "text/plain" if "/" not in named else "application/octet-stream"
    )


def _ranges(part: Part, boundary: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of each part between the boundary lines; the last may lack its end."""
    raw, mark = part.raw, b"--" + boundary
    start, position = -1, part.start
    while (found := raw.find(mark, position, part.end)) >= 0:
        position = found + len(mark)
        if found > part.start and raw[found - 1] not in b"\r\n":
            continue
        line_end = raw.find(b"\n", position, part.end)
        line_end = part.end if line_end < 0 else line_end
        rest = raw[position : min(line_end, position + 100)].strip(b" \t\r")
        if rest not in {b"", b"--"}:
            continue
        if start >= 0:
            yield start, _before_newline(raw, found, start)
        if rest:
            return
        start = position = min(line_end + 1, part.end)
    if 0 <= start < part.end:
        yield start, part.end


def _before_newline(raw: bytes, end: int, start: int) -> int:
    """The newline before a boundary belongs to the boundary (RFC 2046, 5.1.1)."""
    if raw[end - 2 : end] == b"\r\n":
        end -= 2
    elif raw[end - 1 : end] in {b"\n", b"\r"}:
        end -= 1
    return max(start, end)


def _uudecoded(body: bytes, remarks: Remarks) -> bytes:
    begin = body.find(b"begin ")
    position = body.find(b"\n", begin) + 1 if begin >= 0 else 0
    content = bytearray()
    for line in islice(re.finditer(rb"[^\r\n]+", body[position:]), _MOST_LINES):
        if line[0].strip() in {b"end", b"`"}:
            continue
        content += _uudecoded_line(line[0], remarks)
    return bytes(content)


def _uudecoded_line(line: bytes, remarks: Remarks) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        remarks.defect("damaged uuencode")
    # Some programs pad the line: read as much as its count says.
    count = (((line[0] - 32) & 63) * 4 + 5) // 3
    try:
        return binascii.a2b_uu(line[:count])
    except binascii.Error:
        return b""
