"""Which calendar and promise hold: leads choose for their desk, administrators for the house."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from departments.actions import choosing
from departments.catalogue import installation
from departments.forms.times import TimesForm
from departments.models import Department, Role
from departments.permissions import may_set_times
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused


@login_required
@require_http_methods(["GET", "POST"])
def desk_times(request: SignedIn, slug: str) -> HttpResponseBase:
    """What holds for the services of one desk that say nothing of their own."""
    led = Department.objects.with_desk_of(request.user, Role.LEAD)
    desk = get_object_or_404(led, slug=slug)
    sent = request.POST if request.method == "POST" else None
    form = TimesForm(sent, house=installation(), desk=desk)
    if request.method == "POST" and form.is_valid():
        try:
            choosing.choose_for_desk(desk, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. Running clocks follow within a minute."))
            return redirect("studio_times", slug)
    page = {"department": desk, "form": form}
    status = 422 if form.errors else 200
    return render(request, "departments/studio/times.html", page, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def house_times(request: SignedIn) -> HttpResponseBase:
    """What holds wherever a department says nothing of its own."""
    if not may_set_times(request.user, None):
        raise Http404
    sent = request.POST if request.method == "POST" else None
    form = TimesForm(sent, house=installation())
    if request.method == "POST" and form.is_valid():
        try:
            choosing.choose_for_house(by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. Running clocks follow within a minute."))
            return redirect("house_times")
    status = 422 if form.errors else 200
    return render(request, "departments/studio/times.html", {"form": form}, status=status)
