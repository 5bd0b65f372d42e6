"""Bringing many articles in at once, and taking them out again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf.locale import LANG_INFO
from django.db import transaction
from django.utils.translation import gettext as _

from departments.models import Department, Person
from helpdesk.lib.errors import Refused
from knowledge_base import article_files, article_html, search
from knowledge_base.actions import writing
from knowledge_base.actions.writing import Words
from knowledge_base.article_files import ArticleFile, Unreadable
from knowledge_base.models import Article, Translation


@dataclass(frozen=True)
class Brought:
    """How an import went: what was made, and what could not be read."""

    made: int
    translated: int
    refused: tuple[str, ...]


@transaction.atomic
def bring_in(
    department: Department,
    files: Iterable[tuple[str, str]],
    *,
    by: Person,
    at: datetime,
    publishes: bool = False,
) -> Brought:
    """Make articles of these files (name and content), all that can be read.

    They are drafts, or with `publishes` what everybody reads, where `by` may publish.
    """
    read, refused = _read_all(files)
    made = translated = 0
    for same in article_files.together(read).values():
        try:
            with transaction.atomic():
                _bring_one(department, same, by=by, at=at, publishes=publishes)
        except Refused as problem:
            refused.append(f"{same[0].stem}: {problem}")
        else:
            made, translated = made + 1, translated + len(same) - 1
    search.index().settle()  # Many new words at once change how rare each of them is.
    return Brought(made, translated, tuple(refused))


def take_out(articles: Iterable[Article]) -> Iterator[tuple[str, str]]:
    """Names and contents of files that hold what readers see of these articles."""
    for article in articles:
        live = Translation.objects.filter(article=article, live__isnull=False)
        for translation in live.select_related("live").order_by("language"):
            yield article_files.write(_as_file(article, translation))


def _read_all(files: Iterable[tuple[str, str]]) -> tuple[list[ArticleFile], list[str]]:
    read: list[ArticleFile] = []
    refused: list[str] = []
    for name, content in files:
        try:
            file = article_files.read(name, content)
        except Unreadable as problem:
            refused.append(str(problem))
            continue
        if file.language in LANG_INFO:
            read.append(file)
        else:
            refused.append(_("%(name)s: there is no such language.") % {"name": name})
    return read, refused


def _bring_one(
    department: Department, same: list[ArticleFile], *, by: Person, at: datetime, publishes: bool
) -> None:
    source, *others = same
    article = writing.start_article(
        department,
        _words(source),
        by=by,
        at=at,
        source_language=source.language,
        tags=list(source.tags),
        services=department.services.filter(name__in=source.services),
    )
    first = Translation.objects.get(article=article).revisions.get()
    if publishes:
        writing.publish(first, by=by, at=at)
    for file in others:
        revision = writing.save_draft(article, file.language, _words(file), by=by, at=at)
        if publishes:
            writing.publish(revision, by=by, at=at)


def _words(file: ArticleFile) -> Words:
    return Words(file.title, file.html, file.lede, file.keywords)


def _as_file(article: Article, translation: Translation) -> ArticleFile:
    words = translation.live
    assert words is not None
    return ArticleFile(
        stem=f"{article.pk}-{article_html.slug_of(words.title)[:60]}"
        if translation.language == article.source_language
        else f"{article.pk}-{_source_slug(article)[:60]}",
        language=translation.language,
        title=words.title,
        html=words.body,
        lede=words.lede,
        keywords=words.keywords,
        tags=tuple(article.tags),
        services=tuple(article.services.order_by("name").values_list("name", flat=True)),
        is_source=translation.language == article.source_language,
    )


def _source_slug(article: Article) -> str:
    slug = article.translations.filter(language=article.source_language).values_list("slug").first()
    return slug[0] if slug else ""
