"""What a lead says about a calendar: its week, public holidays, days that differ, and from when."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from departments import public_holidays
from departments.calendar_rules import CalendarRules, DayOff, HolidayChoice
from departments.forms import calendar_exceptions as exceptions
from departments.forms import calendar_holidays as holidays
from departments.forms import calendar_week as week
from departments.forms.calendar_exceptions import Days
from departments.forms.calendar_holidays import Holiday
from departments.forms.on_call import day_input
from departments.forms.promise_steps import as_count
from departments.forms.zones import zone_choices
from departments.hours import HoursError
from departments.models import Calendar
from departments.when import day_words
from helpdesk.lib.long_select import LongSelect

# How the times begin to hold.
FROM_DAY, FROM_BEGINNING = "day", "beginning"
FARTHEST_BACK, FARTHEST_AHEAD = timedelta(days=366), timedelta(days=2 * 366)
LONGEST_CLOSED = timedelta(days=366)
# The days off that this form says; those of a feed are the feed's.
MADE_HERE = frozenset({exceptions.OWN, public_holidays.SOURCE})
Week = dict[int, tuple[week.Interval, ...]]


class CalendarForm(forms.Form):
    """One calendar. `rules` is what it says so far; `typed` shows what somebody typed, without a
    word about what is wrong with it yet.
    """

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("Leads choose a calendar by its name: “Bucharest office”."),
        error_messages={"required": gettext_lazy("Give the calendar a name.")},
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Where these times are read from the clock on the wall."),
        widget=LongSelect(attrs={"data-combobox-select": ""}),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Choose a time zone from the list.")
        ),
    )
    start = forms.ChoiceField(
        label=gettext_lazy("From when"),
        choices=[
            (FROM_DAY, gettext_lazy("From a day on")),
            (FROM_BEGINNING, gettext_lazy("From the beginning")),
        ],
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Say from when these times hold.")
        ),
    )
    valid_from = forms.DateField(
        label=gettext_lazy("First day"),
        required=False,
        widget=day_input(),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": exceptions.NO_DATE},
    )
    note = forms.CharField(
        label=gettext_lazy("Why this change?"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("One sentence for those who look at the history later."),
    )
    # What the writer had before their eyes; see timing.change_calendar.
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    # What the preview showed that they looked at.
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any = None,
        *,
        rules: CalendarRules,
        now: datetime,
        calendar: Calendar | None = None,
        typed: Mapping[str, Any] | None = None,
    ) -> None:
        self.stored, self.calendar, self.now = rules, calendar, now
        self.today = now.astimezone(ZoneInfo(rules.zone)).date()
        initial = dict(typed) if typed is not None else self._values()
        super().__init__(data, initial=initial)
        said = data if data is not None else initial
        fields: dict[str, Any] = self.fields
        fields |= week.week_fields(said) | holidays.holiday_fields(said)
        fields |= exceptions.day_fields(said)
        fields["zone"].choices = zone_choices(rules.zone)
        fields["start"].choice_hints = {
            FROM_DAY: _("The days before it stay as they were."),
            FROM_BEGINNING: _(
                "Running clocks are counted as if it had always been so, also on days that are "
                "over. Right for putting a mistake right."
            ),
        }
        for name in ("start", "valid_from", "note") if calendar is None else ("name",):
            del fields[name]
        self.rules: CalendarRules | None = None

    def _values(self) -> dict[str, Any]:
        """What the form of a stored calendar is filled with."""
        return {
            "zone": self.stored.zone,
            "start": FROM_DAY,
            "valid_from": self.today.isoformat(),
            "seen": self.calendar.version.number if self.calendar else 0,
            **week.week_values(self.stored.week),
            **holidays.holiday_values(self.stored.holidays),
            **exceptions.day_values(self.stored, self.today),
        }

    # --- What the page shows -------------------------------------------------------------------

    def week(self) -> Iterator[week.DayRows]:
        return week.rows_of(self)

    def typed_week(self) -> Week:
        """The hours that stand in the form, as far as they make sense: to draw them."""
        return {day.day: tuple(day.typed()) for day in self.week()}

    def day_rows(self) -> list[exceptions.Row]:
        return exceptions.rows_of(self)

    def days_count(self) -> BoundField:
        return self[exceptions.COUNT]

    def may_add_day(self) -> bool:
        return len(self.day_rows()) < exceptions.MAX_ROWS

    def kept_days(self) -> int:
        """How many days too far back to be shown stay as they are."""
        old = exceptions.kept(self.stored, self.today)
        return len(old.closures) + len(old.special)

    def holiday_list(self) -> list[Holiday]:
        """The public holidays of the place that stands in the form, with those switched off."""
        said = self._said()
        off = self._switched_off()
        ahead = holidays.days_ahead(*holidays.place_of(said), self.today)
        return [
            Holiday(on, name, day_words(on, self.today), on not in off)
            for on, name in sorted(ahead.items())
        ]

    def place_shown(self) -> str:
        country, region = holidays.place_of(self._said())
        ahead = holidays.days_ahead(country, region, self.today)
        return holidays.shown_value(country, region, ahead)

    def has_regions(self) -> bool:
        return len(self.fields["region"].choices) > 1  # type: ignore[attr-defined]

    def _said(self) -> Mapping[str, Any]:
        return self.data if self.is_bound else self.initial

    def _switched_off(self) -> frozenset[date]:
        said: Any = self._said()
        if self.is_bound and hasattr(said, "getlist"):
            ticked = said.getlist(holidays.KEPT)
        else:
            ticked = said.get(holidays.KEPT) or []
        return holidays.switched_off(said, ticked, self.stored.holidays)

    # --- What it means -------------------------------------------------------------------------

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if Calendar.objects.filter(name__iexact=name).exists():
            raise ValidationError(_("There is a calendar with this name already. Choose another."))
        return name

    def clean_seen(self) -> int:
        """Who saw nothing, or no number at all, saw what is older than every version."""
        return as_count(self.cleaned_data["seen"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        hours, days = self._read_week(values), self._read_days(values)
        if "start" in self.fields:
            self._check_start(values)
        if not self.errors:
            rules = self._rules(values, hours, days)
            self._check_openings(rules)
            self.rules = rules if not self.errors else None
        return values

    def _read_week(self, values: dict[str, Any]) -> Week:
        found: Week = {}
        for day in self.week():
            try:
                found[day.day] = week.read_day(day, values)
            except ValidationError as wrong:
                self.add_error(None, wrong)
        return found

    def _read_days(self, values: dict[str, Any]) -> Days:
        days = exceptions.kept(self.stored, self.today)
        rows = self.day_rows()
        if len(rows) > exceptions.MAX_ROWS:
            self.add_error(
                None,
                _("%(n)s rows of days are too many. Keep %(most)s, or use a calendar feed.")
                % {"n": len(rows), "most": exceptions.MAX_ROWS},
            )
        for row in rows:
            try:
                said = exceptions.read_row(row, values)
            except ValidationError as wrong:
                self.add_error(None, wrong)
                continue
            days.closures += said.closures
            days.special += said.special
        try:
            exceptions.require_one_meaning(days)
        except ValidationError as wrong:
            self.add_error(None, wrong)
        return days

    def _check_start(self, values: dict[str, Any]) -> None:
        if values.get("start") != FROM_DAY or "valid_from" in self.errors:
            return
        first = values.get("valid_from")
        if first is None:
            self.add_error("valid_from", _("Say from which day on."))
        elif not self.today - FARTHEST_BACK <= first <= self.today + FARTHEST_AHEAD:
            words = _("Choose a day within the last year or the next two.")
            self.add_error("valid_from", words)

    def _rules(self, values: dict[str, Any], hours: Week, days: Days) -> CalendarRules:
        choice, public = self._holidays(values)
        fed = [off for off in self.stored.closures if off.source not in MADE_HERE]
        once = {off.on: off for off in reversed(days.closures)}
        return CalendarRules(
            zone=values["zone"],
            week={day: intervals for day, intervals in hours.items() if intervals},
            closures=tuple(sorted([*once.values(), *public, *fed], key=_by_day)),
            special=tuple(sorted(days.special, key=lambda one: (one.on, one.opens))),
            holidays=choice,
        )

    def _holidays(self, values: dict[str, Any]) -> tuple[HolidayChoice | None, Iterable[DayOff]]:
        if not values["country"]:
            return None, ()
        choice = HolidayChoice(values["country"], values["region"], self._switched_off())
        if choice == self.stored.holidays:
            source = public_holidays.SOURCE
            return choice, [off for off in self.stored.closures if off.source == source]
        years = public_holidays.years_around(self.today)
        return choice, public_holidays.closures(choice, years)

    def _check_openings(self, rules: CalendarRules) -> None:
        """Somebody has to be there some day."""
        if not rules.week:
            words = _("Give at least one interval in which somebody is there.")
            self.add_error(None, words)
            return
        try:
            opens = rules.hours().next_opening(self.now)
        except HoursError:
            opens = None
        if opens is None or opens - self.now > LONGEST_CLOSED:
            self.add_error(
                None,
                _("With these days off nobody is there for a whole year. Take some of them out."),
            )

    @property
    def since(self) -> date | None:
        """The first day of what was sent; None is the beginning."""
        said = self.cleaned_data
        found: date | None = said["valid_from"] if said["start"] == FROM_DAY else None
        return found

    @property
    def fingerprint(self) -> str:
        """Stands for what a preview shows: whoever saves has looked at just this."""
        assert self.rules is not None
        said = [self.rules.to_json(), str(self.since), self.cleaned_data["seen"]]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]

    @property
    def was_previewed(self) -> bool:
        return bool(self.cleaned_data["previewed"] == self.fingerprint)

    def show(self, **values: str) -> None:
        """Write into the hidden fields of a form that was sent; the words of the writer stay."""
        again: Any = self.data.copy()  # type: ignore[attr-defined]
        for name, value in values.items():
            again[name] = value
        self.data = again


def _by_day(off: DayOff) -> tuple[date, str]:
    return off.on, off.source
