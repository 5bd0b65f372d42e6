"""Calling the person on call by hand, and answering: on the desk, and by the link in a page."""

from contextlib import suppress

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from departments.models import Person
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import page_links, permissions
from tickets.actions import paging
from tickets.forms.page import PageForm
from tickets.page_words import answer_to
from tickets.rail import rail
from tickets.reachable import reachable_for
from tickets.views.work import find
from tickets.workspace import Workspace


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: SignedIn, number: str) -> HttpResponse:
    """Who would be called now, and calling them; for the live page only what runs."""
    found = find(request, number)
    work = Workspace(found, request.user)
    if request.headers.get("X-Requested-With") == "fetch":
        return render(request, "tickets/desk/page_now.html", {"work": work, "ticket": found})
    if not (work.may_work and work.has_rota):
        raise Http404
    form, banner = PageForm(request.POST if request.method == "POST" else None), ""
    if form.is_bound and form.is_valid():
        try:
            paging.page_by_hand(found, by=request.user, reason=form.cleaned_data["reason"])
            return redirect(found.get_desk_url())
        except Refused as problem:
            banner = str(problem)
    on_call = reachable_for(found, timezone.now())
    context = {"ticket": found, "work": work, "form": form, "banner": banner, "on_call": on_call}
    context["rail"] = rail(request.user, slug=found.desk.slug, page="desk_page")
    return render(request, "tickets/desk/page.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def have(request: SignedIn, number: str) -> HttpResponse:
    """“I have it”, on the desk's page."""
    found = find(request, number)
    asked = found.pages.order_by("-pk").first()
    try:
        if asked is None:
            raise Refused(_("Nobody was paged for this request."))
        paging.acknowledge(asked, by=request.user)
    except Refused as problem:
        messages.warning(request, str(problem))
    else:
        messages.success(request, _("You have it. Nobody else is called."))
    return redirect(found.get_desk_url())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a page: looking shows what it is about, only pressing answers.

    Programs that follow links in mails answer nothing. The link needs no sign-in, so it shows no
    more than the mail did.
    """
    proof = page_links.read(token)
    if proof is None:
        raise Http404
    person, now = proof.call.person, timezone.now()
    reader = request.user if isinstance(request.user, Person) else person
    if not all(permissions.may(one, "work", proof.call.page.ticket) for one in {person, reader}):
        raise Http404
    with translation.override(person.language), timezone.override(person.zone):
        shown = answer_to(proof.call, now, is_over=proof.is_over(now), is_other=reader != person)
        if request.method == "POST" and shown.may_answer:
            with suppress(Refused):  # Somebody was faster: the same address tells who.
                paging.acknowledge(proof.call.page, by=person)
            return redirect("page_answer", token)
        context = {"shown": shown, "ticket": proof.call.page.ticket}
        status = 422 if request.method == "POST" else 200
        return render(request, "tickets/page/answer.html", context, status=status)
