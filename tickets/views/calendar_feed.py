"""The feed of a calendar: whose days off it takes over, by address or from a file."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from departments.actions import feed_files, feeds
from departments.calendar_rules import DayOff
from departments.calendars import rules_of
from departments.feed_entries import text_of
from departments.forms.calendar_feed import AddressForm, FileForm
from departments.models import Calendar
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import calendar_pages as pages
from tickets import forecast
from tickets.forecast_words import tell
from tickets.rail import rail
from tickets.views.calendars import find


@login_required
@require_http_methods(["GET", "POST"])
def feed(request: SignedIn, pk: int) -> HttpResponseBase:
    """What the feed said last, and another one instead."""
    page = Page(request, find(request.user, pk))
    if request.method != "POST":
        return page.answer()
    pressed = request.POST.get("do", "")
    if pressed not in STEPS:
        raise Http404
    try:
        return STEPS[pressed](page)
    except Refused as refusal:
        page.form_of(pressed).add_error(None, str(refusal))
        return page.answer()


@dataclass
class Page:
    """The page about one feed, with both its forms."""

    request: SignedIn
    calendar: Calendar
    found: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.now = timezone.now()
        pressed = self.request.POST.get("do", "")
        sent = self.request.POST if pressed in {"follow", "again"} else None
        self.address = AddressForm(sent, initial={"url": self.calendar.feed_url})
        files = self.request.FILES if pressed == "look" else None
        self.file = FileForm({} if pressed in {"look", "take"} else None, files)

    def form_of(self, pressed: str) -> forms.Form:
        return self.address if pressed in {"follow", "again", "stop"} else self.file

    def follow(self) -> HttpResponseBase:
        if not self.address.is_valid():
            return self.answer()
        url = self.address.cleaned_data["url"]
        feeds.follow_feed(self.calendar, url=url, by=self.request.user, at=self.now)
        messages.success(
            self.request, _("The feed is being read. Its days appear here in a moment.")
        )
        return redirect("calendar_feed", self.calendar.pk)

    def stop(self) -> HttpResponseBase:
        feeds.follow_feed(self.calendar, url="", by=self.request.user, at=self.now)
        messages.success(self.request, _("The feed is gone, with its days from today on."))
        return redirect("calendar_feed", self.calendar.pk)

    def look(self) -> HttpResponseBase:
        """What a file says and would do, before its days count."""
        if not self.file.is_valid():
            return self.answer()
        data = self.file.cleaned_data["file"]
        read = feed_files.read_file(self.calendar, data, self.now)
        self.found = {"read": read, "text": text_of(data), **self._foresee(read.days)}
        return self.answer()

    def _foresee(self, days: tuple[DayOff, ...]) -> dict[str, Any]:
        rules = rules_of(self.calendar)
        today = pages.today_of(rules, self.now)
        proposed = feed_files.with_days(days, rules, today)
        by = self.request.user
        return {
            "ahead": pages.named_days(days, today),
            "told": tell(forecast.impact(self.calendar, proposed, today, self.now, by)),
        }

    def take(self) -> HttpResponseBase:
        data = self.request.POST.get("text", "").encode()
        taken = feed_files.take_file(self.calendar, data, by=self.request.user, at=self.now)
        number = len(taken.days)
        words = ngettext("%(n)s day off was read.", "%(n)s days off were read.", number)
        messages.success(self.request, words % {"n": number})
        return redirect("calendar_feed", self.calendar.pk)

    def answer(self) -> HttpResponse:
        rules = rules_of(self.calendar)
        context = {
            "calendar": self.calendar,
            "address": self.address,
            "file": self.file,
            "days": pages.feed_days(rules, self.now),
            "rail": rail(self.request.user, page="calendar_feed"),
            **self.found,
        }
        status = 422 if self.address.errors or self.file.errors else 200
        return render(self.request, "tickets/calendars/feed.html", context, status=status)


STEPS = {
    "follow": Page.follow,
    "again": Page.follow,
    "stop": Page.stop,
    "look": Page.look,
    "take": Page.take,
}
