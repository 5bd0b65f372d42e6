"""The editor of a promise between two looks: what was typed, with one thing changed."""

from collections.abc import Mapping
from typing import Any

from departments.forms.amounts import day_minutes, written
from departments.forms.promise_steps import FIELDS, MAX_STEPS, as_count, step_values
from departments.forms.promise_targets import Cell, cell_name
from departments.forms.promises import PolicyForm


def retyped(form: PolicyForm, pressed: str) -> dict[str, Any]:
    """What the page shows after a button that saves nothing: “add”, “remove 2”, “take …”."""
    typed = typed_values(form)
    verb, _space, rest = pressed.partition(" ")
    if verb == "add":
        return with_step(typed)
    if verb == "remove":
        return without_step(typed, as_count(rest) - 1)
    if verb == "take":
        name, _space, minutes = rest.partition(" ")
        for cell in form.cells():
            if cell.name == name:
                return with_target(typed, cell, as_count(minutes))
    return typed


def typed_values(form: PolicyForm) -> dict[str, Any]:
    """Everything that was typed, as it was typed."""
    return {
        name: field.widget.value_from_datadict(form.data, {}, name)
        for name, field in form.fields.items()
    }


def with_step(typed: Mapping[str, Any]) -> dict[str, Any]:
    """One row more at the end; the list has an end."""
    count = as_count(typed.get("steps"))
    if count >= MAX_STEPS:
        return dict(typed)
    return {**typed, **step_values(count, None), "steps": count + 1}


def without_step(typed: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The row with this number, from 0, taken out; those below move up."""
    count = as_count(typed.get("steps"))
    if not 0 <= number < count:
        return dict(typed)
    left = dict(typed)
    for row in range(number, count - 1):
        for name in FIELDS:
            left[f"step{row}_{name}"] = typed[f"step{row + 1}_{name}"]
    return left | {"steps": count - 1}


def with_target(typed: Mapping[str, Any], cell: Cell, minutes: int) -> dict[str, Any]:
    """Another length of time in one target."""
    if minutes == 0:
        return dict(typed)
    amount, unit = written(minutes, day_minutes(is_always_open=cell.is_always_open))
    return {
        **typed,
        cell_name(cell.slot, "amount"): amount,
        cell_name(cell.slot, "unit"): unit,
    }
