"""Merging a ticket into another one, looked at first; and taking that back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import actions
from tickets.actions import merging
from tickets.forms.merging import MergeForm
from tickets.merged import candidates
from tickets.models import Ticket
from tickets.rail import rail
from tickets.views.work import find, settled
from tickets.workspace import Workspace


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: SignedIn, number: str) -> HttpResponse:
    """Choose the other ticket; look at what will happen (GET with a number); do it (POST)."""
    found = find(request, number)
    if not Workspace(found, request.user).may_work:
        raise Http404
    typed = request.POST if request.method == "POST" else request.GET
    form = MergeForm(typed if "into" in typed else None, person=request.user)
    if not form.is_valid():
        return page(request, found, form)
    into = form.cleaned_data["into"]
    try:
        if request.method != "POST":
            merging.check(found, into, by=request.user)
            return page(request, found, form, into=into, newcomers=merging.newcomers(found, into))
        actions.merge(found, into=into, by=request.user)
    except Refused as problem:
        return page(request, found, form, banner=str(problem))
    words = _("%(number)s goes on here. You can undo the merge on its own page.")
    messages.success(request, words % {"number": found.number})
    return redirect(into.get_desk_url())


def page(request: SignedIn, found: Ticket, form: MergeForm, **more: Any) -> HttpResponse:
    """The form with other requests to choose from, or the question whether these two are one."""
    context = {
        "ticket": found,
        "form": form,
        "candidates": [] if "into" in more else candidates(found, request.user),
        "rail": rail(request.user, slug=found.desk.slug, page="desk_merge"),
        **more,
    }
    is_refused = form.is_bound and "into" not in more
    status = 422 if is_refused else 200
    return render(request, "tickets/desk/merge.html", context, status=status)


@login_required
@require_POST
def unmerge(request: SignedIn, number: str) -> HttpResponse:
    """Take a merge back."""
    found = find(request, number)

    def act() -> None:
        actions.unmerge(found, by=request.user)
        words = _("Undone. %(number)s goes on by itself again.")
        messages.success(request, words % {"number": found.number})

    return settled(request, found, forms.Form({}), act)
