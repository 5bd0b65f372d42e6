"""Spam that got in: the ticket ends, and its sender is held back until a lead lifts that."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import actions
from tickets.actions import spam as spam_actions
from tickets.forms.regrouping import SpamForm
from tickets.models import SpamSender
from tickets.permissions import is_employee
from tickets.rail import rail
from tickets.views.mail import require_reader
from tickets.views.work import find, settled
from tickets.workspace import Workspace


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mark(request: SignedIn, number: str) -> HttpResponse:
    """Look at what will happen (GET); do it (POST), asking once more where they work here."""
    found = find(request, number)
    if not Workspace(found, request.user).may_work:
        raise Http404
    form, banner = SpamForm(request.POST if request.method == "POST" else None), ""
    try:
        if form.is_valid():
            actions.mark_spam(found, by=request.user, is_sure=form.cleaned_data["sure"])
            words = _("%(number)s is closed as spam. You can undo it on its own page.")
            messages.success(request, words % {"number": found.number})
            return redirect("queue", found.desk.slug)
        spam_actions.check(found, by=request.user)
    except Refused as problem:
        banner = str(problem)
    context = {"ticket": found, "form": form, "banner": banner}
    context |= {"asks_to_confirm": is_employee(found.requester)}
    context["rail"] = rail(request.user, slug=found.desk.slug, page="desk_spam")
    return render(request, "tickets/desk/spam.html", context, status=422 if banner else 200)


@login_required
@require_POST
def clear(request: SignedIn, number: str) -> HttpResponse:
    """It was no spam: all is as it was."""
    found = find(request, number)

    def act() -> None:
        actions.clear_spam(found, by=request.user)
        messages.success(request, _("Undone. It goes on as it was, and its sender may write."))

    return settled(request, found, forms.Form({}), act)


@login_required
@require_safe
def senders(request: SignedIn) -> HttpResponse:
    """Whose mail is held back, for those who may lift it."""
    require_reader(request.user)
    found = SpamSender.objects.visible_to(request.user).select_related("marked_by", "ticket")
    context = {
        "senders": found.order_by("address", "pk"),
        "rail": rail(request.user, page="letters"),
    }
    return render(request, "tickets/mail/spam_senders.html", context)


@login_required
@require_POST
def lift(request: SignedIn, pk: int) -> HttpResponse:
    """Let this address write to us again."""
    require_reader(request.user)
    found = get_object_or_404(SpamSender.objects.visible_to(request.user), pk=pk)
    spam_actions.lift(found, by=request.user)
    words = _("%(address)s may write to us again.")
    messages.success(request, words % {"address": found.address})
    return redirect("spam_senders")
