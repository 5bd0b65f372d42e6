"""Who is on call: the page of a desk's rota, covers and swaps."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from departments import on_call_weeks
from departments.actions import absences, covers
from departments.forms.absences import AbsenceForm
from departments.forms.on_call import CoverForm, SwapForm
from departments.models import Department, Rota, RotaOverride
from departments.permissions import may_cover, may_plan_rota
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused


@require_safe
@login_required
def on_call(request: SignedIn, slug: str) -> HttpResponse:
    """Now, the next four weeks, and where nobody is."""
    desk = get_object_or_404(Department.objects.from_inside(request.user), slug=slug)
    rota = Rota.objects.select_related("department").filter(department=desk).first()
    if rota is None or not rota.layers.exists():
        page = {"department": desk, "rota": rota, "is_lead": may_plan_rota(request.user, desk)}
        return render(request, "departments/on_call/nobody_yet.html", page)
    return render(request, "departments/on_call/on_call.html", _Page(request, rota).context())


@login_required
@require_POST
def cover(request: SignedIn, slug: str) -> HttpResponseBase:
    """Somebody takes over a stretch."""
    page = _Page(request, _rota(request, slug))
    form = page.forms["cover"]
    if form.is_valid():
        try:
            made = covers.cover(by=request.user, at=page.now, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("%(name)s is on call then.") % {"name": made.person.first_name}
            )
            return redirect(page.rota)
    return render(request, "departments/on_call/on_call.html", page.context(), status=422)


@login_required
@require_POST
def swap(request: SignedIn, slug: str) -> HttpResponseBase:
    """Two people take each other's shift."""
    page = _Page(request, _rota(request, slug))
    form = page.forms["swap"]
    assert isinstance(form, SwapForm)
    if form.is_valid():
        turns = form.turn("mine"), form.turn("theirs")
        reason = form.cleaned_data["reason"]
        try:
            covers.swap(*turns, by=request.user, at=page.now, reason=reason)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The two shifts are swapped."))
            return redirect(page.rota)
    return render(request, "departments/on_call/on_call.html", page.context(), status=422)


@login_required
@require_POST
def cancel(request: SignedIn, slug: str, pk: int) -> HttpResponseBase:
    """Take a cover or a swap back."""
    rota = _rota(request, slug)
    found = get_object_or_404(RotaOverride.objects.filter(layer__rota=rota), pk=pk)
    covers.cancel_cover(found, by=request.user, at=timezone.now())
    messages.success(request, _("Taken back. The turns are as they would be without it."))
    return redirect(rota)


@login_required
@require_POST
def absence(request: SignedIn, slug: str) -> HttpResponseBase:
    """A lead says that somebody of the desk is away."""
    page = _Page(request, _rota(request, slug))
    form = page.forms["absence"]
    assert isinstance(form, AbsenceForm)
    if form.is_valid():
        away = form.cleaned_data["person"]
        try:
            absences.set_absence(away, by=request.user, at=page.now, **form.values())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(name)s is marked as away.") % {"name": away.first_name})
            return redirect(page.rota)
    return render(request, "departments/on_call/on_call.html", page.context(), status=422)


def _rota(request: SignedIn, slug: str) -> Rota:
    rotas = Rota.objects.visible_to(request.user).select_related("department")
    return get_object_or_404(rotas, department__slug=slug)


class _Page:
    """The rota with the forms of its page; the one that was sent is filled in."""

    def __init__(self, request: SignedIn, rota: Rota) -> None:
        self.rota, self.now = rota, timezone.now()
        self.is_lead = may_plan_rota(request.user, rota.department)
        self.shown = on_call_weeks.page(rota, request.user, self.now)
        sent = request.resolver_match.url_name if request.resolver_match else ""
        common: dict[str, Any] = {"by": request.user, "is_lead": self.is_lead}

        def data(name: str) -> Any:
            return request.POST if sent == f"on_call_{name}" else None

        self.forms: dict[str, Form] = {
            "cover": CoverForm(
                data("cover"), rota=rota, initial=_stretch(request, self.now), **common
            ),
            "swap": SwapForm(data("swap"), shifts=self.shown.shifts, now=self.now, **common),
            "absence": AbsenceForm(data("absence"), desk=rota.department, now=self.now),
        }
        self.may_cover = may_cover(request.user, rota.department)

    def context(self) -> dict[str, Any]:
        return {
            "department": self.rota.department,
            "page": self.shown,
            "now": self.now,
            "is_lead": self.is_lead,
            "may_cover": self.may_cover,
            "ladder": on_call_weeks.ladder_words(self.rota),
            **{f"{name}_form": form for name, form in self.forms.items()},
        }


def _stretch(request: SignedIn, now: datetime) -> dict[str, Any]:
    """The gap that a link offers to fill."""
    found: dict[str, Any] = {}
    for name, field in (("from", "starts_at"), ("until", "ends_at"), ("layer", "layer")):
        if given := request.GET.get(name, ""):
            found[field] = given
    return found
