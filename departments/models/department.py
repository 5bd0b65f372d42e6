"""Departments as a tree; each has its desk."""

from typing import ClassVar

from django.core.validators import RegexValidator
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from tree_queries.models import TreeNode
from tree_queries.query import TreeQuerySet

from departments.models.people import Membership, Person, Role


class DepartmentQuerySet(TreeQuerySet["Department"]):
    def with_desk_of(self, person: Person, *roles: str) -> "DepartmentQuerySet":
        """The departments at whose desk this person works, in one of the roles if given."""
        wanted = roles or tuple(Role.values)
        return self.filter(memberships__person=person, memberships__role__in=wanted)

    def from_inside(self, person: Person) -> "DepartmentQuerySet":
        """The departments at whose desk this person works, observers too, or that they head."""
        member = Membership.objects.filter(person=person, department=models.OuterRef("pk"))
        return self.filter(models.Q(models.Exists(member)) | models.Q(head=person))


DepartmentManager = models.Manager.from_queryset(DepartmentQuerySet)


class Department(TreeNode):
    """A department: it publishes services, and its desk answers."""

    class Hue(models.TextChoices):
        BLUE = "it", pgettext_lazy("hue", "Blue")
        ROSE = "hr", pgettext_lazy("hue", "Rose")
        OLIVE = "fac", pgettext_lazy("hue", "Olive")
        GREEN = "fin", pgettext_lazy("hue", "Green")
        VIOLET = "leg", pgettext_lazy("hue", "Violet")

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("short name in addresses"), unique=True)
    prefix = models.CharField(
        _("number prefix"),
        max_length=6,
        unique=True,
        validators=[RegexValidator(r"^[A-Z][A-Z0-9]*$", _("Use capital letters, like IT."))],
    )
    next_number = models.PositiveIntegerField(default=1, editable=False)
    head = models.ForeignKey(
        Person,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="heads",
        verbose_name=_("head"),
    )
    mission = models.TextField(_("mission"), blank=True)
    location = models.CharField(_("location"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    hue = models.CharField(_("colour"), max_length=4, choices=Hue, default=Hue.BLUE)
    icon = models.SlugField(_("icon"), max_length=40, default="building")
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    calendar = models.ForeignKey(
        "departments.Calendar",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("calendar"),
    )
    sla_policy = models.ForeignKey(
        "departments.SLAPolicy",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("promise"),
    )

    objects: ClassVar = DepartmentManager()

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ("order", "name")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("department", args=[self.slug])
