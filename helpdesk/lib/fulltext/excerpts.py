"""The piece of a text that answers best, in segments of which some are hits; never HTML."""

import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from helpdesk.lib.fulltext import analysis
from helpdesk.lib.fulltext.analysis import EDGE, GRAM, PAIR, SIGN, WORD
from helpdesk.lib.fulltext.folding import fold, fold_kana
from helpdesk.lib.fulltext.question import Question
from helpdesk.lib.fulltext.splitting import LONGEST_WORD, Piece, pieces

LENGTH = 200  # Letters shown.
LOOKED_AT = 20_000
ALIKE = 0.4  # Of the four-letter pieces of a word, to be marked although spelled otherwise.
SHORTEST_ALIKE = 5
SHORTEST_BEGINNING = 4
ELLIPSIS = "…"


class Segment(NamedTuple):
    """Text to be escaped and shown, marked when it is a hit."""

    text: str
    is_hit: bool


class Mark(NamedTuple):
    """Where a hit stands, and how much it says."""

    start: int
    end: int
    term: str
    weight: float


def mark(text: str, question: Question, language: str = "") -> list[Segment]:
    """The whole text, with its hits marked: for titles."""
    return _segments(text, 0, len(text), _marks(text, question, language))


def excerpt(
    text: str, question: Question, language: str = "", length: int = LENGTH
) -> list[Segment]:
    """The window with the most different hits, the earliest of equals, cut between words."""
    text = text[:LOOKED_AT]
    marks = _marks(text, question, language)
    start, end = _cut(text, *_window(text, marks, length))
    shown = _segments(text, start, end, marks)
    before = [Segment(ELLIPSIS, is_hit=False)] if start else []
    after = [Segment(ELLIPSIS, is_hit=False)] if end < len(text.rstrip()) else []
    return [*before, *shown, *after]


def _marks(text: str, question: Question, language: str) -> list[Mark]:
    spoken = analysis.language_of(text, language)
    found: list[Mark] = []
    for piece in pieces(text):
        found += (
            _run_marks(piece, question) if piece.is_run else _word_marks(piece, question, spoken)
        )
    return found


def _word_marks(piece: Piece, question: Question, language: str) -> Iterator[Mark]:
    """A word that was asked for, one that begins so, or one that is nearly it."""
    for term in analysis.words(piece.text, language):
        if term in question.terms:
            yield Mark(piece.start, piece.end, term, question.terms[term])
            return
    folded = fold(piece.text)
    if any(EDGE + folded[:end] in question.terms for end in (1, 2)):
        yield Mark(piece.start, piece.end, EDGE, question.terms.get(GRAM, 0.1))
        return
    for end in range(min(len(folded) - 1, LONGEST_WORD), SHORTEST_BEGINNING - 1, -1):
        if WORD + folded[:end] in question.terms:  # Druckertreiber, for who asked for Drucker.
            term = WORD + folded[:end]
            yield Mark(piece.start, piece.end, term, question.terms[term])
            return
    grams = set(analysis.grams(folded))
    asked = [gram for gram in grams if gram in question.terms]
    if len(folded) >= SHORTEST_ALIKE and len(asked) >= ALIKE * len(grams):
        yield Mark(piece.start, piece.end, min(asked), question.terms[min(asked)])


def _run_marks(piece: Piece, question: Question) -> Iterator[Mark]:
    """Signs of which a pair was asked for. Folding is done sign by sign, so places stay known."""
    kept: list[tuple[str, int, int]] = []
    for sign, start, end in _graphemes(piece.text, piece.start):
        if folded := fold_kana(sign):
            kept.append((folded, start, end))
        elif kept:  # A long vowel mark belongs to what it makes long.
            kept[-1] = (*kept[-1][:2], end)
    for left, right in itertools.pairwise(kept):
        term = PAIR + left[0] + right[0]
        if term in question.terms:
            yield Mark(left[1], right[2], term, question.terms[term])
    for sign, start, end in kept:
        if SIGN + sign in question.terms and _is_alone(sign, question):
            yield Mark(start, end, SIGN + sign, question.terms[SIGN + sign])


def _is_alone(sign: str, question: Question) -> bool:
    """Whether the question has the sign outside of any pair."""
    return not any(term[0] == PAIR and sign in term[1:] for term in question.terms)


def _graphemes(text: str, offset: int) -> Iterator[tuple[str, int, int]]:
    """Letters with their marks; half-width ｶﾞ is two letters and one sign."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not _continues(text[at]):
            yield text[start:at], offset + start, offset + at
            start = at


def _continues(sign: str) -> bool:
    """Whether this belongs to the letter before it."""
    return bool(unicodedata.combining(sign)) or sign in "\u200d\ufe0e\ufe0fﾞﾟ"


def _window(text: str, marks: Sequence[Mark], length: int) -> tuple[int, int]:
    """From where to where the most weight of different terms stands."""
    if len(text) <= length:
        return 0, len(text)
    best, best_at, first = -1.0, (0, 0), 0
    held: dict[str, list[float]] = {}
    weight = 0.0
    for last, hit in enumerate(marks):
        times = held.setdefault(hit.term, [])
        weight += 0.1 * hit.weight if times else hit.weight
        times.append(hit.weight)
        while hit.end - marks[first].start > length and first < last:
            gone = held[marks[first].term]
            weight -= 0.1 * gone.pop() if len(gone) > 1 else gone.pop()
            first += 1
        if weight > best + 1e-9:
            best, best_at = weight, (marks[first].start, hit.end)
    room = max(0, length - (best_at[1] - best_at[0])) // 3
    start = max(0, min(best_at[0] - room, len(text) - length))
    return start, min(len(text), start + length)


def _cut(text: str, start: int, end: int) -> tuple[int, int]:
    """Not inside a word or a letter with marks, where an end of one is near."""
    if start:
        near = next((at for at in range(start, min(start + 20, end)) if text[at].isspace()), None)
        start = start if near is None else near + 1
        while start < end and _continues(text[start]):
            start += 1
    if end < len(text):
        near = next((at for at in range(end, max(end - 20, start), -1) if text[at].isspace()), None)
        end = end if near is None else near
        while end > start and _continues(text[end]):
            end -= 1
    return start, end


def _segments(text: str, start: int, end: int, marks: Sequence[Mark]) -> list[Segment]:
    """The text between two places; hits that touch or overlap are one."""
    found: list[Segment] = []
    at = start
    for first, last in _joined(marks):
        first, last = max(first, at), min(last, end)
        if first >= last:
            continue
        if first > at:
            found.append(Segment(text[at:first], is_hit=False))
        found.append(Segment(text[first:last], is_hit=True))
        at = last
    if at < end:
        found.append(Segment(text[at:end], is_hit=False))
    return found


def _joined(marks: Sequence[Mark]) -> Iterator[tuple[int, int]]:
    first = last = -1
    for hit in sorted(marks, key=lambda hit: (hit.start, hit.end)):
        if hit.start > last:
            if last > first:
                yield first, last
            first, last = hit.start, hit.end
        last = max(last, hit.end)
    if last > first:
        yield first, last
