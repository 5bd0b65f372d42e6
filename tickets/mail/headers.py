"""Header lines of a mail: cut, unfolded, decoded (RFC 5322, RFC 2047, RFC 2231)."""

import base64
import binascii
import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from tickets.mail import charsets
from tickets.mail.letter import Remarks
from tickets.mail.limits import Limits

_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
# A line that is certainly a header, wherever it stands: it ends a header broken by a bad fold.
_WELL_KNOWN = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|mime-version|content-[a-z-]+|received|reply-to|"
    rb"return-path|in-reply-to|references|x-[a-z0-9-]+|list-[a-z-]+|sender|delivered-to)[ \t]*:",
    re.IGNORECASE,
)
# The bounds keep the search linear on text made of many openings and no end.
_ENCODED = re.compile(r"=\?([^?\s]{1,80})\?([bBqQ])\?(.{0,1500}?)\?=", re.DOTALL)
_HEX = re.compile(rb"=([0-9A-Fa-f]{2})")
_NO_TEXT = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_MOST_RUNS = 10_000
_FOLD = re.compile(r"\r*\n[ \t]?|\r")
# Control characters, and those that turn the direction of the text around them.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u202a-\u202e\u2066-\u2069\u2028\u2029]"
)
_PARAMETER = re.compile(
    r";\s*([^=;\s\"]{1,60})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?|([^;]*))", re.DOTALL
)


class Headers:
    """The header lines of one part, in order; names in lower case, values as raw bytes."""

    __slots__ = ("fields",)

    def __init__(self, fields: list[tuple[str, bytes]]) -> None:
        self.fields = fields

    def __contains__(self, name: str) -> bool:
        return any(field == name for field, _ in self.fields)

    def raw(self, name: str) -> bytes:
        return next((value for field, value in self.fields if field == name), b"")

    def all_raw(self, name: str) -> list[bytes]:
        return [value for field, value in self.fields if field == name]

    def text(self, name: str, hint: str = "") -> str:
        """The first such header, decoded to one clean line."""
        return one_line(decode_words(self.raw(name), hint))

    def texts(self, name: str) -> list[str]:
        return [one_line(decode_words(value)) for value in self.all_raw(name)]

    def plain(self, name: str) -> str:
        """The first such header as an ASCII token, without comments and case."""
        return self.raw(name)[:1000].decode("latin-1").split("(")[0].strip().lower()


def split(raw: bytes, limits: Limits, remarks: Remarks, start: int = 0, end: int = -1) -> "Split":
    """The headers at the start of a range of bytes, and where its body begins."""
    end = len(raw) if end < 0 else end
    fields: list[tuple[str, bytes]] = []
    position = start
    while position < end:
        stop = raw.find(b"\n", position, end) + 1 or end
        line = raw[position : min(stop, position + limits.header_line_bytes)]
        if not line.strip(b"\r\n"):
            return Headers(fields), stop
        is_envelope = line.startswith((b"From ", b">From ")) and not fields
        following = raw[stop : min(stop + 400, end)]
        if not (is_envelope or _take(line, fields, following, limits, remarks)):
            remarks.defect("no empty line between headers and body")
            break
        position = stop
        if position - start > limits.header_bytes:
            remarks.limited("headers")
            return Headers(fields), _after_headers(raw, position, end)
    return Headers(fields), position


Split = tuple[Headers, int]


def _take(
    line: bytes, fields: list[tuple[str, bytes]], following: bytes, limits: Limits, remarks: Remarks
) -> bool:
    """Add a line to the fields; False when it belongs to no header."""
    field = _FIELD.match(line)
    if field and line[:1] not in b" \t":
        if len(fields) < limits.headers:
            fields.append((field[1].decode("ascii").lower(), line[field.end() :]))
        else:
            remarks.limited("headers")
        return True
    if not fields:
        return line[:1] in b" \t"
    if line[:1] not in b" \t" and not any(map(_WELL_KNOWN.match, following.split(b"\n")[:3])):
        return False
    name, value = fields[-1]
    if len(value) + len(line) <= limits.header_line_bytes:
        fields[-1] = (name, value + line)
    else:
        remarks.limited(f"header {name}"[:60])
    return True


def _after_headers(raw: bytes, position: int, end: int) -> int:
    """Where the body begins when the headers are longer than is read."""
    found = [
        at + len(mark)
        for mark in (b"\n\n", b"\n\r\n")
        if (at := raw.find(mark, position - 1, end)) >= 0
    ]
    return min(found, default=end)


def one_line(text: str) -> str:
    """A header's text without folds, control characters and tricks with direction."""
    return _UNSEEN.sub("", _FOLD.sub(" ", text).replace("\t", " ")).strip()


def decode_words(raw: bytes, hint: str = "") -> str:
    """Text of a header value, encoded words and raw 8-bit bytes included."""
    if b"=?" not in raw:
        return charsets.decode(raw, hint=hint)[0]
    text = raw.decode("latin-1")
    pieces: list[str] = []
    position = 0
    waiting = ("", b"", "")
    for word in _ENCODED.finditer(text):
        between = text[position : word.start()]
        charset, content = word[1], _word_bytes(word[2], word[3])
        if between.strip() or waiting[0].lower() != charset.lower() or not waiting[1]:
            pieces.append(_finished(waiting, hint))
            # White space between two encoded words only separates them (RFC 2047, 6.2).
            if between.strip() or not position:
                pieces.append(charsets.decode(between.encode("latin-1"), hint=hint)[0])
            waiting = (charset, content, word[0])
        else:
            waiting = (charset, waiting[1] + content, waiting[2] + word[0])
        position = word.end()
    pieces.append(_finished(waiting, hint))
    pieces.append(charsets.decode(text[position:].encode("latin-1"), hint=hint)[0])
    return "".join(pieces)


def _finished(word: tuple[str, bytes, str], hint: str) -> str:
    """The text of joined encoded words; what is no text stays as it was sent."""
    charset, content, sent = word
    if not content:
        return ""
    text, problem = charsets.decode(content, charset, hint)
    return sent if problem and _NO_TEXT.search(content) else text


def _word_bytes(encoding: str, encoded: str) -> bytes:
    content = encoded.encode("latin-1")
    if encoding in "bB":
        return base64_bytes(content)
    return _HEX.sub(lambda found: bytes((int(found[1], 16),)), content.replace(b"_", b" "))


def base64_bytes(content: bytes) -> bytes:
    """The bytes of damaged base64: strange characters left out, a lonely last one dropped."""
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        pass
    return b"".join(_base64_runs(content))


def _base64_runs(content: bytes) -> Iterator[bytes]:
    """Padding in the middle ends one run of base64 and begins the next."""
    is_one_run = content.count(b"=") > _MOST_RUNS
    for run in [content] if is_one_run else re.split(rb"={1,2}", content):
        clean = run.translate(None, _NOT_BASE64)
        clean = clean[: len(clean) - 1] if len(clean) % 4 == 1 else clean
        yield base64.b64decode(clean + b"=" * (-len(clean) % 4))


def parameters(raw: bytes, hint: str = "") -> tuple[str, dict[str, str]]:
    """The value of a structured header and its parameters, continuations joined (RFC 2231)."""
    text = raw[:8192].decode("latin-1")
    value = _FOLD.sub(" ", text.split(";", 1)[0]).strip().lower()
    pieces: dict[str, list[tuple[int, bool, bytes]]] = {}
    for name, quoted, bare in _PARAMETER.findall(text[len(text.split(";", 1)[0]) :]):
        content = re.sub(r"\\(.)", r"\1", quoted) if quoted else bare.strip()
        base, number, is_encoded = _parameter_name(name.lower())
        found = _FOLD.sub("", content).encode("latin-1")
        pieces.setdefault(base, []).append((number, is_encoded, found))
    return value, {name: _joined(parts, hint) for name, parts in pieces.items()}


def _parameter_name(name: str) -> tuple[str, int, bool]:
    """`filename*1*` is the base name, the place in the order, and whether it is encoded."""
    base, star, rest = name.partition("*")
    number = rest.rstrip("*")
    place = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else -1
    return base, place, bool(star) and (not rest or rest.endswith("*"))


def _joined(pieces: list[tuple[int, bool, bytes]], hint: str) -> str:
    if any(place >= 0 for place, _, _ in pieces):
        pieces = sorted(each for each in pieces if each[0] >= 0)
    elif any(is_encoded for _, is_encoded, _ in pieces):
        pieces = [each for each in pieces if each[1]][:1]
    else:
        pieces = pieces[:1]
    if not any(is_encoded for _, is_encoded, _ in pieces):
        return one_line(decode_words(b"".join(content for _, _, content in pieces), hint))
    charset, content = "", b""
    for index, (_, is_encoded, piece) in enumerate(pieces):
        if is_encoded and index == 0 and piece.count(b"'") >= 2:
            name, _, piece = piece.split(b"'", 2)
            charset = name.decode("latin-1")
        content += unquote_to_bytes(piece) if is_encoded else piece
    return one_line(charsets.decode(content, charset, hint)[0])
