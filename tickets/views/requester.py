"""An employee's ticket: reading it, answering, deciding, adding colleagues."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from departments.models import Person
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import actions, request_page
from tickets.forms.files import drop_unsent
from tickets.forms.proposals import decision_in
from tickets.forms.requester import ColleagueForm, Decision, ReplyForm
from tickets.models import Message, Ticket
from tickets.views.proposals import decide_copied


def find(request: SignedIn, number: str) -> Ticket:
    """The ticket with this number, now or once, if the reader may see it."""
    return get_object_or_404(request_page.visible(request.user).numbered(number))


@require_safe
@login_required
def ticket(request: SignedIn, number: str) -> HttpResponse:
    """The page of one request."""
    found = find(request, number)
    if found.number != number:
        return redirect(found)
    return page(request, found)


@require_safe
@login_required
def thread(request: SignedIn, number: str) -> HttpResponse:
    """The moving part of that page: steps, conversation, question. A fragment."""
    return render(request, "tickets/portal/thread.html", shown(request, find(request, number)))


@require_POST
@login_required
def reply(request: SignedIn, number: str) -> HttpResponse:
    """Write to the desk; when something new came in meanwhile, show it first, once."""
    found = find(request, number)
    form = ReplyForm(
        request.POST, request.FILES, person=request.user, kept=request.POST.getlist("kept")
    )
    is_valid = form.is_valid()
    files = form.keep_files()
    if not is_valid:
        return page(request, found, status=422, reply_form=form)
    try:
        said = actions.reply(
            found,
            by=request.user,
            body=form.cleaned_data["body"],
            seen=form.cleaned_data["seen"],
            files=files,
            key=form.cleaned_data["key"],
        )
    except Refused as refused:
        form.add_error("body", str(refused))
        return page(request, find(request, number), status=422, reply_form=form)
    drop_unsent(files, by=request.user)
    # What was written to a merged request is said where that goes on.
    return redirect(f"{said.ticket.get_absolute_url()}#m-{said.pk}")


@require_POST
@login_required
def draft(request: SignedIn, number: str) -> HttpResponse:
    """Keep what is being written."""
    found = find(request, number)
    body = request.POST.get("body", "").replace("\0", "")
    actions.save_draft(found, by=request.user, kind=Message.Kind.PUBLIC, body=body)
    return HttpResponse(status=204)


@require_POST
@login_required
def decide(request: SignedIn, number: str) -> HttpResponse:
    """Yes, solved; not yet; not needed any more."""
    found = find(request, number)
    form = Decision(request.POST)
    choice = form.cleaned_data["choice"] if form.is_valid() else ""
    try:
        if choice == "confirm":
            actions.confirm(found, by=request.user)
            messages.success(request, _("Good. Thank you for telling us."))
        elif choice == "reopen":
            actions.reopen(found, by=request.user)
            messages.success(request, _("We go on. Write below what is still wrong."))
        elif choice == "withdraw":
            actions.withdraw(found, by=request.user)
            messages.success(request, _("Taken back. The desk knows."))
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect(found)


@require_POST
@login_required
def people(request: SignedIn, number: str) -> HttpResponse:
    """Add a colleague who reads along and may write, or let one go."""
    found = find(request, number)
    if "remove" in request.POST:
        return remove(request, found)
    if decision_in(request.POST):
        return copied(request, found)
    form = ColleagueForm(request.POST)
    if form.is_valid():
        try:
            actions.add_participant(found, person=form.one, by=request.user)
        except Refused as refused:
            form.add_error("who", str(refused))
        else:
            words = _("%(name)s reads along now.")
            messages.success(request, words % {"name": form.one.name})
            return redirect(found)
    return page(request, found, status=422, colleague_form=form)


def copied(request: SignedIn, found: Ticket) -> HttpResponse:
    """A colleague in the copy of one's own mail: let them read along, or leave them out."""
    try:
        decide_copied(request, found)
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect(f"{found.get_absolute_url()}#people")


def remove(request: SignedIn, found: Ticket) -> HttpResponse:
    given = request.POST["remove"]
    pk = int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
    gone = get_object_or_404(Person, pk=pk, follows__ticket=found)
    actions.remove_participant(found, person=gone, by=request.user)
    words = _("%(name)s does not follow this any more.") % {"name": gone.name}
    messages.success(request, words)
    stays = request_page.visible(request.user).filter(pk=found.pk).exists()
    return redirect(found) if stays else redirect("my_requests")


def page(request: SignedIn, found: Ticket, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        **shown(request, found),
        "reply_form": ReplyForm(person=request.user),
        "colleague_form": ColleagueForm(),
        **forms,
    }
    return render(request, "tickets/portal/ticket.html", context, status=status)


def shown(request: SignedIn, found: Ticket) -> dict[str, Any]:
    built = request_page.build(found, request.user, timezone.now(), timezone.get_current_timezone())
    return {"page": built, "ticket": found}
