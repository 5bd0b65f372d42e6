"""Forms as machines post them (RFC 7578): each field as the bytes that were sent.

Django's parser is for people: it decodes, and stops at the few megabytes that a page needs. Whoever
calls this has bounded the body already.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl

from django.utils.http import parse_header_parameters

FIELDS_MAX = 500
URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"


@dataclass(frozen=True)
class Field:
    """One field, or one file where it has the name of one."""

    name: str
    content: bytes
    file_name: str = ""
    type: str = "text/plain"


def fields(content_type: str, body: bytes) -> list[Field]:
    """The form's fields in order, none where it is no form; ValueError where it is broken."""
    kind, facts = parse_header_parameters(content_type)
    if kind == URLENCODED:
        # Latin-1 gives each byte back as it was.
        pairs = parse_qsl(
            body.decode("latin-1"), True, encoding="latin-1", max_num_fields=FIELDS_MAX
        )
        return [Field(_text(name), value.encode("latin-1")) for name, value in pairs]
    if kind == MULTIPART:
        return list(_parts(facts.get("boundary", "").encode(), body))
    return []


def _parts(boundary: bytes, body: bytes) -> Iterator[Field]:
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary, FIELDS_MAX + 2)
    if not boundary or len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise ValueError("The form has no end, or too many fields.")
    for piece in pieces[1:-1]:
        head, gap, content = piece.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not gap:
            raise ValueError("A field of the form has no content.")
        yield _field(head.decode("utf-8", "replace"), content)


def _field(head: str, content: bytes) -> Field:
    lines = (line.partition(":") for line in head.split("\r\n"))
    said = {name.strip().lower(): value.strip() for name, _colon, value in lines}
    _kind, facts = parse_header_parameters(said.get("content-disposition", ""))
    type_ = said.get("content-type", "text/plain")
    return Field(facts.get("name", ""), content, facts.get("filename", ""), type_)


def _text(name: str) -> str:
    return name.encode("latin-1").decode("utf-8", "replace")
