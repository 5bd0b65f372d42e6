"""The publishing studio: leads make, change, publish and retire the services of their desk."""

from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from departments import shelf as read
from departments.actions import publishing
from departments.forms.categories import CategoryForm
from departments.forms.studio import ServiceForm
from departments.models import Category, Department, Person, Role, Service
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused

State = Service.State


# --- Services -------------------------------------------------------------------------------


@login_required
@require_GET
def shelf(request: SignedIn, slug: str) -> HttpResponse:
    """What the desk offers, by state."""
    department = _led(request.user, slug)
    page = {"department": department, "boards": read.boards(department)}
    return render(request, "departments/studio/shelf.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def create(request: SignedIn, slug: str) -> HttpResponseBase:
    """A new draft."""
    department = _led(request.user, slug)
    form = ServiceForm(request.POST or None, department=department)
    if request.method == "POST" and form.is_valid():
        service = publishing.create_service(department, by=request.user, **form.values())
        messages.success(
            request, _("“%(name)s” is a draft. Publish it when it is ready.") % {"name": service}
        )
        return redirect("service_edit", service.pk)
    page = {"department": department, "form": form}
    status = 422 if form.errors else 200
    return render(request, "departments/studio/create.html", page, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: SignedIn, pk: int) -> HttpResponseBase:
    """Everything about one service but its categories."""
    service = _service(request.user, pk)
    # Validation writes into the form's service; the page shows the one that is stored.
    form = ServiceForm(request.POST or None, instance=copy(service), department=service.department)
    news: list[tuple[str, str]] = []
    if request.method == "POST" and form.is_valid():
        try:
            seen = form.cleaned_data["seen"]
            publishing.edit_service(service, by=request.user, seen=seen, **form.values())
        except publishing.ChangedMeanwhile as refusal:
            news = form.take_up(refusal.service)
            form.add_error(None, str(refusal))
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("service_edit", pk)
    page = _editor(service, {"form": form, "news": news})
    status = 422 if form.errors else 200
    return render(request, "departments/studio/edit.html", page, status=status)


STATES = {
    State.PUBLISHED: publishing.publish_service,
    State.RETIRED: publishing.retire_service,
    State.DRAFT: publishing.return_to_draft,
}
DONE = {
    State.PUBLISHED: gettext_lazy("Published. People can ask for it now."),
    State.RETIRED: gettext_lazy("Retired. Its requests stay, new ones are not taken."),
    State.DRAFT: gettext_lazy("It is a draft now. Nobody can ask for it until you publish it."),
}


@login_required
@require_POST
def state(request: SignedIn, pk: int) -> HttpResponseBase:
    """Publish, retire, or back to draft."""
    service = _service(request.user, pk)
    wanted = request.POST.get("to", "")
    if wanted not in STATES:
        raise Http404
    try:
        STATES[State(wanted)](service, by=request.user)
    except Refused as refusal:
        form = ServiceForm(instance=copy(service), department=service.department)
        page = _editor(service, {"form": form, "refusal": str(refusal)})
        return render(request, "departments/studio/edit.html", page, status=422)
    messages.success(request, DONE[State(wanted)])
    return redirect("service_edit", pk)


# --- Categories -----------------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "POST"])
def categories(request: SignedIn, pk: int) -> HttpResponseBase:
    """The exact kinds of problem inside a service, and a form for one more."""
    service = _service(request.user, pk)
    form = CategoryForm(request.POST or None, service=service)
    if request.method == "POST" and form.is_valid():
        try:
            added = publishing.add_category(service, by=request.user, **form.values())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("“%(name)s” is in the list.") % {"name": added})
            return redirect("service_categories", pk)
    groups = read.groups(service, with_retired=True)
    page = _editor(service, {"form": form, "groups": groups})
    status = 422 if form.errors else 200
    return render(request, "departments/studio/categories.html", page, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def category(request: SignedIn, pk: int) -> HttpResponseBase:
    """One category."""
    found = _category(request.user, pk)
    form = CategoryForm(request.POST or None, instance=copy(found), service=found.service)
    if request.method == "POST" and form.is_valid():
        try:
            publishing.edit_category(found, by=request.user, **form.values())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("service_categories", found.service_id)
    page = _editor(found.service, {"form": form, "category": found})
    status = 422 if form.errors else 200
    return render(request, "departments/studio/category.html", page, status=status)


@login_required
@require_POST
def move(request: SignedIn, pk: int) -> HttpResponseBase:
    """One place up or down."""
    found = _category(request.user, pk)
    publishing.move_category(found, by=request.user, up=request.POST.get("to") == "up")
    return redirect("service_categories", found.service_id)


@login_required
@require_POST
def category_state(request: SignedIn, pk: int) -> HttpResponseBase:
    """Retire a category or bring it back."""
    found = _category(request.user, pk)
    if request.POST.get("to") == "retired":
        publishing.retire_category(found, by=request.user)
        messages.success(request, _("“%(name)s” cannot be chosen any more.") % {"name": found})
    else:
        publishing.restore_category(found, by=request.user)
        messages.success(request, _("“%(name)s” can be chosen again.") % {"name": found})
    return redirect("service_categories", found.service_id)


# --- What a lead may see --------------------------------------------------------------------


def _led(person: Person, slug: str) -> Department:
    """The department, for its leads; it does not exist for anybody else."""
    led = Department.objects.with_desk_of(person, Role.LEAD)
    return get_object_or_404(led.select_related("calendar", "sla_policy"), slug=slug)


def _service(person: Person, pk: int) -> Service:
    services = Service.objects.manageable_by(person).select_related(
        "calendar", "sla_policy", "department__calendar", "department__sla_policy"
    )
    return get_object_or_404(services, pk=pk)


def _category(person: Person, pk: int) -> Category:
    services = Service.objects.manageable_by(person)
    categories = Category.objects.filter(service__in=services)
    related = ("parent", "service__calendar", "service__sla_policy")
    desk = ("service__department__calendar", "service__department__sla_policy")
    return get_object_or_404(categories.select_related(*related, *desk), pk=pk)


def _editor(service: Service, more: dict[str, Any]) -> dict[str, Any]:
    """What every page about one service shows."""
    return {
        "service": service,
        "department": service.department,
        "preview": read.preview(service, timezone.now()),
        **more,
    }
