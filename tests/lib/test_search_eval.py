"""The measuring of search measures, and real collections reach their goals on a sample."""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from knowledge_base.management.commands import search_eval

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
KEYS = {"recall@1", "recall@5", "mrr@10", "p50_ms", "p95_ms", "docs", "queries"}
DOCUMENTS: list[dict[str, Any]] = [
    {"id": "a", "title": "Printer", "text": "Turn it off and on."},
    {"id": "b", "text": "A new password is chosen in the portal."},
    {"id": "c", "title": None, "text": "Holidays are asked for in the portal."},
]
QUESTIONS: list[dict[str, Any]] = [
    {"id": "1", "text": "how do I choose a password?", "doc": "b"},
    {"id": "2", "text": "printers", "doc": "a"},
    {"id": "3", "text": "zebra", "doc": "c"},
    {"id": "4", "text": '"*" %_\\', "doc": "c"},
]


def lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def evaluate(documents: Path, questions: Path, **options: str) -> dict[str, float]:
    said = StringIO()
    named = {"docs": documents, "queries": questions, "lang": "en", **options}
    call_command("search_eval", stdout=said, **named)
    result: dict[str, float] = json.loads(said.getvalue())
    return result


@pytest.fixture(autouse=True)
def databases(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The command opens a connection of its own."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    documents, questions = tmp_path / "docs.jsonl", tmp_path / "queries.jsonl.gz"
    documents.write_text(lines(DOCUMENTS))
    questions.write_bytes(gzip.compress(lines(QUESTIONS).encode()))
    return documents, questions


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_recall_is_printed_and_the_index_thrown_away(
    files: tuple[Path, Path], backend: str
) -> None:
    if backend == "postgresql" and connection.vendor != backend:
        pytest.skip("PostgreSQL is asked for where DATABASE_URL names one")
    result = evaluate(*files, backend=backend)
    assert set(result) == KEYS
    assert (result["docs"], result["queries"]) == (3, 4)
    assert (result["recall@1"], result["recall@5"], result["mrr@10"]) == (0.5, 0.5, 0.5)
    assert 0 < result["p50_ms"] <= result["p95_ms"]
    assert search_eval.ALIAS not in connections.databases
    if backend == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'search_eval%'")
            assert cursor.fetchone() == (0,)


def test_no_questions_and_one_question_are_measured_too(
    files: tuple[Path, Path], tmp_path: Path
) -> None:
    for asked in (QUESTIONS[:0], QUESTIONS[:1]):
        (tmp_path / "few").write_text(lines(asked))
        assert evaluate(files[0], tmp_path / "few", backend="sqlite")["queries"] == len(asked)


@pytest.mark.parametrize("wrong", ["{", "[1]\n", '{"id": 1}\n', "\xff"])
def test_a_wrong_file_is_told(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "wrong").write_bytes(wrong.encode("latin-1"))
    with pytest.raises(CommandError, match="wrong"):
        evaluate(tmp_path / "wrong", tmp_path / "wrong", backend="sqlite")


def test_postgresql_needs_an_address(
    files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(os.environ, "DATABASE_URL", raising=False)
    with pytest.raises(CommandError, match="DATABASE_URL"):
        evaluate(*files, backend="postgresql")
    assert search_eval.ALIAS not in connections.databases


@pytest.mark.parametrize(
    ("folder", "language", "goal"),
    [("xquad", "tr", 0.97), ("jsquad", "ja", 0.965)],
)
def test_real_questions_find_their_paragraphs(
    tmp_path: Path, folder: str, language: str, goal: float
) -> None:
    place = DATA / f"kb-{folder}"
    if not place.is_dir():
        pytest.skip("the real collections are not beside this tree")
    with gzip.open(place / f"queries-{language}.jsonl.gz", "rt", encoding="utf-8") as file:
        some = list(file)
    (tmp_path / "some").write_text("".join(some[:: len(some) // 40]))
    result = evaluate(
        place / f"docs-{language}.jsonl.gz", tmp_path / "some", lang=language, backend="sqlite"
    )
    assert result["recall@5"] >= goal - 0.025  # Of forty questions one may miss.
