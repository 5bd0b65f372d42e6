"""Calendars: leads keep those of their desk, administrators the house's."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from departments.actions import timing
from departments.calendar_changes import changes
from departments.calendar_rules import CalendarRules
from departments.forms.calendar_typing import retyped
from departments.forms.calendar_week import DayRows
from departments.forms.calendars import CalendarForm
from departments.models import Calendar, CalendarVersion, Department, Person
from departments.permissions import may_set_times
from departments.views.signed_in import SignedIn
from departments.when import day_words
from helpdesk.lib.errors import Refused
from tickets import calendar_pages as pages
from tickets import forecast
from tickets.calendar_pages import Bar
from tickets.forecast import Impact
from tickets.forecast_words import tell
from tickets.promise_pages import led_by, may_look
from tickets.rail import rail


@login_required
@require_safe
def calendars(request: SignedIn) -> HttpResponse:
    """Those of one's desks and of the house."""
    if not may_look(request.user):
        raise Http404
    shelves = pages.shelves(request.user)
    context = {
        "shelves": shelves,
        "desks": [shelf.desk for shelf in shelves if shelf.may_add],
        "rail": rail(request.user, page="calendars"),
    }
    return render(request, "tickets/calendars/list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def create(request: SignedIn) -> HttpResponseBase:
    """A new calendar, from office hours or from another that one may look at."""
    editor = Editor(request, _desk(request), copied=_copied(request))
    if editor.is_sent and editor.form.is_valid() and editor.pressed == "save":
        try:
            made = editor.found()
        except Refused as refusal:
            editor.form.add_error(None, str(refusal))
        else:
            words = _("“%(name)s” is ready. Choose it where it is to hold.") % {"name": made}
            messages.success(request, words)
            return redirect("calendar_edit", made.pk)
    return editor.answer()


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: SignedIn, pk: int) -> HttpResponseBase:
    """One calendar: try other times, see what they move, save them as a new version."""
    calendar = find(request.user, pk)
    editor = Editor(request, calendar.department, calendar=calendar)
    if editor.is_sent and editor.form.is_valid() and editor.may_save:
        try:
            made = editor.change()
        except timing.TimesChanged as refusal:
            editor.take_up(str(refusal))
        except Refused as refusal:
            editor.form.add_error(None, str(refusal))
        else:
            words = _("Saved as version %(n)s. Running clocks follow within a minute.")
            messages.success(request, words % {"n": made.number})
            return redirect("calendar_edit", pk)
    return editor.answer()


@login_required
@require_safe
def history(request: SignedIn, pk: int) -> HttpResponse:
    """Every version, and what it changed."""
    calendar = _readable(request.user, pk)
    asked = request.GET.get("upto", "")
    upto = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else None
    entries, after = pages.history(calendar, upto)
    context = {
        "calendar": calendar,
        "entries": entries,
        "page": {"after": f"upto={after}" if after else ""},
        "may_change": may_set_times(request.user, calendar.department),
        "rail": rail(request.user, page="calendar_history"),
    }
    return render(request, "tickets/calendars/history.html", context)


def find(person: Person, pk: int) -> Calendar:
    """A calendar that this person may change; it does not exist for anybody else."""
    mine = Calendar.objects.set_by(person).select_related("current__made_by", "department")
    found: Calendar = get_object_or_404(mine, pk=pk)
    return found


def _desk(request: SignedIn) -> Department | None:
    """Whose calendar it becomes; without a name the house's, which administrators keep."""
    desk = None
    if slug := request.GET.get("desk", ""):
        desk = get_object_or_404(Department, slug=slug)
    if not may_set_times(request.user, desk):
        raise Http404
    return desk


def _copied(request: SignedIn) -> Calendar | None:
    asked = request.GET.get("copy", "")
    if not asked:
        return None
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 19
    return _readable(request.user, int(asked) if is_number else 0)


def _readable(person: Person, pk: int) -> Calendar:
    if may_look(person):
        for calendar in pages.readable(person, led_by(person)):
            if calendar.pk == pk:
                return calendar
    raise Http404


@dataclass
class Editor:
    """The page of one calendar, as it was asked for: opened, changed a little, previewed, saved."""

    request: SignedIn
    desk: Department | None
    calendar: Calendar | None = None
    copied: Calendar | None = None
    news: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = timezone.now()
        data = self.request.POST if self.request.method == "POST" else None
        self.pressed = self.request.POST.get("do", "preview") if data is not None else ""
        self.is_sent = self.pressed in {"preview", "save"}
        self.form = self._form(data)
        if data is not None and not self.is_sent:
            self.form = self._form(None, typed=retyped(self.form, self.pressed))

    def _form(self, data: Any, **more: Any) -> CalendarForm:
        stored = self.stored()
        return CalendarForm(data, rules=stored, now=self.now, calendar=self.calendar, **more)

    def stored(self) -> CalendarRules:
        """What the form begins with."""
        source = self.calendar or self.copied
        if source is not None:
            return source.version.said
        return pages.office_hours(self.request.user.time_zone)

    @property
    def may_save(self) -> bool:
        """Whoever saves has seen what it moves, and it moves something."""
        return self.pressed == "save" and self.form.was_previewed and self.differs

    @property
    def differs(self) -> bool:
        """Whether saving would say anything new."""
        if self.calendar is None or self.form.rules is None:
            return True
        stored = self.calendar.version
        earlier = pages.is_earlier(self.form.since, stored.valid_from)
        return earlier or self.form.rules.to_json() != stored.rules

    def found(self) -> Calendar:
        assert self.form.rules is not None
        name = self.form.cleaned_data["name"]
        return timing.found_calendar(
            name, self.form.rules, department=self.desk, by=self.request.user, at=self.now
        )

    def change(self) -> CalendarVersion:
        assert self.calendar is not None
        assert self.form.rules is not None
        said = self.form.cleaned_data
        return timing.change_calendar(
            self.calendar,
            self.form.rules,
            valid_from=self.form.since,
            by=self.request.user,
            seen=said["seen"],
            note=said["note"],
            at=self.now,
        )

    def take_up(self, words: str) -> None:
        """Somebody else was faster: from now on the writer has seen that."""
        assert self.calendar is not None
        assert self.form.rules is not None
        self.calendar = find(self.request.user, self.calendar.pk)
        stored = self.calendar.version
        self.news = changes(stored.said, self.form.rules)
        self.form.show(seen=str(stored.number), previewed="")
        self.form.add_error(None, words)

    def answer(self) -> HttpResponse:
        context = self.context()
        if self.is_sent and not self.form.errors:
            context |= self.preview()
        status = 422 if self.form.errors else 200
        return render(self.request, "tickets/calendars/edit.html", context, status=status)

    def context(self) -> dict[str, Any]:
        return {
            "form": self.form,
            "calendar": self.calendar,
            "copied": self.copied,
            "desk": self.desk,
            "news": self.news,
            "days_of_week": self.days_of_week(),
            "months": pages.ahead(self.calendar, self.stored(), self.now),
            "planned": pages.planned(self.calendar, self.form.today),
            "rail": rail(self.request.user, page="calendar_edit"),
        }

    def days_of_week(self) -> list[tuple[DayRows, Sequence[Bar]]]:
        """Each weekday with what stands in the form, drawn."""
        drawn = pages.strips(self.form.typed_week())
        return [(day, drawn[day.day][1]) for day in self.form.week()]

    def preview(self) -> dict[str, Any]:
        """What was sent, day by day, and what it would do to the clocks that run."""
        rules, valid_from = self.form.rules, None
        assert rules is not None
        found: dict[str, Any] = {"is_preview": True, "differs": self.differs}
        if self.calendar is not None:
            valid_from = self.form.since
            found["told"] = tell(self.impact())
            found["since"] = day_words(valid_from, self.form.today) if valid_from else ""
            found["sentences"] = changes(self.calendar.version.said, rules)
            self.form.show(previewed=self.form.fingerprint)
        found["months"] = pages.ahead_with(self.calendar, rules, valid_from, self.now)
        return found

    def impact(self) -> Impact:
        assert self.calendar is not None
        assert self.form.rules is not None
        by = self.request.user
        return forecast.impact(self.calendar, self.form.rules, self.form.since, self.now, by)
