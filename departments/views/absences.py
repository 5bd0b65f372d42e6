"""When I am away: added and withdrawn on my profile; leads withdraw for their people too."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from departments.actions import absences
from departments.forms.absences import AbsenceForm
from departments.forms.profile import ProfileForm
from departments.models import Absence
from departments.views.profile import profile_page, where_from
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused


@login_required
@require_POST
def add(request: SignedIn) -> HttpResponseBase:
    """I am away; the page comes back with the words if that is not possible."""
    now = timezone.now()
    form = AbsenceForm(request.POST, person=request.user, now=now)
    if form.is_valid():
        try:
            absences.set_absence(request.user, by=request.user, at=now, **form.values())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("You are marked as away then."))
            return redirect("profile")
    page = profile_page(request.user, ProfileForm(instance=request.user), form)
    return render(request, "departments/profile.html", page, status=422)


@login_required
@require_POST
def withdraw(request: SignedIn, pk: int) -> HttpResponseBase:
    """They are there after all."""
    found = Absence.objects.visible_to(request.user).select_related("person")
    absence = get_object_or_404(found, pk=pk)
    absences.withdraw_absence(absence, by=request.user, at=timezone.now())
    messages.success(request, _("Withdrawn."))
    return redirect(where_from(request))
