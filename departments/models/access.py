"""The installation itself: its defaults, its access tokens, its pulse."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from departments.models.calendar import Calendar
from departments.models.department import Department
from departments.models.people import Person
from departments.models.promise import SLAPolicy


class Installation(models.Model):
    """The one row of defaults that holds where a department says nothing of its own."""

    company = models.CharField(_("company"), max_length=80, default="Helpdesk")
    calendar = models.ForeignKey(
        Calendar, models.PROTECT, related_name="+", verbose_name=_("calendar")
    )
    sla_policy = models.ForeignKey(
        SLAPolicy, models.PROTECT, related_name="+", verbose_name=_("promise")
    )
    triage = models.ForeignKey(
        Department,
        models.PROTECT,
        related_name="+",
        verbose_name=_("triage desk"),
        help_text=_("Reads what nobody knows where to send."),
    )

    class Meta:
        verbose_name = _("installation")
        verbose_name_plural = _("installation")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="there_is_one_installation")
        ]

    def __str__(self) -> str:
        return self.company


class ApiToken(models.Model):
    """A key to the API, stored as a digest; whoever holds it acts as its person."""

    person = models.ForeignKey(
        Person, models.CASCADE, related_name="api_tokens", verbose_name=_("person")
    )
    name = models.CharField(_("name"), max_length=80, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return f"{self.person}, {self.name or self.digest[:6]}"


class Heartbeat(models.Model):
    """When a part of the running product last showed that it works."""

    WORKER: ClassVar[str] = "worker"
    BEAT: ClassVar[str] = "beat"
    MAIL: ClassVar[str] = "mail"

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return self.name
