"""What a lead promises: targets by priority and kind, what holds the clocks, escalation steps."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from departments.forms.promise_steps import (
    FIELDS,
    MAX_STEPS,
    Crew,
    StepRow,
    as_count,
    is_same,
    read_step,
    step_fields,
    step_values,
)
from departments.forms.promise_targets import (
    SLOTS,
    Cell,
    cell_name,
    target_fields,
    target_values,
)
from departments.models import Priority, SLAPolicy, TargetKind
from departments.promise_changes import HOLDING_WORDS
from departments.promise_rules import HOLDING, PromiseRules, StepRule, TargetRule


class PolicyForm(forms.Form):
    """One promise with all its targets and steps.

    `typed` shows what somebody typed, without a word about what is wrong with it yet.
    """

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("Leads choose a promise by its name: “Office hours, quick”."),
        error_messages={"required": _("Give the promise a name.")},
    )
    warn_percent = forms.IntegerField(
        label=_("Warn the owner when so much of the time is used"),
        min_value=1,
        max_value=99,
        initial=75,
        help_text=_("In percent of each promise above."),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Choose between 1 and 99 percent.")
        ),
    )
    pauses = forms.MultipleChoiceField(
        label=_("What holds the clocks of workaround and solution"),
        required=False,
        choices=HOLDING_WORDS,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Time in these states does not count. Answers are held by approvals only."),
        error_messages={"invalid_choice": _("Choose from the list.")},
    )
    note = forms.CharField(
        label=_("Why this change?"),
        required=False,
        max_length=200,
        help_text=_("One sentence for those who look at the history later."),
    )
    # What the writer had before their eyes; see timing.change_policy.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    steps = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        rules: PromiseRules,
        crew: Crew,
        policy: SLAPolicy | None = None,
        known_steps: frozenset[str] = frozenset(),
        typed: Mapping[str, Any] | None = None,
    ) -> None:
        self.policy, self.crew, self.known_steps = policy, crew, known_steps
        initial = dict(typed) if typed is not None else initial_values(rules, policy)
        super().__init__(data, initial=initial)
        count = (data if data is not None else initial).get("steps")
        self.rows = [StepRow(number, self) for number in range(min(as_count(count), MAX_STEPS))]
        if policy is not None:
            del self.fields["name"]
        self.fields |= target_fields()
        for row in self.rows:
            self.fields |= step_fields(row.number, crew)
        self.rules: PromiseRules | None = None

    def matrix(self) -> Iterator[tuple[Priority, list[Cell]]]:
        """Each priority with its targets, as the page shows them."""
        for priority in Priority:
            yield priority, [Cell(self, (priority, kind)) for kind in TargetKind]

    def cells(self) -> list[Cell]:
        return [Cell(self, slot) for slot in SLOTS]

    def held(self) -> frozenset[str]:
        """The states that hold as they stand in the form now."""
        return frozenset(self["pauses"].value() or ()) & frozenset(HOLDING)

    def shown_rules(self) -> PromiseRules:
        """What stands in the form as far as it makes sense, to try it."""
        return PromiseRules(tuple(self._targets()), pauses=self.held())

    def _targets(self) -> Iterator[TargetRule]:
        for cell in self.cells():
            if minutes := cell.minutes:
                priority, kind = cell.slot
                yield TargetRule(int(priority), str(kind), minutes, cell.is_always_open)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if SLAPolicy.objects.filter(name__iexact=name).exists():
            raise ValidationError(_("There is a promise with this name already. Choose another."))
        return name

    def clean_seen(self) -> int:
        """Who saw nothing, or no number at all, saw what is older than every version."""
        return as_count(self.cleaned_data["seen"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for cell in self.cells():
            try:
                cell.read()
            except ValidationError as wrong:
                self.add_error(cell_name(cell.slot, "amount"), wrong)
        steps = self._steps()
        if not self.errors:
            self.rules = PromiseRules(
                tuple(self._targets()), tuple(steps), values["warn_percent"], self.held()
            )
        return values

    def _steps(self) -> list[StepRule]:
        found: list[StepRule] = []
        for row in self.rows:
            if any(f"step{row.number}_{name}" in self.errors for name in FIELDS):
                continue
            try:
                step = read_step(self._row_values(row.number), self.crew, self.known_steps)
            except ValidationError as wrong:
                for name, messages in wrong.message_dict.items():
                    self.add_error(f"step{row.number}_{name}", messages)
                continue
            if any(is_same(step, other) for other in found):
                words = _("This step stands there already. Change it, or take it out.")
                self.add_error(f"step{row.number}_does", words)
            found.append(step)
        return found

    def _row_values(self, number: int) -> dict[str, Any]:
        return {name: self.cleaned_data[f"step{number}_{name}"] for name in FIELDS}

    def take_up(self, number: int) -> None:
        """After a refusal: the writer has seen this version now; their own words stay."""
        again: Any = self.data.copy()  # type: ignore[attr-defined]
        again["seen"] = str(number)
        self.data = again


def initial_values(rules: PromiseRules, policy: SLAPolicy | None) -> dict[str, Any]:
    """What the form of a stored promise is filled with."""
    values: dict[str, Any] = {
        "warn_percent": rules.warn_percent,
        "pauses": sorted(rules.pauses),
        "steps": len(rules.steps),
        "seen": policy.version.number if policy else 0,
    }
    for slot in SLOTS:
        values |= target_values(slot, rules.by_target.get(slot))
    for number, step in enumerate(rules.steps):
        # A copy's steps are its own: both are taken where both promises hold.
        values |= step_values(number, step if policy else replace(step, key=""))
    return values
