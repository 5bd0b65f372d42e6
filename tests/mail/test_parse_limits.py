"""Mails made to stop a worker: read within limits, and what was cut is said."""

import time
from collections.abc import Callable

import pytest

from tests.mail.mails import HEADERS, letter, mail, multipart
from tickets.mail.limits import Limits
from tickets.mail.parse import parse

SOME = 1_000_000  # bytes of a hostile body; the measures of the limits are tried with less
TEXT = "Content-Type: text/plain\n\nx"


def nested(levels: int) -> bytes:
    parts = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(levels)
    )
    return (HEADERS + parts + "\nHello").encode()


def test_a_mail_that_is_too_long_is_cut() -> None:
    found = parse(mail(body="x" * 2000), Limits(total_bytes=1000))
    assert found.limited == ("total size",)
    assert found.subject == "Printer"


def test_parts_are_counted() -> None:
    found = parse(multipart("mixed", *[TEXT] * 20), Limits(parts=10))
    assert found.limited == ("parts",)


def test_depth_is_measured() -> None:
    assert parse(nested(29)).text == "Hello"
    assert parse(nested(3000)).limited == ("depth",)


def test_addresses_are_counted() -> None:
    many = ", ".join(f"a{n}@b.example" for n in range(40))
    found = parse(mail(f"Cc: {many}"), Limits(addresses=10))
    assert found.limited == ("addresses",)
    assert found.sender


def test_headers_are_counted_and_measured() -> None:
    assert parse(mail("X: y\n" * 50), Limits(headers=10)).limited == ("headers",)
    found = parse(mail("X: " + "y" * 5000, "Hello"), Limits(header_bytes=1000))
    assert (found.limited, found.text) == (("headers",), "Hello")
    assert parse(mail("X: a\n" + " b\n" * 500), Limits(header_line_bytes=99)).limited == (
        "header x",
    )


def test_bodies_and_files_are_measured() -> None:
    assert parse(mail(body="x" * 500), Limits(text_characters=100)).text == "x" * 100
    file = "Content-Type: image/png\n\n" + "x" * 500
    found = parse(multipart("mixed", TEXT, file), Limits(attachment_bytes=100))
    assert (found.limited, found.attachments) == (("attachment",), ())


HOSTILE: dict[str, Callable[[], bytes]] = {
    "newlines": lambda: mail(body="\n" * SOME),
    "carriage returns": lambda: b"\r" * SOME,
    "one header": lambda: b"X: " + b"a" * SOME,
    "headers": lambda: b"X: a\n" * (SOME // 5),
    "folds": lambda: b"X: a\n" + b" b\n" * (SOME // 3),
    "senders": lambda: b"From: " + b"a@b.c, " * (SOME // 7) + b"\n\nx",
    "quotes in sender": lambda: b"From: " + b'"' * 60_000 + b"\n\nx",
    "brackets in sender": lambda: b"From: " + b"(" * 60_000 + b"\n\nx",
    "angles in sender": lambda: b"From: " + b"<" * 60_000 + b"\n\nx",
    "letters in sender": lambda: b"From: " + b"a" * 60_000 + b"\n\nx",
    "words without end": lambda: b"Subject: " + b"=?utf-8?q?" * 6_000 + b"\n\nx",
    "escapes in subject": lambda: b"Subject: " + b"\x1b$B" * 20_000 + b"\n\nx",
    "spaces in subject": lambda: b"Subject: re:" + b" " * 60_000 + b"x\n\nx",
    "references": lambda: b"References: " + b"<" * 60_000 + b"\n\nx",
    "parameters": lambda: b"Content-Type: text/plain" + b"; a=b" * 12_000 + b"\n\nx",
    "continuations": lambda: mail(
        "Content-Type: text/plain" + "".join(f"; a*{n}*=x" for n in range(6000))
    ),
    "depth": lambda: nested(30_000),
    "parts": lambda: multipart("mixed", *["\nx"] * 30_000),
    "prefixes": lambda: mail("Content-Type: multipart/mixed; boundary=b", "--bb\nx\n" * 50_000),
    "pages": lambda: multipart("mixed", *["Content-Type: text/html\n\n" + "<p>a" * 500] * 100),
    "padding": lambda: mail("Content-Transfer-Encoding: base64", "a=" * (SOME // 2)),
    "equal signs": lambda: mail("Content-Transfer-Encoding: quoted-printable", "=" * SOME),
    "uuencode": lambda: mail("Content-Transfer-Encoding: uuencode", "a\n" * (SOME // 2)),
    "japanese": lambda: mail(
        "Content-Type: text/plain; charset=euc-jp", b"\xa1\xa1a\x8ea\xff" * (SOME // 6)
    ),
    "escapes": lambda: mail(
        "Content-Type: text/plain; charset=iso-2022-jp", b"\x1b$Ba\x1b(B" * (SOME // 7)
    ),
    "report": lambda: mail(
        "Content-Type: message/delivery-status",
        "Final-Recipient: rfc822;a@b.c\nAction: failed\n\n" * 50_000,
    ),
    "account": lambda: mail("Return-Path: <>", "user unknown\n" + "<( " * 3000),
    "blank account": lambda: mail("Return-Path: <>", "user unknown\n" + " " * 8000 + "x"),
}


@pytest.mark.parametrize("build", HOSTILE.values(), ids=HOSTILE)
def test_hostile_mails_cost_little(build: Callable[[], bytes]) -> None:
    raw = build()
    start = time.process_time()
    found = parse(raw)
    assert time.process_time() - start < 5
    assert not [each for each in found.defects if "could not be read" in each]


def test_nothing_escapes_when_reading_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr("tickets.mail.structure.Reader.read", fail)
    found = letter()
    assert found.subject == "Printer"
    assert found.defects == ("could not be read: RecursionError",)
    monkeypatch.setattr("tickets.mail.headers.split", fail)
    assert letter().defects[-1] == "not even the headers: RecursionError"
