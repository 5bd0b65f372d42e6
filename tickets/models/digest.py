"""What waits for the daily mail of one person."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from departments.models import Person
from tickets.models.event import TicketEvent
from tickets.models.mail_choices import Topic
from tickets.models.notification import OutboundMail
from tickets.models.page import GapWarning


class DigestLineQuerySet(models.QuerySet["DigestLine"]):
    def waiting(self) -> "DigestLineQuerySet":
        """Those that no daily mail has told yet."""
        return self.filter(mail=None)

    def due(self, now: datetime) -> "DigestLineQuerySet":
        return self.waiting().filter(due_at__lte=now)


class DigestLine(models.Model):
    """One thing that would have been a mail: an event, or a gap in a rota."""

    # The same as the mail would have had: told once, whoever tries twice.
    key = models.CharField(max_length=120, unique=True)
    person = models.ForeignKey(Person, models.CASCADE, related_name="digest_lines")
    topic = models.CharField(max_length=8, choices=Topic)
    event = models.ForeignKey(TicketEvent, models.CASCADE, null=True, related_name="+")
    gap = models.ForeignKey(GapWarning, models.CASCADE, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    on = models.DateField(help_text="The reader's own day on which it is told.")
    due_at = models.DateTimeField()
    mail = models.ForeignKey(
        OutboundMail,
        models.CASCADE,
        null=True,
        related_name="digest_lines",
        help_text="The daily mail that tells it.",
    )

    objects = DigestLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of a daily mail")
        verbose_name_plural = _("lines of daily mails")
        ordering = ("made_at", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(event__isnull=False, gap=None) | Q(event=None, gap__isnull=False),
                name="a_line_is_about_an_event_or_a_gap",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(mail=None), name="digest_due"),
        ]

    def __str__(self) -> str:
        return self.key
