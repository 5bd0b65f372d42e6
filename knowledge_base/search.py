"""Finding articles: what is written into the index, and what one reader finds there."""

from collections.abc import Iterable, Iterator

from django.db.models import Exists, OuterRef, Q

from departments.models import Person
from helpdesk.lib.fulltext.analysis import Fields
from helpdesk.lib.fulltext.index import Index
from helpdesk.lib.fulltext.rows import Entry
from helpdesk.lib.fulltext.showing import Shown, show
from knowledge_base.models import Article, SearchRow, Translation

ARTICLE = "article"
FOUND = 20


def index() -> Index:
    return Index(SearchRow)


def entries(articles: Iterable[int] | None = None) -> Iterator[Entry]:
    """What can be found of these articles (of all when None): their live words."""
    live = Translation.objects.filter(live__isnull=False).select_related("live", "article")
    wanted = live if articles is None else live.filter(article__in=list(articles))
    for translation in wanted.order_by("pk").iterator(chunk_size=500):
        words = translation.live
        if words is not None:
            keywords = " ".join([words.keywords, *translation.article.tags])
            body = f"{words.lede}\n{words.text}" if words.lede else words.text
            fields = Fields(words.title, keywords, body)
            yield Entry(ARTICLE, translation.article_id, translation.language, fields)


def find(person: Person, question: str, *, limit: int = FOUND) -> list[Shown]:
    """The best articles among those that this person may read, with what was found marked."""
    readable = Article.objects.visible_to(person).published().filter(pk=OuterRef("ref"))
    allowed = Q(Exists(readable), kind=ARTICLE)
    rows, language = index(), person.language
    hits = rows.find(question, allowed=allowed, language=language, limit=limit)
    return show(rows, hits, question, language=language)
