"""Which days a dashboard should speak of."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from metrics.periods import LONGEST, PRESETS, Period, last_days


class PeriodForm(forms.Form):
    """A preset number of days, or two dates. Anything unreadable falls back to thirty days."""

    days = forms.TypedChoiceField(
        choices=[(n, n) for n in PRESETS], coerce=int, required=False, empty_value=None
    )
    first = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean(self) -> dict[str, object]:
        values = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day comes before the first. Swap the two."))
        elif first and last and (last - first).days >= LONGEST:
            self.add_error("first", _("Choose at most one year."))
        elif first and not 2000 <= first.year <= 2099:
            self.add_error("first", _("Choose a day of this century."))
        return values

    def period(self, desk_period: Period) -> Period:
        """The wished period in the same zone as `desk_period`, which is the default."""
        if not self.is_valid():
            return desk_period
        first: date | None = self.cleaned_data["first"]
        last: date | None = self.cleaned_data["last"]
        if first and last:
            return Period(first, last, desk_period.zone)
        days = self.cleaned_data["days"]
        return last_days(days, desk_period.last, desk_period.zone) if days else desk_period
