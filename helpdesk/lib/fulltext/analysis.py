"""Text and a hint of its language become terms: what is written into the index and asked of it.

A term is one string with the letter of its kind in front. Documents and questions go through the
same functions, so the databases need to know nothing about any language.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from zlib import crc32

from helpdesk.lib.fulltext.folding import (
    fold,
    fold_kana,
    long_spelling,
    lower,
    normal,
    short_spelling,
)
from helpdesk.lib.fulltext.languages import base, likely, stem
from helpdesk.lib.fulltext.splitting import LONGEST_WORD, Piece, bound, pieces

VERSION = 1  # Raised when the same text gives other terms: rows of older versions are stale.

# Kinds of terms. Stems and whole words share one: in another language a word is its own stem.
WORD, GRAM, PAIR, SIGN, TITLE, EDGE = "w", "g", "c", "u", "t", "p"
GRAM_LENGTH = 4
EDGE_LENGTH = 2  # Longer beginnings are found by the first gram of a word.
HIRAGANA_AND_KATAKANA = range(0x3041, 0x3100)

TEXT_LIMIT = 100_000  # Letters of a field that are looked at.
TERM_LIMIT = 16_000  # Different terms of one document.
LEAD = 250  # The beginning of a text says what it is about.


class Weights(NamedTuple):
    """How often a word counts by where it stands."""

    title: float = 3.0
    keywords: float = 2.0
    body: float = 1.0
    lead: float = 0.7  # On top, for the first letters of the body.


class Fields(NamedTuple):
    """What a document says, by weight."""

    title: str = ""
    keywords: str = ""
    body: str = ""


class Analysed(NamedTuple):
    """The terms of a document with their weights, and how much text they stand for."""

    terms: dict[str, float]
    size: float


def number_of(term: str) -> int:
    """The 32 bits under which the databases know a term, the same in every process."""
    return crc32(term.encode("utf-8", "surrogatepass"))


def analyse(fields: Fields, language: str = "", weights: Weights | None = None) -> Analysed:
    """Everything under which a document can be found."""
    weights = weights or Weights()
    title, keywords, body = (field[:TEXT_LIMIT] for field in fields)
    spoken = language_of(" ".join((title, keywords, body)), language)
    terms: defaultdict[str, float] = defaultdict(float)
    size = 0.0
    for text, weight in ((title, weights.title), (keywords, weights.keywords)):
        size += _add(terms, text, spoken, weight)
        terms |= dict.fromkeys(_title_terms(text, spoken), 1.0)
    size += _add(terms, body[:LEAD], spoken, weights.body + weights.lead)
    size += _add(terms, body[LEAD:], spoken, weights.body)
    return Analysed(heaviest(terms, TERM_LIMIT), size)


def heaviest(terms: Mapping[str, float], most: int) -> dict[str, float]:
    """So many of the terms, those with the most weight first."""
    return dict(sorted(terms.items(), key=lambda item: -item[1])[:most])


def language_of(text: str, hint: str) -> str:
    """The language whose stems fit: the hint, unless the text speaks clearly for another."""
    found = pieces(text[:4000])
    return likely((fold(piece.text) for piece in found if not piece.is_run), base(hint))


def _add(terms: defaultdict[str, float], text: str, language: str, weight: float) -> float:
    amount = 0.0
    found = list(pieces(text))
    for piece in found:
        if piece.is_run:
            signs = fold_kana(piece.text)
            amount += len(signs) / 2
            each = [*pairs(signs), *single_signs(signs)]
        else:
            amount += 1
            each = [*words(piece.text, language), *grams(fold(piece.text))]
        for term in each:
            terms[term] += weight
    for together in bound(text, found):
        terms[WORD + fold(together)] += weight
    return amount * weight


def _title_terms(text: str, language: str) -> Iterator[str]:
    """Terms of titles and keywords alone: rarer than words, so they lead to the best hits first."""
    found = list(pieces(text))
    for piece in found:
        if piece.is_run:
            signs = fold_kana(piece.text)
            yield from (TITLE + pair for pair in pairs(signs))
            yield from edges(signs)
        else:
            yield from (TITLE + word for word in words(piece.text, language))
            yield from edges(fold(piece.text))
    yield from (TITLE + WORD + fold(together) for together in bound(text, found))


def words(word: str, language: str) -> Iterator[str]:
    """The stem, the folded word beside it, and how it is spelled without ö or æ on the keyboard."""
    word = word[:LONGEST_WORD]
    stemmed, plain = stem(lower(normal(word), language), language), fold(word)
    spelled = {long_spelling(word), short_spelling(word)} - {plain} if not word.isascii() else set()
    for other in {stemmed, plain, *spelled, *(stem(each, language) for each in spelled)}:
        if other:
            yield WORD + other


def grams(folded: str) -> Iterator[str]:
    """Four letters each; the first ones know that a word begins: ^pas, pass, assw."""
    marked = f"^{folded[:LONGEST_WORD]}"
    for start in range(max(1, len(marked) - GRAM_LENGTH + 1)):
        yield GRAM + marked[start : start + GRAM_LENGTH]


def pairs(signs: str) -> Iterator[str]:
    """Each two neighbours of a run that knows no spaces."""
    return (PAIR + signs[start : start + 2] for start in range(len(signs) - 1))


def single_signs(signs: str) -> Iterator[str]:
    """Signs that mean something alone: ideographs, and whatever stands alone."""
    return (
        SIGN + sign for sign in signs if len(signs) == 1 or ord(sign) not in HIRAGANA_AND_KATAKANA
    )


def edges(folded: str) -> Iterator[str]:
    """The first letters, for who has typed no more yet."""
    return (EDGE + folded[:end] for end in range(1, min(EDGE_LENGTH, len(folded)) + 1))


def folded_words(text: str, language: str) -> list[str]:
    """The stems and runs of a text in order, to compare phrases by."""
    return [_folded(piece, language) for piece in pieces(text)]


def _folded(piece: Piece, language: str) -> str:
    if piece.is_run:
        return fold_kana(piece.text)
    return stem(lower(normal(piece.text[:LONGEST_WORD]), language), language)
