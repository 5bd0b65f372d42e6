"""Damaged mails: whatever happens to the bytes on the way, a letter comes out, and soon.

`MAIL_MUTATIONS=20000 pytest tests/mail/test_parse_mutations.py` tries as many as that.
"""

import os
import random
import time

from tests.mail import corpus
from tests.mail.mails import mail, multipart
from tickets.mail.parse import parse

COUNT = int(os.environ.get("MAIL_MUTATIONS", "400"))
SEED = int(os.environ.get("MAIL_MUTATIONS_SEED", "1"))
LARGEST = 1_000_000

# What is put somewhere: the joints of mails, where parsers break.
SPLINTERS = (
    *(b"=?utf-8?b?", b"=?x?q?=", b'"', b"(", b"<", b">", b";", b"--", b"\n\n", b"\n", b"\r"),
    *(b"\x00", b"\x1b$B", b"boundary=", b"charset=", b"&#1114112;", b"*0*=", b"\xff\xfe", b"<div>"),
    *(
        b">" * 300,
        b"(" * 300,
        b'"' * 99,
        b"=?" * 99,
        b"From: a\nSent: b\n",
        b"On 1.1.2026 wrote:\n",
    ),
)
OWN = (
    mail("Content-Type: text/plain; charset=utf-8", "Merhaba\n\n> alıntı\n-- \nElif"),
    mail("Content-Type: text/html", "<p>Hello<blockquote>old</blockquote>"),
    multipart("mixed", "Content-Type: text/plain\n\nx", "Content-Type: image/png\n\nPNG"),
    multipart("report", "Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.c"),
)


def originals() -> list[bytes]:
    found = [(corpus.FOLDER / row["file"]).read_bytes() for row in files()]
    return [*OWN, *(raw for raw in found if len(raw) < LARGEST)]


def files() -> tuple[dict[str, str], ...]:
    return corpus.rows() if (corpus.FOLDER / "MANIFEST.tsv").is_file() else ()


def damaged(raws: list[bytes], chance: random.Random) -> bytes:
    """A mail with one to six injuries, half of them near its head."""
    raw = chance.choice(raws)
    for _ in range(chance.randint(1, 6)):
        length = max(1, len(raw) if chance.random() < 0.5 else min(len(raw), 2000))
        start = chance.randrange(length)
        end = start + chance.choice((1, 4, 40, 400, 4000))
        raw = injured(raw, start, end, raws, chance)[:LARGEST]
    return raw


def injured(raw: bytes, start: int, end: int, raws: list[bytes], chance: random.Random) -> bytes:
    head, middle, tail = raw[:start], raw[start:end], raw[end:]
    other = chance.choice(raws)
    return chance.choice(
        (
            head + tail,
            head + middle * chance.choice((2, 50)) + tail,
            head + chance.randbytes(min(len(middle), 50)) + tail,
            head + chance.choice(SPLINTERS) + middle + tail,
            head + chance.choice(SPLINTERS) + tail,
            head + other[start:end] + tail,
            head + middle[::-1] + tail,
            head + middle.replace(b"\n", b"\r\n") + tail,
            head if chance.random() < 0.3 else raw,
        )
    )


def test_damaged_mails_are_read_soon() -> None:
    chance, raws = random.Random(SEED), originals()
    for number in range(COUNT):
        raw = damaged(raws, chance)
        start = time.process_time()
        letter = parse(raw)
        assert time.process_time() - start < 10, number
        assert not [each for each in letter.defects if "could not be read" in each], number
        for text in (letter.subject, letter.text, letter.html, letter.reply_text):
            text.encode()
