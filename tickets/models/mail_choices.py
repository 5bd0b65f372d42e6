"""Which mails somebody wants, at what pace, and when none at all."""

from datetime import date, datetime, time

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models import Person
from tickets.quiet import QuietTimes

MORNING = time(8)


class Topic(models.TextChoices):
    """What a mail is to its reader."""

    OWN = "own", _("My requests")
    FOLLOWED = "followed", _("Requests I follow")
    WORK = "work", _("Requests given to me")
    LEADING = "leading", _("What my desk needs")
    ON_CALL = "on_call", _("On call")
    ACCOUNT = "account", _("My password")
    DIGEST = "digest", _("The daily mail")


class Pace(models.TextChoices):
    """How soon a mail of a topic comes."""

    AT_ONCE = "at_once", pgettext_lazy("pace of mails", "At once")
    DAILY = "daily", pgettext_lazy("pace of mails", "Once a day, in one mail")
    NEVER = "never", pgettext_lazy("pace of mails", "Not by mail")


# What may be put off or left out; everything else comes at once.
CHOSEN = (Topic.FOLLOWED, Topic.WORK, Topic.LEADING)


class MailChoices(models.Model):
    """What one person chose; who chose nothing has no row and gets everything at once."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="mail_choices")
    followed = models.CharField(max_length=7, choices=Pace, default=Pace.AT_ONCE)
    work = models.CharField(max_length=7, choices=Pace, default=Pace.AT_ONCE)
    leading = models.CharField(max_length=7, choices=Pace, default=Pace.AT_ONCE)
    digest_at = models.TimeField(default=MORNING)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    days_off = models.CharField(max_length=7, blank=True, help_text="Figures: 0 is Monday.")

    class Meta:
        verbose_name = _("choice of mails")
        verbose_name_plural = _("choices of mails")
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | (
                    Q(quiet_from__isnull=False, quiet_until__isnull=False)
                    & ~Q(quiet_from=F("quiet_until"))
                ),
                name="quiet_hours_begin_and_end",
            ),
            models.CheckConstraint(
                condition=~Q(days_off="0123456"), name="mail_comes_on_some_day_of_the_week"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}"

    def pace_of(self, topic: str) -> Pace:
        return Pace(getattr(self, topic)) if topic in CHOSEN else Pace.AT_ONCE

    @property
    def quiet(self) -> QuietTimes:
        """In the person's own zone, as it is now."""
        days = frozenset(map(int, self.days_off))
        return QuietTimes(self.person.zone, self.quiet_from, self.quiet_until, days)

    def next_digest(self, after: datetime) -> tuple[date, datetime]:
        """The local day of the next daily mail, and when it comes."""
        return self.quiet.next_daily(self.digest_at, after)
