"""How tickets belong together without being one."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import Person
from tickets.models.ticket import Ticket


class Link(models.Model):
    """One ticket says of another what it is to it: “IT-7 follows IT-3”."""

    class Kind(models.TextChoices):
        RELATED = "related", pgettext_lazy("link", "Related to")
        DUPLICATE_OF = "duplicate_of", pgettext_lazy("link", "The same as")
        FOLLOWS = "follows", pgettext_lazy("link", "Follows")
        SPLIT_FROM = "split_from", pgettext_lazy("link", "Split from")
        CAUSED_BY = "caused_by", pgettext_lazy("link", "Caused by")
        BLOCKS = "blocks", pgettext_lazy("link", "Blocks")

    source = models.ForeignKey(Ticket, models.CASCADE, related_name="links")
    target = models.ForeignKey(Ticket, models.CASCADE, related_name="links_here")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "target", "kind"], name="two_are_linked_in_one_way_once"
            ),
            models.CheckConstraint(
                condition=~Q(source=F("target")), name="no_ticket_is_linked_to_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.kind} {self.target_id}"
