"""How well documents answer a question: BM25F over weighted terms, the same on every database.

Robertson, Zaragoza: The Probabilistic Relevance Framework: BM25 and Beyond (2009), section 3.5.
Weights of fields are inside the stored frequencies; what is left is saturation, length and rarity.
"""

import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import NamedTuple

# Found on questions in five languages (docs/decisions/search.md), not on one collection.
SATURATION = 4.0  # k1
LENGTH = 0.85  # b
SHORTEST = 0.3  # A document of one line is short, not infinitely good.
SHORT = 15  # Terms of a document for each term of the question.
STEPS = 4  # A frequency is kept in quarters, at most 63.75.


class Statistics(NamedTuple):
    """How many documents there are, how long they are, and which share of them has a term."""

    documents: int
    size: float
    rare: float  # The share of terms that are too rare to be kept in shares.
    shares: Mapping[int, float]


class Candidate(NamedTuple):
    """What ranking needs of a document."""

    row: int
    size: float
    boost: float
    packed: bytes


def pack(terms: Mapping[int, float]) -> bytes:
    """Sorted term numbers, four bytes each, then one byte of frequency each."""
    numbers = array("I", sorted(terms))
    often = bytes(min(255, max(1, round(terms[number] * STEPS))) for number in numbers)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes() + often


def unpack(packed: bytes) -> tuple[Sequence[int], bytes]:
    """The sorted term numbers, and their frequencies in steps."""
    count = len(packed) // 5
    numbers, often = memoryview(packed)[: 4 * count].cast("I"), packed[4 * count :]
    if sys.byteorder == "big":
        swapped = array("I", numbers)
        swapped.byteswap()
        return swapped, often
    return numbers, often


def rank(
    wanted: Mapping[int, float], candidates: Sequence[Candidate], known: Statistics
) -> list[tuple[int, float]]:
    """The rows of documents that hold any term, the best first, with their scores."""
    asked = frozenset(wanted)
    held = [(one, _held(asked, one.packed)) for one in candidates]
    worth = _worth(wanted, (found for _one, found in held), known)
    size = known.size or sum(one.size for one in candidates) / max(1, len(candidates)) or 1.0
    scores = []
    for one, found in held:
        norm = SATURATION * (1 - LENGTH + LENGTH * max(SHORTEST, one.size / size)) * STEPS
        score = sum(worth[term] * often / (often + norm) for term, often in found)
        if score > 0:
            scores.append((one.row, score * (1 + one.boost)))
    return sorted(scores, key=lambda pair: (-pair[1], pair[0]))


def _held(asked: frozenset[int], packed: bytes) -> list[tuple[int, int]]:
    """Those of the terms that a document has, with their frequencies in steps."""
    numbers, often = unpack(packed)
    # Going through a short document is faster than looking up each term in it.
    common = asked.intersection(numbers) if len(numbers) < SHORT * len(asked) else asked
    count, found = len(numbers), []
    for term in common:
        at = bisect_left(numbers, term)
        if at < count and numbers[at] == term:
            found.append((term, often[at]))
    return found


def _worth(
    wanted: Mapping[int, float], held: Iterable[list[tuple[int, int]]], known: Statistics
) -> dict[int, float]:
    """Weight times rarity. What the statistics do not know is as rare as the candidates show."""
    seen = dict.fromkeys(wanted, 0)
    count = 0
    for found in held:
        count += 1
        for term, _often in found:
            seen[term] += 1
    documents = max(known.documents, count, 1)
    worth = {}
    for term, weight in wanted.items():
        having = max(known.shares.get(term, 0.0) * documents, seen[term])
        worth[term] = weight * log(1 + (documents - having + 0.5) / (having + 0.5))
    return worth
