"""The desk puts a ticket off until a moment."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import actions
from tickets.forms.put_off import SnoozeForm
from tickets.rail import rail
from tickets.views.work import find
from tickets.workspace import Workspace


@login_required
@require_http_methods(["GET", "POST"])
def snooze(request: SignedIn, number: str) -> HttpResponse:
    """Until a ready choice of the ticket's page, or any moment given here."""
    work = Workspace(find(request, number), request.user)
    if not work.may_work:
        raise Http404
    form = SnoozeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("until", "requester_asked", "note")}
        try:
            actions.snooze(work.ticket, by=request.user, **said)
        except Refused as problem:
            form.add_error("when", str(problem))
        else:
            return redirect(work.ticket.get_desk_url())
    context = {"ticket": work.ticket, "work": work, "form": form}
    context["rail"] = rail(request.user, slug=work.ticket.desk.slug, page="desk_snooze")
    status = 422 if form.is_bound else 200
    return render(request, "tickets/desk/snooze.html", context, status=status)
