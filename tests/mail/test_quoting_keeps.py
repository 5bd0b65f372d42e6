"""What looks like a quotation but is the author's own: none of it may be lost."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.mail.quoting import own_words

OWN = [
    "Merhaba,\n\nTelefon gönderildi.",
    "Merhaba,\n\nTelefon kargo ile gönderildi.",
    "Hello,\n\nSent by mail.",
    "Hallo,\n\nHandy gesendet.",
    "Bună,\n\nTrimis cu telefonul.",
    "Hej,\n\nSkickat med mail.",
    "On the surface this looks like a header, but it is not.\nOn the other hand: who knows.",
    "On Monday at 9:00 I wrote to my manager, and he said no.\nSo I ask you.",
    "Here is what I need:\n- a laptop\n- a bag\n\nOn 12 May I leave.",
    "I travel for work.\nFrom: Bucharest\nTo: Berlin\nDate: 12 May 2026\nPlease book a train.",
    "My address is elif@example.org and the error came at 14:05:\nPage not found\nTry again",
    "The notification was sent from my iPhone app to all users.",
    "The mail was sent from my iPhone.\nIt never arrived.",
    "Sent from my desk, is much easier than my phone.",
    "Form dün gönderildi.",
    "Key points\n----\n1. faster\n2. smaller\n\n----\nThe dashes are only decoration.",
    "Subject: holidays\nI would like to take some.",
    "Regards to the team.\n\nThank you,\nElif",
    "a > b and c < d\nbut e >= f",
    "He wrote: the printer is dead.\nShe wrote: no it is not.",
    "Bitte prüfen:\nVon: 12.05.2026\nBis: 14.05.2026\nGrund: Urlaub",
    "Am Montag schrieb der Drucker nur noch Nullen.\nSeit heute schreibt er nichts.",
    "Le document a été écrit hier.\nIl manque une page :\nla dernière.",
    "Yazıcı şunları yazdı: hata 5.\nSonra durdu.",
    "昨日の14:05:に止まりました。\n直してください。",
    "The log says:\n22.11.2026 14:05:11 connect to db@example.com failed:\ntimeout, it stopped",
    "-- \nOnly a signature stands here",
    "> only a quotation",
    "Original message\nis what the button says, and nothing happens.",
    "C:\\> dir\nno output",
    "The steps:\n--\n1. open it\n2. nothing happens",
    "First part.\n---\nDo you see the second part?",
    "1. first\n\n--\n\n"
    + "\n".join(f"{n}. a long list of points to look at" for n in range(2, 20)),
]


@pytest.mark.parametrize("text", OWN)
def test_own_words_stay(text: str) -> None:
    assert own_words(text) == text


@pytest.mark.parametrize("text", ["", "\n\n", "Sent from my iPhone", "> a\n> b", "--\nElif"])
def test_a_text_of_which_nothing_would_be_left_stays_whole(text: str) -> None:
    assert own_words(text) == text.strip()


def test_a_quotation_that_the_author_put_first_stays() -> None:
    text = "> The device is out of warranty.\n\nIt is not, I bought it in May."
    assert own_words(text) == text


def test_words_below_a_signature_that_is_none() -> None:
    text = "Two questions.\n--\n" + "\n".join(f"Question {n}, which is long." for n in range(15))
    assert own_words(text) == text


PIECES = ["On", "wrote:", "14:05", "<a@b.example>", ">", "> x", "-- ", "From: a", "To:", "\n"]
PIECES += ["Sent: b", "hello", "22.11.2026", "schrieb", "____", "\n\n", "Subject: c", "a écrit :"]
words = st.lists(st.sampled_from(PIECES), max_size=40)


@given(words)
def test_something_is_always_left(pieces: list[str]) -> None:
    text = " ".join(pieces)
    assert bool(own_words(text)) == bool(text.strip())


@given(words)
def test_own_words_are_lines_of_the_text(pieces: list[str]) -> None:
    text = " ".join(pieces)
    lines = {line.strip() for line in text.split("\n")}
    assert {line.strip() for line in own_words(text).split("\n")} <= lines | {""}


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert len(own_words(text)) <= len(text)


HOSTILE = {
    "one line": "a" * 1_000_000,
    "marks": ">" * 1_000_000,
    "spaces": " " * 1_000_000,
    "dashes": "-" * 1_000_000,
    "attributions": "On 1.1.2026 10:00 a@b.example said this:\n" * 20_000,
    "long attributions": ("On 1.1.2026 10:00 " + "word " * 70 + ":\n") * 2_500,
    "labels": "From: a\nSent: b\n" * 50_000,
    "quotes": "> a\nb\n" * 100_000,
    "footers": "\nSent from my iPhone\n" * 40_000,
    "signatures": "-- \nx\n" * 100_000,
    "brackets": "<" * 500_000 + "\n>:",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_megabyte_of_the_worst_takes_less_than_a_second(text: str) -> None:
    start = time.process_time()
    own_words(text)
    assert time.process_time() - start < 1
