"""Asking for help: the form of a service, the form for everything else, the promise in it."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from departments import catalogue
from departments.models import Category, Department, Installation, Service
from departments.views.signed_in import SignedIn
from departments.when import moment_words
from helpdesk.lib.errors import Refused
from tickets import actions
from tickets.actions.opening import priority_of
from tickets.forms.ask import AskForm
from tickets.forms.files import drop_unsent
from tickets.models import Ticket
from tickets.page_words import before_asking
from tickets.promise_words import Offer, offer

TYPED = ("category", "summary", "body", "cannot_wait", "cannot_wait_reason", "follows")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask(request: SignedIn, pk: int) -> HttpResponse:
    """Ask for one service."""
    service = catalogue.askable(request.user).filter(pk=pk).first()
    if service is None:
        return not_offered(request, pk)
    return answer(request, service.department, service)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def anything(request: SignedIn) -> HttpResponse:
    """Ask in one's own words; the triage desk reads it and passes it on."""
    return answer(request, catalogue.installation().triage, None)


@require_safe
@login_required
def promise(request: SignedIn, pk: int) -> HttpResponse:
    """The promise for the chosen kind of problem: a fragment."""
    service = get_object_or_404(catalogue.askable(request.user), pk=pk)
    chosen = request.GET.get("category", "")
    found = {str(category.pk): category for category in catalogue.categories_of(service)}
    shown = offered(service.department, service, found.get(chosen))
    return render(request, "tickets/portal/promise.html", {"offer": shown})


def answer(request: SignedIn, desk: Department, service: Service | None) -> HttpResponse:
    """Show the form, or open the ticket that it asks for."""
    if request.method != "POST" or "carry" in request.POST:
        return page(request, fresh_form(request, service), desk, service)
    form = AskForm(
        request.POST,
        request.FILES,
        person=request.user,
        categories=catalogue.categories_of(service) if service else (),
        kept=request.POST.getlist("kept"),
    )
    is_valid = form.is_valid()
    files = form.keep_files()
    if not is_valid:
        return page(request, form, desk, service, status=422)
    wish = form.request(desk, service, files)
    try:
        ticket = actions.open_ticket(wish, requester=request.user, key=form.cleaned_data["key"])
    except Refused as refused:
        return refuse(request, form, desk, service, refused)
    drop_unsent(files, by=request.user)
    messages.success(request, thanks(request, ticket))
    return redirect(ticket)


def refuse(
    request: SignedIn, form: AskForm, desk: Department, service: Service | None, refused: Refused
) -> HttpResponse:
    """The form again with everything in it, and why it was not taken."""
    if refused.code == "service_retired" and service is not None:
        return not_offered(request, service.pk)
    if refused.code == "key_reused":
        form.new_key()
    form.add_error(None, str(refused))
    return page(request, form, desk, service, status=422)


def not_offered(request: SignedIn, pk: int) -> HttpResponse:
    """A form of a service that was retired meanwhile: what was typed goes on to another."""
    gone = Service.objects.once_offered_to(request.user).filter(pk=pk)
    service = gone.select_related("department").first()
    if service is None or request.method != "POST":
        raise Http404
    context = {
        "gone": service,
        "form": fresh_form(request, None),
        "others": catalogue.askable(request.user).filter(department=service.department_id),
    }
    return render(request, "tickets/portal/not_offered.html", context, status=422)


def fresh_form(request: SignedIn, service: Service | None) -> AskForm:
    """A form not sent yet, holding what a link or another form brings along."""
    typed = request.POST if request.method == "POST" else request.GET
    initial = {name: typed[name] for name in TYPED if name in typed}
    form = AskForm(
        person=request.user,
        categories=catalogue.categories_of(service) if service else (),
        initial={**initial, **again(request)},
        kept=request.POST.getlist("kept"),
    )
    if request.method == "POST":
        form.take(request.FILES.getlist("files"))
    return form


def again(request: SignedIn) -> dict[str, str]:
    """Asking once more after a closed ticket: its words, and its number to find it by."""
    number = request.GET.get("follows", "")
    old = Ticket.objects.visible_to(request.user).numbered(number).first() if number else None
    if old is None:
        return {}
    return {"summary": old.summary, "body": _("This follows %(number)s.") % {"number": old.number}}


def page(
    request: SignedIn,
    form: AskForm,
    desk: Department,
    service: Service | None,
    status: int = 200,
) -> HttpResponse:
    chosen = form.categories.get(str(form["category"].value())) if form.categories else None
    now, tz = timezone.now(), timezone.get_current_timezone()
    fallback = catalogue.installation()
    hours = catalogue.hours_of_desk(desk, fallback)
    context: dict[str, Any] = {
        "form": form,
        "desk": desk,
        "service": service,
        "offer": offered(desk, service, chosen, fallback),
        "readers": catalogue.readers(desk, service),
        "opening": catalogue.opening_of(hours, now, tz),
        "on_call": before_asking(desk, service, request.user, now, tz, fallback),
    }
    return render(request, "tickets/portal/ask.html", context, status=status)


def offered(
    desk: Department,
    service: Service | None,
    category: Category | None,
    fallback: Installation | None = None,
) -> Offer:
    now, tz = timezone.now(), timezone.get_current_timezone()
    return offer(desk, service, priority_of(service, category), now, tz, fallback, category)


def thanks(request: SignedIn, ticket: Ticket) -> str:
    """“We have it, Elif. You will hear from us by Tue 14:00.”"""
    name = request.user.first_name
    if ticket.promised_at is None:
        return _("We have it, %(name)s. A person reads it and answers you here.") % {"name": name}
    tz = timezone.get_current_timezone()
    moment = moment_words(ticket.promised_at, timezone.now(), tz)
    words = _("We have it, %(name)s. You will hear from us by %(moment)s.")
    return words % {"name": name, "moment": moment}
