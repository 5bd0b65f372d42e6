"""One index for everything that can be found: write, forget, find, the same on both databases."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from types import ModuleType
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Avg, Count, F, Q, QuerySet

from helpdesk.lib.fulltext import postgresql, sqlite
from helpdesk.lib.fulltext.analysis import TEXT_LIMIT, VERSION, Weights, analyse, number_of
from helpdesk.lib.fulltext.gathering import MOST_TOUCHED, Lead, last_resort, leads, telling
from helpdesk.lib.fulltext.question import Synonyms, understand
from helpdesk.lib.fulltext.ranking import Candidate, Statistics, pack, rank, unpack
from helpdesk.lib.fulltext.rows import Entry, Hit, IndexedText

MOST_RANKED = 100
SAMPLE = 20_000  # Rows that statistics are taken from.
MOST_SHARES = 50_000
OWN_LANGUAGE = 1.1  # Among equals the reader's language comes first.
BATCH = 200
# Facts about the whole are kept among the shares, under numbers that no term has.
DOCUMENTS, SIZE, RARE = -1, -2, -3
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def backend(connection: BaseDatabaseWrapper) -> ModuleType:
    """What differs between the databases."""
    return postgresql if connection.vendor == "postgresql" else sqlite


def create(connection: BaseDatabaseWrapper, table: str) -> None:
    """Make what the table of rows needs besides, for a migration; may be called again."""
    _execute(connection, backend(connection).create(table))


def drop(connection: BaseDatabaseWrapper, table: str) -> None:
    """Undo create."""
    _execute(connection, backend(connection).drop(table))


def digest(entry: Entry) -> str:
    """Changes when the entry, or the way of analysing it, does."""
    said = repr((VERSION, Weights(), entry.fields, entry.boost))
    return blake2b(said.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class Index:
    """The rows of one table as something to be asked."""

    def __init__(self, rows: type[IndexedText], using: str = DEFAULT_DB_ALIAS) -> None:
        self.rows = rows.objects.using(using)
        self.table = rows._meta.db_table
        self.connection = connections[using]
        self.backend = backend(self.connection)

    # --- Writing ----------------------------------------------------------------------------------

    def write(self, entries: Iterable[Entry]) -> int:
        """Let these be found as they are now; gives how many rows had to change."""
        waiting, changed = iter(entries), 0
        while batch := list(islice(waiting, BATCH)):
            known = self._digests(batch)
            # Of two entries for one row the later one is meant.
            latest = {entry[:3]: entry for entry in batch}
            stale = [latest[key] for key in sorted(latest) if known.get(key) != digest(latest[key])]
            with transaction.atomic(using=self.connection.alias):
                written = dict(map(self._write_row, stale))
                self.backend.write_terms(self.connection, self.table, written)
            changed += len(stale)
        return changed

    def remove(
        self, kind: str, refs: Iterable[int], *, except_languages: Iterable[str] = ()
    ) -> None:
        """Let things be found no more, or no more in other than these languages."""
        gone = self.rows.filter(kind=kind, ref__in=list(refs)).exclude(
            language__in=list(except_languages)
        )
        with transaction.atomic(using=self.connection.alias), self.connection.cursor() as cursor:
            rows = list(gone.values_list("pk", flat=True))
            self.backend.forget(self.connection, self.table, rows)
            cursor.executemany(
                f'DELETE FROM "{self.table}" WHERE id = %s',  # noqa: S608
                [(row,) for row in rows],
            )

    def stale(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Those of the entries that are missing or written otherwise: what a check reports."""
        waiting = iter(entries)
        while batch := list(islice(waiting, BATCH)):
            known = self._digests(batch)
            yield from (entry for entry in batch if known.get(entry[:3]) != digest(entry))

    def refresh_statistics(self) -> None:
        """Count anew how common terms are; worth it when a tenth of the rows has changed."""
        facts = self.rows.aggregate(documents=Count("pk"), size=Avg("size"))
        step = facts["documents"] // SAMPLE + 1
        sample = self.rows.annotate(turn=F("pk") % step).filter(turn=0)
        seen, having = 0, Counter[int]()
        for packed in sample.values_list("packed", flat=True).iterator(chunk_size=500):
            seen += 1
            having.update(unpack(bytes(packed))[0])
        common = [(term, times) for term, times in having.most_common(MOST_SHARES) if times > 1]
        rarest = common[-1][1] if len(common) == MOST_SHARES else 1
        shares = {term: times / seen for term, times in common}
        shares |= {DOCUMENTS: facts["documents"], SIZE: facts["size"] or 0.0}
        shares[RARE] = rarest / seen if seen else 0.0
        with transaction.atomic(using=self.connection.alias):
            self.backend.write_shares(self.connection, self.table, shares)

    def settle(self) -> None:
        """Do what is worth it after many rows were written."""
        self.refresh_statistics()
        _execute(self.connection, self.backend.settle(self.table))

    # --- Asking -----------------------------------------------------------------------------------

    def find(
        self,
        text: str,
        *,
        allowed: Q,
        language: str = "",
        typing: bool = False,
        synonyms: Synonyms = (),
        limit: int = 10,
    ) -> list[Hit]:
        """The best things for a question, each once, among the rows that are allowed.

        What is allowed is part of the first look into the index: rows of others cost no place in
        any list and leave no trace in a count. Two statements; three where many rows hold little.
        """
        question = understand(text, language, typing=typing, synonyms=synonyms)
        if not question.terms:
            return []
        known = self._statistics([*question.terms, *question.titles])
        visible = self.rows.filter(allowed).order_by()
        groups = leads(question, known)
        found = self._candidates(visible, groups, MOST_TOUCHED)
        if len(found) < limit and not 0 < known.documents <= MOST_TOUCHED:
            # What is rare was a slip, or the first hits of a common word were not allowed.
            found = self._candidates(visible, [*groups, *last_resort(question, known)], None)
        things: dict[int, tuple[str, int, str]] = {row[0]: row[4:7] for row in found}
        ranked = rank(
            telling(question, known),
            [Candidate(row[0], row[1], row[2], bytes(row[3])) for row in found],
            known,
        )
        hits = [Hit(*things[row], score=score, row=row) for row, score in ranked]
        return _each_once(hits, language)[:limit]

    # --- Parts ------------------------------------------------------------------------------------

    def _digests(self, entries: Sequence[Entry]) -> dict[tuple[Any, ...], str]:
        rows = self.rows.filter(
            kind__in={entry.kind for entry in entries}, ref__in={entry.ref for entry in entries}
        )
        return {row[:3]: row[3] for row in rows.values_list("kind", "ref", "language", "digest")}

    def _write_row(self, entry: Entry) -> tuple[int, list[int]]:
        """The row's number and its terms."""
        analysed = analyse(entry.fields, entry.language)
        terms = {number_of(term): weight for term, weight in analysed.terms.items()}
        values = {
            "kind": entry.kind,
            "ref": entry.ref,
            "language": entry.language,
            "title": storable(entry.fields.title),
            "body": storable(entry.fields.body),
            "boost": entry.boost,
            "size": analysed.size,
            "packed": pack(terms),
            "digest": digest(entry),
            **self.backend.beside(terms),
        }
        with self.connection.cursor() as cursor:
            cursor.execute(
                f'INSERT INTO "{self.table}" ({", ".join(values)}) '  # noqa: S608
                f"VALUES ({', '.join(['%s'] * len(values))}) "
                "ON CONFLICT (kind, ref, language) DO UPDATE SET "
                f"{', '.join(f'{name} = excluded.{name}' for name in values)} RETURNING id",
                list(values.values()),
            )
            return cursor.fetchone()[0], list(terms)

    def _candidates(
        self, visible: QuerySet[IndexedText], groups: Sequence[Lead], most_touched: int | None
    ) -> list[tuple[Any, ...]]:
        columns = visible.values_list("id", "size", "boost", "packed", "kind", "ref", "language")
        try:
            found: list[tuple[Any, ...]] = self.backend.candidates(
                self.connection, columns, groups, MOST_RANKED, most_touched
            )
        except EmptyResultSet:
            return []
        return found

    def _statistics(self, terms: Iterable[str]) -> Statistics:
        numbers = [DOCUMENTS, SIZE, RARE, *map(number_of, terms)]
        with self.connection.cursor() as cursor:
            cursor.execute(
                f'SELECT term, share FROM "{self.table}_share" '  # noqa: S608
                f"WHERE term IN ({', '.join(['%s'] * len(numbers))})",
                numbers,
            )
            shares = dict(cursor.fetchall())
        documents, size = int(shares.pop(DOCUMENTS, 0)), shares.pop(SIZE, 0.0)
        return Statistics(documents, size, shares.pop(RARE, 0.0), shares)


def storable(text: str) -> str:
    """As much of a text as can be found, without what databases refuse."""
    return UNSTORABLE.sub("\ufffd", text[:TEXT_LIMIT])


def _each_once(hits: Iterable[Hit], language: str) -> list[Hit]:
    """The best row of each thing, best first."""
    liked = [
        hit._replace(score=hit.score * OWN_LANGUAGE) if hit.language == language else hit
        for hit in hits
    ]
    best: dict[tuple[str, int], Hit] = {}
    for hit in sorted(liked, key=lambda hit: -hit.score):
        best.setdefault((hit.kind, hit.ref), hit)
    return list(best.values())


def _execute(connection: BaseDatabaseWrapper, statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
