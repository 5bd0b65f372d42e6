"""Finding a service by any word: small, in memory, over what one person may ask for."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from math import log

from django.db.models import Prefetch

from departments.catalogue import askable
from departments.models import Category, Person, Service

WORD = re.compile(r"\w+")
# Kana and Han are written without spaces, so we compare pairs of signs.
UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff66-\uff9f]+")
# The four letters i are one to a person who searches, on whichever keyboard.
ONE_I = str.maketrans({"İ": "i", "I": "i", "ı": "i"})
COMBINING = range(0x0300, 0x0370)

MOST_WORDS = 12
SHORT = 3  # words below this length are found only whole
STEM = 4  # from this length words are found inside others, and other forms of them
NAME, NEAR, TEXT = 3.0, 1.5, 1.0
WORTH_SHOWING = 0.3  # of the best hit's score

Piece = tuple[str, bool]


@dataclass(frozen=True)
class Hit:
    """A service, or a kind of problem inside it, with the found words marked in its name."""

    service: Service
    category: Category | None
    pieces: list[Piece]
    score: float


@dataclass(frozen=True)
class Field:
    """A folded text that is searched, and what a find in it is worth."""

    weight: float
    text: str
    words: list[str]


@dataclass(frozen=True)
class Entry:
    """One thing that can be found."""

    service: Service
    category: Category | None
    own: list[Field]
    # Adds to what was found, and finds nothing alone: the service's name for its categories.
    around: list[Field]

    @property
    def name(self) -> str:
        return self.category.name if self.category else self.service.name

    def fits(self, terms: list[str]) -> dict[str, float]:
        """How well each term fits that fits at all."""
        if not any(best_fit(term, self.own, term == terms[-1]) for term in terms):
            return {}
        fields = self.own + self.around
        fits = {term: best_fit(term, fields, term == terms[-1]) for term in terms}
        return {term: fit for term, fit in fits.items() if fit}


def fold(text: str) -> str:
    """Text as we compare it: no case, no accents, one letter i, full-width forms made plain."""
    apart = unicodedata.normalize("NFKD", text.translate(ONE_I))
    bare = "".join(c for c in apart if ord(c) not in COMBINING)
    return unicodedata.normalize("NFKC", bare).casefold()


def find(person: Person, question: str, limit: int) -> list[Hit]:
    """What fits any of the words, best first; rare words count more than common ones."""
    terms = terms_of(question)
    entries = list(entries_for(person)) if terms else []
    found: list[tuple[Entry, dict[str, float]]] = []
    spread = dict.fromkeys(terms, 0)
    for entry in entries:
        fits = entry.fits(terms)
        if fits:
            found.append((entry, fits))
        for term in fits:
            spread[term] += 1
    rarity = {term: log(1 + len(entries) / n) for term, n in spread.items() if n}
    hits = [
        Hit(
            entry.service,
            entry.category,
            marked(entry.name, terms),
            sum(rarity[term] * fit for term, fit in fits.items()),
        )
        for entry, fits in found
    ]
    # Sorting is stable: among equals the order of the shelves stays.
    hits.sort(key=lambda hit: (-hit.score, hit.category is not None))
    return [hit for hit in hits[:limit] if hit.score >= WORTH_SHOWING * hits[0].score]


def terms_of(question: str) -> list[str]:
    """The folded words to look for, once each; Japanese in pairs of signs."""
    terms: dict[str, None] = {}
    for word in WORD.findall(fold(question))[:MOST_WORDS]:
        for run in UNSPACED.findall(word):
            terms.update(dict.fromkeys(run[i : i + 2] for i in range(max(1, len(run) - 1))))
        for spaced in UNSPACED.sub(" ", word).split():
            terms[spaced] = None
    return list(terms)[: 2 * MOST_WORDS]


def entries_for(person: Person) -> Iterator[Entry]:
    """Every service and kind of problem this person may ask for, in two queries."""
    living = Category.objects.filter(is_retired=False).exclude(parent__is_retired=True)
    kinds = Prefetch("categories", living.select_related("parent"))
    # What a promise needs is not needed here.
    services = askable(person).prefetch_related(None).prefetch_related(kinds)
    for service in services:
        name, desk = service.name, service.department.name
        own = [field(NAME, name), field(TEXT, service.description), field(TEXT, desk)]
        yield Entry(service, None, own, [])
        for kind in service.categories.all():
            group = kind.parent.name if kind.parent else ""
            own = [field(NAME, kind.name), field(NEAR, group), field(TEXT, kind.hint)]
            yield Entry(service, kind, own, [field(NEAR, name)])


def field(weight: float, text: str) -> Field:
    folded = fold(text)
    return Field(weight, folded, WORD.findall(folded))


def best_fit(term: str, fields: list[Field], is_last: bool) -> float:
    """How well the term fits the best of the fields, 0 where it fits none."""
    return max((f.weight * fit(term, f, is_last) for f in fields), default=0.0)


def fit(term: str, searched: Field, is_last: bool) -> float:
    """How well the term fits the best word of the field, from 0 to 1."""
    if UNSPACED.match(term):
        return 1.0 if term in searched.text else 0.0
    return max((word_fit(term, word, is_last) for word in searched.words), default=0.0)


def word_fit(term: str, word: str, is_last: bool) -> float:
    if term == word:
        return 1.0
    # The last word may still be growing under the person's fingers.
    if word.startswith(term) and (is_last or len(term) >= SHORT):
        return 0.8
    if len(term) < STEM or len(word) < STEM:
        return 0.0
    if term.startswith(word):
        return 0.7
    if term in word:
        return 0.5
    return 0.4 if len(term) > STEM and is_one_slip_away(term, word) else 0.0


def is_one_slip_away(a: str, b: str) -> bool:
    """One letter wrong, missing, too many, or two of them swapped."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), None)
    if start is None:
        return True
    rest, other = a[start:], b[start:]
    swapped = rest[:2] == other[1::-1] and rest[2:] == other[2:]
    return swapped or rest[1:] in {other, other[1:]} or rest == other[1:]


def marked(name: str, terms: list[str]) -> list[Piece]:
    """The name in pieces, each with whether it was looked for."""
    pieces: list[Piece] = []
    at = 0
    for start, end in found_in(name, terms):
        if start > at:
            pieces.append((name[at:start], False))
        pieces.append((name[start:end], True))
        at = end
    return [*pieces, (name[at:], False)] if at < len(name) else pieces


def found_in(name: str, terms: list[str]) -> list[tuple[int, int]]:
    """Where the terms stand in the name, in order and without overlaps."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(_every_place(name, terms)):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return spans


def _every_place(name: str, terms: list[str]) -> Iterator[tuple[int, int]]:
    for word in WORD.finditer(name):
        folded, whole = fold(word[0]), word.span()
        for term in terms:
            if UNSPACED.match(term):
                at = word[0].find(term)
                if at >= 0:
                    yield whole[0] + at, whole[0] + at + len(term)
            elif folded.startswith(term):
                yield whole[0], whole[0] + _length_of(term, word[0])
            elif word_fit(term, folded, is_last=False):
                yield whole


def _length_of(prefix: str, word: str) -> int:
    """How many signs of the word fold to at least the prefix: “ß” folds to two."""
    return next(n for n in range(1, len(word) + 1) if len(fold(word[:n])) >= len(prefix))
