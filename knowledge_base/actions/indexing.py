"""Keeping the index in line with what readers see."""

from knowledge_base import search
from knowledge_base.models import Article


def index_article(article: Article) -> None:
    """Let the live words of an article be found, in the running transaction."""
    search.index().write(search.entries([article.pk]))


def rebuild(*, settles: bool = True) -> int:
    """Write every row that is missing or says something else; returns how many that were."""
    rows = search.index()
    known = set(rows.rows.filter(kind=search.ARTICLE).values_list("ref", flat=True))
    rows.remove(search.ARTICLE, known - set(Article.objects.values_list("pk", flat=True)))
    changed = rows.write(search.entries())
    if settles:
        rows.settle()
    return changed
