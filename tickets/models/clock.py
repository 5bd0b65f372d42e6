"""Clocks: the stored result of what the event log and the promise say."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import Calendar, SLAPolicy, TargetKind
from tickets.models.ticket import Ticket


class ClockState(models.TextChoices):
    RUNNING = "running", pgettext_lazy("clock", "running")
    PAUSED = "paused", pgettext_lazy("clock", "held")
    MET = "met", pgettext_lazy("clock", "kept")
    BREACHED = "breached", pgettext_lazy("clock", "late")
    CANCELLED = "cancelled", pgettext_lazy("clock", "cancelled")


class Clock(models.Model):
    """One target of one ticket. Recomputing from the log gives the same row (tickets/sla.py).

    A clock that passed its due time is *breached* while it still runs and for ever after;
    `stopped_at` says whether the answer came in the end.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="clocks")
    kind = models.CharField(_("kind"), max_length=16, choices=TargetKind)
    state = models.CharField(max_length=9, choices=ClockState, default=ClockState.RUNNING)
    policy = models.ForeignKey(SLAPolicy, models.PROTECT, related_name="+")
    calendar = models.ForeignKey(Calendar, models.PROTECT, related_name="+")
    is_always_open = models.BooleanField(default=False)
    budget_minutes = models.PositiveIntegerField()
    counted_seconds = models.PositiveBigIntegerField(
        default=0, help_text="Counted up to settled_at."
    )
    started_at = models.DateTimeField()
    settled_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    # While held or ended these two are empty: nothing will come due.
    due_at = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "kind"], name="one_clock_per_target")
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False, breached_at=None),
                name="clock_due",
            ),
            models.Index(
                fields=["warn_at"],
                condition=Q(warn_at__isnull=False, warned_at=None),
                name="clock_warning",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.state}"

    @property
    def budget_seconds(self) -> int:
        return self.budget_minutes * 60
