"""Writing: from a draft over a reader's look to what everybody sees, and back."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Department, Person
from helpdesk.lib.errors import Refused
from knowledge_base import article_html, permissions
from knowledge_base.actions.indexing import index_article
from knowledge_base.models import Article, Revision, Translation

State = Revision.State
# What is said about an article apart from its words, and which of it are sets of rows.
SAID = frozenset(
    {"owner", "is_for_desk", "confidential_to", "tags", "review_on", "source_language"}
)
SETS = frozenset({"audience", "services", "categories"})


@dataclass(frozen=True)
class Words:
    """What an article says in one language; `body` is HTML as it was written or pasted."""

    title: str
    body: str
    lede: str = ""
    keywords: str = ""
    note: str = ""
    is_minor: bool = False


class ChangedMeanwhile(Refused):
    """Somebody else saved these words after the writer opened them."""

    def __init__(self, revision: Revision) -> None:
        words = {"name": revision.written_by.name if revision.written_by else _("Somebody")}
        super().__init__(
            _(
                "%(name)s changed this text while you were writing. Nothing of yours is lost: "
                "compare, then save again."
            )
            % words,
            code="changed_meanwhile",
        )
        self.revision = revision


# --- Articles -------------------------------------------------------------------------------


@transaction.atomic
def start_article(
    department: Department, words: Words, *, by: Person, at: datetime | None = None, **values: Any
) -> Article:
    """A new article with a first draft in its source language."""
    permissions.require_write(by, department)
    at = at or timezone.now()
    article = Article(department=department, owner=by, created_at=at, changed_at=at)
    _say(article, values)
    translation = Translation.objects.create(article=article, language=article.source_language)
    _write(translation, words, by=by, at=at)
    return article


@transaction.atomic
def settle_article(
    article: Article, *, by: Person, at: datetime | None = None, **values: Any
) -> Article:
    """Say who owns and reads an article, and what it is about; its words stay."""
    article = _locked(article)
    permissions.require_settle(by, article)
    if "source_language" in values and values["source_language"] != article.source_language:
        raise Refused(_("The language in which an article was first written stays."))
    article.changed_at = at or timezone.now()
    _say(article, values)
    return article


@transaction.atomic
def archive(article: Article, *, by: Person, at: datetime | None = None) -> Article:
    """Nobody finds it any more; its words and their history stay."""
    article = _locked(article)
    permissions.require_settle(by, article)
    if article.archived_at is None:
        article.archived_at = article.changed_at = at or timezone.now()
        article.save(update_fields=["archived_at", "changed_at"])
    return article


@transaction.atomic
def take_back(article: Article, *, by: Person, at: datetime | None = None) -> Article:
    """Out of the archive, as it was."""
    article = _locked(article)
    permissions.require_settle(by, article)
    article.archived_at, article.changed_at = None, at or timezone.now()
    article.save(update_fields=["archived_at", "changed_at"])
    return article


# --- Words ----------------------------------------------------------------------------------


@transaction.atomic
def save_draft(
    article: Article,
    language: str,
    words: Words,
    *,
    by: Person,
    seen: int | None = None,
    at: datetime | None = None,
) -> Revision:
    """Keep new words in one language; readers see the old ones until these are published.

    `seen` is the number of the revision that the writer had before their eyes (None: they take
    what is there). ChangedMeanwhile when somebody else wrote after that. Saving what is in
    review makes a draft of it again.
    """
    article = _locked(article)
    permissions.require_edit(by, article)
    translation, _new = Translation.objects.get_or_create(article=article, language=language)
    newest = _newest(translation)
    if newest is not None and seen is not None and seen != newest.number:
        raise ChangedMeanwhile(newest)
    return _write(translation, words, by=by, at=at or timezone.now())


@transaction.atomic
def submit(revision: Revision, *, by: Person, reviewer: Person | None = None) -> Revision:
    """Ask somebody to read a draft before everybody does."""
    revision = _held(revision)
    permissions.require_edit(by, revision.translation.article)
    _require_state(revision, {State.DRAFT, State.IN_REVIEW})
    if reviewer is not None:
        _check_reviewer(revision, reviewer)
    revision.state, revision.reviewer = State.IN_REVIEW, reviewer
    revision.save(update_fields=["state", "reviewer"])
    return revision


@transaction.atomic
def send_back(revision: Revision, *, by: Person, note: str) -> Revision:
    """It needs more work: a draft again, with the reader's note."""
    revision = _held(revision)
    permissions.require_publish(by, revision)
    _require_state(revision, {State.IN_REVIEW, State.SCHEDULED})
    if not note.strip():
        raise Refused(_("Say what is missing, so that the writer can go on."))
    revision.state, revision.note, revision.publish_at = State.DRAFT, note.strip()[:200], None
    revision.save(update_fields=["state", "note", "publish_at"])
    return revision


@transaction.atomic
def publish(
    revision: Revision, *, by: Person, when: datetime | None = None, at: datetime | None = None
) -> Revision:
    """Let everybody read these words, now or from `when` on."""
    at = at or timezone.now()
    revision = _held(revision)
    permissions.require_publish(by, revision)
    _require_state(revision, Revision.OPEN)
    revision.reviewed_by = by
    if when is not None and when > at:
        revision.state, revision.publish_at = State.SCHEDULED, when
        revision.save(update_fields=["state", "publish_at", "reviewed_by"])
        return revision
    return _go_live(revision, at)


def publish_due(now: datetime | None = None) -> int:
    """Publish what was scheduled and is due, each once; returns how many this worker did."""
    now = now or timezone.now()
    due = Revision.objects.filter(state=State.SCHEDULED, publish_at__lte=now)
    return sum(
        _publish_one(pk, now) for pk in due.order_by("publish_at").values_list("pk", flat=True)
    )


@transaction.atomic
def discard(revision: Revision, *, by: Person) -> None:
    """Give up a change; what readers see stays."""
    revision = _held(revision)
    permissions.require_edit(by, revision.translation.article)
    _require_state(revision, Revision.OPEN)
    revision.state, revision.publish_at = State.DISCARDED, None
    revision.save(update_fields=["state", "publish_at"])


@transaction.atomic
def restore(revision: Revision, *, by: Person, at: datetime | None = None) -> Revision:
    """A new draft with the words of an old revision."""
    old = _held(revision)
    permissions.require_edit(by, old.translation.article)
    words = Words(old.title, old.body, old.lede, old.keywords, _restored(old))
    return _write(old.translation, words, by=by, at=at or timezone.now())


# --- Rows -----------------------------------------------------------------------------------


def _say(article: Article, values: dict[str, Any]) -> None:
    if strange := set(values) - SAID - SETS:
        raise TypeError(f"An article has no {', '.join(sorted(strange))}.")
    for name in SAID & set(values):
        setattr(article, name, values[name])
    secret = article.confidential_to
    if secret is not None and (
        not secret.is_confidential or secret.department_id != article.department_id
    ):
        raise Refused(_("Choose a confidential service of this department."))
    article.save()
    for name in SETS & set(values):
        getattr(article, name).set(values[name])


def _write(translation: Translation, words: Words, *, by: Person, at: datetime) -> Revision:
    """The words as the open revision of this translation."""
    if not words.title.strip():
        raise Refused(_("Give the article a title."), code="empty")
    if len(words.body) > article_html.LONGEST:
        raise Refused(_("This is too long for one article. Split it, and link the parts."))
    body = article_html.clean(words.body)
    values = asdict(words) | {
        "title": " ".join(words.title.split())[:160],
        "lede": words.lede.strip()[:400],
        "keywords": words.keywords.strip()[:300],
        "note": words.note.strip()[:200],
        "body": body,
        "text": article_html.to_text(body),
    }
    newest = _newest(translation)
    revision = Revision(translation=translation, number=newest.number + 1 if newest else 1)
    if newest is not None and newest.is_open:
        # The draft before it stays in the history: what was seen on a screen can be found again.
        newest.state, newest.publish_at = State.DISCARDED, None
        newest.save(update_fields=["state", "publish_at"])
        revision.reviewer = newest.reviewer
    for name, value in values.items():
        setattr(revision, name, value)
    revision.written_by, revision.written_at = by, at
    revision.source = _source_of(translation)
    revision.save()
    return revision


def _go_live(revision: Revision, at: datetime) -> Revision:
    translation = revision.translation
    if translation.live is not None:
        translation.live.state = State.REPLACED
        translation.live.save(update_fields=["state"])
    revision.state, revision.published_at, revision.publish_at = State.PUBLISHED, at, None
    revision.save(update_fields=["state", "published_at", "publish_at", "reviewed_by"])
    translation.live, translation.slug = revision, article_html.slug_of(revision.title)
    translation.is_stale = False
    translation.save(update_fields=["live", "slug", "is_stale"])
    _mark_stale(translation, revision)
    Article.objects.filter(pk=translation.article_id).update(changed_at=at)
    index_article(translation.article)
    return revision


def _mark_stale(translation: Translation, revision: Revision) -> None:
    """New words in the source make the others older, unless only the wording changed."""
    article = translation.article
    if translation.language != article.source_language:
        since = revision.source.number if revision.source else 0
        news = Revision.objects.filter(
            translation__article=article,
            translation__language=article.source_language,
            state__in=[State.PUBLISHED, State.REPLACED],
            number__gt=since,
            is_minor=False,
        )
        Translation.objects.filter(pk=translation.pk).update(is_stale=news.exists())
    elif not revision.is_minor:
        others = article.translations.exclude(pk=translation.pk).filter(live__isnull=False)
        others.update(is_stale=True)


def _source_of(translation: Translation) -> Revision | None:
    """The words that a translator has before their eyes; none for the source itself."""
    is_source = translation.language == translation.article.source_language
    return None if is_source else _live_source(translation.article)


def _live_source(article: Article) -> Revision | None:
    return Revision.objects.filter(
        live_in__article=article, live_in__language=article.source_language
    ).first()


@transaction.atomic
def _publish_one(pk: int, now: datetime) -> int:
    found = Revision.objects.filter(pk=pk).first()
    revision = _held(found) if found else None
    if revision is None or revision.state != State.SCHEDULED or revision.publish_at is None:
        return 0
    if revision.publish_at > now:
        return 0
    _go_live(revision, revision.publish_at)
    return 1


def _locked(article: Article) -> Article:
    return (
        Article.objects.select_for_update(of=("self",))
        .select_related("department")
        .get(pk=article.pk)
    )


def _held(revision: Revision) -> Revision:
    """The revision as it is now, its article locked: one change at a time."""
    article_id = (
        Revision.objects.filter(pk=revision.pk).values_list("translation__article", flat=True).get()
    )
    Article.objects.select_for_update(of=("self",)).get(pk=article_id)
    return Revision.objects.select_related(
        "translation__article__department", "translation__live", "written_by", "source"
    ).get(pk=revision.pk)


def _newest(translation: Translation) -> Revision | None:
    number = translation.revisions.aggregate(Max("number"))["number__max"]
    return translation.revisions.filter(number=number).first() if number else None


def _require_state(revision: Revision, wanted: Collection[str]) -> None:
    if revision.state not in wanted:
        raise Refused(
            _("This text is “%(state)s” by now. Open the page again to see what happened.")
            % {"state": revision.get_state_display()},
            code="not_possible",
        )


def _check_reviewer(revision: Revision, reviewer: Person) -> None:
    article = revision.translation.article
    if not permissions.may_edit(reviewer, article):
        raise Refused(_("%(name)s does not work at this desk.") % {"name": reviewer.name})
    if reviewer.pk == revision.written_by_id:
        raise Refused(_("Somebody else has to read it: four eyes see more than two."))


def _restored(old: Revision) -> str:
    return _("As it was in version %(number)s") % {"number": old.number}
