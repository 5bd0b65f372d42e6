"""The table of everything that can be found; an app makes it real by inheriting from it."""

from typing import ClassVar, NamedTuple, Self

from django.db import models

from helpdesk.lib.fulltext.analysis import Fields


class IndexedText(models.Model):
    """One thing in one language. Who may see it is asked of the thing itself, at every search."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=20)
    ref = models.BigIntegerField()  # The primary key of the thing.
    language = models.CharField(max_length=12, blank=True)
    title = models.TextField(blank=True)
    body = models.TextField(blank=True)  # Plain text, for excerpts.
    boost = models.FloatField(default=0)  # 0.1 lifts the thing a tenth above its equals.
    size = models.FloatField(default=0)
    packed = models.BinaryField(default=b"")
    digest = models.CharField(max_length=32)  # Of what was analysed, to see which rows are stale.

    objects: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "ref", "language"], name="%(class)s_has_one_row_for_each_language"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref} ({self.language})"


class Entry(NamedTuple):
    """What is to be found under a kind, a primary key and a language."""

    kind: str
    ref: int
    language: str
    fields: Fields
    boost: float = 0.0


class Hit(NamedTuple):
    """Something found; the higher the score, the better."""

    kind: str
    ref: int
    language: str
    score: float
    row: int
