"""Doors of the installation itself: health, figures for the machine room, kind error pages."""

import hmac

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django_prometheus.exports import ExportToDjangoView

from departments.actions import pulse
from departments.models import Heartbeat, Person
from helpdesk.lib.background import broker_answers

STALE_AFTER = {Heartbeat.WORKER: 60, Heartbeat.BEAT: 30, Heartbeat.MAIL: 60}


@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return JsonResponse({"ok": True})


@require_GET
def readyz(request: HttpRequest) -> HttpResponse:
    """Everything that a request needs is there; 503 and the names of what is not."""
    checks: dict[str, object] = {"database": database_answers(), "broker": broker_answers()}
    known = pulse.ages() if checks["database"] else {}
    for name, limit in STALE_AFTER.items():
        checks[name] = name in known and known[name] < limit
        checks[f"{name}_age_seconds"] = round(known[name], 1) if name in known else None
    ready = all(value for value in checks.values() if isinstance(value, bool))
    return JsonResponse({"ready": ready, **checks}, status=200 if ready else 503)


def database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        return False


@require_GET
def machine_figures(request: HttpRequest) -> HttpResponse:
    """Prometheus figures, for administrators and for whoever holds METRICS_TOKEN."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.METRICS_TOKEN
    holds = bool(token) and hmac.compare_digest(given.encode(), token.encode())
    if not holds and not (isinstance(request.user, Person) and request.user.is_administrator):
        raise Http404
    page: HttpResponse = ExportToDjangoView(request)
    return page


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page was open for too long, or cookies are off: say so, and keep the words typed."""
    kept = [
        (name, value)
        for name, value in request.POST.items()
        if len(value) > 20 and name not in {"csrfmiddlewaretoken", "password"}
    ]
    return render(request, "403_csrf.html", {"kept": kept}, status=403)
