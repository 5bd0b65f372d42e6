"""When somebody is away, and who stands in."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from departments.forms.on_call import day_input
from departments.models import Department, Person
from departments.permissions import people_who_may_be_on_call, people_who_may_stand_in


class AbsenceForm(forms.Form):
    """Whole days; a lead says whose."""

    prefix = "absence"

    person = forms.ModelChoiceField(
        Person.objects.none(), label=_("Who is away"), empty_label=_("Choose a colleague")
    )
    starts_on = forms.DateField(label=_("First day"), widget=day_input())
    ends_on = forms.DateField(label=_("Last day"), widget=day_input())
    deputy = forms.ModelChoiceField(
        Person.objects.none(),
        label=_("Deputy"),
        required=False,
        help_text=_("Is on call in their place. Without one their shifts have nobody."),
    )

    def __init__(
        self,
        *args: Any,
        now: datetime,
        person: Person | None = None,
        desk: Department | None = None,
        **kwargs: Any,
    ) -> None:
        """For one person, or for whoever of the desk is chosen."""
        super().__init__(*args, **kwargs)
        self.now, self.whose = now, person
        fields: dict[str, Any] = self.fields
        fields["deputy"].empty_label = gettext("Nobody")
        if person is not None:
            del fields["person"]
            fields["deputy"].queryset = people_who_may_stand_in(person)
            fields["deputy"].help_text = _(
                "Is on call in your place. Without one your shifts have nobody."
            )
        elif desk is not None:
            fields["person"].queryset = people_who_may_be_on_call(desk)
            fields["deputy"].queryset = people_who_may_be_on_call(desk)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        whose = self.whose or values.get("person")
        first, last = values.get("starts_on"), values.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("Choose a last day that is not before the first."))
        elif whose and last and last < self.now.astimezone(whose.zone).date():
            self.add_error("ends_on", _("These days are over. Choose days from today on."))
        if whose and values.get("deputy") == whose:
            self.add_error("deputy", _("Nobody is their own deputy. Choose somebody else."))
        return values

    def values(self) -> dict[str, Any]:
        """What the action takes, besides whose absence it is."""
        return {name: self.cleaned_data[name] for name in ("starts_on", "ends_on", "deputy")}
