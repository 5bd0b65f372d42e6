"""What departments offer: all services, one department, suggestions while typing."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from departments import catalogue, search
from departments.calendars import hours_of, rules_of
from departments.models import Department
from departments.permissions import may_publish, may_see_rota
from departments.views.signed_in import SignedIn

LONGEST_QUESTION = 200
SUGGESTED, FOUND = 7, 20


@require_safe
@login_required
def services(request: SignedIn) -> HttpResponse:
    """Everything on offer by department; with `q`, what fits the words."""
    question = asked(request)
    context: dict[str, Any] = {"question": question}
    if question:
        context["hits"] = options(search.find(request.user, question, FOUND))
    else:
        context["shelves"] = catalogue.shelves(
            request.user, timezone.now(), timezone.get_current_timezone()
        )
    return render(request, "departments/services.html", context)


@require_safe
@login_required
def suggest(request: SignedIn) -> HttpResponse:
    """Options for the search field: a fragment."""
    question = asked(request)
    hits = search.find(request.user, question, SUGGESTED)
    context = {"question": question, "options": options(hits)}
    return render(request, "departments/suggest.html", context)


@require_safe
@login_required
def department(request: SignedIn, slug: str) -> HttpResponse:
    """Who they are, what they offer, when and how to reach them."""
    found = Department.objects.select_related("head", "parent", "calendar")
    desk = get_object_or_404(found, slug=slug)
    now, tz = timezone.now(), timezone.get_current_timezone()
    calendar = desk.calendar or catalogue.installation().calendar
    zone = rules_of(calendar).zone
    context = {
        "department": desk,
        "shelf": next(iter(catalogue.shelves(request.user, now, tz, desk)), None),
        "opening": catalogue.opening_of(hours_of(calendar), now, tz),
        "week": catalogue.week(calendar, now),
        "closures": catalogue.closures_ahead(calendar, now),
        "desk_zone": "" if zone == request.user.time_zone else zone,
        "team": catalogue.team(desk),
        "may_publish": may_publish(request.user, desk),
        "is_inside": may_see_rota(request.user, desk),
    }
    return render(request, "departments/department.html", context)


def asked(request: SignedIn) -> str:
    """The words typed; a NUL is nothing that a database takes."""
    return request.GET.get("q", "").replace("\0", "")[:LONGEST_QUESTION].strip()


def options(hits: list[search.Hit]) -> list[dict[str, Any]]:
    """Hits as parts/combobox_options.html wants them."""
    return [
        {
            "url": address(hit),
            "label": label(hit.pieces),
            "line": hit.service.name if hit.category else hit.service.description,
            "icon": hit.service.icon,
            "tag": hit.service.department.name,
        }
        for hit in hits
    ]


def address(hit: search.Hit) -> str:
    form = reverse("ask", args=[hit.service.pk])
    return f"{form}?{urlencode({'category': hit.category.pk})}" if hit.category else form


def label(pieces: list[search.Piece]) -> SafeString:
    """The name with the found words marked."""
    marked = ((format_html("<mark>{}</mark>", text) if found else text,) for text, found in pieces)
    return format_html_join("", "{}", marked)
