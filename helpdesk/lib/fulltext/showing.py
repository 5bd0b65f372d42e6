"""Hits as people read them: title and best piece of text, with what was found marked."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models.functions import Left

from helpdesk.lib.fulltext.excerpts import LENGTH, LOOKED_AT, Segment, excerpt, mark
from helpdesk.lib.fulltext.index import Index
from helpdesk.lib.fulltext.question import Synonyms, understand
from helpdesk.lib.fulltext.rows import Hit


class Shown(NamedTuple):
    """A hit with texts to be escaped and shown."""

    hit: Hit
    title: list[Segment]
    excerpt: list[Segment]


def show(
    index: Index,
    hits: Sequence[Hit],
    text: str,
    *,
    language: str = "",
    typing: bool = False,
    synonyms: Synonyms = (),
    length: int = LENGTH,
) -> list[Shown]:
    """The hits in their order, without those that went away meanwhile. One statement."""
    question = understand(text, language, typing=typing, synonyms=synonyms)
    rows = index.rows.filter(pk__in=[hit.row for hit in hits])
    said = {
        row: (title, body)
        for row, title, body in rows.values_list("pk", "title", Left("body", LOOKED_AT))
    }
    return [
        Shown(
            hit,
            mark(said[hit.row][0], question, hit.language),
            excerpt(said[hit.row][1], question, hit.language, length),
        )
        for hit in hits
        if hit.row in said
    ]
