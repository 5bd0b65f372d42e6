"""The index in SQLite: the same terms in a table of FTS5."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from helpdesk.lib.fulltext.gathering import Lead


def create(table: str) -> list[str]:
    """Statements that add what Django's models cannot say; they may be run again."""
    return [
        f'CREATE VIRTUAL TABLE IF NOT EXISTS "{table}_terms" USING fts5'
        "(terms, tokenize = 'unicode61')",
        f'CREATE TABLE IF NOT EXISTS "{table}_share"'
        " (term integer PRIMARY KEY, share real NOT NULL)",
    ]


def drop(table: str) -> list[str]:
    """Statements that take it away again."""
    return [f'DROP TABLE IF EXISTS "{table}_{part}"' for part in ("terms", "share")]


def settle(table: str) -> list[str]:
    """Statements worth their time after many rows were written."""
    return [f'INSERT INTO "{table}_terms" ("{table}_terms") VALUES (\'optimize\')']  # noqa: S608


def beside(terms: Iterable[int]) -> dict[str, str]:
    """Nothing in the row itself: the terms have a table of their own."""
    return {}


def write_terms(
    connection: BaseDatabaseWrapper, table: str, terms: Mapping[int, Iterable[int]]
) -> None:
    """Let these rows be found under these terms and no others."""
    forget(connection, table, terms)
    with connection.cursor() as cursor:
        cursor.executemany(
            f'INSERT INTO "{table}_terms" (rowid, terms) VALUES (%s, %s)',  # noqa: S608
            [(row, " ".join(map(lexeme, numbers))) for row, numbers in terms.items()],
        )


def forget(connection: BaseDatabaseWrapper, table: str, rows: Iterable[int]) -> None:
    """Let these rows be found under nothing."""
    with connection.cursor() as cursor:
        cursor.executemany(
            f'DELETE FROM "{table}_terms" WHERE rowid = %s',  # noqa: S608
            [(row,) for row in rows],
        )


def write_shares(connection: BaseDatabaseWrapper, table: str, shares: Mapping[int, float]) -> None:
    """Replace the statistics."""
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{table}_share"')  # noqa: S608
        cursor.executemany(
            f'INSERT INTO "{table}_share" (term, share) VALUES (%s, %s)',  # noqa: S608
            list(shares.items()),
        )


def candidates(
    connection: BaseDatabaseWrapper,
    allowed: QuerySet[Any, Any],
    leads: Sequence[Lead],
    most: int,
    most_touched: int | None,
) -> list[tuple[Any, ...]]:
    """Allowed rows that any lead leads to; of too many those that FTS5 ranks first.

    FTS5 reads all hits of each lead in any case.
    """
    terms = f'"{allowed.model._meta.db_table}_terms"'
    asked = " OR ".join(f"({' AND '.join(map(lexeme, lead.terms))})" for lead in leads)
    inner, parameters = allowed.query.get_compiler(connection.alias).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(
            # The cross join keeps SQLite from walking the rows and asking FTS5 for each.
            f"SELECT allowed.* FROM {terms} CROSS JOIN ({inner}) AS allowed "  # noqa: S608
            f"ON allowed.id = {terms}.rowid WHERE {terms} MATCH %s ORDER BY rank LIMIT %s",
            [*parameters, asked, most],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def lexeme(number: int) -> str:
    """A term as FTS5 keeps it: one word of unicode61."""
    return f"{number:08x}"
