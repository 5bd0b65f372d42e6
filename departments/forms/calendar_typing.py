"""The editor of a calendar between two looks: what was typed, with one thing changed."""

from collections.abc import Mapping
from typing import Any

from departments.forms import calendar_exceptions as exceptions
from departments.forms import calendar_week as week
from departments.forms.calendar_holidays import KEPT
from departments.forms.calendars import CalendarForm
from departments.forms.promise_steps import as_count

MONDAY, WORKING_DAYS = 0, range(1, 5)
Typed = dict[str, Any]


def retyped(form: CalendarForm, pressed: str) -> Typed:
    """What the page shows after a button that saves nothing: “add 3”, “drop 3 0”, “copy”…"""
    typed = typed_values(form)
    verb, *rest = pressed.split(" ")
    numbers = [as_count(word) for word in rest]
    match verb, numbers:
        case "add", [day] if day < 7:
            return with_interval(typed, day)
        case "drop", [day, number] if day < 7:
            return without_interval(typed, day, number)
        case "copy", []:
            return with_monday(typed)
        case "day", []:
            return with_day(typed)
        case "remove", [number]:
            return without_day(typed, number)
    return typed


def typed_values(form: CalendarForm) -> Typed:
    """Everything that was typed, as it was typed."""
    return {
        name: field.widget.value_from_datadict(form.data, {}, name)
        for name, field in form.fields.items()
    } | {KEPT: form.data.getlist(KEPT)}  # type: ignore[attr-defined]


def intervals_of(typed: Mapping[str, Any], day: int) -> list[tuple[Any, Any]]:
    count = min(as_count(typed.get(week.count_name(day))), week.MAX_INTERVALS)
    return [
        (
            typed.get(week.field_name(day, number, "opens")),
            typed.get(week.field_name(day, number, "closes")),
        )
        for number in range(count)
    ]


def with_interval(typed: Typed, day: int) -> Typed:
    """One pair of times more on this day; a day has an end."""
    intervals = intervals_of(typed, day)
    if len(intervals) >= week.MAX_INTERVALS:
        return typed
    return typed | week.day_values(day, [*intervals, ("", "")])


def without_interval(typed: Typed, day: int, number: int) -> Typed:
    intervals = intervals_of(typed, day)
    return typed | week.day_values(day, intervals[:number] + intervals[number + 1 :])


def with_monday(typed: Typed) -> Typed:
    """Monday's hours on the other working days."""
    monday = intervals_of(typed, MONDAY)
    found = dict(typed)
    for day in WORKING_DAYS:
        found |= week.day_values(day, monday)
    return found


def rows_of(typed: Mapping[str, Any]) -> list[list[Any]]:
    count = min(as_count(typed.get(exceptions.COUNT)), exceptions.READ_ROWS)
    return [
        [typed.get(exceptions.field_name(number, part)) for part in exceptions.FIELDS]
        for number in range(count)
    ]


def with_day(typed: Typed) -> Typed:
    """One row more at the end; the list has an end."""
    rows = rows_of(typed)
    if len(rows) >= exceptions.MAX_ROWS:
        return typed
    return (
        typed
        | exceptions.row_values(len(rows), [""] * len(exceptions.FIELDS))
        | {exceptions.COUNT: len(rows) + 1}
    )


def without_day(typed: Typed, number: int) -> Typed:
    """The row with this number, from 0, taken out; those below move up."""
    rows = rows_of(typed)
    left = rows[:number] + rows[number + 1 :]
    found = dict(typed) | {exceptions.COUNT: len(left)}
    for place, row in enumerate(left):
        found |= exceptions.row_values(place, row)
    return found
