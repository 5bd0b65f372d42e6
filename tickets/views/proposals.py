"""Whose request a forwarded letter is: of who wrote it, or of who forwarded it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from departments.models import Person
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import permissions
from tickets.actions import refiling
from tickets.forms.proposals import OpenForForm, decision_in
from tickets.models import ProposedParticipant, ProposedRequester, Ticket
from tickets.proposals import copied_on, forwarded_on
from tickets.rail import rail


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def open_for(request: SignedIn, number: str) -> HttpResponse:
    """Choose whose request it is (GET), and say so (POST)."""
    tickets = Ticket.objects.visible_to(request.user).select_related("desk", "service", "requester")
    found = get_object_or_404(tickets.numbered(number))
    if not permissions.may_refile(request.user, found):
        raise Http404
    proposal = forwarded_on(found, request.user)
    if proposal is None:
        messages.info(request, _("Somebody has decided this meanwhile."))
        return redirect(home_of(found, request.user))
    form = OpenForForm(request.POST or None, proposal=proposal)
    if form.is_bound and form.is_valid():
        try:
            decide(proposal, form.cleaned_data["person"], request.user)
        except Refused as problem:
            form.add_error(None, str(problem))
        else:
            messages.success(request, said(form.cleaned_data["person"]))
            return redirect(home_of(found, request.user))
    context = {"ticket": found, "proposal": proposal, "form": form}
    context["rail"] = rail(request.user, slug=found.desk.slug, page="desk_open_for")
    status = 422 if form.errors else 200
    return render(request, "tickets/desk/open_for.html", context, status=status)


def decide(proposal: ProposedRequester, person: Person | None, by: Person) -> None:
    if person is None:
        refiling.keep_own(proposal.ticket, by=by)
    else:
        refiling.open_for(proposal.ticket, person=person, by=by)


def said(person: Person | None) -> str:
    if person is None:
        return _("It stays as it is.")
    return _("It is the request of %(name)s now, who hears of it.") % {"name": person.name}


def home_of(ticket: Ticket, person: Person) -> str:
    """Its page at the desk, else as an employee."""
    is_worked = Ticket.objects.worked_by(person).filter(pk=ticket.pk).exists()
    return ticket.get_desk_url() if is_worked else ticket.get_absolute_url()


def decide_copied(request: SignedIn, found: Ticket) -> ProposedParticipant | None:
    """Do what a page's button about a colleague in copy says; None when it is none of these."""
    decision = decision_in(request.POST)
    if decision is None:
        return None
    pk, is_wanted = decision
    waiting = copied_on(found, request.user)
    proposal = next((each for each in waiting if each.pk == pk), None)
    if proposal is None:
        raise Refused(_("Somebody has decided this meanwhile."))
    refiling.decide_participant(proposal, is_wanted=is_wanted, by=request.user)
    return proposal
