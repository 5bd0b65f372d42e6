"""Public holidays of countries and their regions, in the reader's language where it is known.

The days come from the library `holidays`, the names of countries from Babel (Unicode CLDR). Some
countries have hardly any day in common (the United Kingdom, Switzerland): there a region matters.
"""

import unicodedata
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import holidays
from babel import Locale, UnknownLocaleError
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from holidays.registry import COUNTRIES

from departments.calendar_rules import DayOff, HolidayChoice
from helpdesk.lib.errors import Refused

# Each entry of the registry: the name of its class, the code with two letters, other names.
CODES = frozenset(names[1] for names in COUNTRIES.values())
# Codes by which the library calls languages that Django and the web call otherwise.
OTHER_CODES = {"nb": "no", "nn": "no", "zh_hans": "zh_cn", "zh_hant": "zh_tw"}
YEARS_BACK, YEARS_AHEAD = 1, 3
SOURCE = "holiday"

Named = list[tuple[str, str]]


class UnknownPlace(Refused):
    """A country or region of which no holidays are known."""


def years_around(today: date) -> range:
    """The years that a calendar keeps ready: the last one, this one, and three more."""
    return range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)


def countries() -> Named:
    """Code and name of every country, in the reader's language and order."""
    return list(_countries(_reader()))


def subdivisions(country: str) -> Named:
    """Code and name of the regions whose holidays differ; none where the country is all alike."""
    return list(_subdivisions(_known(country)))


def days(
    country: str, subdivision: str, years: Iterable[int], language: str = ""
) -> dict[date, str]:
    """Each public holiday and its name in this language (the reader's, if none is given).

    Where the library does not know it in that language it is in English, or else in the
    country's own. Raises UnknownPlace for a country or region that is not in the lists.
    """
    country = _known(country)
    if subdivision and subdivision not in dict(_subdivisions(country)):
        raise UnknownPlace(
            _("There are no holidays of “%(region)s” here. Choose a region from the list.")
            % {"region": subdivision}
        )
    return dict(_days(country, subdivision, tuple(sorted({*years})), language or _reader()))


def closures(choice: HolidayChoice, years: Iterable[int]) -> tuple[DayOff, ...]:
    """The days off of this choice, without those that are switched off.

    Their names are stored, so they are in the installation's language, whoever saves them.
    """
    found = days(choice.country, choice.subdivision, years, settings.LANGUAGE_CODE)
    return tuple(DayOff(on, name, SOURCE) for on, name in found.items() if on not in choice.off)


def _known(country: str) -> str:
    if country not in CODES:
        raise UnknownPlace(
            _("There are no holidays of “%(country)s” here. Choose a country from the list.")
            % {"country": country}
        )
    return country


def _reader() -> str:
    return (translation.get_language() or settings.LANGUAGE_CODE).replace("-", "_")


@lru_cache(maxsize=50)
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    english = Locale("en").territories
    try:
        names = Locale.parse(language).territories
    except (UnknownLocaleError, ValueError):
        names = english
    named = [(code, names.get(code) or english.get(code) or code) for code in CODES]
    return tuple(sorted(named, key=_by_name))


@lru_cache(maxsize=300)
def _subdivisions(country: str) -> tuple[tuple[str, str], ...]:
    place = holidays.country_holidays(country)
    names: dict[str, str] = {}
    for name, code in place.subdivisions_aliases.items():
        names.setdefault(code, name)
    return tuple(
        sorted(((code, names.get(code, code)) for code in place.subdivisions), key=_by_name)
    )


@lru_cache(maxsize=500)
def _days(
    country: str, subdivision: str, years: tuple[int, ...], language: str
) -> tuple[tuple[date, str], ...]:
    place = holidays.country_holidays(country)
    spoken = _spoken(language, place.supported_languages, place.default_language)
    found = holidays.country_holidays(
        country, subdiv=subdivision or None, years=years, language=spoken
    )
    return tuple((on, name.replace("; ", ", ")) for on, name in sorted(found.items()))


def _spoken(language: str, known: tuple[str, ...], own: str | None) -> str | None:
    """The closest of the known languages, then English, then the country's own.

    Never one that is not known: the library would then look at the server's own language.
    """
    for wanted in (language.lower(), "en"):
        wanted = OTHER_CODES.get(wanted, wanted)
        family = wanted.partition("_")[0]
        fitting = [code for code in known if code.partition("_")[0] == family]
        if fitting:
            return min(fitting, key=lambda code: (code.lower() != wanted, "_" in code, code))
    return own


def _by_name(named: tuple[str, str]) -> str:
    letters = unicodedata.normalize("NFKD", named[1].casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
