"""The dashboard of a department, for leads and heads, and the tickets behind each figure."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from departments.permissions import managed_by
from departments.views.signed_in import SignedIn
from metrics import drill
from metrics.dashboards import calendar_of, default_period
from metrics.dashboards import dashboard as figures_of
from metrics.forms import PeriodForm
from metrics.measures import SMALLEST_SECRET_GROUP, is_secret
from metrics.periods import PRESETS, Period
from tickets.models import Ticket


@login_required
@require_GET
def home(request: SignedIn) -> HttpResponse:
    """The first department whose figures this person sees."""
    first = managed_by(request.user).order_by("order", "name").first()
    if first is None:
        raise Http404
    return redirect("dashboard", first.slug)


@login_required
@require_GET
def dashboard(request: SignedIn, slug: str) -> HttpResponse:
    """Figures of one department and period."""
    managed = managed_by(request.user).order_by("order", "name")
    desk = get_object_or_404(managed, slug=slug)
    now, calendar = timezone.now(), calendar_of(desk)
    form, period = wished(request, default_period(calendar, now))
    context = {
        "desk": desk,
        "departments": managed,
        "form": form,
        "period": period,
        "presets": PRESETS,
        "calendar": calendar,
        "board": figures_of(desk, calendar, period, now),
        "now": now,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "metrics/dashboard.html", context, status=status)


def wished(request: SignedIn, default: Period) -> tuple[PeriodForm, Period]:
    form = PeriodForm(request.GET if request.GET else None)
    return form, form.period(default)


@login_required
@require_GET
def tickets(request: SignedIn, slug: str) -> HttpResponse:
    """The tickets behind a figure, as far as the viewer may see them."""
    person = request.user
    desk = get_object_or_404(managed_by(person), slug=slug)
    now = timezone.now()
    _form, period = wished(request, default_period(calendar_of(desk), now))
    figure = request.GET.get("figure", "")
    behind = drill.facts(desk, period, figure, request.GET.dict(), now)
    seen = Ticket.objects.visible_to(person).filter(pk__in=behind.values("pk")).for_row()
    shown = list(seen.order_by("-opened_at", "-pk")[: drill.AT_MOST])
    worked = set(
        Ticket.objects.worked_by(person)
        .filter(pk__in=[ticket.pk for ticket in shown])
        .values_list("pk", flat=True)
    )
    context = {
        "desk": desk,
        "period": period,
        "figure": figure,
        "tickets": [(ticket, ticket.pk in worked) for ticket in shown],
        "hidden": shown_count(behind.count() - len(shown), secret=is_secret(desk)),
        "now": now,
    }
    return render(request, "metrics/tickets.html", context)


def shown_count(count: int, *, secret: bool) -> int:
    """How many are not shown; a small number of a confidential desk says too much."""
    return 0 if secret and count < SMALLEST_SECRET_GROUP else count
