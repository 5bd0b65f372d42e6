"""What people say about a rota: covers, swaps, layers, how a desk is paged, who is away."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from departments.actions.covers import Turn
from departments.actions.rota import SHORTEST_SECRET
from departments.models import Person, Rota, RotaLayer
from departments.on_call import Shift
from departments.permissions import people_who_may_be_on_call
from departments.when import moment_words

CHANGED = _("The rota has changed since you opened the page. Look again, then choose.")
DATETIME_LOCAL = "%Y-%m-%dT%H:%M"


def _moment_input() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format=DATETIME_LOCAL)


def day_input() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _searchable() -> forms.Select:
    return forms.Select(attrs={"data-combobox-select": ""})


class CoverForm(forms.Form):
    """Somebody takes over a stretch; agents themselves, leads name anybody of the desk."""

    prefix = "cover"

    layer = forms.ModelChoiceField(
        RotaLayer.objects.none(),
        label=_("Layer"),
        empty_label=None,
        error_messages={"invalid_choice": CHANGED},
    )
    person = forms.ModelChoiceField(
        Person.objects.none(),
        label=_("Who takes over"),
        empty_label=None,
        error_messages={"invalid_choice": _("Choose somebody who works at this desk.")},
    )
    starts_at = forms.DateTimeField(label=_("From"), widget=_moment_input())
    ends_at = forms.DateTimeField(label=_("Until"), widget=_moment_input())
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=200,
        help_text=_("Everybody at the desk reads it."),
    )

    def __init__(self, *args: Any, rota: Rota, by: Person, is_lead: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["layer"].queryset = rota.layers.order_by("position")
        people = people_who_may_be_on_call(rota.department)
        fields["person"].queryset = people if is_lead else people.filter(pk=by.pk)
        fields["person"].initial = by.pk

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        start, end = values.get("starts_at"), values.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("Choose an end after the beginning."))
        return values


class SwapForm(forms.Form):
    """Two shifts of two people, to be exchanged."""

    prefix = "swap"

    mine = forms.ChoiceField(
        label=_("This shift"), widget=_searchable(), error_messages={"invalid_choice": CHANGED}
    )
    theirs = forms.ChoiceField(
        label=_("For this one"), widget=_searchable(), error_messages={"invalid_choice": CHANGED}
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)

    def __init__(
        self,
        *args: Any,
        shifts: Sequence[tuple[RotaLayer, Shift]],
        by: Person,
        is_lead: bool,
        now: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.turns = {_key(layer, shift, now): _turn(layer, shift) for layer, shift in shifts}
        own = [one for one in shifts if is_lead or one[1].person == by]
        others = [one for one in shifts if is_lead or one[1].person != by]
        for name, offered in (("mine", own), ("theirs", others)):
            field: Any = self.fields[name]
            field.choices = [
                ("", gettext("Choose a shift")),
                *((_key(*one, now), _shift_words(*one, by, now)) for one in offered),
            ]

    @property
    def is_possible(self) -> bool:
        """Whether there is anything to choose on both sides."""
        sides: list[Any] = [self.fields["mine"], self.fields["theirs"]]
        return all(len(side.choices) > 1 for side in sides)

    def turn(self, name: str) -> Turn:
        return self.turns[self.cleaned_data[name]]


def _key(layer: RotaLayer, shift: Shift, now: datetime) -> str:
    """Which shift it is; one that runs begins now, whenever that is."""
    assert shift.person is not None
    start = shift.start.isoformat() if shift.start > now else ""
    return f"{layer.pk}/{shift.person.pk}/{start}/{shift.end.isoformat()}"


def _turn(layer: RotaLayer, shift: Shift) -> Turn:
    assert shift.person is not None
    return Turn(layer, shift.end - timedelta(microseconds=1), shift.person.pk)


def _shift_words(layer: RotaLayer, shift: Shift, by: Person, now: datetime) -> str:
    assert shift.person is not None
    return gettext("%(name)s, %(start)s to %(end)s, %(layer)s") % {
        "name": shift.person.name,
        "start": moment_words(shift.start, now, by.zone),
        "end": moment_words(shift.end, now, by.zone),
        "layer": layer.name,
    }


class RotaForm(forms.Form):
    """How a desk is paged."""

    wait_minutes = forms.IntegerField(
        label=_("Minutes until the next layer is called"),
        min_value=1,
        max_value=240,
        initial=10,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Choose 1 to 240 minutes.")
        ),
    )
    rounds = forms.IntegerField(
        label=_("How often all layers are called"),
        min_value=1,
        max_value=10,
        initial=2,
        help_text=_("Then we give up and tell the leads and who asked."),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("Choose 1 to 10 times.")
        ),
    )
    webhook_url = forms.URLField(
        label=_("Address of your paging system"),
        required=False,
        max_length=500,
        assume_scheme="https",
        validators=[URLValidator(schemes=["https", "http"])],
        help_text=_("Each call is sent there too, signed. Empty: calls go out by mail only."),
    )
    webhook_secret = forms.CharField(
        label=_("Secret for the signature"),
        required=False,
        strip=False,
        min_length=SHORTEST_SECRET,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={
            "min_length": _("Choose at least 16 characters, better random ones."),
        },
    )

    def __init__(self, *args: Any, rota: Rota | None, **kwargs: Any) -> None:
        if rota is not None:
            kwargs["initial"] = {
                name: getattr(rota, name) for name in ("wait_minutes", "rounds", "webhook_url")
            }
        super().__init__(*args, **kwargs)
        self.fields["webhook_secret"].help_text = (
            gettext("One is stored. Empty: it stays.")
            if rota is not None and rota.webhook_secret
            else gettext("The paging system checks with it that a call is from us.")
        )
