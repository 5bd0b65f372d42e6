"""The collection of real mails, where it is there; it is never part of the project."""

import csv
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tickets.mail.letter import Letter
from tickets.mail.parse import parse

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "corpus" / "mail"
needs_corpus = pytest.mark.skipif(
    not (FOLDER / "MANIFEST.tsv").is_file(), reason="the mail corpus is not here"
)
_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\\\": "\\"}


@cache
def rows() -> tuple[dict[str, str], ...]:
    """One row a mail: its file, its group, and what is expected of it."""
    with (FOLDER / "MANIFEST.tsv").open(encoding="utf-8", newline="") as manifest:
        return tuple(csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def read(file: str) -> Letter:
    """The letter that a file of the corpus is read as, once a run."""
    return parse((FOLDER / file).read_bytes())


def expected(row: dict[str, str], name: str) -> str:
    """A value of the manifest, its escapes undone, on one line."""
    return on_one_line(re.sub(r"\\[nrt\\]", lambda found: _ESCAPES[found[0]], row[name]))


def lines(name: str) -> list[dict[str, Any]]:
    """The expectations of replies."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def on_one_line(text: str) -> str:
    return " ".join(text.split())
