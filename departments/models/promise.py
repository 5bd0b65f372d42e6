"""What we promise: targets for each priority. Every change is a version."""

from functools import cached_property

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models.calendar import TimeRuleQuerySet
from departments.models.people import Person
from departments.promise_rules import PromiseRules


class TargetKind(models.TextChoices):
    FIRST_RESPONSE = "first_response", pgettext_lazy("clock", "First answer")
    NEXT_RESPONSE = "next_response", pgettext_lazy("clock", "Next answer")
    WORKAROUND = "workaround", pgettext_lazy("clock", "Workaround")
    RESOLUTION = "resolution", pgettext_lazy("clock", "Solution")


class SLAPolicy(models.Model):
    """A set of targets by priority and kind, with escalation; what holds stands in its versions."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    department = models.ForeignKey(
        "departments.Department",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="policies",
        verbose_name=_("department"),
    )
    current = models.OneToOneField(
        "departments.PolicyVersion",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )

    objects = TimeRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def version(self) -> "PolicyVersion":
        """The newest version."""
        assert self.current is not None  # made together by the action that founds a policy
        return self.current


class PolicyVersion(models.Model):
    """What a policy promises since `made_at`; rows are never changed."""

    policy = models.ForeignKey(SLAPolicy, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    rules = models.JSONField(help_text="See departments/promise_rules.py.")
    made_at = models.DateTimeField(default=timezone.now)
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    settled_at = models.DateTimeField(
        null=True, help_text="When the running clocks had all taken it up."
    )

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "number"], name="one_policy_version_per_number"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(settled_at=None), name="policy_version_unsettled"
            )
        ]

    def __str__(self) -> str:
        return f"{self.policy_id} v{self.number}"

    @cached_property
    def said(self) -> PromiseRules:
        return PromiseRules.from_json(self.rules)
