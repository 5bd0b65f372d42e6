"""Which request another one is merged into."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from departments.models import Person
from tickets.models import Ticket


class MergeForm(forms.Form):
    """The number of the other request, now or once; only those of the reader's desks are found."""

    into = forms.CharField(
        label=gettext_lazy("Number of the other request"),
        help_text=gettext_lazy("For example IT-1042. Everything goes on there."),
        max_length=20,
        error_messages={"required": gettext_lazy("Give the number of the other request.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )

    def __init__(self, data: Any = None, *, person: Person) -> None:
        super().__init__(data)
        self.person = person

    def clean_into(self) -> Ticket:
        number = "".join(str(self.cleaned_data["into"]).split())
        found = Ticket.objects.worked_by(self.person).numbered(number)
        ticket = found.select_related("desk", "service", "requester").first()
        if ticket is None:
            raise forms.ValidationError(_("No ticket with this number at your desks."))
        return ticket
