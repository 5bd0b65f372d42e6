"""What people change about themselves."""

from typing import Any

from django.utils.translation import gettext as _

from departments.models import Person
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
