"""Clocks: the stored result of what the event log and the promise say."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import CalendarVersion, PolicyVersion, TargetKind
from tickets.models.ticket import Ticket


class ClockState(models.TextChoices):
    RUNNING = "running", pgettext_lazy("clock", "running")
    PAUSED = "paused", pgettext_lazy("clock", "held")
    MET = "met", pgettext_lazy("clock", "kept")
    BREACHED = "breached", pgettext_lazy("clock", "late")
    CANCELLED = "cancelled", pgettext_lazy("clock", "cancelled")


class ClockQuerySet(models.QuerySet["Clock"]):
    def with_rules(self) -> "ClockQuerySet":
        """With the names of the promise and the calendar by which they count."""
        return self.select_related("policy_version__policy", "calendar_version__calendar")

    def unstopped(self) -> "ClockQuerySet":
        return self.filter(stopped_at=None)


class Clock(models.Model):
    """One target of one ticket. Recomputing from the log gives the same row (tickets/sla.py).

    A clock that passed its due time is *breached* while it still runs and for ever after;
    `stopped_at` says whether the answer came in the end.
    """

    ticket = models.ForeignKey(Ticket, models.CASCADE, related_name="clocks")
    kind = models.CharField(_("kind"), max_length=16, choices=TargetKind)
    number = models.PositiveSmallIntegerField(
        default=1, help_text="Next answers: one clock for each unanswered message, counted up."
    )
    state = models.CharField(max_length=9, choices=ClockState, default=ClockState.RUNNING)
    # The very versions by which it counted last; a clock that ended keeps them.
    policy_version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="+")
    calendar_version = models.ForeignKey(CalendarVersion, models.PROTECT, related_name="+")
    is_always_open = models.BooleanField(default=False)
    budget_minutes = models.PositiveIntegerField()
    counted_seconds = models.PositiveBigIntegerField(
        default=0, help_text="Counted up to settled_at."
    )
    started_at = models.DateTimeField()
    settled_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    # While held or ended these three are empty: nothing will come due.
    due_at = models.DateTimeField(null=True)
    warn_at = models.DateTimeField(null=True)
    step_at = models.DateTimeField(null=True, help_text="The next escalation step.")
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)

    objects = ClockQuerySet.as_manager()

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket", "kind", "number"], name="one_clock_per_target"
            )
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
            models.Index(fields=["step_at"], condition=Q(step_at__isnull=False), name="clock_step"),
            models.Index(
                fields=["calendar_version"],
                condition=Q(stopped_at=None),
                name="clock_running_calendar",
            ),
            models.Index(
                fields=["policy_version"],
                condition=Q(stopped_at=None),
                name="clock_running_policy",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind} {self.number} {self.state}"

    @property
    def budget_seconds(self) -> int:
        return self.budget_minutes * 60


class Escalation(models.Model):
    """An escalation step that was taken: once per clock, whatever the promise says later."""

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="escalations")
    key = models.CharField(max_length=40, help_text="The step's key in departments/promise_rules.")
    due_at = models.DateTimeField(help_text="When it was to be taken.")
    done_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clock", "key"], name="each_step_once_per_clock")
        ]

    def __str__(self) -> str:
        return f"{self.clock_id} {self.key}"
