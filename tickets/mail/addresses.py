"""Who wrote and to whom: address lists of RFC 5322 as real mails break them."""

import re
from collections.abc import Iterator

from tickets.mail import charsets, headers
from tickets.mail.letter import Address

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|\\.|[^"\\(),;:<>]+|.', re.DOTALL)
_MESSAGE_ID = re.compile(r"<\s*([^<>\s]{1,900})\s*>")
# Bounded, so that a long text without an address is still searched in linear time.
_ADDRESS = re.compile(r"[^\s<>\"(),;:\[\]]{1,256}@[^\s<>\"(),;:]{1,256}")
_QUOTED_ADDRESS = re.compile(r'("(?:[^"\\]|\\.){1,256}"@[^\s<>"(),;:]{1,256})')
_SPACES = re.compile(r"\s")


def read(raw: bytes, limit: int, hint: str = "") -> list[Address]:
    """The addresses of a header; structure is read before any encoded word is opened."""
    text = _plain(raw, hint)
    found = list(_mailboxes(text, limit))
    if not any("@" in address for _, address in found) and "=?" in text:
        # Some programs encode the whole header, brackets and all.
        opened = list(_mailboxes(headers.one_line(headers.decode_words(raw, hint)), limit))
        if any("@" in address for _, address in opened):
            found = opened
    return [Address(_name(name, hint), _clean(address)) for name, address in found]


def _plain(raw: bytes, hint: str) -> str:
    return headers.one_line(charsets.decode(raw, hint=hint)[0])


def _mailboxes(text: str, limit: int) -> Iterator[tuple[str, str]]:
    """Display name and address of each mailbox, names with unquoted commas put together."""
    has_at = "@" in text
    carried = ""
    count = 0
    for phrase, inside, comment in _entries(text):
        address, name = _address_of(phrase, inside, has_at)
        if not address:
            carried = f"{carried}, {name}" if carried and name else carried or name
            continue
        name = f"{carried}, {name}" if carried and name else name or carried
        yield name or comment, address
        carried = ""
        count += 1
        if count >= limit:
            return


def _address_of(phrase: str, inside: str, has_at: bool) -> tuple[str, str]:
    """Address and display name of one entry; an entry without an address has only a name."""
    if inside:
        return _unrouted(inside), phrase
    if quoted := _QUOTED_ADDRESS.search(phrase):
        return quoted[1], phrase.replace(quoted[1], " ").strip()
    if bare := _ADDRESS.search(phrase):
        return bare[0], phrase.replace(bare[0], " ").strip("<>\"' ")
    if not has_at and phrase and " " not in phrase and '"' not in phrase and "=?" not in phrase:
        return phrase, ""
    return "", phrase


def _unrouted(inside: str) -> str:
    """The address in angle brackets, without `mailto:` and source routes."""
    address = inside.strip().strip("<>'").removeprefix("mailto:").removeprefix("MAILTO:")
    if address.startswith("@") and ":" in address:
        address = address.split(":", 1)[1]
    if not address.startswith('"') and (found := _ADDRESS.search(address)):
        return found[0]
    return address


def _entries(text: str) -> Iterator[tuple[str, str, str]]:
    """Phrase, angle-bracketed part and comment of each entry between commas."""
    entry = _Entry()
    for token in _TOKEN.findall(text):
        if entry.is_open or token not in {",", ";"}:
            entry.take(token)
        else:
            yield entry.pieces()
            entry = _Entry()
    yield entry.pieces()


class _Entry:
    """One entry of an address list while it is read, token by token."""

    __slots__ = ("_comment", "_depth", "_in_angle", "_inside", "_is_kept", "_phrase")

    def __init__(self) -> None:
        self._phrase = self._inside = self._comment = ""
        self._depth, self._in_angle, self._is_kept = 0, False, True

    @property
    def is_open(self) -> bool:
        return self._depth > 0 or self._in_angle

    def pieces(self) -> tuple[str, str, str]:
        return _spaced(self._phrase), self._inside, _spaced(self._comment)

    def take(self, token: str) -> None:
        if self._depth:
            self._depth += (token == "(") - (token == ")")
            self._comment += token if self._depth else " "
        elif token == "(":
            self._depth = 1
        elif self._in_angle:
            self._in_angle = token != ">"
            self._inside += token if self._in_angle and self._is_kept else ""
        elif token == "<":
            self._open_angle()
        elif token == ":" and "@" not in self._phrase and not self._inside:
            self._phrase = ""  # The name of a group.
        elif token != ">":
            self._phrase += token

    def _open_angle(self) -> None:
        """Of two bracketed parts the first that holds an address counts."""
        self._in_angle, self._is_kept = True, "@" not in self._inside
        if self._is_kept:
            self._inside = ""


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _name(name: str, hint: str) -> str:
    bare = re.sub(r'"((?:[^"\\]|\\.)*)"?', lambda quoted: _unescaped(quoted[1]), name)
    if "=?" in bare:
        bare = headers.decode_words(bare.encode("utf-8"), hint)
    return _spaced(headers.one_line(bare)).strip("'\" ")[:300]


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _clean(address: str) -> str:
    """An address without white space around its dots, its domain in lower case."""
    if not address.startswith('"'):
        address = _SPACES.sub("", address)
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower().rstrip('.')}"[:320] if at else domain[:320]


def message_ids(raw: bytes) -> list[str]:
    """The message ids of a References or In-Reply-To header, with their brackets."""
    text = headers.one_line(raw.decode("latin-1"))
    return [f"<{found}>" for found in _MESSAGE_ID.findall(text)]


def message_id(raw: bytes) -> str:
    """The id of a Message-ID header; brackets are added where the sender forgot them."""
    if found := message_ids(raw):
        return found[0]
    bare = headers.one_line(raw.decode("latin-1")).strip("<> ")
    return f"<{bare}>" if bare and " " not in bare and len(bare) <= 900 else ""
