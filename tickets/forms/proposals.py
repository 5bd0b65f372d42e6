"""What people answer to what a letter proposed."""

from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.forms.desk import PersonField
from tickets.models import ProposedRequester


class OpenForForm(forms.Form):
    """Yes, for the one who wrote it; for somebody else; no, it is of who forwarded it."""

    choice = forms.ChoiceField(choices=[(each, each) for each in ("yes", "choose", "keep")])
    person = PersonField(
        label=gettext_lazy("Whose request is it?"),
        help_text=gettext_lazy("Name or e-mail address of a colleague."),
        max_length=320,
        error_messages={"required": gettext_lazy("Type a name or an e-mail address.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"}),
    )

    def __init__(self, data: Any = None, *, proposal: ProposedRequester) -> None:
        super().__init__(data)
        self.proposal = proposal
        self.fields["person"].required = self.data.get("choice", "choose") == "choose"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        choice = values.get("choice")
        if choice == "keep":
            values["person"] = None
        elif choice == "yes":
            values["person"] = self.proposal.person
        if choice == "yes" and self.proposal.person is None:
            self.add_error("person", _("Type a name or an e-mail address."))
        return values


def decision_in(data: MultiValueDict[str, str]) -> tuple[int, bool] | None:
    """Which proposed follower a pressed button is about, and whether they are wanted."""
    for name, is_wanted in (("accept", True), ("leave_out", False)):
        given = data.get(name, "")
        if given.isascii() and given.isdigit() and len(given) < 19:
            return int(given), is_wanted
    return None
