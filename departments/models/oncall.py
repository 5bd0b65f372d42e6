"""The on-call rota of a desk: layers of people who take turns, covers, and who is away."""

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models.calendar import Weekday
from departments.models.department import Department
from departments.models.people import Membership, Person, Role, check_time_zone


class RotaQuerySet(models.QuerySet["Rota"]):
    def visible_to(self, person: Person) -> "RotaQuerySet":
        """Those of the desks where this person works in any role, and of departments they head."""
        return self.filter(department__in=Department.objects.from_inside(person))


class Rota(models.Model):
    """How a desk is reached when it is closed: layer by layer until somebody answers."""

    department = models.OneToOneField(
        Department, models.CASCADE, related_name="rota", verbose_name=_("department")
    )
    wait_minutes = models.PositiveSmallIntegerField(
        _("minutes until the next layer is called"), default=10
    )
    rounds = models.PositiveSmallIntegerField(_("how often all layers are called"), default=2)
    webhook_url = models.URLField(_("address of the paging system"), max_length=500, blank=True)
    # Sealed by helpdesk.lib.secrets: whoever reads the database cannot sign calls with it.
    webhook_secret = models.TextField(blank=True, editable=False)

    objects = RotaQuerySet.as_manager()

    class Meta:
        verbose_name = _("on-call rota")
        verbose_name_plural = _("on-call rotas")
        constraints = [
            models.CheckConstraint(
                condition=Q(wait_minutes__gte=1, wait_minutes__lte=240),
                name="the_next_layer_is_called_within_four_hours",
            ),
            models.CheckConstraint(
                condition=Q(rounds__gte=1, rounds__lte=10),
                name="all_layers_are_called_once_to_ten_times",
            ),
        ]

    def __str__(self) -> str:
        return str(self.department)

    def get_absolute_url(self) -> str:
        return reverse("on_call", args=[self.department.slug])


class RotaLayer(models.Model):
    """People who take turns; the layers of a rota are called in the order of their position."""

    class Handover(models.TextChoices):
        DAILY = "daily", pgettext_lazy("hand-over", "Every day")
        WEEKLY = "weekly", pgettext_lazy("hand-over", "Every week")

    rota = models.ForeignKey(Rota, models.CASCADE, related_name="layers")
    position = models.PositiveSmallIntegerField(_("place"))
    name = models.CharField(_("name"), max_length=60)
    time_zone = models.CharField(_("time zone"), max_length=64, validators=[check_time_zone])
    handover = models.CharField(
        _("hand-over"), max_length=6, choices=Handover, default=Handover.WEEKLY
    )
    weekday = models.PositiveSmallIntegerField(
        _("weekday"), choices=Weekday, default=Weekday.MONDAY
    )
    at = models.TimeField(_("time of the hand-over"))
    starts_on = models.DateField(_("first day"))

    class Meta:
        verbose_name = _("layer of a rota")
        verbose_name_plural = _("layers of rotas")
        ordering = ("rota", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["rota", "position"], name="one_layer_per_place_in_a_rota"
            ),
            models.UniqueConstraint(fields=["rota", "name"], name="one_layer_per_name_in_a_rota"),
            models.CheckConstraint(
                condition=Q(weekday__gte=0, weekday__lte=6),
                name="a_week_is_handed_over_on_a_weekday",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RotaSeat(models.Model):
    """One person's place in the order of turns."""

    layer = models.ForeignKey(RotaLayer, models.CASCADE, related_name="seats")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("seat in a rota")
        verbose_name_plural = _("seats in rotas")
        ordering = ("layer", "position")
        constraints = [
            models.UniqueConstraint(
                fields=["layer", "person"], name="one_seat_per_person_in_a_layer"
            ),
            models.UniqueConstraint(
                fields=["layer", "position"], name="one_person_per_turn_of_a_layer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.layer_id}: {self.position} {self.person}"


class RotaOverride(models.Model):
    """Somebody covers a stretch of a layer; a swap is two of them, each the other's counterpart."""

    layer = models.ForeignKey(RotaLayer, models.CASCADE, related_name="overrides")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+", verbose_name=_("person"))
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    swapped_with = models.OneToOneField(
        "self", models.SET_NULL, null=True, editable=False, related_name="+"
    )
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("cover")
        verbose_name_plural = _("covers")
        ordering = ("starts_at", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="a_cover_has_a_length"
            )
        ]
        indexes = [models.Index(fields=["layer", "ends_at"], name="cover_by_end")]

    def __str__(self) -> str:
        return f"{self.person}, {self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def visible_to(self, person: Person) -> "AbsenceQuerySet":
        """One's own, and those of the people at the desks one leads: who sees may also change."""
        led = Membership.objects.filter(person=person, role=Role.LEAD).values("department")
        team = Membership.objects.filter(department__in=led).values("person")
        return self.filter(Q(person=person) | Q(person__in=team))


class Absence(models.Model):
    """Whole days on which a person is away, both included, in the person's own time zone."""

    person = models.ForeignKey(
        Person, models.CASCADE, related_name="absences", verbose_name=_("person")
    )
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    deputy = models.ForeignKey(
        Person,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("deputy"),
    )
    made_by = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        ordering = ("starts_on", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="an_absence_lasts_a_day_at_least"
            ),
            models.CheckConstraint(
                condition=~Q(deputy=F("person")) | Q(deputy=None),
                name="nobody_is_their_own_deputy",
            ),
        ]
        indexes = [models.Index(fields=["person", "ends_on"], name="absence_by_end")]

    def __str__(self) -> str:
        return f"{self.person}, {self.starts_on:%Y-%m-%d} to {self.ends_on:%Y-%m-%d}"
