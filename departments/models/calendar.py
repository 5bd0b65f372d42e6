"""Business calendars: when a desk is open. Every change is a version from a day on."""

from functools import cached_property
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from departments.calendar_rules import CalendarRules
from departments.models.people import Membership, Person, Role


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class TimeRuleQuerySet(models.QuerySet[Any]):
    """Calendars or promises: leads keep those of their desk, administrators the house's."""

    def set_by(self, person: Person) -> "TimeRuleQuerySet":
        """Those that this person may change."""
        leads = Membership.objects.filter(
            person=person, role=Role.LEAD, department=OuterRef("department")
        )
        house = Q(department=None) if person.is_administrator else Q(pk=None)
        return self.filter(Q(Exists(leads)) | house)

    def offered_to(self, department_id: int) -> "TimeRuleQuerySet":
        """What a desk may choose from: its own and the house's."""
        return self.filter(Q(department=None) | Q(department=department_id))


class Calendar(models.Model):
    """Opening hours in one time zone with their exceptions; what holds stands in its versions."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    department = models.ForeignKey(
        "departments.Department",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="calendars",
        verbose_name=_("department"),
    )
    current = models.OneToOneField(
        "departments.CalendarVersion",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
    )
    feed_url = models.URLField(_("address of a calendar feed"), max_length=500, blank=True)
    feed_copy = models.TextField(blank=True, editable=False)
    feed_etag = models.CharField(max_length=200, blank=True, editable=False)
    feed_fetched_at = models.DateTimeField(null=True, editable=False)
    feed_error = models.CharField(max_length=300, blank=True, editable=False)

    objects = TimeRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    @property
    def version(self) -> "CalendarVersion":
        """The newest version."""
        assert self.current is not None  # made together by the action that founds a calendar
        return self.current


class CalendarVersion(models.Model):
    """What a calendar says from a local day on; rows are never changed.

    A later version wins from its day on over everything that was said before it.
    """

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    valid_from = models.DateField(null=True, help_text="Empty: from the beginning.")
    rules = models.JSONField(help_text="See departments/calendar_rules.py.")
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
                fields=["calendar", "number"], name="one_calendar_version_per_number"
            )
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(settled_at=None), name="calendar_version_unsettled"
            )
        ]

    def __str__(self) -> str:
        return f"{self.calendar_id} v{self.number}"

    @cached_property
    def said(self) -> CalendarRules:
        return CalendarRules.from_json(self.rules)
