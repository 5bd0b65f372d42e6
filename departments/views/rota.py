"""Planning a rota, for leads: how the desk is paged, its layers, their turns."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from departments.actions import rota as actions
from departments.forms.layers import LayerForm
from departments.forms.on_call import RotaForm
from departments.models import Department, Person, Role, Rota, RotaLayer
from departments.on_call_weeks import layers_of
from departments.views.signed_in import SignedIn
from helpdesk.lib.errors import Refused


@login_required
@require_http_methods(["GET", "POST"])
def setup(request: SignedIn, slug: str) -> HttpResponseBase:
    """How the desk is paged, and the list of its layers."""
    desk = _led(request.user, slug)
    rota = Rota.objects.select_related("department").filter(department=desk).first()
    form = RotaForm(request.POST or None, rota=rota)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_up(desk, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error("webhook_secret", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("rota", slug)
    page = {"department": desk, "rota": rota, "form": form, "layers": layers_of(rota)}
    status = 422 if form.errors else 200
    return render(request, "departments/on_call/setup.html", page, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def create_layer(request: SignedIn, slug: str) -> HttpResponseBase:
    """One more layer; the first one makes the rota too."""
    desk = _led(request.user, slug)
    rota = Rota.objects.filter(department=desk).first() or Rota(department=desk)
    return _layer_page(request, rota, None)


@login_required
@require_http_methods(["GET", "POST"])
def layer(request: SignedIn, slug: str, pk: int) -> HttpResponseBase:
    """When a layer hands over, and who takes which turn."""
    found = _layer(request.user, slug, pk)
    return _layer_page(request, found.rota, found)


@login_required
@require_POST
def remove_layer(request: SignedIn, slug: str, pk: int) -> HttpResponseBase:
    """Nobody of it is called any more."""
    found = _layer(request.user, slug, pk)
    actions.remove_layer(found, by=request.user)
    messages.success(request, _("“%(name)s” is removed.") % {"name": found.name})
    return redirect("rota", slug)


def _layer_page(request: SignedIn, rota: Rota, found: RotaLayer | None) -> HttpResponseBase:
    now = timezone.now()
    form = LayerForm(request.POST or None, rota=rota, layer=found, by=request.user, now=now)
    if request.method == "POST" and form.is_valid():
        try:
            if rota._state.adding:
                rota = actions.set_up(rota.department, by=request.user)
            saved = actions.save_layer(rota, found, by=request.user, at=now, **form.values())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
            return redirect("on_call", rota.department.slug)
    page: dict[str, Any] = {"department": rota.department, "layer": found, "form": form}
    status = 422 if form.errors else 200
    return render(request, "departments/on_call/layer.html", page, status=status)


def _led(person: Person, slug: str) -> Department:
    """The department, for its leads; it does not exist for anybody else."""
    return get_object_or_404(Department.objects.with_desk_of(person, Role.LEAD), slug=slug)


def _layer(person: Person, slug: str, pk: int) -> RotaLayer:
    layers = RotaLayer.objects.filter(rota__department=_led(person, slug))
    return get_object_or_404(layers.select_related("rota__department"), pk=pk)
