"""Where the days off of a calendar come from: the address of a feed, or a file."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from departments.feeds import MAX_BYTES


class AddressForm(forms.Form):
    """The address of a feed that is read every day."""

    url = forms.CharField(
        label=gettext_lazy("Address of the feed"),
        max_length=500,
        help_text=gettext_lazy("It begins with https:// or webcal:// and is read once a day."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Give the address of a calendar."),
            "max_length": gettext_lazy("This address is too long. Ask for a shorter one."),
        },
    )


class FileForm(forms.Form):
    """A calendar file whose days off are taken over once."""

    file = forms.FileField(
        label=gettext_lazy("Calendar file"),
        help_text=gettext_lazy("A file that ends in .ics. You see its days before they count."),
        widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}),
        error_messages={
            "required": gettext_lazy("Choose a calendar file."),
            "empty": gettext_lazy("This file is empty. Choose another one."),
        },
    )

    def clean_file(self) -> bytes:
        file: Any = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise ValidationError(
                _("This file is too large for a list of days off. Choose another one.")
            )
        return bytes(file.read())
