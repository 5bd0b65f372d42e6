"""Where words, codes and runs of Chinese, Japanese and Korean letters begin and end in a text."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

# Words longer than this are files in disguise; only their beginning is looked at.
LONGEST_WORD = 64
LONGEST_CODE = 40

IDEOGRAPHS = (
    "\u3005\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\u1100-\u11ff\uac00-\ud7a3\U00020000-\U0003134f"
)
MARKS = "\u0300-\u036f\u00ad\u200b-\u200d\u2060\u3099\u309a\ufeff"
RUN = rf"(?:[{IDEOGRAPHS}][{MARKS}]*)+"
LETTER = rf"[^\W_{IDEOGRAPHS}]"
WORD = rf"{LETTER}(?:{LETTER}|[{MARKS}])*"
LANGUAGE_NAME = r"(?<![^\W_])[A-Za-z](?:\+\+|#)(?![^\W_])"  # C++ and C#
PIECES = re.compile(rf"(?P<run>{RUN})|(?P<name>{LANGUAGE_NAME})|(?P<word>{WORD})")
# What binds the parts of a code, a name, an address: IT-1042, wi-fi, e.g. jonas@firma.de.
BINDING = re.compile(r"[-‐‑._@/\\:+&]")


class Piece(NamedTuple):
    """A word or run as it stands in the text, from start to end."""

    text: str
    start: int
    end: int
    is_run: bool


def pieces(text: str) -> Iterator[Piece]:
    """The words and runs of a text, in order."""
    for found in PIECES.finditer(text):
        yield Piece(found.group(), found.start(), found.end(), found.lastgroup == "run")


def bound(text: str, found: list[Piece]) -> Iterator[str]:
    """Words that a hyphen, dot, slash or @ binds, written together: IT-1042 gives IT1042."""
    together: list[Piece] = []
    for piece in found:
        follows = (
            bool(together)
            and piece.start - together[-1].end == 1
            and BINDING.match(text, piece.start - 1) is not None
        )
        if piece.is_run or not follows:
            yield from _joined(together)
            together = []
        if not piece.is_run:
            together.append(piece)
    yield from _joined(together)


def _joined(together: list[Piece]) -> Iterator[str]:
    """All of it, and each two neighbours: WLAN/Wi-Fi is about Wi-Fi."""
    if len(together) < 2 or together[-1].end - together[0].start > LONGEST_CODE:
        return
    yield "".join(piece.text for piece in together)
    if len(together) > 2:
        yield from (left.text + right.text for left, right in pairwise(together))
