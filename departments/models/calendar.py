"""Business calendars: when a desk is open, in its own time zone."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from departments.models.people import check_time_zone


class Weekday(models.IntegerChoices):
    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Calendar(models.Model):
    """Opening intervals of a week in one time zone, with closures and special openings."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    department = models.ForeignKey(
        "departments.Department",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="calendars",
        verbose_name=_("department"),
    )
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[check_time_zone])
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class OpeningHours(models.Model):
    """One opening interval of a weekday, [opens, closes) in the calendar's local time."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="opening_hours")
    weekday = models.PositiveSmallIntegerField(_("weekday"), choices=Weekday)
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"), help_text=_("Earlier than opening: the next morning."))

    class Meta:
        verbose_name = _("opening hours")
        verbose_name_plural = _("opening hours")
        ordering = ("weekday", "opens")
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "weekday", "opens"], name="one_interval_per_opening"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"


class Closure(models.Model):
    """A whole day on which the desk is closed, by the calendar's local date."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="closures")
    on = models.DateField(_("day"))
    name = models.CharField(_("reason"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ("on",)
        constraints = [
            models.UniqueConstraint(fields=["calendar", "on"], name="one_closure_per_day")
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.name}".strip()


class SpecialOpening(models.Model):
    """An interval that replaces the weekly hours of its day."""

    calendar = models.ForeignKey(Calendar, models.CASCADE, related_name="special_openings")
    on = models.DateField(_("day"))
    opens = models.TimeField(_("opens"))
    closes = models.TimeField(_("closes"))
    name = models.CharField(_("reason"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("special opening")
        verbose_name_plural = _("special openings")
        ordering = ("on", "opens")
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "on", "opens"], name="one_special_interval_per_opening"
            ),
            models.CheckConstraint(
                condition=~Q(opens=F("closes")), name="a_special_opening_has_a_length"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on:%Y-%m-%d} {self.opens:%H:%M}–{self.closes:%H:%M}"
