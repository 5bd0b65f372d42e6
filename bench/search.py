"""Questions to real collections in five languages, on both databases, beside their plain search."""

import argparse
import gzip
import json
import os
import re
import sqlite3
import sys
import tempfile
import time as clock
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import django
import psycopg2

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
if "DATABASE_URL" not in os.environ:
    os.environ["HELPDESK_DATA"] = tempfile.mkdtemp(prefix="helpdesk-bench-")
django.setup()


from bench import _zipf  # noqa: E402
from helpdesk.lib.fulltext.index import Index  # noqa: E402
from knowledge_base.management.commands import search_eval  # noqa: E402

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
CONFIGURATIONS = {"en": "english", "de": "german", "tr": "turkish", "ro": "romanian"}
P95_MS = 25
SUGGESTION_P95_MS = 40
Line = dict[str, Any]


class Collection(NamedTuple):
    """Documents and questions as search_eval takes them, and the recall to reach."""

    language: str
    documents: list[Line]
    questions: list[Line]
    goal: float


# --- Collections ----------------------------------------------------------------------------------


def lines(name: str) -> list[Line]:
    with gzip.open(DATA / f"kb-{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def asked(text: str, document: str) -> Line:
    return {"text": text, "doc": document}


def paragraphs(folder: str, language: str, goal: float) -> Collection:
    """Each question belongs to one paragraph."""
    return Collection(
        language,
        lines(f"{folder}/docs-{language}"),
        lines(f"{folder}/queries-{language}"),
        goal,
    )


def office(language: str) -> Collection:
    """The bodies of help pages, asked for by their titles."""
    pages = lines(f"office/pages-{language}")
    documents = [{"id": page["id"], "text": page["body"]} for page in pages]
    return Collection(language, documents, [asked(p["title"], p["id"]) for p in pages], 0.90)


def stack_faq() -> Collection:
    """Questions with their answers, asked in other words."""
    entries = lines("stackfaq/faq-en")
    documents = [
        {"id": one["id"], "title": one["question"], "text": "\n".join(one["answers"])}
        for one in entries
    ]
    questions = [asked(text, one["id"]) for one in entries for text in one["paraphrases"]]
    return Collection("en", documents, questions, 0.94)


def covid_faq(language: str, goal: float) -> Collection:
    """Answers alone, asked by their questions."""
    entries = lines(f"covidfaq/faq-{language}")
    documents = [{"id": one["id"], "text": one["answer"]} for one in entries]
    return Collection(language, documents, [asked(e["question"], e["id"]) for e in entries], goal)


def collections() -> dict[str, Callable[[], Collection]]:
    made: dict[str, Callable[[], Collection]] = {}
    for language in ("en", "de", "tr", "ro"):
        made[f"xquad-{language}"] = partial(paragraphs, "xquad", language, 0.97)
    made["jsquad-ja"] = partial(paragraphs, "jsquad", "ja", 0.965)
    for language in ("en", "de", "tr", "ja"):
        made[f"office-{language}"] = partial(office, language)
    made["stackfaq-en"] = stack_faq
    made["covid-de"] = partial(covid_faq, "de", 0.72)
    made["covid-en"] = partial(covid_faq, "en", 0.78)
    return made


# --- What is compared -----------------------------------------------------------------------------


def ours(vendor: str, one: Collection, questions: Sequence[Line]) -> dict[str, float]:
    with search_eval.throw_away_index(vendor) as index:
        return search_eval.measure(index, one.documents, list(questions), one.language)


def plain_sqlite(one: Collection, questions: Sequence[Line]) -> dict[str, float]:
    """FTS5 as it comes: its own words, any of them, bm25."""
    rows = sqlite3.connect(":memory:")
    rows.execute("CREATE VIRTUAL TABLE docs USING fts5(title, text)")
    rows.executemany(
        "INSERT INTO docs (rowid, title, text) VALUES (?, ?, ?)",
        [(place, d.get("title", ""), d["text"]) for place, d in enumerate(one.documents)],
    )

    def ask(text: str) -> list[int]:
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", text))
        found = rows.execute(
            "SELECT rowid FROM docs WHERE docs MATCH ? ORDER BY rank LIMIT 10", [words or '""']
        )
        return [row for (row,) in found]

    return compared(one, questions, ask)


def plain_postgresql(one: Collection, questions: Sequence[Line]) -> dict[str, float]:
    """websearch_to_tsquery with the language's own configuration, ts_rank."""
    configuration = CONFIGURATIONS.get(one.language, "simple")
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE plain_docs (id int, terms tsvector)")
        cursor.executemany(
            f"INSERT INTO plain_docs VALUES (%s, to_tsvector('{configuration}', %s))",
            [(at, f"{d.get('title', '')}\n{d['text']}") for at, d in enumerate(one.documents)],
        )
        cursor.execute("CREATE INDEX ON plain_docs USING gin (terms)")
        cursor.execute("ANALYZE plain_docs")

        def ask(text: str) -> list[int]:
            cursor.execute(
                "SELECT id FROM plain_docs, "
                f"websearch_to_tsquery('{configuration}', %s) AS asked WHERE terms @@ asked "
                "ORDER BY ts_rank(terms, asked) DESC LIMIT 10",
                [text],
            )
            return [row for (row,) in cursor.fetchall()]

        result = compared(one, questions, ask)
    connection.rollback()
    connection.close()
    return result


def compared(
    one: Collection, questions: Sequence[Line], ask: Callable[[str], list[int]]
) -> dict[str, float]:
    ranks, milliseconds = [], []
    for question in questions:
        begin = clock.perf_counter()
        found = [one.documents[place]["id"] for place in ask(question["text"])]
        milliseconds.append((clock.perf_counter() - begin) * 1000)
        ranks.append(found.index(question["doc"]) + 1 if question["doc"] in found else 0)
    return search_eval.figures(ranks, milliseconds)


def run_collections(most: int | None, only: Sequence[str]) -> dict[str, Any]:
    """Every collection on every database that is there."""
    has_server = os.environ.get("DATABASE_URL", "").startswith("postgres")
    if not has_server:
        print("PostgreSQL is skipped: DATABASE_URL names none.")
    result: dict[str, Any] = {}
    for name, make in collections().items():
        if only and name not in only:
            continue
        one = make()
        # Evenly over the file: neighbours ask about the same paragraph.
        questions = one.questions[:: -(-len(one.questions) // most)] if most else one.questions
        figures = {
            "sqlite": ours("sqlite", one, questions),
            "plain_fts5": plain_sqlite(one, questions),
        }
        if has_server:
            figures["postgresql"] = ours("postgresql", one, questions)
            figures["plain_websearch"] = plain_postgresql(one, questions)
        for way, found in figures.items():
            print(
                f"{name:12} {way:16} recall@5 {found['recall@5']:.3f} mrr {found['mrr@10']:.3f} "
                f"p95 {found['p95_ms']:.1f} ms",
                flush=True,
            )
        result[name] = {"goal": one.goal, **figures}
    return result


def reached(result: dict[str, Any]) -> dict[str, bool]:
    own = [
        (found["goal"], found[vendor])
        for found in result.values()
        for vendor in ("sqlite", "postgresql")
        if vendor in found
    ]
    return {
        "recall@5": all(figures["recall@5"] >= goal for goal, figures in own),
        "p95_ms": all(figures["p95_ms"] <= P95_MS for _goal, figures in own),
    }


# --- Many documents -------------------------------------------------------------------------------


@contextmanager
def many(documents: int) -> Iterator[tuple[Index, list[_zipf.Speech]]]:
    """So many documents in each of three languages on PostgreSQL."""
    speeches = [_zipf.Speech(language, seed) for seed, language in enumerate(_zipf.SYLLABLES)]
    with search_eval.throw_away_index("postgresql") as index:
        begin = clock.perf_counter()
        _zipf.fill(index, speeches, documents)
        index.settle()
        print(f"{documents:,} × {len(speeches)} in {clock.perf_counter() - begin:.0f} s")
        yield index, speeches


def run_many(documents: int, questions: int) -> dict[str, Any]:
    """Suggestions while somebody types a summary: two to eight words, the last one begun."""
    with many(documents) as (index, speeches):
        return _zipf.ask(index, speeches, questions) | {"documents": documents * len(speeches)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="script/bench search", description=__doc__)
    parser.add_argument("--queries", type=int, help="at most so many of each collection")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="of collections")
    parser.add_argument(
        "--many", type=int, metavar="N", help="instead: N made-up documents in three languages"
    )
    wanted = parser.parse_args()
    result: dict[str, Any]
    if wanted.many:
        if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
            print(json.dumps({"skipped": "DATABASE_URL names no PostgreSQL"}))
            return 0
        result = run_many(wanted.many, wanted.queries or 300)
        result["goals_reached"] = {"p95_ms": result["p95_ms"] <= SUGGESTION_P95_MS}
    elif not DATA.is_dir():
        print(json.dumps({"skipped": f"{DATA} is not there"}))
        return 0
    else:
        result = run_collections(wanted.queries, wanted.only)
        result["goals_reached"] = reached(result)
    print(json.dumps(result))
    return 0 if all(result["goals_reached"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
