"""Days that differ from the week, in the editor of a calendar: own closures and special hours.

One row is a day or a stretch of days with a name. Without times it is closed then; with times it
is open just then, and several rows of the same day make up its hours.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from departments.calendar_rules import CalendarRules, DayOff, SpecialHours
from departments.forms.calendar_week import MIDNIGHT, ClockField, require_apart, same_time_words
from departments.forms.on_call import day_input
from departments.forms.promise_steps import as_count

OWN = "own"
COUNT = "days"
FIELDS = ("on", "until", "opens", "closes", "name")
MAX_ROWS = 100
READ_ROWS = 200  # More than are allowed, so that what was typed is not lost.
LONGEST = timedelta(days=366)
ONE_DAY = timedelta(days=1)
# Days that are over for so long are kept, but are not shown for change any more.
SHOWN_BACK = timedelta(days=31)
NO_DATE = gettext_lazy("This is no date. Choose one from the calendar.")


@dataclass(frozen=True)
class Row:
    """The five fields of one row."""

    form: forms.Form
    number: int

    def __getitem__(self, part: str) -> BoundField:
        return self.form[field_name(self.number, part)]

    def fields(self) -> list[BoundField]:
        return [self[part] for part in FIELDS]


@dataclass
class Days:
    """What the rows say."""

    closures: list[DayOff] = field(default_factory=list)
    special: list[SpecialHours] = field(default_factory=list)


def field_name(number: int, part: str) -> str:
    return f"d{number}_{part}"


def day_fields(typed: Mapping[str, Any]) -> dict[str, forms.Field]:
    """The fields of all rows that were sent or are to be shown."""
    found: dict[str, forms.Field] = {
        COUNT: forms.CharField(required=False, widget=forms.HiddenInput)
    }
    for number in range(min(as_count(typed.get(COUNT)), READ_ROWS)):
        n = {"n": number + 1}
        row: dict[str, forms.Field] = {
            "on": _day_field(_("Day %(n)s, from") % n),
            "until": _day_field(_("Day %(n)s, until") % n),
            "opens": ClockField(required=False, label=_("Day %(n)s, opens") % n),
            "closes": ClockField(required=False, label=_("Day %(n)s, closes") % n),
            "name": forms.CharField(
                required=False, max_length=80, label=_("Day %(n)s, what it is") % n
            ),
        }
        found |= {field_name(number, part): one for part, one in row.items()}
    return found


def _day_field(label: str) -> forms.DateField:
    return forms.DateField(
        required=False,
        widget=day_input(),
        label=label,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": NO_DATE},
    )


def rows_of(form: forms.Form) -> list[Row]:
    numbers = range(READ_ROWS)
    return [Row(form, number) for number in numbers if field_name(number, "on") in form.fields]


# --- From rules to rows ------------------------------------------------------------------------


def day_values(rules: CalendarRules, today: date) -> dict[str, Any]:
    """What the rows are filled with: days with the same name that follow one another together."""
    rows = sorted([*_closed_rows(rules, today), *_special_rows(rules, today)])
    found: dict[str, Any] = {COUNT: len(rows)}
    for number, row in enumerate(rows):
        found |= row_values(number, row)
    return found


def row_values(number: int, row: Iterable[str]) -> dict[str, Any]:
    return {field_name(number, part): said for part, said in zip(FIELDS, row, strict=True)}


def _closed_rows(rules: CalendarRules, today: date) -> Iterator[tuple[str, ...]]:
    days = [off for off in rules.closures if off.source == OWN and _is_shown(off.on, today)]
    runs: list[list[DayOff]] = []
    for off in sorted(days, key=lambda off: off.on):
        last = runs[-1][-1] if runs else None
        if last and (last.on + ONE_DAY, last.name) == (off.on, off.name):
            runs[-1].append(off)
        else:
            runs.append([off])
    for run in runs:
        until = run[-1].on.isoformat() if len(run) > 1 else ""
        yield run[0].on.isoformat(), until, "", "", run[0].name


def _special_rows(rules: CalendarRules, today: date) -> Iterator[tuple[str, ...]]:
    for one in rules.special:
        if _is_shown(one.on, today):
            opens, closes = f"{one.opens:%H:%M}", f"{one.closes:%H:%M}"
            yield one.on.isoformat(), "", opens, closes, one.name


def _is_shown(on: date, today: date) -> bool:
    return on >= today - SHOWN_BACK


def kept(rules: CalendarRules, today: date) -> Days:
    """What lies too far back to be shown, and stays as it is."""
    return Days(
        [off for off in rules.closures if off.source == OWN and not _is_shown(off.on, today)],
        [one for one in rules.special if not _is_shown(one.on, today)],
    )


# --- From rows to rules ------------------------------------------------------------------------


def read_row(row: Row, said: Mapping[str, Any]) -> Days:
    """What one row says; ValidationError by field."""
    if any(row[part].name not in said for part in FIELDS):
        return Days()  # What is wrong with a field stands beside it already.
    first, until, opens, closes, name = (said[row[part].name] for part in FIELDS)
    if first is None:
        if until or opens or closes or name:
            raise ValidationError({row["on"].name: _("Say which day, or take this row out.")})
        return Days()
    days = list(_stretch(row, first, until or first))
    if opens is None and closes is None:
        return Days(closures=[DayOff(on, name, OWN) for on in days])
    _require_hours(row, opens, closes)
    return Days(special=[SpecialHours(on, opens, closes, name) for on in days])


def _stretch(row: Row, first: date, last: date) -> Iterator[date]:
    if last < first:
        raise ValidationError({row["until"].name: _("This is before the first day.")})
    if last - first > LONGEST:
        raise ValidationError({row["until"].name: _("That is more than a year. Choose less.")})
    return (first + number * ONE_DAY for number in range((last - first).days + 1))


def _require_hours(row: Row, opens: time | None, closes: time | None) -> None:
    if opens is None or closes is None:
        missing = row["opens" if opens is None else "closes"].name
        words = _("Give both times, or leave both empty: then it is closed.")
        raise ValidationError({missing: words})
    if opens == closes != MIDNIGHT:
        raise ValidationError({row["closes"].name: same_time_words()})


def require_one_meaning(days: Days) -> None:
    """A day is either closed or open at its own hours, and these follow one another."""
    hours: dict[date, list[SpecialHours]] = defaultdict(list)
    for one in days.special:
        hours[one.on].append(one)
    both = sorted({off.on for off in days.closures} & hours.keys())
    if both:
        raise ValidationError(
            _("%(day)s is both closed and open. Take one of the two rows out.")
            % {"day": both[0].isoformat()}
        )
    for on, intervals in sorted(hours.items()):
        try:
            require_apart([(one.opens, one.closes) for one in intervals])
        except ValidationError as wrong:
            words = _("%(day)s: %(why)s") % {"day": on.isoformat(), "why": wrong.message}
            raise ValidationError(words) from wrong
