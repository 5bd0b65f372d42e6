"""A new promise in the words of the desk: when it will be, and why not before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from departments.promises import promise_of
from departments.when import moment_words
from tickets.actions.promising import REASON_LENGTH
from tickets.clock_steps import hours_for
from tickets.new_moments import Offered, moments_offered
from tickets.workspace import Workspace

OTHER = "other"
DATETIME_LOCAL = "%Y-%m-%dT%H:%M"
# What often is the reason; who wants to say something else says it in their own words.
REASONS = (
    gettext_lazy("We are still looking for the cause."),
    gettext_lazy("We wait for a part or a supplier."),
    gettext_lazy("More requests came in than usual."),
    gettext_lazy("The colleague who knows this is away."),
    gettext_lazy("It takes more steps than we thought."),
)


@dataclass(frozen=True)
class Suggestion:
    """A reason as who waits reads it, and as the writer does."""

    value: str
    label: str


class NewPromiseForm(forms.Form):
    """One of the moments offered, or another; and a reason that the requester reads."""

    when = forms.ChoiceField(
        label=gettext_lazy("New moment"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a moment."),
            "invalid_choice": gettext_lazy("Choose one of these moments, or another one."),
        },
    )
    moment = forms.DateTimeField(
        label=gettext_lazy("Day and time"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=DATETIME_LOCAL),
        error_messages={"invalid": gettext_lazy("Give a day and a time.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why does it take longer?"),
        max_length=REASON_LENGTH,
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("Say why. The person who waits reads it."),
            "max_length": gettext_lazy("Say it in one sentence: 200 characters fit."),
        },
    )
    confirmed = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        offered: Sequence[Offered],
        reader: str,
        language: str,
        asks_to_confirm: bool = False,
    ) -> None:
        super().__init__(data, auto_id="new-%s")
        self.language = language
        choices = [(one.value, one.words) for one in offered]
        chosen = str(data.get("when", "")) if data else ""
        if (known := _moment(chosen)) and chosen not in dict(choices):
            # The page was opened a while ago; what was offered then may still be chosen.
            zone = timezone.get_current_timezone()
            choices.append((chosen, moment_words(known, timezone.now(), zone)))
        when = self.fields["when"]
        when.choices = [*choices, (OTHER, _("Another moment"))]  # type: ignore[attr-defined]
        when.choice_hints = {one.value: one.name for one in offered}  # type: ignore[attr-defined]
        self.fields["reason"].help_text = _("%(name)s reads it. One plain sentence.") % {
            "name": reader
        }
        self.fields["reason"].widget.attrs |= {"list": "new-reasons"}
        self.fields["reason"].widget.attrs.pop("maxlength", None)
        if asks_to_confirm:
            self.fields["confirmed"] = forms.BooleanField(
                label=_("Yes, promise it although the desk is closed then"), required=False
            )

    @property
    def reasons(self) -> list[Suggestion]:
        """Suggested reasons, written in the language of who waits."""
        with translation.override(self.language):
            said = [str(reason) for reason in REASONS]
        return [Suggestion(words, str(own)) for words, own in zip(said, REASONS, strict=True)]

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        when = said.get("when")
        if when == OTHER and said.get("moment") is None and "moment" not in self.errors:
            self.add_error("moment", ValidationError(_("Give a day and a time.")))
        said["promised"] = said.get("moment") if when == OTHER else _moment(when or "")
        return said


def new_promise_form(
    work: Workspace, data: Any = None, *, asks_to_confirm: bool = False
) -> NewPromiseForm:
    """The form for this ticket, with moments in the opening hours by which it counts."""
    ticket = work.ticket
    if work.slip is not None:
        hours = hours_for(work.slip.clock)
    else:
        hours = promise_of(ticket.desk, ticket.service).hours
    return NewPromiseForm(
        data,
        offered=moments_offered(hours, work.now, timezone.get_current_timezone()),
        reader=ticket.requester.first_name,
        language=ticket.requester.language,
        asks_to_confirm=asks_to_confirm,
    )


def _moment(value: str) -> datetime | None:
    """The instant that a choice stands for; None for what we did not write."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
