"""What a lead says about one layer of a rota: when it hands over, and who takes which turn."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from departments.forms.on_call import day_input
from departments.forms.zones import zone_choices
from departments.models import Person, Rota, RotaLayer, Weekday
from departments.on_call import turns_of
from departments.permissions import people_who_may_be_on_call

Handover = RotaLayer.Handover
YEAR = timedelta(days=366)


class LayerForm(forms.Form):
    """One layer. Each person of the desk has a field for their place in the order of turns."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("As you speak of it: “First line”, “Leads”."),
        error_messages={"required": _("Give the layer a name.")},
    )
    handover = forms.ChoiceField(
        label=_("Who is on call changes"),
        choices=Handover.choices,
        initial=Handover.WEEKLY,
        widget=forms.RadioSelect,
    )
    weekday = forms.TypedChoiceField(
        label=_("On"),
        choices=Weekday.choices,
        coerce=int,
        initial=0,
        help_text=_("Counts for a change every week."),
    )
    handover_at = forms.TimeField(
        label=_("At"),
        help_text=_("By the clock of the time zone below."),
        initial="09:00",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages=dict.fromkeys(("required", "invalid"), _("Give a time, like 09:00.")),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("Of the hand-over. Everybody reads the rota in their own."),
        widget=forms.Select(attrs={"data-combobox-select": ""}),
    )
    starts_on = forms.DateField(
        label=_("First day"),
        widget=day_input(),
        help_text=_("The first in the order is on call from the beginning of this day."),
    )

    def __init__(
        self, *args: Any, rota: Rota, layer: RotaLayer | None, by: Person, now: datetime, **kw: Any
    ) -> None:
        super().__init__(*args, **kw)
        self.today = now.astimezone(by.zone).date()
        self.seats = _seats(layer)
        self.people = list(people_who_may_be_on_call(rota.department))
        zone = self._prefill(layer, by)
        fields: dict[str, Any] = self.fields
        fields["time_zone"].choices = zone_choices(zone)
        if layer is not None and _has_begun(layer, now):
            del fields["starts_on"]
        for person in self.people:
            fields[_place(person)] = forms.IntegerField(
                label=person.name,
                required=False,
                min_value=1,
                max_value=999,
                initial=self.seats.get(person.pk),
                error_messages=dict.fromkeys(
                    ("invalid", "min_value", "max_value"), _("Choose 1, 2, 3 and so on.")
                ),
            )

    def _prefill(self, layer: RotaLayer | None, by: Person) -> str:
        if layer is None:
            self.initial.update({"time_zone": by.time_zone, "starts_on": self.today})
            return by.time_zone
        names = ("name", "handover", "weekday", "time_zone", "starts_on")
        self.initial.update({name: getattr(layer, name) for name in names})
        self.initial["handover_at"] = layer.at
        return layer.time_zone

    def places(self) -> Iterator[tuple[Person, BoundField]]:
        """Who may take turns, each with their field; those in the order first."""
        last = len(self.seats) + 1
        by_place = sorted(self.people, key=lambda person: self.seats.get(person.pk, last))
        return ((person, self[_place(person)]) for person in by_place)

    def clean_starts_on(self) -> date:
        day: date = self.cleaned_data["starts_on"]
        if not self.today - YEAR <= day <= self.today + YEAR:
            raise ValidationError(_("Choose a day within a year from today."))
        return day

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not self.order():
            raise ValidationError(_("Give at least one person a place in the order of turns."))
        return values

    def order(self) -> list[Person]:
        """Those with a place, in order; of two with the same, whose place was changed goes first.

        So that somebody moves to the front with one figure.
        """
        placed = [
            (place, place == self.seats.get(person.pk), number, person)
            for number, person in enumerate(self.people)
            if (place := self.cleaned_data.get(_place(person))) is not None
        ]
        return [person for *_key, person in sorted(placed, key=lambda one: one[:3])]

    def values(self) -> dict[str, Any]:
        """What the action takes."""
        names = ("name", "time_zone", "handover", "weekday", "handover_at")
        said = {name: self.cleaned_data[name] for name in names}
        return said | {"people": self.order(), "starts_on": self.cleaned_data.get("starts_on")}


def _place(person: Person) -> str:
    return f"place_{person.pk}"


def _seats(layer: RotaLayer | None) -> dict[int, int]:
    """The places of those who take turns now, counted from 1."""
    if layer is None:
        return {}
    people = layer.seats.order_by("position").values_list("person_id", flat=True)
    return {person: place for place, person in enumerate(people, start=1)}


def _has_begun(layer: RotaLayer, now: datetime) -> bool:
    return turns_of(layer, (None,)).number_at(now) >= 0
