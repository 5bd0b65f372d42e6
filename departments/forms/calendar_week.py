"""The weekly hours in the editor of a calendar: some pairs of times for each day."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from departments.calendar_days import Stretch, intervals_words
from departments.forms.promise_steps import as_count
from departments.models import Weekday

MAX_INTERVALS = 6  # of one day
FIELDS = ("opens", "closes")
MIDNIGHT = time()
Interval = tuple[time, time]


class ClockField(forms.TimeField):
    """A time of day to the minute; 24:00 is the midnight at its end."""

    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    input_formats = ("%H:%M", "%H:%M:00")
    default_error_messages = {"invalid": gettext_lazy("Write a time like 09:30.")}

    def to_python(self, value: Any) -> time | None:
        return MIDNIGHT if value == "24:00" else super().to_python(value)


@dataclass(frozen=True)
class Row:
    """One pair of times in the form."""

    form: forms.Form
    day: int
    number: int

    @property
    def opens(self) -> BoundField:
        return self.form[field_name(self.day, self.number, "opens")]

    @property
    def closes(self) -> BoundField:
        return self.form[field_name(self.day, self.number, "closes")]


@dataclass(frozen=True)
class DayRows:
    """One weekday in the form."""

    form: forms.Form
    day: int
    rows: list[Row]

    @property
    def label(self) -> str:
        return str(WEEKDAYS[self.day])

    @property
    def count(self) -> BoundField:
        return self.form[count_name(self.day)]

    def typed(self) -> Iterator[Interval]:
        """The pairs that make sense so far."""
        for row in self.rows:
            opens, closes = typed_time(row.opens.value()), typed_time(row.closes.value())
            if opens is not None and closes is not None and (opens != closes or opens == MIDNIGHT):
                yield opens, closes

    @property
    def may_add(self) -> bool:
        return len(self.rows) < MAX_INTERVALS


def typed_time(value: Any) -> time | None:
    try:
        found: time | None = ClockField(required=False).clean(value)
    except ValidationError:
        return None
    return found


def field_name(day: int, number: int, part: str) -> str:
    return f"w{day}_{number}_{part}"


def count_name(day: int) -> str:
    return f"w{day}"


def week_fields(typed: Mapping[str, Any]) -> dict[str, forms.Field]:
    """The fields of all rows that were sent or are to be shown."""
    found: dict[str, forms.Field] = {}
    for day in Weekday.values:
        found[count_name(day)] = forms.CharField(required=False, widget=forms.HiddenInput)
        for number in range(min(as_count(typed.get(count_name(day))), MAX_INTERVALS)):
            opens, closes = (field_name(day, number, part) for part in FIELDS)
            words = {"day": WEEKDAYS[day]}
            found[opens] = ClockField(required=False, label=_("%(day)s, opens") % words)
            found[closes] = ClockField(required=False, label=_("%(day)s, closes") % words)
    return found


def week_values(week: Mapping[int, Iterable[Interval]]) -> dict[str, Any]:
    """What the rows of this week are filled with."""
    found: dict[str, Any] = {}
    for day in Weekday.values:
        intervals = sorted(week.get(day, ()))
        found |= day_values(day, [(f"{o:%H:%M}", f"{c:%H:%M}") for o, c in intervals])
    return found


def day_values(day: int, intervals: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    number = 0
    for number, (opens, closes) in enumerate(intervals, start=1):
        found[field_name(day, number - 1, "opens")] = opens
        found[field_name(day, number - 1, "closes")] = closes
    return found | {count_name(day): number}


def rows_of(form: forms.Form) -> Iterator[DayRows]:
    for day in Weekday.values:
        numbers = range(MAX_INTERVALS)
        rows = [
            Row(form, day, number)
            for number in numbers
            if field_name(day, number, "opens") in form.fields
        ]
        yield DayRows(form, day, rows)


def read_day(day: DayRows, said: Mapping[str, Any]) -> tuple[Interval, ...]:
    """The day's hours in order; ValidationError by field."""
    found: list[Interval] = []
    for row in day.rows:
        if row.opens.name not in said or row.closes.name not in said:
            continue  # What is wrong with a time stands beside it already.
        opens, closes = said[row.opens.name], said[row.closes.name]
        if opens is None and closes is None:
            continue
        if opens is None or closes is None:
            missing = row.opens if opens is None else row.closes
            words = _("Give both times, or leave both empty.")
            raise ValidationError({missing.name: words})
        if opens == closes != MIDNIGHT:
            raise ValidationError({row.closes.name: same_time_words()})
        found.append((opens, closes))
    try:
        require_apart(found)
    except ValidationError as wrong:
        raise ValidationError({day.rows[0].opens.name: wrong}) from wrong
    return tuple(sorted(found))


def same_time_words() -> str:
    return _("Both times are the same. For the whole day write 00:00 and 00:00.")


def require_apart(intervals: Iterable[Interval]) -> None:
    """Hours of one day follow one another; those that touch may."""
    for (one, first), (other, second) in pairwise(sorted((stretch(i), i) for i in intervals)):
        if other[0] < one[1]:
            raise ValidationError(
                _("%(one)s and %(other)s overlap. Change one of them.")
                % {"one": intervals_words([first]), "other": intervals_words([second])}
            )


def stretch(interval: Interval) -> Stretch:
    """In minutes since the day's midnight; a night goes on beyond the next one."""
    start, end = (at.hour * 60 + at.minute for at in interval)
    return start, end if end > start else end + 24 * 60
