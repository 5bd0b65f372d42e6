"""Filing a request for somebody who telephones or stands at the desk."""

from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from departments.models import Department, Person
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import actions
from tickets.forms.desk import FileForForm, suggested_people
from tickets.models import Ticket
from tickets.rail import place_at, places_of, rail


@login_required
@require_http_methods(["GET", "POST"])
def file_for(request: SignedIn, slug: str) -> HttpResponse:
    """The form, and the ticket that comes of it."""
    places = places_of(request.user, slug)
    here = place_at(places, slug)
    if here is None or not here.may_work:
        raise Http404
    form = FileForForm(request.POST or None, desk=here.desk, initial={"key": uuid4().hex})
    banner = ""
    if form.is_bound and form.is_valid():
        try:
            return filed(request, opened(form, here.desk, request.user))
        except Refused as problem:
            banner = str(problem)
    context = {"here": here, "form": form, "banner": banner, "suggested": suggested_people()}
    context["rail"] = rail(request.user, slug=slug, page="desk_new", places=places)
    return render(
        request, "tickets/desk/file_for.html", context, status=422 if form.is_bound else 200
    )


def opened(form: FileForForm, desk: Department, by: Person) -> Ticket:
    """The ticket, in the name of the person who asked."""
    said = form.cleaned_data
    service, category = form.chosen()
    return actions.open_ticket(
        actions.Request(
            summary=said["summary"],
            body=said["body"],
            desk=desk,
            service=service,
            category=category,
            channel=said["channel"],
            answered_on_the_spot=said["answered"],
        ),
        requester=said["requester"],
        by=by,
        key=said["key"],
    )


def filed(request: SignedIn, ticket: Ticket) -> HttpResponse:
    """To the ticket. What only others may read as a desk is shown as to an employee."""
    words = _("%(number)s is filed for %(name)s.")
    messages.success(request, words % {"number": ticket.number, "name": ticket.requester.name})
    is_mine = Ticket.objects.worked_by(request.user).filter(pk=ticket.pk).exists()
    return redirect(ticket.get_desk_url() if is_mine else ticket.get_absolute_url())
