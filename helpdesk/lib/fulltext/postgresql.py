"""The index in PostgreSQL: a tsvector beside each row, found through GIN."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import QuerySet

from helpdesk.lib.fulltext.gathering import Lead


def create(table: str) -> list[str]:
    """Statements that add what Django's models cannot say; they may be run again."""
    return [
        f'ALTER TABLE "{table}" ADD COLUMN IF NOT EXISTS terms tsvector',
        # Numbers without a pattern: to try and press them would cost time and spare nothing.
        f'ALTER TABLE "{table}" ALTER COLUMN packed SET STORAGE EXTERNAL',
        f'CREATE INDEX IF NOT EXISTS "{table}_terms" ON "{table}" USING gin (terms)'
        " WITH (fastupdate = off)",
        # The planner takes common words for a reason to read the whole table, terms and all: 16 s
        # among 270,000 rows. Only a function may forbid that for one question alone. It sums up
        # what each group of terms is worth without reading the terms of a row.
        f'CREATE OR REPLACE FUNCTION "{table}_hits" (asked tsquery[], worth float8[], most int) '  # noqa: S608
        "RETURNS TABLE (row_id bigint, score float8) "
        "LANGUAGE sql STABLE ROWS 500 SET enable_seqscan = off AS $$ "
        "SELECT hit.id, sum(lead.worth) FROM unnest(asked, worth) AS lead (asked, worth) "
        f'CROSS JOIN LATERAL (SELECT id FROM "{table}" WHERE terms @@ lead.asked LIMIT most) '
        "AS hit GROUP BY hit.id ORDER BY sum(lead.worth) DESC LIMIT most $$",
        f'CREATE TABLE IF NOT EXISTS "{table}_share"'
        " (term bigint PRIMARY KEY, share double precision NOT NULL)",
    ]


def drop(table: str) -> list[str]:
    """Statements that take it away again."""
    return [
        f'DROP TABLE IF EXISTS "{table}_share"',
        f'DROP FUNCTION IF EXISTS "{table}_hits" (tsquery[], float8[], int)',
        f'DROP INDEX IF EXISTS "{table}_terms"',
        f'ALTER TABLE "{table}" DROP COLUMN IF EXISTS terms',
    ]


def settle(table: str) -> list[str]:
    """Statements worth their time after many rows were written."""
    return [f'ANALYZE "{table}"', f'ANALYZE "{table}_share"']


def beside(terms: Iterable[int]) -> dict[str, str]:
    """Columns of the row itself that let it be found under these terms and no others."""
    return {"terms": " ".join(map(lexeme, terms))}


def write_terms(
    connection: BaseDatabaseWrapper, table: str, terms: Mapping[int, Iterable[int]]
) -> None:
    """The terms came with their rows."""


def forget(connection: BaseDatabaseWrapper, table: str, rows: Iterable[int]) -> None:
    """The terms go with their rows."""


def write_shares(connection: BaseDatabaseWrapper, table: str, shares: Mapping[int, float]) -> None:
    """Replace the statistics."""
    with connection.cursor() as cursor:
        cursor.execute(f'DELETE FROM "{table}_share"')  # noqa: S608
        cursor.execute(
            f'INSERT INTO "{table}_share" (term, share) '  # noqa: S608
            "SELECT * FROM unnest(%s::bigint[], %s::double precision[]) "
            "ON CONFLICT (term) DO UPDATE SET share = excluded.share",
            [list(shares), list(shares.values())],
        )


def candidates(
    connection: BaseDatabaseWrapper,
    allowed: QuerySet[Any, Any],
    leads: Sequence[Lead],
    most: int,
    most_touched: int | None,
) -> list[tuple[Any, ...]]:
    """Allowed rows that any lead leads to; of too many those with the worthiest leads.

    Only so many hits of each lead, and of these the best so many, are looked at, allowed or not.
    """
    hits = f'"{allowed.model._meta.db_table}_hits"'
    asked = ["&".join(map(lexeme, lead.terms)) for lead in leads]
    inner, parameters = allowed.query.get_compiler(connection.alias).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT allowed.* FROM {hits} (%s::tsquery[], %s::float8[], %s) AS hit "  # noqa: S608
            f"JOIN ({inner}) AS allowed ON allowed.id = hit.row_id "
            "ORDER BY hit.score DESC, allowed.size LIMIT %s",
            [asked, [lead.worth for lead in leads], most_touched, *parameters, most],
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def lexeme(number: int) -> str:
    """A term as PostgreSQL keeps it."""
    return f"{number:08x}"
