"""Pages: calling the person on call about a ticket, layer by layer, until somebody answers."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import Department, Person
from tickets.models.event import TicketEvent
from tickets.models.ticket import Ticket


class PageQuerySet(models.QuerySet["Page"]):
    def running(self) -> "PageQuerySet":
        """Those that still wait for somebody, also when everybody was called in vain."""
        return self.filter(ended_at=None)

    def due(self, now: datetime) -> "PageQuerySet":
        """Those whose next layer is to be called."""
        return self.filter(next_at__lte=now).order_by("next_at", "pk")

    def claim(self, pk: int, now: datetime) -> bool:
        """Whether this worker, and no other, calls the next layer of this page."""
        return bool(self.filter(pk=pk, next_at__lte=now, ended_at=None).update(next_at=None))


class Page(models.Model):
    """One need for somebody at once, from the first call to the answer."""

    class Why(models.TextChoices):
        CANNOT_WAIT = "cannot_wait", pgettext_lazy("page", "It cannot wait")
        ESCALATION = "escalation", pgettext_lazy("page", "Escalation")

    class Ending(models.TextChoices):
        ACKNOWLEDGED = "acknowledged", pgettext_lazy("page", "somebody has it")
        ANSWERED = "answered", pgettext_lazy("page", "the request was answered")
        SOLVED = "solved", pgettext_lazy("page", "the request was solved")
        CLOSED = "closed", pgettext_lazy("page", "the request was closed")
        MOVED = "moved", pgettext_lazy("page", "the request was moved")
        REPEATED = "repeated", pgettext_lazy("page", "everybody was called again")

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="pages")
    desk = models.ForeignKey(Department, models.PROTECT, related_name="+")
    why = models.CharField(max_length=11, choices=Why)
    reason = models.CharField(max_length=300, blank=True, help_text="Of a page by hand.")
    opened_by = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+", help_text="Of a page by hand."
    )
    # The event that asked for it, so that a reaction that runs twice pages once.
    event = models.OneToOneField(TicketEvent, models.CASCADE, null=True, related_name="page")
    opened_at = models.DateTimeField(default=timezone.now)
    # Who was called last: the round (0: nobody yet) and the layer's place in the rota.
    round = models.PositiveSmallIntegerField(default=0)
    layer = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True, help_text="When the next layer is called.")
    unanswered_at = models.DateTimeField(null=True, help_text="When everybody was called in vain.")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=12, choices=Ending, blank=True)

    objects = PageQuerySet.as_manager()

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(ended_at=None), name="one_running_page_per_ticket"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(next_at=None),
                name="a_page_that_ended_calls_nobody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_because="")
                | (Q(ended_at__isnull=False) & ~Q(ended_because="")),
                name="a_page_that_ended_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="page_due")
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.why} {self.opened_at:%Y-%m-%d %H:%M}"

    @property
    def is_running(self) -> bool:
        return self.ended_at is None


class PageCall(models.Model):
    """One person was called: once per layer and round, whoever tries twice."""

    page = models.ForeignKey(Page, models.CASCADE, related_name="calls")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    round = models.PositiveSmallIntegerField()
    layer = models.PositiveSmallIntegerField()
    layer_name = models.CharField(max_length=60)
    called_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["page", "round", "layer"], name="one_call_per_layer_and_round"
            )
        ]

    def __str__(self) -> str:
        return f"{self.page_id}: {self.person} {self.round}.{self.layer}"


class GapWarning(models.Model):
    """A stretch of a rota without anybody, of which the leads were told."""

    desk = models.ForeignKey(Department, models.CASCADE, related_name="+")
    layer_name = models.CharField(
        max_length=60, blank=True, help_text="Empty: no layer has anybody."
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("warning of a gap")
        verbose_name_plural = _("warnings of gaps")
        indexes = [models.Index(fields=["desk", "ends_at"], name="gap_warning_by_end")]
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "layer_name", "starts_at"], name="each_gap_is_told_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.desk_id}: {self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M}"
