"""Measures how well questions find their documents, in an index that is thrown away."""

import gzip
import json
import os
import secrets
import statistics
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, connections
from django.db.models import Q

from helpdesk.lib.fulltext import index
from helpdesk.lib.fulltext.analysis import Fields
from helpdesk.lib.fulltext.index import Index
from helpdesk.lib.fulltext.rows import Entry
from knowledge_base.models import SearchRow

ALIAS = "search_eval"
PLACES = 10
Line = dict[str, Any]


class Command(BaseCommand):
    """Uses the analyser and the ranking of the product as they are; nothing can be tuned here."""

    help = (
        "Index documents (JSON lines, plain or .gz: id, text, optional title), ask questions "
        "(id, text, doc: the id of the one right document) and print recall, rank and times."
    )
    requires_migrations_checks = False
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--docs", required=True, type=Path, metavar="FILE")
        parser.add_argument("--queries", required=True, type=Path, metavar="FILE")
        parser.add_argument("--lang", required=True, metavar="xx", help="language of both")
        parser.add_argument("--backend", choices=["sqlite", "postgresql"], default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        documents = read(options["docs"], ("id", "text"))
        questions = read(options["queries"], ("text", "doc"))
        with throw_away_index(options["backend"] or connection.vendor) as empty:
            result = measure(empty, documents, questions, options["lang"])
        self.stdout.write(json.dumps(result))


def read(path: Path, needed: Iterable[str]) -> list[Line]:
    """The objects of a file of JSON lines."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.strip()]
    except (OSError, EOFError, ValueError) as error:
        raise CommandError(f"{path} cannot be read as JSON lines: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not isinstance(line, dict) or not all(name in line for name in needed):
            raise CommandError(f"{path}, line {number}: expected an object with {needed}.")
    return lines


@contextmanager
def throw_away_index(vendor: str) -> Iterator[Index]:
    """An empty index in a place of its own, gone afterwards."""
    schema = f"search_eval_{secrets.token_hex(6)}"
    connections.databases[ALIAS] = _place(vendor, schema)
    own = connections[ALIAS]
    try:
        if vendor == "postgresql":
            _execute(f"CREATE SCHEMA {schema}")
        with own.schema_editor() as editor:
            editor.create_model(SearchRow)
        index.create(own, SearchRow._meta.db_table)
        yield Index(SearchRow, using=ALIAS)
    finally:
        if vendor == "postgresql":
            _execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        own.close()
        del connections[ALIAS]
        del connections.databases[ALIAS]


def _place(vendor: str, schema: str) -> dict[str, Any]:
    ours = connection.settings_dict
    if vendor == "sqlite":
        return {**ours, "ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:", "OPTIONS": {}}
    if connection.vendor != "postgresql" or not os.environ.get("DATABASE_URL"):
        raise CommandError("PostgreSQL needs DATABASE_URL: set it to postgres://… and try again.")
    # Parallel workers and compiled plans cost more than these questions.
    options = f"-c jit=off -c search_path={schema}"
    return {**ours, "OPTIONS": {**ours["OPTIONS"], "options": options}}


def _execute(statement: str) -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement)


def measure(
    empty: Index, documents: list[Line], questions: list[Line], language: str
) -> dict[str, float]:
    """Write the documents, ask every question, and see where its document comes."""
    ids = [document["id"] for document in documents]
    empty.write(
        Entry(
            "document", place, language, Fields(document.get("title") or "", "", document["text"])
        )
        for place, document in enumerate(documents)
    )
    empty.settle()
    ranks, milliseconds = [], []
    for question in questions:
        begin = perf_counter()
        hits = empty.find(question["text"], allowed=Q(), language=language, limit=PLACES)
        milliseconds.append((perf_counter() - begin) * 1000)
        found = [ids[hit.ref] for hit in hits]
        ranks.append(found.index(question["doc"]) + 1 if question["doc"] in found else 0)
    return figures(ranks, milliseconds) | {"docs": len(documents), "queries": len(questions)}


def figures(ranks: list[int], milliseconds: list[float]) -> dict[str, float]:
    """Ranks count from 1; 0 is not among the first ten."""
    asked = max(1, len(ranks))
    cuts = statistics.quantiles(milliseconds, n=20) if len(milliseconds) > 1 else milliseconds * 20
    return {
        "recall@1": round(sum(rank == 1 for rank in ranks) / asked, 4),
        "recall@5": round(sum(0 < rank <= 5 for rank in ranks) / asked, 4),
        "mrr@10": round(sum(1 / rank for rank in ranks if rank) / asked, 4),
        "p50_ms": round(cuts[9], 2) if cuts else 0.0,
        "p95_ms": round(cuts[18], 2) if cuts else 0.0,
    }
