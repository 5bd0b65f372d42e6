"""How the 717 mails of the corpus are read; `pytest -s` prints the figures."""

import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from tests.mail import corpus
from tests.mail.corpus import on_one_line
from tickets.mail.letter import Letter
from tickets.mail.parse import parse

pytestmark = corpus.needs_corpus

# What the corpus itself calls unreliable: readings of broken MIME by one parser, and a subject
# that its source expects undecoded.
DOUBTFUL = ("stalwart-malformed-", "webklex-imap_mime_header_decode_returns_false")
FIELDS: dict[str, Callable[[Letter], str]] = {
    "expected_subject": lambda letter: letter.subject,
    "expected_from": lambda letter: letter.sender.address if letter.sender else "",
    "expected_body_begin": lambda letter: letter.text,
}


def report(what: str, wrong: Iterable[str], of: int, share: float) -> None:
    """Print the figure and the misses, and insist on the share."""
    misses = list(wrong)
    reached = (of - len(misses)) / of
    say(f"{what}: {of - len(misses)} of {of} ({reached:.1%})", *misses)
    assert reached >= share, misses


def say(*lines: str) -> None:
    sys.stdout.write("\n" + "\n  ".join(lines))


def test_no_mail_fails_or_takes_long() -> None:
    slowest = 0.0
    for row in corpus.rows():
        start = time.process_time()
        letter = parse((corpus.FOLDER / row["file"]).read_bytes())
        slowest = max(slowest, time.process_time() - start)
        assert not [each for each in letter.defects if "could not be read" in each], row["file"]
    say(f"slowest mail: {slowest * 1000:.0f} ms")
    assert slowest < 10


def test_every_letter_can_be_stored() -> None:
    for row in corpus.rows():
        letter = corpus.read(row["file"])
        for text in (letter.text, letter.html, letter.subject, letter.reply_text):
            assert "\x00" not in text
            text.encode()


@pytest.mark.parametrize("field", FIELDS)
def test_subject_sender_and_body(field: str) -> None:
    rows = [
        row
        for row in corpus.rows()
        if corpus.expected(row, field) and not any(name in row["file"] for name in DOUBTFUL)
    ]
    wrong = [row["file"] for row in rows if not is_right(row, field)]
    report(field, wrong, len(rows), 0.97)


def test_subject_sender_and_body_together() -> None:
    rows = [
        row
        for row in corpus.rows()
        if any(row[field] for field in FIELDS) and not any(name in row["file"] for name in DOUBTFUL)
    ]
    wrong = [row["file"] for row in rows if not all(is_right(row, field) for field in FIELDS)]
    report("mails read right", wrong, len(rows), 0.97)


def is_right(row: dict[str, str], field: str) -> bool:
    wanted = corpus.expected(row, field)
    found = on_one_line(FIELDS[field](corpus.read(row["file"])))
    # Where the source gave up on a letter, any letter is better.
    pattern = re.escape(wanted.replace("\x00", "")).replace("\ufffd", ".")
    if field == "expected_body_begin":
        return bool(re.match(pattern, found))
    return not wanted or bool(re.fullmatch(pattern, found, re.IGNORECASE))


def test_what_must_not_be_answered_is_automatic() -> None:
    marked = [row["file"] for row in corpus.rows() if row["must_not_auto_reply"]]
    missed = [file for file in marked if not corpus.read(file).automatic]
    report("automatic mail recognised", missed, len(marked), 1)


def test_ordinary_mail_is_not_silenced() -> None:
    ordinary = [row["file"] for row in corpus.rows() if not row["must_not_auto_reply"]]
    silenced = [
        f"{file}: {letter.automatic_reason}"
        for file in ordinary
        if (letter := corpus.read(file)).automatic
    ]
    report("ordinary mail not silenced", silenced, len(ordinary), 0.99)


def test_bounced_addresses() -> None:
    rows = [row for row in corpus.rows() if row["expected_bounced"]]
    wrong = [row["file"] for row in rows if bounced(row["file"]) != set(addresses(row))]
    report("bounced addresses", wrong, len(rows), 0.95)


def addresses(row: dict[str, str]) -> list[str]:
    return row["expected_bounced"].lower().split(",")


def bounced(file: str) -> set[str]:
    bounce = corpus.read(file).bounce
    return {address.lower() for address in bounce.addresses} if bounce else set()


def test_own_words_of_replies() -> None:
    expectations = corpus.lines("expected_replies.jsonl")
    total, missed = Counter[str](), Counter[str]()
    wrong = []
    for each in expectations:
        accepted = {on_one_line(text) for text in accepted_texts(each)}
        total[each["lang"]] += 1
        if on_one_line(corpus.read(each["file"]).reply_text) not in accepted:
            missed[each["lang"]] += 1
            wrong.append(each["file"])
    report("own words exact", wrong, len(expectations), 0.9)
    say(*(f"{lang or 'mixed'}: {missed[lang]} of {total[lang]} missed" for lang in total))
    for language in ("tr", "ro", "de", "ja"):
        assert missed[language] <= 0.1 * total[language]


def accepted_texts(expectation: dict[str, object]) -> list[str]:
    also = expectation.get("accept_also", [])
    assert isinstance(also, list)
    return [str(expectation["expected_reply"]), *map(str, also)]


def test_own_words_are_not_lost() -> None:
    expectations = corpus.lines("expected_replies.jsonl")
    lost = [
        each["file"]
        for each in expectations
        if not any(
            on_one_line(text) in on_one_line(corpus.read(each["file"]).reply_text)
            for text in accepted_texts(each)
        )
    ]
    report("own words kept", lost, len(expectations), 0.99)


def test_replies_of_which_only_pieces_are_known() -> None:
    for each in corpus.lines("expected_replies_partial.jsonl"):
        words = on_one_line(corpus.read(each["file"]).reply_text)
        assert all(on_one_line(piece) in words for piece in each["must_contain"]), each["file"]
        assert not any(on_one_line(piece) in words for piece in each["must_not_contain"])
