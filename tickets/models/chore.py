"""What came due and failed: nothing that raises is forgotten, or stands in the way of others."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket


class FailedChore(models.Model):
    """Something due on a ticket that raised: tried again later, and visible until it worked."""

    ticket = models.ForeignKey(
        Ticket, models.CASCADE, related_name="failed_chores", verbose_name=_("ticket")
    )
    name = models.CharField(_("name"), max_length=20)
    attempts = models.PositiveIntegerField(_("tries"), default=1)
    error = models.TextField(blank=True)
    next_at = models.DateTimeField(_("next try"))
    failed_at = models.DateTimeField(_("failed"), default=timezone.now)

    class Meta:
        verbose_name = _("failed chore")
        verbose_name_plural = _("failed chores")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "name"], name="one_failure_per_chore")
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.name}"
