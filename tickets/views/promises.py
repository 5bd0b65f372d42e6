"""Promises: leads keep those of their desk, administrators the house's."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import IntegrityError
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from departments.actions import timing
from departments.forms.promise_steps import crew_of
from departments.forms.promise_targets import Cell
from departments.forms.promise_typing import retyped
from departments.forms.promises import PolicyForm
from departments.models import Department, Person, PolicyVersion, Priority, SLAPolicy
from departments.permissions import may_set_times
from departments.promise_changes import changes
from departments.promise_rules import PromiseRules
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import forecast, forecast_words
from tickets import promise_pages as pages
from tickets.promise_verdicts import Verdict, basis_words, verdict
from tickets.rail import rail
from tickets.track_record import TrackRecord, track_record


@login_required
@require_safe
def promises(request: SignedIn) -> HttpResponse:
    """Those of one's desks and of the house."""
    if not pages.may_look(request.user):
        raise Http404
    shelves = pages.shelves(request.user)
    context = {
        "shelves": shelves,
        "desks": [shelf.desk for shelf in shelves if shelf.may_add],
        "rail": rail(request.user, page="promises"),
    }
    return render(request, "tickets/promises/list.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def create(request: SignedIn) -> HttpResponseBase:
    """A new promise, from nothing or from another that one may look at."""
    editor = Editor(request, _desk(request), copied=_copied(request))
    if editor.wants_to_save and editor.form.is_valid():
        try:
            made = editor.found()
        except Refused as refusal:
            editor.form.add_error(None, str(refusal))
        else:
            words = _("“%(name)s” is ready. Choose it where it is to hold.") % {"name": made}
            messages.success(request, words)
            return redirect("promise_edit", made.pk)
    return editor.answer()


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: SignedIn, pk: int) -> HttpResponseBase:
    """One promise: try it, save it as a new version."""
    mine = SLAPolicy.objects.set_by(request.user).select_related("current", "department")
    policy = get_object_or_404(mine, pk=pk)
    editor = Editor(request, policy.department, policy=policy)
    if editor.wants_to_save and editor.form.is_valid():
        try:
            made = editor.change()
        except timing.TimesChanged as refusal:
            editor.take_up(str(refusal))
        except Refused as refusal:
            editor.form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. This is version %(n)s.") % {"n": made.number})
            return redirect("promise_edit", pk)
    return editor.answer()


@login_required
@require_safe
def history(request: SignedIn, pk: int) -> HttpResponse:
    """Every version, and what it changed."""
    policy = _readable(request.user, pk)
    asked = request.GET.get("upto", "")
    upto = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else None
    entries, after = pages.history(policy, upto)
    context = {
        "policy": policy,
        "entries": entries,
        "page": {"after": f"upto={after}" if after else ""},
        "may_change": may_set_times(request.user, policy.department),
        "rail": rail(request.user, page="promise_history"),
    }
    return render(request, "tickets/promises/history.html", context)


def _desk(request: SignedIn) -> Department | None:
    """Whose promise it becomes; without a name the house's, which administrators keep."""
    desk = None
    if slug := request.GET.get("desk", ""):
        desk = get_object_or_404(Department, slug=slug)
    if not may_set_times(request.user, desk):
        raise Http404
    return desk


def _copied(request: SignedIn) -> SLAPolicy | None:
    asked = request.GET.get("copy", "")
    if not asked:
        return None
    is_number = asked.isascii() and asked.isdigit() and len(asked) < 19
    return _readable(request.user, int(asked) if is_number else 0)


def _readable(person: Person, pk: int) -> SLAPolicy:
    if pages.may_look(person):
        for policy in pages.readable(person, pages.led_by(person)):
            if policy.pk == pk:
                return policy
    raise Http404


@dataclass
class Editor:
    """The page of one promise, as it was asked for: opened, checked, changed a little, saved."""

    request: SignedIn
    desk: Department | None
    policy: SLAPolicy | None = None
    copied: SLAPolicy | None = None
    news: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        data = self.request.POST if self.request.method == "POST" else None
        self.pressed = self.request.POST.get("do", "check") if data is not None else ""
        self.form = self._form(data)
        if data is not None and self.pressed not in {"check", "save"}:
            self.form = self._form(None, typed=retyped(self.form, self.pressed))

    def _form(self, data: Any, **more: Any) -> PolicyForm:
        before = self.stored()
        return PolicyForm(
            data,
            rules=before,
            crew=crew_of(self.desk, before),
            policy=self.policy,
            known_steps=pages.known_steps(self.policy) if data is not None else frozenset(),
            **more,
        )

    def stored(self) -> PromiseRules:
        """What the form begins with."""
        source = self.policy or self.copied
        return source.version.said if source is not None else PromiseRules(())

    @property
    def wants_to_save(self) -> bool:
        return self.pressed == "save"

    def found(self) -> SLAPolicy:
        assert self.form.rules is not None
        name, rules = self.form.cleaned_data["name"], self.form.rules
        try:
            return timing.found_policy(name, rules, department=self.desk, by=self.request.user)
        except IntegrityError:  # Somebody took the name between looking and saving.
            words = _("There is a promise with this name already. Choose another.")
            raise Refused(words) from None

    def change(self) -> PolicyVersion:
        assert self.policy is not None
        assert self.form.rules is not None
        said = self.form.cleaned_data
        return timing.change_policy(
            self.policy,
            self.form.rules,
            by=self.request.user,
            seen=said["seen"],
            note=said["note"],
        )

    def take_up(self, words: str) -> None:
        """Somebody else was faster: from now on the writer has seen that."""
        assert self.policy is not None
        assert self.form.rules is not None
        self.policy = SLAPolicy.objects.select_related("current", "department").get(
            pk=self.policy.pk
        )
        stored = self.policy.version.said
        names = pages.names_of(stored, self.form.rules)
        self.news = changes(stored, self.form.rules, names)
        self.form.take_up(self.policy.version.number)
        self.form.add_error(None, words)

    def answer(self) -> HttpResponse:
        status = 422 if self.form.errors else 200
        return render(self.request, "tickets/promises/edit.html", self.context(), status=status)

    def impact(self) -> dict[str, Any] | None:
        """What saving would do to the clocks that run, once somebody asked and it makes sense."""
        if self.policy is None or self.form.rules is None:
            return None
        rules, now = self.form.rules, timezone.now()
        found = forecast.policy_impact(self.policy, rules, now, self.request.user)
        return {
            "headline": forecast_words.headline(found),
            "details": forecast_words.details(found),
            "lateness": forecast_words.lateness(found),
            "basis": forecast_words.basis(found),
        }

    def context(self) -> dict[str, Any]:
        record = track_record(self.policy, self.desk, self.form.held(), timezone.now())
        return {
            "form": self.form,
            "policy": self.policy,
            "copied": self.copied,
            "desk": self.desk,
            "levels": list(levels(self.form, record)),
            "basis": basis_words(record, self.desk),
            "news": self.news,
            "impact": self.impact(),
            "rail": rail(self.request.user, page="promise_edit"),
        }


Beside = tuple[Cell, Verdict]


def levels(form: PolicyForm, record: TrackRecord) -> Iterator[tuple[Priority, list[Beside]]]:
    """Each priority with its targets and what the past says about them."""
    for priority, cells in form.matrix():
        yield priority, [(cell, judged(cell, record)) for cell in cells]


def judged(cell: Cell, record: TrackRecord) -> Verdict:
    """Nothing about what is no length of time."""
    minutes = cell.minutes
    if minutes is None and not cell.is_empty:
        return Verdict()
    return verdict(record, cell.slot, minutes, is_always_open=cell.is_always_open)
