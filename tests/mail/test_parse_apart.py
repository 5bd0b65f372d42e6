"""Heavy mails are read by a child, with the same result and without danger for the worker."""

import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from typing import NoReturn

import pytest

from tests.mail.mails import mail, multipart
from tickets.mail import apart
from tickets.mail.letter import Address, Attached, Bounce, Letter
from tickets.mail.parse import parse

FULL = Letter(
    message_id="<1@x>",
    subject="Yazıcı",
    sender=Address("Elif", "elif@example.org"),
    to=(Address("", "it@example.com"),),
    recipients=("it@example.com",),
    date=datetime(2026, 3, 9, 7, 0, tzinfo=UTC),
    references=("<0@x>",),
    attachments=(Attached("a.bin", "application/octet-stream", b"\x00\xff", False, ""),),
    bounce=Bounce(("a@b.example",), True, "<2@x>"),
    limited=("body",),
)


@pytest.fixture
def heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_LARGE", 0)


def test_a_letter_survives_the_way_between_processes() -> None:
    for letter in (FULL, Letter(), replace(FULL, date=None, bounce=None)):
        assert apart.from_plain(apart.to_plain(letter)) == letter


@pytest.mark.processes
def test_a_child_reads_the_same(heavy: None) -> None:
    raw = multipart("mixed", "Content-Type: text/plain\n\nx", "Content-Type: image/png\n\n\x00")
    assert apart.parse(raw) == parse(raw)


def test_a_child_that_dies_leaves_the_headers(heavy: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object, **__: object) -> NoReturn:
        raise subprocess.CalledProcessError(-9, "child")

    monkeypatch.setattr(subprocess, "run", die)
    found = apart.parse(mail())
    assert found.subject == "Printer"
    assert found.limited == ("time",)
    assert found.defects == ("could not be read apart: CalledProcessError",)


@pytest.mark.parametrize(
    ("body", "is_heavy"),
    [("Hello", False), ("<p>" * 70_000, True), ("\n" * 500_000, True), ("--b\n" * 4_000, True)],
    ids=["light", "page", "lines", "parts"],
)
def test_what_looks_heavy(body: str, is_heavy: bool) -> None:
    assert apart.is_heavy(mail(body=body)) is is_heavy
