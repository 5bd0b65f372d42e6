"""A message that belongs elsewhere: moved to another ticket, moved back, or split off."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import actions
from tickets.actions import regrouping, splitting
from tickets.forms.desk import suggested_people
from tickets.forms.regrouping import MoveMessageForm, SplitForm
from tickets.models import Message, Ticket
from tickets.rail import rail
from tickets.regrouped import candidates, readers_of
from tickets.views.work import find, settled
from tickets.workspace import Workspace


def find_message(request: SignedIn, number: str, pk: int) -> Message:
    """A public message of a ticket that this person works."""
    found = find(request, number)
    if not Workspace(found, request.user).may_work:
        raise Http404
    message = get_object_or_404(found.messages.public().select_related("author"), pk=pk)
    message.ticket = found
    return message


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: SignedIn, number: str, pk: int) -> HttpResponse:
    """Choose the other ticket; look at what will happen (GET with a number); do it (POST)."""
    message = find_message(request, number, pk)
    typed = request.POST if request.method == "POST" else request.GET
    form = MoveMessageForm(typed if "into" in typed else None, person=request.user)
    if not form.is_valid():
        return move_page(request, message, form)
    into, adds = form.cleaned_data["into"], form.cleaned_data["adds_author"]
    try:
        if request.method != "POST":
            regrouping.check(message, into, by=request.user)
            return move_page(request, message, form, into=into)
        actions.move_message(message, to=into, by=request.user, adds_author=adds)
    except Refused as problem:
        more = {"into": into} if problem.code == "author" else {}
        return move_page(request, message, form, banner=str(problem), **more)
    words = _("The message is here now. You can move it back from its menu.")
    messages.success(request, words)
    return redirect(f"{into.get_desk_url()}#message-{message.pk}")


def move_page(
    request: SignedIn, message: Message, form: MoveMessageForm, **more: Any
) -> HttpResponse:
    """The form with requests to choose from, or the question whether it belongs to this one."""
    into: Ticket | None = more.get("into")
    context = {
        "ticket": message.ticket,
        "message": message,
        "form": form,
        "candidates": [] if into else candidates(message, request.user),
        "readers": readers_of(into) if into else [],
        "state_before": regrouping.state_before(message) if into else "",
        "lacks_author": into is not None and regrouping.lacks_author(message, into),
        "rail": rail(request.user, slug=message.ticket.desk.slug, page="desk_message_move"),
        **more,
    }
    is_refused = form.is_bound and (into is None or "banner" in more)
    status = 422 if is_refused else 200
    return render(request, "tickets/desk/message_move.html", context, status=status)


@login_required
@require_POST
def back(request: SignedIn, number: str, pk: int) -> HttpResponse:
    """Take the move of a message back."""
    found = find(request, number)
    message = get_object_or_404(found.messages.public().select_related("ticket"), pk=pk)

    def act() -> None:
        gone = actions.move_back(message, by=request.user)
        words = _("Undone. The message is on %(number)s again.")
        messages.success(request, words % {"number": gone.ticket.number})

    return settled(request, found, forms.Form({}), act)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def split(request: SignedIn, number: str, pk: int) -> HttpResponse:
    """A request of its own, filled in from the message."""
    message, banner = find_message(request, number, pk), ""
    data = request.POST if request.method == "POST" else None
    form = SplitForm(data, message=message, key=uuid4().hex)
    if form.is_valid():
        try:
            return landed(request, split_off(form, message, request))
        except Refused as problem:
            banner = str(problem)
    context = {"ticket": message.ticket, "message": message, "form": form, "banner": banner}
    context |= {"suggested": suggested_people()}
    context["rail"] = rail(request.user, slug=message.ticket.desk.slug, page="desk_message_split")
    status = 422 if form.is_bound else 200
    return render(request, "tickets/desk/message_split.html", context, status=status)


def split_off(form: SplitForm, message: Message, request: SignedIn) -> Ticket:
    said = form.cleaned_data
    service, category = form.chosen()
    return splitting.split(
        message,
        actions.Request(
            summary=said["summary"],
            body=said["body"],
            desk=message.ticket.desk,
            service=service,
            category=category,
        ),
        requester=said["requester"],
        by=request.user,
        files=list(said.get("enclosed", ())),
        key=said["key"],
    )


def landed(request: SignedIn, ticket: Ticket) -> HttpResponse:
    """To the new ticket; what only others may read as a desk is shown as to an employee."""
    words = _("%(number)s is a request of its own now. Move it if another desk shall have it.")
    messages.success(request, words % {"number": ticket.number})
    is_mine = Ticket.objects.worked_by(request.user).filter(pk=ticket.pk).exists()
    return redirect(ticket.get_desk_url() if is_mine else ticket.get_absolute_url())
