"""The employee's home and list of requests."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from departments import catalogue
from departments.models import Person
from departments.views.signed_in import SignedIn
from tickets import requests

MORNING, AFTERNOON, EVENING = 5, 12, 18
SERVICES_ON_A_CARD = 4


@require_safe
@login_required
def home(request: SignedIn) -> HttpResponse:
    """Ask, see what is promised, see who is there."""
    now, tz = timezone.now(), timezone.get_current_timezone()
    shelves = catalogue.shelves(request.user, now, tz)
    context = {
        "greeting": greeting(request.user, now.astimezone(tz)),
        "shelves": shelves,
        "services": sum(len(shelf.offered) for shelf in shelves),
        "services_on_a_card": SERVICES_ON_A_CARD,
        "rows": requests.on_home(request.user, now, tz),
        "heads": catalogue.heads_to_ask(shelf.department for shelf in shelves),
    }
    return render(request, "tickets/portal/home.html", context)


@require_safe
@login_required
def my_requests(request: SignedIn) -> HttpResponse:
    """Everything the person asked for, filed or follows: open, or done."""
    before = request.GET.get("before", "")
    done = request.GET.get("show") == "done"
    page = requests.page(
        request.user,
        timezone.now(),
        timezone.get_current_timezone(),
        done=done,
        cursor=before or request.GET.get("after", ""),
        back=bool(before),
    )
    return render(request, "tickets/portal/my_requests.html", {"page": page, "done": done})


def greeting(person: Person, here: datetime) -> str:
    """“Good morning, Elif”, by the person's own clock."""
    name = {"name": person.first_name}
    if MORNING <= here.hour < AFTERNOON:
        return _("Good morning, %(name)s") % name
    if AFTERNOON <= here.hour < EVENING:
        return _("Good afternoon, %(name)s") % name
    return _("Good evening, %(name)s") % name
