"""What people change about themselves."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from departments.models import Person
from departments.models.people import plain_address
from helpdesk.lib.errors import Refused

# What a person says about themselves; the rest of the row is the administrators'.
OWN = frozenset(
    {
        "called",
        "phone",
        "location",
        "ask_me",
        "language",
        "time_zone",
        "theme",
        "density",
        "single_keys",
    }
)


def save_profile(person: Person, **values: Any) -> Person:
    """Keep what the person says about themselves."""
    if strange := set(values) - OWN:
        raise Refused(
            _("Only an administrator may change this: %(fields)s.")
            % {"fields": ", ".join(sorted(strange))},
            code="forbidden",
        )
    for name, value in values.items():
        setattr(person, name, value)
    person.save(update_fields=sorted(values))
    return person


@transaction.atomic
def take_on(address: str, *, name: str = "", by: Person) -> Person:
    """An employee whom a mail made known, provisional until an administrator confirms them."""
    if not by.is_administrator:
        raise Refused(_("Only an administrator adds people."), code="forbidden")
    return meet(address, name=name, at=timezone.now())


@transaction.atomic
def meet(
    address: str,
    *,
    at: datetime,
    name: str = "",
    language: str = "",
    time_zone: str = "",
    is_guest: bool = False,
) -> Person:
    """Somebody whom a letter made known: an employee to be confirmed, or a guest."""
    plain = plain_address(address)
    local, _sign, domain = plain.rpartition("@")
    if not (local and domain and plain.isascii() and len(plain) <= 254):
        raise Refused(_("“%(address)s” is no address of a person.") % {"address": address[:254]})
    if Person.objects.with_address(plain).exists():
        raise Refused(_("Somebody here has the address %(address)s.") % {"address": plain})
    person = Person(
        email=plain,
        name=(name.strip() or local)[:120],
        language=language or settings.LANGUAGE_CODE,
        time_zone=time_zone or settings.TIME_ZONE,
        is_active=not is_guest,
        is_guest=is_guest,
        is_provisional=not is_guest,
        joined_at=at,
    )
    person.set_unusable_password()
    person.save()
    return person


def set_theme(person: Person, theme: str) -> Person:
    """Light, dark, or as the device says."""
    if theme not in Person.Theme.values:
        raise Refused(_("Choose light, dark, or as your device."))
    return save_profile(person, theme=theme)


def set_language(person: Person, language: str) -> Person:
    """The language of pages and mails from now on."""
    offered = dict(Person._meta.get_field("language").flatchoices)
    if language not in offered:
        raise Refused(_("Choose one of the languages in the list."))
    return save_profile(person, language=language)
