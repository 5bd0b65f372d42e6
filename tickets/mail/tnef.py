"""The files inside a winmail.dat, Outlook's own envelope (MS-OXTNEF), within limits.

Only what a reader needs is taken: names, bytes, and a plain body. Everything that is no such
envelope, or is cut short, gives as much as could be read before the damage.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from tickets.mail import charsets

TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SIGNATURE = 0x223E9F78
_BODY, _NAME, _BYTES, _BEGINS, _PROPERTIES = 0x800C, 0x8010, 0x800F, 0x9002, 0x9005
_CODE_PAGE = 0x9007
_LONG_NAME, _FILE_NAME, _MIME_TYPE, _CONTENT_ID = 0x3707, 0x3704, 0x370E, 0x3712
_STRINGS = frozenset({0x001E, 0x001F})
_MANY_VALUED = 0x1000
# Sizes of the fixed values of MAPI properties, padded to four bytes.
_FIXED = {0x0002: 4, 0x0003: 4, 0x0004: 4, 0x0005: 8, 0x0006: 8, 0x0007: 8, 0x000A: 4,
          0x000B: 4, 0x0014: 8, 0x0040: 8, 0x0048: 16}  # fmt: skip
_VARIABLE = _STRINGS | {0x000D, 0x0102}
_MOST = 200


@dataclass(slots=True)
class Packed:
    """One file of the envelope."""

    name: str = ""
    type: str = ""
    content: bytes = b""
    content_id: str = ""


def read(content: bytes) -> tuple[list[Packed], str]:
    """The files in their order, and the plain body ("" when there is none)."""
    files: list[Packed] = []
    body, charset = "", ""
    for kind, value in _attributes(content):
        if kind == _CODE_PAGE and len(value) >= 4:
            charset = f"cp{struct.unpack_from('<I', value)[0]}"
        elif kind == _BODY:
            body = _text(value, charset)
        elif kind == _BEGINS and len(files) < _MOST:
            files.append(Packed())
        elif files:
            _describe(files[-1], kind, value, charset)
    return [each for each in files if each.content], body


def _describe(file: Packed, kind: int, value: bytes, charset: str) -> None:
    if kind == _NAME:
        file.name = file.name or _text(value, charset)
    elif kind == _BYTES:
        file.content = value
    elif kind == _PROPERTIES:
        found = dict(_strings(value, charset))
        file.name = found.get(_LONG_NAME) or found.get(_FILE_NAME) or file.name
        file.type = found.get(_MIME_TYPE, "").lower()
        file.content_id = found.get(_CONTENT_ID, "").strip("<> ")


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Each attribute: its number, and its bytes without the checksum behind them."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != _SIGNATURE:
        return
    at = 6
    while at + 9 <= len(content):
        kind, length = struct.unpack_from("<xII", content, at)
        at += 9
        if at + length > len(content):
            return
        yield kind & 0xFFFF, content[at : at + length]
        at += length + 2


def _strings(value: bytes, charset: str) -> Iterator[tuple[int, str]]:
    """The texts among MAPI properties, up to the first property that cannot be stepped over."""
    at = 4
    while at + 8 <= len(value):
        kind, number = struct.unpack_from("<HH", value, at)
        at = _after_name(value, at + 4) if number >= 0x8000 else at + 4
        if kind in _FIXED:
            at += _FIXED[kind]
        elif kind & ~_MANY_VALUED in _VARIABLE:
            texts, at = _values(value, at)
            if kind in _STRINGS:
                page = "utf-16-le" if kind == 0x001F else charset
                yield from ((number, _text(text, page)) for text in texts[:1])
        else:
            return


def _values(value: bytes, at: int) -> tuple[list[bytes], int]:
    """The values of a property of variable length, each padded to four bytes."""
    found: list[bytes] = []
    if at + 4 > len(value):
        return found, len(value)
    (count,) = struct.unpack_from("<I", value, at)
    at += 4
    while len(found) < count and at + 4 <= len(value):
        (length,) = struct.unpack_from("<I", value, at)
        found.append(value[at + 4 : at + 4 + length])
        at += 4 + (length + 3) // 4 * 4
    return found, at


def _after_name(value: bytes, at: int) -> int:
    """A named property carries its set and its number or its name before its value."""
    if at + 24 > len(value):
        return len(value)
    is_text, length = struct.unpack_from("<II", value, at + 16)
    return at + 24 + ((length + 3) // 4 * 4 if is_text else 0)


def _text(value: bytes, charset: str) -> str:
    if charset == "utf-16-le":
        return value.decode("utf-16-le", "replace").split("\x00")[0]
    return charsets.decode(value.split(b"\x00")[0], charset)[0]
