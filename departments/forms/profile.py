"""What people say about themselves."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from departments.forms.zones import zone_choices
from departments.models import Person

if TYPE_CHECKING:
    PersonForm = forms.ModelForm[Person]
else:
    PersonForm = forms.ModelForm


class ProfileForm(PersonForm):
    """How colleagues reach you, and how the pages look to you."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        help_text=_("All times, and every promise, are shown in it."),
        widget=forms.Select(attrs={"data-combobox-select": ""}),
        error_messages={
            "invalid_choice": _("Choose a time zone from the list, like Europe/Berlin.")
        },
    )

    class Meta:
        model = Person
        fields = (
            "called",
            "phone",
            "location",
            "ask_me",
            "language",
            "time_zone",
            "theme",
            "density",
            "single_keys",
        )
        widgets = {
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            "called": forms.TextInput(attrs={"autocomplete": "nickname"}),
            "theme": forms.RadioSelect,
            "density": forms.RadioSelect,
        }
        labels = {
            "called": _("What should we call you?"),
            "ask_me": _("Ask me about"),
            "theme": _("Light or dark"),
            "density": _("Room between the lines"),
            "single_keys": _("Single-key shortcuts on the desk"),
        }
        help_texts = {
            "called": _("In mails and greetings. Empty: your first name."),
            "ask_me": _("One line. Colleagues find you by it under People."),
            "language": _("For pages and for mails to you."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["time_zone"].choices = zone_choices(self.instance.time_zone)
        fields["language"].choices = [
            (code, get_language_info(code)["name_local"].capitalize())
            for code, _name in Person._meta.get_field("language").flatchoices
        ]
