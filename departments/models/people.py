"""People: the employee as user model, their addresses, and their work at a desk."""

import unicodedata
import zoneinfo
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


def check_time_zone(value: str) -> None:
    """Raise ValidationError unless the name is an IANA time zone that this machine knows."""
    if value not in zoneinfo.available_timezones():
        raise ValidationError(_("Choose a time zone from the list, like Europe/Berlin."))


def plain_address(address: str) -> str:
    """An address as we compare it: NFKC, lower case by ASCII rules, no spaces around.

    ASCII rules only, so that the Turkish dotless i never merges two strangers. A domain in
    letters of its own language is written as mail servers know it (`xn--…`), by the rules of
    IDNA 2008: those of 2003 would make ß and ss one.
    """
    folded = unicodedata.normalize("NFKC", address.strip())
    plain = "".join(c.lower() if c.isascii() else c for c in folded)
    local, at, domain = plain.rpartition("@")
    if domain.isascii() or not at:
        return plain
    return f"{local}@{plain_domain(domain)}"


def plain_domain(domain: str) -> str:
    """A domain as mail servers know it, in lower case."""
    folded = unicodedata.normalize("NFKC", domain.strip()).lower()
    return ".".join(map(_plain_label, folded.split(".")))


def _plain_label(label: str) -> str:
    if label.isascii():
        return label
    try:
        return f"xn--{unicodedata.normalize('NFKC', label).encode('punycode').decode('ascii')}"
    except UnicodeError:
        return label


class PersonQuerySet(models.QuerySet["Person"]):
    def active(self) -> "PersonQuerySet":
        return self.filter(is_active=True)

    def who_write(self) -> "PersonQuerySet":
        """Those whose mail is their own: who can sign in, and guests, who only write."""
        return self.filter(models.Q(is_active=True) | models.Q(is_guest=True))

    def with_address(self, address: str) -> "PersonQuerySet":
        """Those who own the address, as their own or as an alias."""
        plain = plain_address(address)
        return self.filter(models.Q(email=plain) | models.Q(aliases__address=plain)).distinct()

    def by_name(self) -> "PersonQuerySet":
        return self.order_by("name", "pk")


class PersonManager(BaseUserManager["Person"]):
    def get_queryset(self) -> PersonQuerySet:
        return PersonQuerySet(self.model, using=self._db)

    def active(self) -> PersonQuerySet:
        return self.get_queryset().active()

    def who_write(self) -> PersonQuerySet:
        return self.get_queryset().who_write()

    def with_address(self, address: str) -> PersonQuerySet:
        return self.get_queryset().with_address(address)

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email=plain_address(username or ""))

    def create_superuser(self, email: str, password: str, **fields: Any) -> "Person":
        """What `createsuperuser` calls: an administrator of the installation."""
        person = self.model(email=plain_address(email), is_administrator=True, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser):
    """An employee: anyone in the company who can sign in."""

    class Theme(models.TextChoices):
        AUTO = "auto", pgettext_lazy("theme", "As my device")
        LIGHT = "light", pgettext_lazy("theme", "Light")
        DARK = "dark", pgettext_lazy("theme", "Dark")

    class Density(models.TextChoices):
        AUTO = "auto", pgettext_lazy("density", "By page")
        ROOMY = "roomy", pgettext_lazy("density", "Roomy")
        DENSE = "dense", pgettext_lazy("density", "Dense")

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    called = models.CharField(
        _("called"), max_length=60, blank=True, help_text=_("How colleagues address you.")
    )
    department = models.ForeignKey(
        "departments.Department",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="people",
        verbose_name=_("department"),
    )
    manager = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("manager"),
    )
    job_title = models.CharField(_("job title"), max_length=120, blank=True)
    location = models.CharField(_("location"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    ask_me = models.CharField(
        _("ask me about"), max_length=160, blank=True, help_text=_("Shown under “Who to ask”.")
    )
    language = models.CharField(
        _("language"), max_length=12, choices=settings.LANGUAGES, default="en"
    )
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="UTC", validators=[check_time_zone]
    )
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, default=Theme.AUTO)
    density = models.CharField(_("density"), max_length=5, choices=Density, default=Density.AUTO)
    single_keys = models.BooleanField(
        _("single-key shortcuts"),
        default=True,
        help_text=_("Turn them off if you dictate or use a screen reader."),
    )
    is_active = models.BooleanField(_("can sign in"), default=True)
    is_administrator = models.BooleanField(_("administrator"), default=False)
    is_provisional = models.BooleanField(
        _("provisional"), default=False, help_text=_("Made from a mail; not yet confirmed.")
    )
    is_guest = models.BooleanField(
        _("guest"),
        default=False,
        help_text=_("Not one of us: writes by mail about their own requests, and never signs in."),
    )
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects: ClassVar[PersonManager] = PersonManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [models.Index(fields=["name"], name="person_by_name")]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_person_per_address"),
            models.CheckConstraint(
                condition=models.Q(is_guest=False)
                | models.Q(is_active=False, is_administrator=False),
                name="guests_never_sign_in",
                violation_error_message=_(
                    "A guest cannot sign in or administer. To make one of us of a guest, take away "
                    "“guest”, then allow to sign in."
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("person", args=[self.pk])

    @property
    def may_write(self) -> bool:
        """Whether we take and send mail in this person's name."""
        return self.is_active or self.is_guest

    @property
    def first_name(self) -> str:
        """How to address this person in a sentence."""
        return self.called or self.name.split(" ")[0]

    @property
    def initials(self) -> str:
        words = self.name.split()
        if words and ord(words[0][0]) > 0x2E80:  # Han and kana names show their first sign.
            return words[0][0]
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()

    @property
    def avatar_hue(self) -> int:
        return (self.pk or 0) % 8 + 1

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        return zoneinfo.ZoneInfo(self.time_zone)

    # What Django's admin asks for: administrators only, and everything that is registered there.
    @property
    def is_staff(self) -> bool:
        return self.is_administrator

    @property
    def is_superuser(self) -> bool:
        return self.is_administrator

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_administrator

    def has_perms(self, perms: list[str], obj: object = None) -> bool:
        return self.has_perm("")

    def has_module_perms(self, app_label: str) -> bool:
        return self.has_perm("")


class EmailAlias(models.Model):
    """A further address by which mail from this person is recognised."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="aliases")
    address = models.EmailField(_("address"), unique=True)

    class Meta:
        verbose_name = _("further address")
        verbose_name_plural = _("further addresses")

    def __str__(self) -> str:
        return self.address


class Role(models.TextChoices):
    AGENT = "agent", pgettext_lazy("role", "Agent")
    LEAD = "lead", pgettext_lazy("role", "Lead")
    OBSERVER = "observer", pgettext_lazy("role", "Observer")


class Membership(models.Model):
    """A person's work at a department's desk."""

    person = models.ForeignKey(
        Person, models.CASCADE, related_name="memberships", verbose_name=_("person")
    )
    department = models.ForeignKey(
        "departments.Department",
        models.CASCADE,
        related_name="memberships",
        verbose_name=_("department"),
    )
    role = models.CharField(_("role"), max_length=8, choices=Role, default=Role.AGENT)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["person", "department"], name="one_membership_per_desk")
        ]

    def __str__(self) -> str:
        return f"{self.person}, {self.department}: {self.get_role_display()}"
