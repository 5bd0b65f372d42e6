"""The targets in the editor of a promise: a length of time for each priority and kind of answer."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext

from departments.forms.amounts import HOUR, UNITS, day_minutes, minutes_of, written
from departments.models import Priority, TargetKind
from departments.promise_rules import TargetRule

SLOTS = [(priority, kind) for priority in Priority for kind in TargetKind]
Slot = tuple[int, str]


def cell_name(slot: Slot, part: str) -> str:
    return f"{slot[1]}_{slot[0]}_{part}"


@dataclass(frozen=True)
class Cell:
    """The three fields of one target."""

    form: forms.Form
    slot: Slot

    def __getitem__(self, part: str) -> BoundField:
        return self.form[cell_name(self.slot, part)]

    @property
    def name(self) -> str:
        return f"{self.slot[1]}_{self.slot[0]}"

    @property
    def label(self) -> str:
        return str(TargetKind(self.slot[1]).label)

    @property
    def is_always_open(self) -> bool:
        return bool(self["always"].value())

    @property
    def is_empty(self) -> bool:
        return not str(self["amount"].value() or "").strip()

    @property
    def minutes(self) -> int | None:
        """What stands in it now; None where that is nothing, or no length of time."""
        try:
            return self.read()
        except ValidationError:
            return None

    def read(self) -> int | None:
        if self.is_empty:
            return None
        text, unit = str(self["amount"].value()), str(self["unit"].value())
        return minutes_of(text, unit, day_minutes(is_always_open=self.is_always_open))


def target_fields() -> dict[str, forms.Field]:
    """Three fields for every target; an empty amount promises nothing."""
    fields: dict[str, forms.Field] = {}
    for priority, kind in SLOTS:
        words = {"priority": Priority(priority).label, "kind": TargetKind(kind).label}
        fields[cell_name((priority, kind), "amount")] = forms.CharField(
            label=gettext("%(priority)s · %(kind)s") % words,
            required=False,
            max_length=20,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )
        unit = gettext("%(priority)s · %(kind)s, unit") % words
        fields[cell_name((priority, kind), "unit")] = forms.ChoiceField(
            label=unit, choices=UNITS, widget=forms.Select(attrs={"aria-label": unit})
        )
        fields[cell_name((priority, kind), "always")] = forms.BooleanField(
            label=gettext("day and night"), required=False
        )
    return fields


def target_values(slot: Slot, target: TargetRule | None) -> dict[str, Any]:
    """What the fields of a stored target are filled with."""
    amount, unit, is_always_open = "", HOUR, False
    if target is not None:
        is_always_open = target.is_always_open
        day = day_minutes(is_always_open=is_always_open)
        amount, unit = written(target.budget_minutes, day)
    return {
        cell_name(slot, "amount"): amount,
        cell_name(slot, "unit"): unit,
        cell_name(slot, "always"): is_always_open,
    }
