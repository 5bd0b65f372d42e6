"""What somebody asks becomes weighted terms; synonyms and an unfinished last word included."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from helpdesk.lib.fulltext import analysis
from helpdesk.lib.fulltext.analysis import EDGE, GRAM, PAIR, SIGN, TITLE, WORD
from helpdesk.lib.fulltext.folding import fold, fold_kana, lower, normal
from helpdesk.lib.fulltext.languages import SMALL, base, likely, stem
from helpdesk.lib.fulltext.splitting import LONGEST_WORD, bound, pieces

LONGEST = 400  # Letters of a question that are looked at.
MOST_TERMS = 256
MOST_OFTEN = 3  # Who repeats a word does not make it weigh more for ever.
SYNONYM = 0.6
SMALL_WORD = 0.4
EXACT = 0.15  # For the word as written, beside its stem.
WEIGHT = {GRAM: 0.6, PAIR: 1.0, SIGN: 0.7, EDGE: 0.5}

Synonyms = Iterable[Sequence[str]]


class Question(NamedTuple):
    """Terms with weights for ranking, and the groups of terms that lead to candidates."""

    terms: dict[str, float]
    titles: tuple[str, ...]
    words: tuple[str, ...]  # One strong term for each word, to combine where all are common.


def understand(
    text: str, language: str = "", *, typing: bool = False, synonyms: Synonyms = ()
) -> Question:
    """The terms of a question. While somebody types, the last word may be the start of one."""
    text = text[:LONGEST]
    spoken = language_of(text, language)
    terms, strong = _terms(text, spoken)
    unfinished = typing and bool(text) and not text[-1].isspace()
    if unfinished:
        terms |= _beginnings(text)
    for other in _meant_too(text, spoken, synonyms):
        more, _strong = _terms(other, spoken)
        for term, weight in more.items():
            terms[term] = max(terms.get(term, 0.0), weight * SYNONYM)
        strong += _strong
    kept = analysis.heaviest(terms, MOST_TERMS)
    titles = (TITLE + term for term in kept if term[0] in {WORD, PAIR})
    return Question(kept, tuple(titles), tuple(dict.fromkeys(strong)))


def language_of(text: str, hint: str) -> str:
    """Whose stems to ask for; a question is short, so the hint counts for more than elsewhere."""
    return likely((fold(piece.text) for piece in pieces(text) if not piece.is_run), base(hint))


def _terms(text: str, language: str) -> tuple[dict[str, float], list[str]]:
    terms: defaultdict[str, float] = defaultdict(float)
    often: Counter[str] = Counter()
    strong = []
    found = list(pieces(text))
    for piece in found:
        often[piece.text] += 1
        if often[piece.text] > MOST_OFTEN:
            continue
        if piece.is_run:
            each = _run_terms(piece.text)
            strong += [term for term, _weight in each if term[0] == PAIR] or [each[0][0]] * bool(
                each
            )
        else:
            each = _word_terms(piece.text, language)
            strong.append(each[0][0])
        for term, weight in each:
            terms[term] += weight
    for together in bound(text, found):
        terms[WORD + fold(together)] += 1
    return terms, strong


def _run_terms(run: str) -> list[tuple[str, float]]:
    signs = fold_kana(run)
    return [
        (term, WEIGHT[term[0]]) for term in (*analysis.pairs(signs), *analysis.single_signs(signs))
    ]


def _word_terms(word: str, language: str) -> list[tuple[str, float]]:
    word = word[:LONGEST_WORD]
    plain = fold(word)
    stemmed = WORD + stem(lower(normal(word), language), language)
    matters = SMALL_WORD if plain in SMALL else 1.0
    others = [(term, EXACT) for term in analysis.words(word, language) if term != stemmed]
    each = [(stemmed, 1.0), *others, *((gram, WEIGHT[GRAM]) for gram in analysis.grams(plain))]
    return [(term, weight * matters) for term, weight in each]


def _beginnings(text: str) -> dict[str, float]:
    """The terms of titles that begin like the last word."""
    last = list(pieces(text))[-1:]
    if not last or last[0].end != len(text):
        return {}
    folded = fold_kana(last[0].text) if last[0].is_run else fold(last[0].text)
    return dict.fromkeys(list(analysis.edges(folded))[-1:], WEIGHT[EDGE])


def _meant_too(text: str, language: str, synonyms: Synonyms) -> Iterator[str]:
    """The other phrases of every group of which the text holds one."""
    asked = _phrase(text, language)
    for group in synonyms:
        held = [phrase for phrase in group if _phrase(phrase, language).strip()]
        said = {phrase for phrase in held if _phrase(phrase, language) in asked}
        if said:
            yield from (phrase for phrase in held if phrase not in said)


def _phrase(text: str, language: str) -> str:
    """The stems of a text between bars, so that a phrase in it can be looked for as a whole."""
    return f" {' '.join(analysis.folded_words(text, language))} "
