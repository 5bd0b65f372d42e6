"""People: finding a colleague, who to ask about what, who belongs where."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from departments import directory
from departments.models import Department


@login_required
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The chart and who to ask; or, with a question, who was found."""
    words = request.GET.get("q", "").strip()[:200]
    departments = list(Department.objects.order_by("order", "name"))
    chosen = next((d for d in departments if d.slug == request.GET.get("department")), None)
    page: dict[str, Any] = {"words": words, "departments": departments, "chosen": chosen}
    if words or chosen:
        found = directory.find(words, chosen)
        page |= {
            "found": found[: directory.MOST_FOUND],
            "has_more": len(found) > directory.MOST_FOUND,
        }
    else:
        page |= {"to_ask": directory.to_ask(), "chart": directory.chart()}
    return render(request, "departments/people.html", page)


@login_required
@require_GET
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One colleague: where they sit, what to ask them, what their clock says."""
    found = directory.known_by_name(pk)
    if found is None:
        raise Http404
    page = {
        "person": found,
        "local": directory.local_time(found, timezone.now()),
        "reports": directory.reports(found),
    }
    return render(request, "departments/person.html", page)
