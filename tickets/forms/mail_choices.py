"""Which mails somebody wants, and when."""

from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from departments.models.calendar import Weekday
from tickets.models import MailChoices, Pace, Topic

HOURS = [(f"{hour:02}:00", f"{hour:02}:00") for hour in range(24)]
WEEK = 7


def time_field(label: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": _("Give a time like 18:00.")},
    )


def pace_field(label: Any, help_text: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, help_text=help_text, choices=Pace)


def _time_of(text: str) -> time:
    return time.fromisoformat(text)


class MailChoicesForm(forms.Form):
    """The paces, the hour of the daily mail, and when no mail comes."""

    followed = pace_field(Topic.FOLLOWED.label, _("Answers, where somebody added you."))
    work = pace_field(
        Topic.WORK.label,
        _("A request becomes yours, somebody answers on it, or you are asked for a new promise."),
    )
    leading = pace_field(
        Topic.LEADING.label, _("Promises that are in danger, and times when nobody is on call.")
    )
    digest_at = forms.TypedChoiceField(
        label=_("When the daily mail comes"),
        help_text=_("Only if there is something to tell."),
        choices=HOURS,
        coerce=_time_of,
    )
    quiet_from = time_field(_("From"))
    quiet_until = time_field(_("Until"))
    days_off = forms.TypedMultipleChoiceField(
        label=_("Days without mails"),
        required=False,
        choices=Weekday.choices,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, choices: MailChoices, at_a_desk: bool) -> None:
        """Who works at no desk is not asked about its mails."""
        super().__init__(data, initial=_initial(choices))
        if not at_a_desk:
            del self.fields["work"], self.fields["leading"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        begins, ends = values.get("quiet_from"), values.get("quiet_until")
        if (begins is None) != (ends is None) and not self.errors:
            missing = "quiet_until" if ends is None else "quiet_from"
            self.add_error(missing, _("Say when the quiet hours begin and when they end."))
        elif begins is not None and begins == ends:
            self.add_error("quiet_until", _("Quiet hours end at another time than they begin."))
        if len(values.get("days_off") or ()) >= WEEK:
            self.add_error("days_off", _("Leave at least one day on which mails may come."))
        return values

    def values(self) -> dict[str, Any]:
        """What the action takes."""
        said = self.cleaned_data
        topics = [topic for topic in ("followed", "work", "leading") if topic in said]
        return {
            "paces": {topic: said[topic] for topic in topics},
            "days_off": frozenset(said["days_off"]),
            **{name: said[name] for name in ("digest_at", "quiet_from", "quiet_until")},
        }


def _initial(choices: MailChoices) -> dict[str, Any]:
    return {
        **{name: getattr(choices, name) for name in ("followed", "work", "leading")},
        "digest_at": choices.digest_at.strftime("%H:%M"),
        "quiet_from": choices.quiet_from,
        "quiet_until": choices.quiet_until,
        "days_off": list(map(int, choices.days_off)),
    }
