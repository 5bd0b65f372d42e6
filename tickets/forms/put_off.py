"""Until when a ticket is put off."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.forms.desk import MESSAGE_LENGTH

NO_MOMENT = gettext_lazy("Choose a day and a time.")


class SnoozeForm(forms.Form):
    """A moment in the writer's own time, or the instant of a ready choice in `until`."""

    when = forms.DateTimeField(
        label=gettext_lazy("Until when?"),
        help_text=gettext_lazy("Your own time. Then it is in progress again by itself."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": NO_MOMENT, "invalid": NO_MOMENT},
    )
    requester_asked = forms.BooleanField(
        label=gettext_lazy("They asked for this date"),
        help_text=gettext_lazy("Then the clock is held. Otherwise it runs on: they still wait."),
        required=False,
    )
    note = forms.CharField(
        label=gettext_lazy("Note for the desk"),
        required=False,
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    until = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.fields["when"].required = not (data and data.get("until"))

    def clean_until(self) -> datetime | None:
        """The instant of a ready choice; what is none is no moment at all."""
        try:
            found = parse_datetime(self.cleaned_data["until"])
        except ValueError:
            return None
        return found if found is not None and found.tzinfo is not None else None

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        values["until"] = values.get("until") or values.get("when")
        if values["until"] is None and not self.errors:
            self.add_error("when", _("Choose a day and a time."))
        return values
