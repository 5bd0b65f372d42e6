"""Giving a new promise, on the desk."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from departments.views.signed_in import SignedIn
from departments.when import moment_words
from helpdesk.lib.errors import Refused
from tickets import actions
from tickets.forms.promising import NewPromiseForm, new_promise_form
from tickets.models import Slip
from tickets.rail import rail
from tickets.views.work import find
from tickets.workspace import Workspace


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def promise(request: SignedIn, number: str) -> HttpResponse:
    """When it will be, and why; for the live page only what is owed or promised now."""
    work = Workspace(find(request, number), request.user)
    if not work.may_work:
        raise Http404
    if request.headers.get("X-Requested-With") == "fetch":
        context = {"work": work, "ticket": work.ticket, "promise_form": new_promise_form(work)}
        return render(request, "tickets/desk/promise_now.html", context)
    form = new_promise_form(work, request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return page(request, work, form)
    try:
        slip = renew(work, form)
    except Refused as problem:
        asks = problem.code == "confirm"
        form = new_promise_form(work, request.POST, asks_to_confirm=asks)
        return page(request, work, form, banner=str(problem))
    messages.success(request, told(slip, work))
    return redirect(work.ticket.get_desk_url())


def renew(work: Workspace, form: NewPromiseForm) -> Slip:
    said = form.cleaned_data
    return actions.renew_promise(
        work.ticket,
        moment=said["promised"],
        reason=said["reason"],
        by=work.person,
        may_be_closed=said["confirmed"],
    )


def page(
    request: SignedIn, work: Workspace, form: NewPromiseForm, *, banner: str = ""
) -> HttpResponse:
    """The form on a page of its own; what was refused is kept in it."""
    context = {"work": work, "ticket": work.ticket, "promise_form": form, "banner": banner}
    context["rail"] = rail(request.user, slug=work.ticket.desk.slug, page="desk_promise")
    status = 422 if form.is_bound else 200
    return render(request, "tickets/desk/promise.html", context, status=status)


def told(slip: Slip, work: Workspace) -> str:
    """“Elif reads it now: today 15:30.”"""
    assert slip.promised_at is not None  # it was just given
    tz = timezone.get_current_timezone()
    names = {
        "name": work.ticket.requester.first_name,
        "moment": moment_words(slip.promised_at, work.now, tz),
    }
    return _("%(name)s is told of the new promise: %(moment)s.") % names
