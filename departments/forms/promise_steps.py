"""The escalation steps in the editor of a promise: one row of fields for each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from departments.forms.amounts import HOUR, UNITS, day_minutes, minutes_of, written
from departments.models import Department, Membership, Person, Role, TargetKind
from departments.promise_changes import DEED_WORDS
from departments.promise_rules import PromiseRules, StepRule

MAX_STEPS = 20
NOTE_LENGTH = 500
Choices = list[tuple[str, str | Promise]]
SIDES: Choices = [
    ("before", pgettext_lazy("offset", "before due")),
    ("after", pgettext_lazy("offset", "after due")),
]
TIMES: Choices = [
    ("business", pgettext_lazy("offset", "working time")),
    ("calendar", pgettext_lazy("offset", "day and night")),
]
FOR_A_PERSON = frozenset({"notify_person", "reassign"})
FIELDS = ("key", "kind", "amount", "unit", "side", "time", "does", "person", "text")
NEW = {"kind": TargetKind.RESOLUTION, "amount": "1", "unit": HOUR, "does": "notify_lead"}


@dataclass(frozen=True)
class Crew:
    """Who can be named in a step: the people of the desk, of a promise of the house all desks'."""

    members: Mapping[int, str] = field(default_factory=dict)
    workers: frozenset[int] = frozenset()  # observers are told, but are given nothing
    gone: Mapping[int, str] = field(default_factory=dict)  # named in a step, not here any more

    def choices(self) -> Choices:
        left = [
            (pk, _("%(name)s (not here any more)") % {"name": n}) for pk, n in self.gone.items()
        ]
        people = [(str(pk), name) for pk, name in [*self.members.items(), *left]]
        return [("", _("Choose a person")), *people]


def crew_of(department: Department | None, rules: PromiseRules) -> Crew:
    """Two queries at most, whatever the number of people and steps."""
    at_desk = Membership.objects.filter(person__is_active=True).order_by("person__name", "person")
    if department is not None:
        at_desk = at_desk.filter(department=department)
    members, workers = {}, set()
    for pk, name, role in at_desk.values_list("person", "person__name", "role"):
        members[pk] = name
        if role != Role.OBSERVER:
            workers.add(pk)
    named = {step.person_id for step in rules.steps if step.person_id} - set(members)
    gone = Person.objects.filter(pk__in=named).values_list("pk", "name") if named else []
    return Crew(members, frozenset(workers), dict(gone))


def step_fields(number: int, crew: Crew) -> dict[str, forms.Field]:
    """The fields of the row with this number, counted from 0."""

    def label(words: str | Promise) -> Any:
        return format_lazy(gettext_lazy("Step {n}, {what}"), n=number + 1, what=words)

    moment = _("Write when, like 1; 0 is the very moment at which it is due.")
    person_error = {"invalid_choice": _("Choose somebody of this desk.")}
    fields: dict[str, forms.Field] = {
        "key": forms.CharField(required=False, max_length=40, widget=forms.HiddenInput),
        "kind": forms.ChoiceField(label=label(_("promise")), choices=TargetKind.choices),
        "amount": forms.CharField(
            label=label(_("when")),
            max_length=20,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            error_messages={"required": moment},
        ),
        "unit": _named(label(_("unit")), UNITS),
        "side": _named(label(_("before or after")), SIDES),
        "time": _named(label(_("counted")), TIMES),
        "does": forms.ChoiceField(label=label(_("what")), choices=DEED_WORDS),
        "person": forms.ChoiceField(
            label=label(_("who")),
            required=False,
            choices=crew.choices(),
            error_messages=person_error,
        ),
        "text": forms.CharField(
            label=label(_("words")),
            required=False,
            max_length=NOTE_LENGTH,
            widget=forms.Textarea(attrs={"rows": 2}),
        ),
    }
    return {f"step{number}_{name}": made for name, made in fields.items()}


def _named(label: Any, choices: Choices) -> forms.ChoiceField:
    """A choice whose label is for the ear alone: the eye reads it in a sentence."""
    return forms.ChoiceField(
        label=label, choices=choices, widget=forms.Select(attrs={"aria-label": label})
    )


def step_values(number: int, step: StepRule | None) -> dict[str, Any]:
    """What the row of a stored step, or of a new one, is filled with."""
    if step is None:
        values: dict[str, Any] = {"key": "", "side": "before", "time": "business", **NEW}
    else:
        day = day_minutes(is_always_open=not step.is_business)
        amount, unit = written(abs(step.minutes), day)
        values = {
            "key": step.key,
            "kind": step.kind,
            "amount": amount,
            "unit": unit,
            "side": "before" if step.minutes < 0 else "after",
            "time": "business" if step.is_business else "calendar",
            "does": step.does,
            "person": str(step.person_id or ""),
            "text": step.text,
        }
    return {f"step{number}_{name}": value for name, value in values.items()}


@dataclass(frozen=True)
class StepRow:
    """One row of fields in the page."""

    number: int
    form: forms.Form

    def __getitem__(self, name: str) -> BoundField:
        return self.form[f"step{self.number}_{name}"]

    @property
    def shown(self) -> int:
        return self.number + 1

    def visible(self) -> Iterator[BoundField]:
        return (self[name] for name in FIELDS if name != "key")


def read_step(values: Mapping[str, Any], crew: Crew, known: frozenset[str]) -> StepRule:
    """The step that a row says; ValidationError by the name of its field."""
    key = values["key"]
    if key and key not in known:
        words = _("A step here belongs to another promise. Take it out, then add it anew.")
        raise ValidationError({"key": words})
    is_business = values["time"] == "business"
    day = day_minutes(is_always_open=not is_business)
    try:
        minutes = minutes_of(values["amount"], values["unit"], day, least=0)
    except ValidationError as wrong:
        raise ValidationError({"amount": wrong.messages}) from None
    return StepRule(
        key=key or uuid4().hex,
        kind=values["kind"],
        minutes=-minutes if values["side"] == "before" else minutes,
        does=values["does"],
        is_business=is_business,
        person_id=_person(values, crew),
        text=_text(values),
    )


def _person(values: Mapping[str, Any], crew: Crew) -> int | None:
    if values["does"] not in FOR_A_PERSON:
        return None
    if not values["person"]:
        raise ValidationError({"person": _("Choose a person for this step.")})
    person = int(values["person"])
    if person not in crew.members:
        words = _("%(name)s does not work here any more. Choose somebody else.")
        raise ValidationError({"person": words % {"name": crew.gone[person]}})
    if values["does"] == "reassign" and person not in crew.workers:
        words = _("%(name)s only watches at this desk. Choose somebody who works there.")
        raise ValidationError({"person": words % {"name": crew.members[person]}})
    return person


def _text(values: Mapping[str, Any]) -> str:
    if values["does"] != "note":
        return ""
    text: str = values["text"].strip()
    if not text:
        raise ValidationError({"text": _("Write what the note says.")})
    return text


def as_count(text: Any) -> int:
    """A small number that a page sent back; what is no number at all is 0."""
    plain = str(text or "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 7 else 0


def is_same(one: StepRule, other: StepRule) -> bool:
    """The same deed at the same moment, or twice the same row."""
    if one.key == other.key:
        return True
    moment = (one.kind, one.minutes, one.is_business)
    deed = (one.does, one.person_id, one.text)
    return (moment, deed) == (
        (other.kind, other.minutes, other.is_business),
        (other.does, other.person_id, other.text),
    )
