"""What an agent says who needs the person on call."""

from django import forms
from django.utils.translation import gettext_lazy as _


class PageForm(forms.Form):
    """Why somebody must be woken."""

    reason = forms.CharField(
        label=_("What is so urgent?"),
        help_text=_("One sentence. Who is called reads it, and it stays here as an internal note."),
        max_length=300,
        error_messages={
            "required": _("Say in one sentence what is so urgent."),
            "max_length": _("One short sentence is enough: 300 letters fit."),
        },
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )

    def __init__(self, data: dict[str, str] | None = None) -> None:
        super().__init__(data)
        # The friendly error comes from us, with the words kept; the browser would cut them.
        self.fields["reason"].widget.attrs.pop("maxlength", None)
