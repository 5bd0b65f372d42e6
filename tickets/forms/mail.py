"""What a lead or an administrator decides about a letter that was held back."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class SettleForm(forms.Form):
    """Let it in as a new request, let it join, or reject it with a reason."""

    choice = forms.ChoiceField(
        choices=[(choice, choice) for choice in ("new", "join", "welcome", "reject")],
        error_messages={
            "required": _("Choose what to do with this letter."),
            "invalid_choice": _("Choose what to do with this letter."),
        },
    )
    address = forms.CharField(
        label=_("Who wrote it"),
        max_length=320,
        required=False,
        help_text=_("The e-mail address of somebody who works here."),
    )
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)

    def clean_address(self) -> str:
        return str(self.cleaned_data["address"]).replace("\0", "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("choice") == "reject" and not cleaned.get("reason"):
            self.add_error("reason", _("Say why, so that the next person who looks understands."))
        return cleaned


class SettleManyForm(forms.Form):
    """The same decision for several letters."""

    choice = forms.ChoiceField(
        choices=[(choice, choice) for choice in ("new", "welcome", "reject")],
        error_messages={
            "required": _("Choose what to do with these letters."),
            "invalid_choice": _("Choose what to do with these letters."),
        },
    )
    reason = forms.CharField(label=_("Why"), max_length=200, required=False)

    def __init__(self, *args: Any, marked: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.marked = marked

    def clean(self) -> dict[str, Any]:
        if not self.marked:
            raise forms.ValidationError(_("Mark the letters that you mean."))
        return super().clean() or self.cleaned_data
