"""What the pages of the knowledge base need, in a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Prefetch
from django.utils.translation import get_language_info

from departments.models import Department, Person, Service
from knowledge_base import article_html, permissions
from knowledge_base.article_html import Heading
from knowledge_base.models import Article, Revision, Translation, Vote

RELATED = 5
ON_A_SHELF = 100


@dataclass(frozen=True)
class Tongue:
    """A language in which the article can be read."""

    code: str
    name: str
    url: str
    is_stale: bool
    is_here: bool


@dataclass(frozen=True)
class Page:
    """An article as one reader sees it."""

    article: Article
    translation: Translation
    words: Revision
    html: str
    contents: list[Heading]
    minutes: int
    tongues: list[Tongue]
    is_as_wished: bool
    wished: str
    vote: Vote | None
    ask_at: str
    related: list["Line"]
    may_edit: bool


@dataclass(frozen=True)
class Line:
    """An article in a list, in the language that its reader understands best."""

    title: str
    lede: str
    language: str
    url: str
    minutes: int


@dataclass(frozen=True)
class Shelf:
    """What one department has to tell this reader."""

    department: Department
    lines: list[Line]


def live_translations() -> "Prefetch[str]":
    live = Translation.objects.filter(live__isnull=False).select_related("live__reviewed_by")
    return Prefetch("translations", live, to_attr="live_translations")


def best(translations: Iterable[Translation], wished: str, source: str) -> Translation | None:
    """The wished language, else the source's, else English, else whatever there is."""
    by_language = {each.language: each for each in translations}
    for language in (wished, source, "en", *sorted(by_language)):
        if language in by_language:
            return by_language[language]
    return None


def find(person: Person, pk: int) -> Article | None:
    """A published article that this person may read, with all its languages."""
    return (
        Article.objects.visible_to(person)
        .published()
        .select_related("department", "owner")
        .prefetch_related(live_translations())
        .filter(pk=pk)
        .first()
    )


def page_of(article: Article, translation: Translation, person: Person) -> Page:
    """Everything that the page of an article shows."""
    words = _words(translation)
    html, contents = article_html.with_contents(words.body)
    wished = person.language
    return Page(
        article=article,
        translation=translation,
        words=words,
        html=html,
        contents=contents,
        minutes=article_html.minutes_to_read(words.text),
        tongues=_tongues(article, translation),
        is_as_wished=translation.language == wished or _has(article, wished),
        wished=_name_of(wished),
        vote=Vote.objects.filter(article=article, person=person).first(),
        ask_at=_ask_at(article, person),
        related=_related(article, person, translation.language),
        may_edit=permissions.may_edit(person, article),
    )


def shelves(person: Person) -> list[Shelf]:
    """What each department has to tell this reader, in the order of departments."""
    found = (
        Article.objects.visible_to(person)
        .published()
        .select_related("department")
        .prefetch_related(live_translations())
        .order_by("department__order", "department__name", "department", "pk")
    )
    return [
        Shelf(department, _sorted(_lines(list(articles)[:ON_A_SHELF], person.language)))
        for department, articles in groupby(found, key=lambda article: article.department)
    ]


def _lines(articles: Iterable[Article], wished: str) -> list[Line]:
    chosen = (best(live_of(each), wished, each.source_language) for each in articles)
    return [_line(each) for each in chosen if each is not None]


def _line(translation: Translation) -> Line:
    words = _words(translation)
    minutes = article_html.minutes_to_read(words.text)
    url = translation.get_absolute_url()
    return Line(words.title, words.lede, translation.language, url, minutes)


def _sorted(lines: list[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: line.title.casefold())


def live_of(article: Article) -> list[Translation]:
    """What readers see of an article that was fetched with `live_translations`."""
    found: list[Translation] = getattr(article, "live_translations")  # noqa: B009 (prefetched)
    return found


def _words(translation: Translation) -> Revision:
    assert translation.live is not None
    return translation.live


def _has(article: Article, language: str) -> bool:
    return any(each.language == language for each in live_of(article))


def _tongues(article: Article, here: Translation) -> list[Tongue]:
    """The languages of an article, the source's first, then by their own names."""
    first = sorted(
        live_of(article), key=lambda each: (each.language != article.source_language, each.language)
    )
    return [
        Tongue(
            each.language,
            _name_of(each.language),
            each.get_absolute_url(),
            each.is_stale,
            each == here,
        )
        for each in first
    ]


def _name_of(language: str) -> str:
    """A language's name in itself."""
    return str(get_language_info(language)["name_local"]).capitalize()


def _ask_at(article: Article, person: Person) -> str:
    """Where to ask when the article did not help: the service it is about, else the desk."""
    service = Service.objects.askable_by(person).filter(articles=article).order_by("order").first()
    return service.get_absolute_url() if service else article.department.get_absolute_url()


def _related(article: Article, person: Person, language: str) -> list[Line]:
    """Articles about the same services, else of the same department, that may be read too."""
    readable = Article.objects.visible_to(person).published().exclude(pk=article.pk)
    same = readable.filter(services__in=article.services.all()).distinct()
    found = same.prefetch_related(live_translations()).order_by("-helped", "pk")[:RELATED]
    return _lines(found, language)
