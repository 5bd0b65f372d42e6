"""The desk's page about one ticket, and what agents do there."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from departments.models import Person
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import actions
from tickets.actions.conversation import NewsArrived
from tickets.forms.desk import (
    AssignForm,
    CategoryForm,
    DraftForm,
    MoveForm,
    PeopleForm,
    PriorityForm,
    StateForm,
    WriteForm,
    suggested_people,
)
from tickets.forms.files import drop_unsent
from tickets.forms.promising import new_promise_form
from tickets.models import Message, Outcome, State, Ticket
from tickets.rail import rail
from tickets.views.proposals import decide_copied
from tickets.workspace import Workspace, tickets_for


def find(request: SignedIn, number: str) -> Ticket:
    """The ticket with this number, now or before it moved; only for members of its desk."""
    kind = request.GET.get("draft", "")
    return get_object_or_404(tickets_for(request.user, kind).numbered(number))


def page(
    request: SignedIn, ticket: Ticket, *, form: WriteForm | None = None, **more: Any
) -> HttpResponse:
    """The whole page; with a refused form, its words and files are kept."""
    work = Workspace(ticket, request.user)
    context = {
        "work": work,
        "ticket": ticket,
        "composer": composer(work, form, more.get("seen")),
        "promise_form": new_promise_form(work) if work.slip and work.may_work else None,
        "kept": form.kept if form else [],
        "rail": rail(request.user, slug=ticket.desk.slug, page="desk_ticket"),
        **more,
    }
    refused = bool(more.get("banner") or (form is not None and form.errors))
    return render(request, "tickets/desk/ticket.html", context, status=422 if refused else 200)


def composer(work: Workspace, form: WriteForm | None, seen: int | None) -> dict[str, Any]:
    """What the field to write in is filled with: what was refused, else what is still unsent."""
    data = form.data if form is not None else {}
    wrong = form.errors.values() if form is not None else []
    hidden = {"seen": work.seen if seen is None else seen, "key": data.get("key") or uuid4().hex}
    # What was written before a merge goes out as it was meant, where the ticket goes on.
    is_on_its_way = work.ticket.merged_into_id is not None and data.get("kind") == "public"
    only_notes = work.ticket.state == State.CLOSED and not is_on_its_way
    if only_notes:
        hidden["kind"] = "note"
    return {
        "only_notes": only_notes,
        "kind": data.get("kind") or work.draft.kind,
        "text": data.get("body", work.draft.body),
        "error": " ".join(str(error) for errors in wrong for error in errors),
        "hidden": [{"name": name, "value": value} for name, value in hidden.items()],
        "ways": ways_to_send(work.ticket),
        "eases": eases_shown(work, data),
        "max_bytes": settings.ATTACHMENT_MAX_BYTES,
        "max_files": settings.ATTACHMENT_MAX_COUNT,
    }


def eases_shown(work: Workspace, data: Any) -> str:
    """Whether a reply can be marked as a workaround, and was."""
    if data.get("workaround"):
        return "checked"
    return "yes" if work.owes_workaround else ""


def ways_to_send(ticket: Ticket) -> list[dict[str, object]]:
    """What may come after a reply, beside nothing."""
    wait = _("Send and wait for %(name)s") % {"name": ticket.requester.first_name}
    ways: list[tuple[State, str, bool]] = [
        (State.WAITING_REQUESTER, wait, False),
        (State.RESOLVED, _("Send and solve"), True),
    ]
    return [
        {"value": state.value, "label": label, "solve": solves}
        for state, label, solves in ways
        if state in ticket.moves()
    ]


@login_required
@require_GET
def ticket(request: SignedIn, number: str) -> HttpResponse:
    """The workspace. A number from before a move leads to the number of today."""
    found = find(request, number)
    if found.number != number:
        return redirect(found.get_desk_url())
    return page(request, found)


@login_required
@require_GET
def thread(request: SignedIn, number: str) -> HttpResponse:
    """The conversation alone, for the live page."""
    work = Workspace(find(request, number), request.user)
    return render(request, "tickets/desk/thread.html", {"work": work, "ticket": work.ticket})


@login_required
@require_GET
def side(request: SignedIn, number: str) -> HttpResponse:
    """The details alone: a fragment for the live page, a page of its own on a narrow screen."""
    work = Workspace(find(request, number), request.user)
    context: dict[str, Any] = {"work": work, "ticket": work.ticket}
    if request.headers.get("X-Requested-With") == "fetch":
        return render(request, "tickets/desk/side.html", context)
    context["rail"] = rail(request.user, slug=work.ticket.desk.slug, page="desk_side")
    return render(request, "tickets/desk/details.html", context)


@login_required
@require_POST
def write(request: SignedIn, number: str) -> HttpResponse:
    """Send a reply or keep a note; what came in meanwhile is shown once before it goes out."""
    found = find(request, number)
    kept = request.POST.getlist("kept")
    form = WriteForm(request.POST, request.FILES, person=request.user, kept=kept)
    is_valid = form.is_valid()
    form.keep_files()
    if not is_valid:
        return page(request, found, form=form)
    try:
        said = send(found, form, request.user)
    except NewsArrived as news:
        return page(request, found, form=form, banner=str(news), seen=news.last_seen)
    except Refused as problem:
        return page(request, found, form=form, banner=str(problem))
    drop_unsent(form.kept, by=request.user)
    landed = found
    if said.ticket_id != found.pk:  # Found was merged: to where it goes on, if that is ours.
        landed = tickets_for(request.user).filter(pk=said.ticket_id).first() or found
    return redirect(f"{landed.get_desk_url()}#composer-form")


def send(found: Ticket, form: WriteForm, person: Person) -> Message:
    said = form.cleaned_data
    if form.is_note:
        return actions.note(
            found, by=person, body=said["body"], seen=said["seen"], files=form.kept, key=said["key"]
        )
    return actions.reply(
        found,
        by=person,
        body=said["body"],
        seen=said["seen"],
        then=said["then"],
        workaround=said["workaround"],
        files=form.kept,
        key=said["key"],
    )


@login_required
@require_POST
def draft(request: SignedIn, number: str) -> HttpResponse:
    """Keep what is being written."""
    found = find(request, number)
    form = DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    actions.save_draft(found, by=request.user, **form.cleaned_data)
    return HttpResponse(status=204)


def settled(
    request: SignedIn, found: Ticket, form: forms.Form, act: Callable[[], object]
) -> HttpResponse:
    """Do one small change and go back to where it was asked for; a refusal is shown there."""
    after = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(after, allowed_hosts={request.get_host()})
    try:
        if not form.is_valid():
            raise Refused(_("Choose one of the list, then save again."))
        act()
    except Refused as problem:
        if not is_ours:
            return page(request, found, banner=str(problem))
        messages.error(request, f"{found.number}: {problem}")
    return redirect(after if is_ours else found.get_desk_url())


@login_required
@require_POST
def assign(request: SignedIn, number: str) -> HttpResponse:
    """Take it, give it to a colleague, or put it back for anybody."""
    found = find(request, number)
    form = AssignForm(request.POST)

    def act() -> None:
        try:
            to = form.person(request.user)
        except Person.DoesNotExist:
            raise Refused(_("This person does not work here any more.")) from None
        actions.assign(found, to=to, by=request.user, expected=form.cleaned_data["expected"])

    return settled(request, found, form, act)


@login_required
@require_POST
def state(request: SignedIn, number: str) -> HttpResponse:
    """Hold, take up again, solve, close, reopen."""
    found = find(request, number)
    form = StateForm(request.POST)

    def act() -> None:
        wanted, outcome = form.cleaned_data["state"], form.cleaned_data["outcome"]
        if wanted == State.RESOLVED:
            actions.resolve(found, by=request.user, outcome=outcome or Outcome.SOLVED)
        elif wanted == State.CLOSED:
            actions.close(found, by=request.user, outcome=outcome)
        else:
            actions.set_state(found, wanted, by=request.user)

    return settled(request, found, form, act)


@login_required
@require_POST
def priority(request: SignedIn, number: str) -> HttpResponse:
    """How pressing it is."""
    found = find(request, number)
    form = PriorityForm(request.POST)

    def act() -> None:
        actions.change_priority(found, form.cleaned_data["priority"], by=request.user)

    return settled(request, found, form, act)


@login_required
@require_POST
def category(request: SignedIn, number: str) -> HttpResponse:
    """What kind of problem it really is."""
    found = find(request, number)
    form = CategoryForm(request.POST, found.service)

    def act() -> None:
        actions.change_category(found, form.cleaned_data["category"], by=request.user)

    return settled(request, found, form, act)


@login_required
@require_http_methods(["GET", "POST"])
def move(request: SignedIn, number: str) -> HttpResponse:
    """To another desk or service; leaving confidence is asked for once more."""
    found = find(request, number)
    if not Workspace(found, request.user).may_work:
        raise Http404
    form, banner, to_confirm = MoveForm(request.POST or None), "", False
    if form.is_bound and form.is_valid():
        desk, service = form.destination()
        sure = form.cleaned_data["confirmed"]
        try:
            gone = actions.move(
                found, to=desk, service=service, by=request.user, may_leave_confidential=sure
            )
        except Refused as problem:
            banner, to_confirm = str(problem), problem.code == "confirm"
            form = MoveForm(request.POST, asks_to_confirm=to_confirm)
        else:
            return moved(request, gone)
    context = {"ticket": found, "form": form, "banner": banner, "asks_to_confirm": to_confirm}
    context["rail"] = rail(request.user, slug=found.desk.slug, page="desk_move")
    return render(request, "tickets/desk/move.html", context, status=422 if form.is_bound else 200)


def moved(request: SignedIn, gone: Ticket) -> HttpResponse:
    """To the ticket at its new desk, or home when its new desk is not this person's."""
    words = _("%(number)s is at %(desk)s now.") % {"number": gone.number, "desk": gone.desk.name}
    messages.success(request, words)
    is_mine = Ticket.objects.worked_by(request.user).filter(pk=gone.pk).exists()
    return redirect(gone.get_desk_url() if is_mine else "desk_home")


@login_required
@require_http_methods(["GET", "POST"])
def people(request: SignedIn, number: str) -> HttpResponse:
    """Who follows the ticket beside the requester: add somebody, let somebody go."""
    found = find(request, number)
    form, banner = PeopleForm(request.POST if "person" in request.POST else None), ""
    try:
        if leaving := request.POST.get("remove", ""):
            person = get_object_or_404(Person, pk=leaving if leaving.isdecimal() else None)
            actions.remove_participant(found, person=person, by=request.user)
        elif decide_copied(request, found):
            pass
        elif form.is_bound and form.is_valid():
            actions.add_participant(found, person=form.cleaned_data["person"], by=request.user)
        if request.method == "POST" and form.errors == {}:
            return redirect("desk_people", found.number)
    except Refused as problem:
        banner = str(problem)
    context = {"ticket": found, "work": Workspace(found, request.user), "form": form}
    context |= {"banner": banner, "suggested": suggested_people()}
    context["rail"] = rail(request.user, slug=found.desk.slug, page="desk_people")
    status = 422 if request.method == "POST" else 200
    return render(request, "tickets/desk/people.html", context, status=status)
