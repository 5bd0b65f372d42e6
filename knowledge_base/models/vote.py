"""What readers say of an article: whether it helped, and why not."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from departments.models import Person
from knowledge_base.models.article import Article


class Vote(models.Model):
    """One person's word about an article; a later one takes its place."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="votes")
    person = models.ForeignKey(Person, models.CASCADE, related_name="votes")
    language = models.CharField(max_length=12)
    helped = models.BooleanField(_("it helped"))
    reason = models.CharField(_("what was missing"), max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [
            models.UniqueConstraint(fields=["article", "person"], name="one_vote_per_person")
        ]
        indexes = [models.Index(fields=["article", "-at"], name="vote_list")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.helped}"
