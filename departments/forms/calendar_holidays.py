"""Public holidays in the editor of a calendar: whose, and which of them do not count here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from departments import public_holidays
from departments.calendar_rules import HolidayChoice
from departments.public_holidays import UnknownPlace
from helpdesk.lib.long_select import LongSelect

YEARS_SHOWN = 2
SHOWN, KEPT = "holidays_shown", "holidays"
NOWHERE = gettext_lazy("Choose from the list.")


@dataclass(frozen=True)
class Holiday:
    """One day in the list, with its box."""

    on: date
    name: str
    label: str
    is_kept: bool

    @property
    def value(self) -> str:
        return self.on.isoformat()


def holiday_fields(typed: Mapping[str, Any]) -> dict[str, forms.Field]:
    """Country and region; which days are kept comes as a list of dates."""
    country = known_country(typed.get("country"))
    regions = public_holidays.subdivisions(country) if country else []
    errors = {"invalid_choice": NOWHERE}
    return {
        "country": forms.ChoiceField(
            label=_("Public holidays of"),
            required=False,
            choices=[("", _("No public holidays")), *public_holidays.countries()],
            widget=LongSelect(attrs={"data-combobox-select": "", "data-press": "holidays"}),
            error_messages=errors,
        ),
        "region": forms.ChoiceField(
            label=_("Region"),
            required=False,
            choices=[("", _("The whole country")), *regions],
            widget=LongSelect(attrs={"data-press": "holidays"}),
            error_messages=errors,
        ),
        # Which days stood in the list: a day that did not was not switched off.
        SHOWN: forms.CharField(required=False, widget=forms.HiddenInput),
        KEPT: forms.Field(required=False, widget=forms.CheckboxSelectMultiple),
    }


def holiday_values(choice: HolidayChoice | None) -> dict[str, Any]:
    if choice is None:
        return {"country": "", "region": ""}
    return {"country": choice.country, "region": choice.subdivision}


def known_country(code: Any) -> str:
    return code if code in public_holidays.CODES else ""


def place_of(typed: Mapping[str, Any]) -> tuple[str, str]:
    """Country and region as they stand in the form; a region of another country is none."""
    country = known_country(typed.get("country"))
    regions = dict(public_holidays.subdivisions(country)) if country else {}
    region = str(typed.get("region") or "")
    return country, region if region in regions else ""


def days_ahead(country: str, region: str, today: date) -> dict[date, str]:
    """The days to choose from, by name in the reader's language."""
    if not country:
        return {}
    years = range(today.year, today.year + YEARS_SHOWN)
    try:
        named = public_holidays.days(country, region, years)
    except UnknownPlace:
        return {}
    return {on: name for on, name in named.items() if on >= today}


def switched_off(
    typed: Mapping[str, Any], ticked: Iterable[str], stored: HolidayChoice | None
) -> frozenset[date]:
    """The days that do not count: those that stood in the list without a tick, and of those that
    did not stand there what was stored before. Another place begins anew.
    """
    place = place_of(typed)
    before: frozenset[date] = frozenset()
    if stored is not None and (stored.country, stored.subdivision) == place:
        before = stored.off
    listed, _space, days = str(typed.get(SHOWN) or "").partition(" ")
    if listed != place_key(*place):
        return before
    shown = {on for on in map(as_date, days.split()) if on is not None}
    return (before - shown) | (shown - {as_date(on) for on in ticked})


def place_key(country: str, region: str) -> str:
    return f"{country}/{region}"


def shown_value(country: str, region: str, days: Mapping[date, str]) -> str:
    """What goes along with the list: the place and its days."""
    return " ".join([place_key(country, region), *(on.isoformat() for on in sorted(days))])


def as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
