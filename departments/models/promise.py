"""What we promise: targets in business minutes for each priority."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models.catalogue import Priority


class TargetKind(models.TextChoices):
    FIRST_RESPONSE = "first_response", pgettext_lazy("clock", "First answer")
    RESOLUTION = "resolution", pgettext_lazy("clock", "Solution")


class SLAPolicy(models.Model):
    """A set of targets, one per priority and kind."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    department = models.ForeignKey(
        "departments.Department",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="policies",
        verbose_name=_("department"),
    )
    warn_percent = models.PositiveSmallIntegerField(
        _("warn at"), default=75, help_text=_("Percent of the promised time.")
    )

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(warn_percent__gte=1, warn_percent__lte=99),
                name="a_warning_comes_before_the_end",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Target(models.Model):
    """So many business minutes for this kind of answer at this priority."""

    policy = models.ForeignKey(SLAPolicy, models.CASCADE, related_name="targets")
    priority = models.PositiveSmallIntegerField(_("priority"), choices=Priority)
    kind = models.CharField(_("kind"), max_length=16, choices=TargetKind)
    budget_minutes = models.PositiveIntegerField(_("minutes"))
    is_always_open = models.BooleanField(
        _("around the clock"), default=False, help_text=_("Counts at night and on holidays too.")
    )

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ("priority", "kind")
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "priority", "kind"], name="one_target_per_priority_and_kind"
            ),
            models.CheckConstraint(
                condition=models.Q(budget_minutes__gte=1), name="a_promise_has_a_length"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_priority_display()}, {self.get_kind_display()}: {self.budget_minutes}"
