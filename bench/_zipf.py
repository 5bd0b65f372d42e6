"""Many documents in three languages whose words are as unevenly common as real ones."""

import random
from collections.abc import Iterator
from io import StringIO
from itertools import accumulate
from statistics import quantiles
from time import perf_counter
from typing import Any

from django.db.models import Q

from helpdesk.lib.fulltext.analysis import Fields, Weights, analyse, number_of
from helpdesk.lib.fulltext.index import Index, create
from helpdesk.lib.fulltext.postgresql import lexeme
from helpdesk.lib.fulltext.ranking import pack

VOCABULARY = 40_000
DISTINCT = 10_000  # Texts of each language; there are as many copies as are wanted.
WORDS = 80  # In a body; titles have five.
TITLE = 5
PARTS = {
    "en": "ing tion ment re con pro er st al in out set mail print net work scr pass word",
    "de": "ung keit heit ver ge be druck netz werk kenn wort post fach ein aus stel len",
    "ja": "設定 印刷 接続 会議 申請 パス ワード メール 画面 更新 手順 確認 利用 方法 管理",
}
SYLLABLES = {language: parts.split() for language, parts in PARTS.items()}


class Speech:
    """The words of a made-up language; the n-th is said 1/n as often as the first."""

    def __init__(self, language: str, seed: int) -> None:
        self.language = language
        self.dice = random.Random(seed)
        syllables = SYLLABLES[language]
        made = {
            "".join(self.dice.choices(syllables, k=self.dice.randint(2, 5)))
            for _number in range(2 * VOCABULARY)
        }
        self.words = sorted(made)[:VOCABULARY]
        self.dice.shuffle(self.words)
        self.heights = list(accumulate(1 / (place + 2) for place in range(len(self.words))))
        self._numbers: dict[tuple[str, bool], dict[int, float]] = {}

    def say(self, count: int) -> list[str]:
        return self.dice.choices(self.words, cum_weights=self.heights, k=count)

    def numbers(self, word: str, *, in_title: bool) -> dict[int, float]:
        """What the analyser makes of one word, remembered."""
        key = (word, in_title)
        if key not in self._numbers:
            field = Fields(title=word) if in_title else Fields(body=word)
            lead = 0 if in_title else Weights().lead
            terms = analyse(field, self.language).terms
            self._numbers[key] = {number_of(term): w - lead for term, w in terms.items()}
        return self._numbers[key]


def fill(index: Index, speeches: list[Speech], documents: int) -> None:
    """Write so many documents in each language, in bulk and past the door; copies, beyond some."""
    columns = "kind, ref, language, title, body, boost, size, packed, digest, terms"
    distinct = min(documents, DISTINCT)
    with index.connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {index.table}_terms")
        for start in range(0, distinct, 1000):
            places = range(start, min(start + 1000, distinct))
            lines = StringIO("".join(_lines(speeches, places)))
            cursor.cursor.copy_expert(f"COPY {index.table} ({columns}) FROM STDIN", lines)
        cursor.execute(
            f"INSERT INTO {index.table} ({columns}) "
            f"SELECT {columns.replace('ref', f'ref + copy * {distinct}', 1)} "
            f"FROM {index.table}, generate_series(1, %s) AS copy",
            [documents // distinct - 1],
        )
        cursor.execute("SET maintenance_work_mem = '512MB'")
    create(index.connection, index.table)


def _lines(speeches: list[Speech], places: range) -> Iterator[str]:
    for place in places:
        for speech in speeches:
            title, body = speech.say(TITLE), speech.say(WORDS)
            terms: dict[int, float] = {}
            for word in title:
                _count(terms, speech.numbers(word, in_title=True))
            for word in body:
                _count(terms, speech.numbers(word, in_title=False))
            values = ["article", place, speech.language, " ".join(title), " ".join(body)]
            values += [0, WORDS + Weights().title * TITLE, rf"\\x{pack(terms).hex()}", ""]
            values.append(" ".join(map(lexeme, terms)))
            yield "\t".join(map(str, values)) + "\n"


def _count(terms: dict[int, float], more: dict[int, float]) -> None:
    for term, weight in more.items():
        terms[term] = terms.get(term, 0.0) + weight


def ask(index: Index, speeches: list[Speech], questions: int) -> dict[str, Any]:
    """How long suggestions take while summaries of two to eight words are typed."""
    dice = random.Random(7)
    milliseconds, found = [], 0
    for _number in range(questions):
        speech = dice.choice(speeches)
        said = speech.say(dice.randint(2, 8))
        text = " ".join([*said[:-1], said[-1][: dice.randint(1, len(said[-1]))]])
        begin = perf_counter()
        hits = index.find(text, allowed=Q(), language=speech.language, typing=True, limit=3)
        milliseconds.append((perf_counter() - begin) * 1000)
        found += bool(hits)
    cuts = quantiles(milliseconds, n=20)
    return {
        "p50_ms": round(cuts[9], 2),
        "p95_ms": round(cuts[18], 2),
        "worst_ms": round(max(milliseconds), 2),
        "found": found / questions,
    }
