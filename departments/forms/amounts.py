"""Lengths of time as people write them: a number, which may have a fraction, and its unit."""

import re
import unicodedata
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from departments.promises import WORKING_DAY

MINUTE, HOUR, DAY = "m", "h", "d"
UNITS: list[tuple[str, str | Promise]] = [
    (MINUTE, pgettext_lazy("unit", "minutes")),
    (HOUR, pgettext_lazy("unit", "hours")),
    (DAY, pgettext_lazy("unit", "days")),
]
REAL_DAY = 24 * 60
LONGEST_DAYS = 365
NUMBER = re.compile(r"-?[0-9]{1,12}(?:[.,][0-9]{1,4})?")


def day_minutes(*, is_always_open: bool) -> int:
    """A day is what people work in one, but around the clock it is a whole one."""
    return REAL_DAY if is_always_open else WORKING_DAY


def minutes_of(text: str, unit: str, day: int, *, least: int = 1) -> int:
    """“1.5” hours as 90; ValidationError with what to write instead."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if not NUMBER.fullmatch(plain):
        raise ValidationError(_("Write a number, like 4 or 1.5."))
    length = {MINUTE: 1, HOUR: 60}.get(unit, day)
    minutes = round(Decimal(plain.replace(",", ".")) * length)
    if minutes < least:
        raise ValidationError(
            _("Promise at least one minute, or leave it empty.")
            if least
            else _("Write 0 or more; “before” and “after” stand beside it.")
        )
    if minutes > LONGEST_DAYS * day:
        raise ValidationError(_("That is more than a year. Write less."))
    return minutes


def written(minutes: int, day: int) -> tuple[str, str]:
    """90 as (“90”, minutes), 120 as (“2”, hours): the largest unit that leaves no rest."""
    if minutes and minutes % day == 0:
        return str(minutes // day), DAY
    if minutes and minutes % 60 == 0:
        return str(minutes // 60), HOUR
    return str(minutes), MINUTE
