"""winmail.dat: Outlook's envelope is opened, and shown as it is when it cannot be."""

import base64
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mail.mails import multipart
from tickets.mail import tnef
from tickets.mail.parse import parse

BEGINS = (2, 0x00069002, b"\x00" * 14)
CODE_PAGE = (1, 0x00069007, struct.pack("<II", 1254, 0))


def envelope(*attributes: tuple[int, int, bytes]) -> bytes:
    packed = b"".join(
        struct.pack("<BII", level, kind, len(value)) + value + struct.pack("<H", sum(value) % 65536)
        for level, kind, value in attributes
    )
    return struct.pack("<IH", 0x223E9F78, 1) + packed


def text_property(number: int, text: str) -> bytes:
    value = text.encode("utf-16-le") + b"\x00\x00"
    padding = b"\x00" * (-len(value) % 4)
    return struct.pack("<HHII", 0x001F, number, 1, len(value)) + value + padding


def properties(*values: bytes) -> tuple[int, int, bytes]:
    return (2, 0x00069005, struct.pack("<I", len(values)) + b"".join(values))


PLAIN_FILE = (BEGINS, (2, 0x00018010, b"short.txt\x00"), (2, 0x0006800F, b"bytes"))


def test_files_and_body_are_taken_out() -> None:
    number = struct.pack("<HHI", 0x0003, 0x3705, 1)
    named = properties(number, text_property(0x3707, "Yazıcı hatası.txt"))
    found = tnef.read(envelope((1, 0x0002800C, b"Hello\x00"), *PLAIN_FILE, named))
    assert [(file.name, file.content) for file in found[0]] == [("Yazıcı hatası.txt", b"bytes")]
    assert found[1] == "Hello"


def test_the_code_page_of_the_envelope_counts() -> None:
    short = (2, 0x00018010, "yazıcı.txt".encode("cp1254"))
    files, _ = tnef.read(envelope(CODE_PAGE, BEGINS, short, (2, 0x0006800F, b"x")))
    assert files[0].name == "yazıcı.txt"


def test_the_mail_shows_what_is_inside() -> None:
    packed = base64.b64encode(envelope((1, 0x0002800C, b"Hello"), *PLAIN_FILE)).decode()
    part = f"Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\n{packed}"
    found = parse(multipart("mixed", part))
    assert found.text == "Hello"
    assert [(each.name, each.type) for each in found.attachments] == [("short.txt", "text/plain")]


@pytest.mark.parametrize("content", ["x", "", "eJ8+Ig=="])
def test_what_cannot_be_opened_stays_a_file(content: str) -> None:
    kind = 'Content-Type: application/ms-tnef; name="winmail.dat"'
    part = f"{kind}\nContent-Transfer-Encoding: base64\n\n{content}"
    assert [each.name for each in parse(multipart("mixed", part)).attachments] == ["winmail.dat"]


@given(st.binary(max_size=200))
def test_any_bytes_are_an_envelope(content: bytes) -> None:
    tnef.read(content)
    tnef.read(struct.pack("<IH", 0x223E9F78, 1) + content)
    tnef.read(envelope(*PLAIN_FILE, (2, 0x00069005, content)))


@given(st.integers(0, 120))
def test_a_cut_envelope_gives_what_was_whole(end: int) -> None:
    whole = envelope(*PLAIN_FILE, properties(text_property(0x3707, "a.txt")))
    assert len(tnef.read(whole[:end])[0]) <= 1
