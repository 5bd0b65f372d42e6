"""Calendars and promises changed, or were chosen anew: running clocks have to follow."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from departments.models.calendar import Calendar
from departments.models.catalogue import Category, Service
from departments.models.department import Department
from departments.models.promise import SLAPolicy

# A worker's hold on a change; one that died loses it after this.
CLAIM_EXPIRES = timedelta(minutes=2)
# An action that began before the change was stored may still write by the old times. So long
# after, none does any more, and a second look finds what it left.
SECOND_LOOK = timedelta(minutes=1)


class TimesChangeQuerySet(models.QuerySet["TimesChange"]):
    def waiting(self, now: datetime) -> "TimesChangeQuerySet":
        """Those with something to do at this instant, that nobody holds; oldest first."""
        free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_EXPIRES)
        look = Q(walked_at=None) | Q(made_at__lte=now - SECOND_LOOK)
        return self.filter(free & look, settled_at=None).order_by("pk")

    def claim(self, pk: int, now: datetime) -> "TimesChange | None":
        """The change, if this worker is the one that may work on it."""
        won = self.waiting(now).filter(pk=pk).update(claimed_at=now)
        return self.get(pk=pk) if won else None


class TimesChange(models.Model):
    """One change and its reach: a calendar or promise with a new version, or another choice for a
    category, a service or a desk; for the house if none of them is named.

    It stays until every running clock within reach was reckoned anew.
    """

    calendar = models.ForeignKey(Calendar, models.CASCADE, null=True, related_name="+")
    policy = models.ForeignKey(SLAPolicy, models.CASCADE, null=True, related_name="+")
    category = models.ForeignKey(Category, models.CASCADE, null=True, related_name="+")
    service = models.ForeignKey(Service, models.CASCADE, null=True, related_name="+")
    department = models.ForeignKey(Department, models.CASCADE, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    upto = models.PositiveBigIntegerField(default=0, help_text="The last ticket looked at.")
    walked_at = models.DateTimeField(null=True, help_text="All were looked at once.")
    claimed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True, help_text="All were looked at twice.")

    objects = TimesChangeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(settled_at=None), name="times_change_unsettled")
        ]

    def __str__(self) -> str:
        return f"{self.made_at:%Y-%m-%d %H:%M} up to {self.upto}"
