"""The catalogue: services that departments publish, and the exact kinds of problem inside."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from departments.models.department import Department
from departments.models.people import Membership, Person, Role


class Priority(models.IntegerChoices):
    """Smaller is more pressing, so that ordering by the column is ordering by need."""

    URGENT = 1, pgettext_lazy("priority", "Urgent")
    HIGH = 2, pgettext_lazy("priority", "High")
    NORMAL = 3, pgettext_lazy("priority", "Normal")
    LOW = 4, pgettext_lazy("priority", "Low")


class ServiceQuerySet(models.QuerySet["Service"]):
    def visible_to(self, person: Person) -> "ServiceQuerySet":
        """Published services meant for this person; leads see their own in any state."""
        published = Q(state=Service.State.PUBLISHED) & self._meant_for(person)
        return self.filter(published | Q(Exists(self._led_by(person))))

    def once_offered_to(self, person: Person) -> "ServiceQuerySet":
        """Retired services that this person could have asked for before."""
        return self.filter(self._meant_for(person), state=Service.State.RETIRED)

    def askable_by(self, person: Person) -> "ServiceQuerySet":
        """What this person may ask for now."""
        return self.visible_to(person).filter(state=Service.State.PUBLISHED)

    def manageable_by(self, person: Person) -> "ServiceQuerySet":
        return self.filter(Exists(self._led_by(person)))

    @staticmethod
    def _meant_for(person: Person) -> Q:
        audience = Service.audience.through.objects.filter(service=OuterRef("pk"))
        mine = audience.filter(department=person.department_id)
        return ~Exists(audience) | Q(Exists(mine))

    @staticmethod
    def _led_by(person: Person) -> models.QuerySet[Membership]:
        return Membership.objects.filter(
            person=person, role=Role.LEAD, department=OuterRef("department")
        )

    def published(self) -> "ServiceQuerySet":
        return self.filter(state=Service.State.PUBLISHED)


class Service(models.Model):
    """What a department publishes, with its owner and its promise."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("service", "Draft")
        PUBLISHED = "published", pgettext_lazy("service", "Published")
        RETIRED = "retired", pgettext_lazy("service", "Retired")

    department = models.ForeignKey(
        Department, models.PROTECT, related_name="services", verbose_name=_("department")
    )
    name = models.CharField(_("name"), max_length=80)
    description = models.TextField(_("description"), blank=True)
    icon = models.SlugField(_("icon"), max_length=40, default="help")
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT)
    owner = models.ForeignKey(
        Person,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_services",
        verbose_name=_("owner"),
    )
    audience = models.ManyToManyField(
        Department,
        blank=True,
        related_name="offered_services",
        verbose_name=_("audience"),
        help_text=_("Nobody chosen means everyone."),
    )
    default_priority = models.PositiveSmallIntegerField(
        _("default priority"), choices=Priority, default=Priority.NORMAL
    )
    is_confidential = models.BooleanField(
        _("confidential"),
        default=False,
        help_text=_("Only the people named below read these requests, not even administrators."),
    )
    group = models.ManyToManyField(
        Person,
        blank=True,
        related_name="confidential_services",
        verbose_name=_("who may read"),
        help_text=_("For confidential services: the people who work on these requests."),
    )
    sla_policy = models.ForeignKey(
        "departments.SLAPolicy",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("promise"),
    )
    calendar = models.ForeignKey(
        "departments.Calendar",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("calendar"),
    )
    counts_third_party = models.BooleanField(
        _("time at suppliers counts"), default=True, help_text=_("Off: the clock is held then.")
    )
    reopen_days = models.PositiveSmallIntegerField(_("days to reopen"), default=7)
    window_is_business = models.BooleanField(
        _("these are opening days"),
        default=False,
        help_text=_("Off: days of the calendar, weekends too."),
    )
    remind_days = models.PositiveSmallIntegerField(
        _("opening days until a reminder"), default=3, help_text=_("0: nobody is reminded.")
    )
    resolve_silent_days = models.PositiveSmallIntegerField(
        _("opening days until silence means solved"),
        default=0,
        help_text=_("0: we wait for an answer for ever."),
    )
    changed_at = models.DateTimeField(auto_now=True)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        verbose_name = _("service")
        verbose_name_plural = _("services")
        ordering = ("order", "name")
        indexes = [models.Index(fields=["department", "state", "order"], name="service_shelf")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("ask", args=[self.pk])

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED


class Category(models.Model):
    """The exact kind of problem inside a service; at most two levels."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="categories")
    parent = models.ForeignKey(
        "self",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("group"),
    )
    name = models.CharField(_("name"), max_length=80)
    hint = models.CharField(_("hint"), max_length=60, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    priority = models.PositiveSmallIntegerField(
        _("priority"), choices=Priority, null=True, blank=True
    )
    sla_policy = models.ForeignKey(
        "departments.SLAPolicy",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("promise"),
    )
    is_retired = models.BooleanField(_("retired"), default=False)

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("order", "name")
        constraints = [
            models.UniqueConstraint(
                fields=["service", "parent", "name"],
                name="one_category_per_name",
                violation_error_message=_("There is a category with this name already."),
            ),
            models.UniqueConstraint(
                fields=["service", "name"],
                condition=Q(parent=None),
                name="one_group_per_name",
                violation_error_message=_("There is a category with this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
