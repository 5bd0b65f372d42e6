"""Articles in many languages, and every version of their words.

An article is what readers see of its translations; each translation shows its *live* revision. A
change is a revision of its own, from draft to published, so that readers keep the old words until
the new ones were read by somebody else.
"""

from typing import ClassVar

from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import Category, Department, Membership, Person, Role, Service


def check_language(code: str) -> None:
    """ValidationError for a code that names no language."""
    if code not in LANG_INFO:
        raise ValidationError(_("Choose a language."))


class ArticleQuerySet(models.QuerySet["Article"]):
    def visible_to(self, person: Person) -> "ArticleQuerySet":
        """Published articles meant for this person; desks see their own in any state.

        What belongs to a confidential service is seen by its group alone.
        """
        # One rule for readers and writers: confidence comes before any other right.
        in_confidence = Service.group.through.objects.filter(
            person=person, service=OuterRef("confidential_to")
        )
        open_to = Q(confidential_to=None) | Q(Exists(in_confidence))
        ours = Exists(self._at_desk(person))
        published = Q(archived_at=None) & Q(Exists(_live_of()))
        meant = Q(is_for_desk=False) & self._meant_for(person)
        return self.filter(open_to, Q(ours) | (published & meant))

    def writable_by(self, person: Person) -> "ArticleQuerySet":
        """Those whose words this person may change: agents and leads of the desk."""
        desk = self._at_desk(person).filter(role__in=[Role.AGENT, Role.LEAD])
        return self.visible_to(person).filter(Exists(desk))

    def published(self) -> "ArticleQuerySet":
        """What readers find: not archived, and live in some language."""
        return self.filter(Exists(_live_of()), archived_at=None)

    @staticmethod
    def _at_desk(person: Person) -> models.QuerySet[Membership]:
        return Membership.objects.filter(person=person, department=OuterRef("department"))

    @staticmethod
    def _meant_for(person: Person) -> Q:
        audience = Article.audience.through.objects.filter(article=OuterRef("pk"))
        mine = audience.filter(department=person.department_id)
        return ~Exists(audience) | Q(Exists(mine))


def _live_of() -> models.QuerySet["Translation"]:
    return Translation.objects.filter(article=OuterRef("pk"), live__isnull=False)


class Article(models.Model):
    """What one department knows about one thing, and who may read it."""

    department = models.ForeignKey(
        Department, models.PROTECT, related_name="articles", verbose_name=_("department")
    )
    # Any language that has a name; people read in more languages than the pages speak.
    source_language = models.CharField(
        _("written in"), max_length=12, default="en", validators=[check_language]
    )
    owner = models.ForeignKey(
        Person,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_articles",
        verbose_name=_("owner"),
    )
    audience = models.ManyToManyField(
        Department,
        blank=True,
        related_name="readable_articles",
        verbose_name=_("audience"),
        help_text=_("Nobody chosen means everyone."),
    )
    is_for_desk = models.BooleanField(
        _("for the desk only"), default=False, help_text=_("How we work: no requester reads it.")
    )
    confidential_to = models.ForeignKey(
        Service,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="confidential_articles",
        verbose_name=_("in confidence"),
        help_text=_("Only the people who read this service's requests read the article."),
    )
    services = models.ManyToManyField(
        Service, blank=True, related_name="articles", verbose_name=_("services")
    )
    categories = models.ManyToManyField(
        Category, blank=True, related_name="articles", verbose_name=_("categories")
    )
    tags = models.JSONField(_("tags"), default=list, blank=True)
    review_on = models.DateField(_("look at it again on"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)
    # Counted by votes, one a person: so that a list of articles needs no counting.
    helped = models.PositiveIntegerField(default=0)
    voted = models.PositiveIntegerField(default=0)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")
        indexes = [
            models.Index(fields=["department", "archived_at", "id"], name="article_shelf"),
            models.Index(
                fields=["review_on"],
                condition=Q(archived_at=None, review_on__isnull=False),
                name="article_to_review",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(helped__lte=F("voted")), name="nobody_is_helped_without_a_vote"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pk}"

    @property
    def is_archived(self) -> bool:
        return self.archived_at is not None


class Translation(models.Model):
    """An article in one language: the revision that readers see, and its address."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="translations")
    language = models.CharField(_("language"), max_length=12, validators=[check_language])
    slug = models.CharField(max_length=90, blank=True)
    live = models.OneToOneField(
        "Revision", models.PROTECT, null=True, blank=True, related_name="live_in"
    )
    # The source said something new after these words were translated.
    is_stale = models.BooleanField(_("older than the source"), default=False)

    class Meta:
        verbose_name = _("translation")
        verbose_name_plural = _("translations")
        constraints = [
            models.UniqueConstraint(fields=["article", "language"], name="one_text_per_language")
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.language}"

    def get_absolute_url(self) -> str:
        """The number finds the article whatever it is called later; the slug is for people."""
        return reverse("article", args=[self.article_id, self.language, self.slug or "-"])


class Revision(models.Model):
    """The words of a translation as one person left them."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("article", "Draft")
        IN_REVIEW = "in_review", pgettext_lazy("article", "In review")
        SCHEDULED = "scheduled", pgettext_lazy("article", "Scheduled")
        PUBLISHED = "published", pgettext_lazy("article", "Published")
        REPLACED = "replaced", pgettext_lazy("article", "Replaced")
        DISCARDED = "discarded", pgettext_lazy("article", "Discarded")

    OPEN: ClassVar = (State.DRAFT, State.IN_REVIEW, State.SCHEDULED)

    translation = models.ForeignKey(Translation, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    title = models.CharField(_("title"), max_length=160)
    lede = models.CharField(_("in one or two sentences"), max_length=400, blank=True)
    body = models.TextField(_("text"), blank=True, help_text="Clean HTML.")
    text = models.TextField(blank=True, help_text="The same in plain words, for searching.")
    keywords = models.CharField(
        _("other words for it"),
        max_length=300,
        blank=True,
        help_text=_("What people call it who do not know its name."),
    )
    note = models.CharField(_("what changed"), max_length=200, blank=True)
    is_minor = models.BooleanField(
        _("wording only"), default=False, help_text=_("Translations stay up to date.")
    )
    # Which words of the source language these translate.
    source = models.ForeignKey("self", models.SET_NULL, null=True, related_name="translated_as")
    written_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    reviewer = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="articles_to_review"
    )
    reviewed_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    publish_at = models.DateTimeField(_("publish at"), null=True, blank=True)

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ("-number",)
        constraints = [
            models.UniqueConstraint(fields=["translation", "number"], name="one_revision_a_number"),
            models.UniqueConstraint(
                fields=["translation"],
                condition=Q(state__in=["draft", "in_review", "scheduled"]),
                name="one_open_revision",
            ),
            models.UniqueConstraint(
                fields=["translation"],
                condition=Q(state="published"),
                name="one_published_revision",
            ),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(publish_at__isnull=False),
                name="what_is_scheduled_has_its_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["publish_at"], condition=Q(state="scheduled"), name="revision_to_publish"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN
