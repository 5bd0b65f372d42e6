"""The queue of a desk: its lists, filters, order and pages."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from departments.models import Person, Priority, Service
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused
from tickets import actions, paging, queues
from tickets.forms import filters
from tickets.forms.desk import BulkForm
from tickets.models import Ticket
from tickets.permissions import people_who_may_work
from tickets.queues import View
from tickets.rail import Place, place_at, places_of, queue_url, rail


@login_required
@require_GET
def desk_home(request: SignedIn) -> HttpResponse:
    """The person's first desk; people without one go where they can ask."""
    first = next((place for place in places_of(request.user) if place.role), None)
    return redirect("queue", first.desk.slug) if first else redirect("home")


@login_required
@require_GET
def queue(request: SignedIn, slug: str) -> HttpResponse:
    """The whole page."""
    places = places_of(request.user, slug)
    context = listing(request, desk_of(places, slug))
    context["rail"] = rail(
        request.user, slug=slug, page="queue", view=context["view"], places=places
    )
    return render(request, "tickets/desk/queue.html", context)


@login_required
@require_GET
def rows(request: SignedIn, slug: str) -> HttpResponse:
    """The list alone, for the live page."""
    here = desk_of(places_of(request.user, slug), slug)
    return render(request, "tickets/desk/queue_rows.html", listing(request, here))


@login_required
@require_POST
def bulk(request: SignedIn, slug: str) -> HttpResponse:
    """One change to every ticked ticket; each is its own action, and each refusal is named."""
    here = desk_of(places_of(request.user, slug), slug)
    ticked = queues.desk_tickets(here.desk, request.user).filter(
        number__in=request.POST.getlist("ticket")[: paging.PAGE]
    )
    form, done = BulkForm(request.POST), 0
    for ticket in ticked.order_by("pk") if form.is_valid() else ():
        try:
            change(ticket, form, request.user)
            done += 1
        except Refused as problem:
            messages.error(request, f"{ticket.number}: {problem}")
    if done:
        words = ngettext("%(count)s ticket changed.", "%(count)s tickets changed.", done)
        messages.success(request, words % {"count": done})
    after = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(after, allowed_hosts={request.get_host()})
    return redirect(after if is_ours else queue_url(here.desk))


def change(ticket: Ticket, form: BulkForm, by: Person) -> None:
    if form.cleaned_data["take"]:
        actions.assign(ticket, to=by, by=by)
    if form.cleaned_data["priority"]:
        actions.change_priority(ticket, form.cleaned_data["priority"], by=by)


def desk_of(places: list[Place], slug: str) -> Place:
    """The desk, if this person is a member of it; else there is no such desk."""
    here = place_at(places, slug)
    if here is None:
        raise Http404
    return here


def listing(request: SignedIn, here: Place) -> dict[str, Any]:
    """One page of the list, with its counts and what narrows it."""
    person, now = request.user, timezone.now()
    asked = request.GET.get("view", "")
    view = View(asked) if asked in View.values else View.OPEN
    sorts = queues.sorts_of(view)
    sort = sorts.get(request.GET.get("sort", ""), next(iter(sorts.values())))
    narrowed = narrow(request, here, view)
    counts = (
        queues.count_all(narrowed.qs) if view == View.ALL else queues.count_groups(narrowed.qs, now)
    )
    listed = queues.listed(narrowed.qs, person)
    shown, cursor = paging.page_of(listed, sort, request.GET.get("after", ""))
    groups = queues.groups_of(shown, sort, counts, now, may_take=here.may_work)
    shown_as = {"here": here, "view": view, "sort": sort, "groups": groups, "counts": counts}
    shown_as["total"] = queues.count_words(counts["total"])
    return shown_as | around(request, here, view, sorts, narrowed, cursor)


def narrow(request: SignedIn, here: Place, view: View) -> filters.QueueFilter:
    """The view's tickets, narrowed by the filters in the address."""
    tickets = queues.desk_tickets(here.desk, request.user)
    members: list[Person] = list(people_who_may_work(here.desk, None))
    services = Service.objects.filter(department=here.desk).exclude(state=Service.State.DRAFT)
    return filters.QueueFilter(
        request.GET,
        queues.in_view(tickets, view, request.user, timezone.now()),
        reader=request.user,
        members=members,
        services=list(services.order_by("order", "name")),
    )


def around(
    request: SignedIn,
    here: Place,
    view: View,
    sorts: dict[str, paging.Sort],
    narrowed: filters.QueueFilter,
    cursor: str,
) -> dict[str, Any]:
    """What stands around the list: heading, chips, other orders, other pages."""
    query = request.GET
    secret = any(service.is_confidential for service in narrowed.services)
    return {
        "heading": view.heading(here.desk),
        "form": narrowed.form,
        "priorities": list(Priority),
        "chips": list(filters.chips(narrowed.form, query)),
        "views": [(one, filters.without(query, "sort", view=one)) for one in View],
        "sorts": [(one, filters.without(query, sort=one.key)) for one in sorts.values()],
        "next": filters.without(query, after=cursor) if cursor else "",
        "first": filters.without(query) if query.get("after") else "",
        "here_again": request.get_full_path(),
        "live_query": query.urlencode(),
        # Confidential tickets are never hinted by the name of their desk.
        "live": "any" if secret else f"desk:{here.desk.slug}",
    }
