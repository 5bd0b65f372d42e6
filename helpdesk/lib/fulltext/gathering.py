"""Which few terms lead to the documents worth ranking, so that common words cost nothing.

Every document that holds a rare term is looked at. Where all terms are common, titles that hold
them and documents that hold two of them are; the rest could not come first anyway.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import log
from typing import NamedTuple

from helpdesk.lib.fulltext.analysis import number_of
from helpdesk.lib.fulltext.question import Question
from helpdesk.lib.fulltext.ranking import Statistics

MOST_HITS = 500  # Places of the index that one question may touch, as far as statistics tell.
MOST_TOUCHED = 600  # Hits of one lead, and in all, that are looked at, if that gives enough.
MOST_FOR_A_WORD = 2000  # For a word that is in the index for certain: rare terms may be slips.
EVERYWHERE = 0.6  # Terms of more documents than this tell nothing.
WORDS = 5  # That are paired.
TOGETHER = 4.0  # Words of one question meet oftener than chance would have it.
TITLE_WORTH = PAIR_WORTH = 2.0


class Lead(NamedTuple):
    """Terms that a document must all have, how many will have them, and what that is worth."""

    terms: tuple[int, ...]
    expected: float
    worth: float


def telling(question: Question, known: Statistics) -> dict[int, float]:
    """The weights of terms, without those that are everywhere unless nothing else is left."""
    wanted = {number_of(term): weight for term, weight in question.terms.items()}
    rare = {t: weight for t, weight in wanted.items() if known.shares.get(t, 0) <= EVERYWHERE}
    return rare or wanted


def leads(question: Question, known: Statistics) -> list[Lead]:
    """Groups of terms: a document that holds all terms of any group is a candidate."""
    wanted = telling(question, known)
    single = [_lead((term,), weight, known) for term, weight in wanted.items()]
    titles = [_lead((number_of(term),), TITLE_WORTH, known) for term in question.titles]
    chosen = _affordable([*single, *titles])
    if len(chosen) < len(single) + len(titles):
        chosen = _affordable([*single, *titles, *_paired(question.words, known)])
    sure = _surest(question, known)
    if sure and sure.expected <= MOST_FOR_A_WORD and sure not in chosen:
        chosen.append(sure)
    return chosen


def last_resort(question: Question, known: Statistics) -> list[Lead]:
    """The rarest word that is in the index for certain, however many documents have it."""
    sure = _surest(question, known)
    return [sure] if sure else []


def _surest(question: Question, known: Statistics) -> Lead | None:
    terms = (number_of(term) for term in (*question.titles, *question.words))
    offered = [_lead((term,), TITLE_WORTH, known) for term in terms if term in known.shares]
    return min(offered, key=lambda lead: lead.expected, default=None)


def _lead(terms: tuple[int, ...], weight: float, known: Statistics) -> Lead:
    share = 1.0
    for term in terms:
        share *= known.shares.get(term, known.rare)
    expected = share * known.documents * TOGETHER ** (len(terms) - 1)
    return Lead(terms, expected, weight * log(1 + 1 / (share + 1 / (known.documents + 1))))


def _paired(words: Sequence[str], known: Statistics) -> Iterator[Lead]:
    numbers = sorted(map(number_of, words), key=lambda term: known.shares.get(term, known.rare))
    for pair in combinations(dict.fromkeys(numbers[:WORDS]), 2):
        yield _lead(pair, PAIR_WORTH, known)


def _affordable(offered: Sequence[Lead]) -> list[Lead]:
    """The cheapest for their worth, until there is enough to look at; always one."""
    chosen: list[Lead] = []
    total = 0.0
    for lead in sorted(offered, key=lambda lead: lead.expected / max(lead.worth, 0.01)):
        total += lead.expected
        if total > MOST_HITS and chosen:
            break
        chosen.append(lead)
    return chosen
