"""What every page knows: the company, the reader's looks, their desks and their news."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from departments.models import Department, Installation, Person
from tickets.models.notification import unread_count
from tickets.rail import Rail, rail

AUTO = {Person.Theme.AUTO.value, Person.Density.AUTO.value}


def page(request: HttpRequest) -> dict[str, Any]:
    """Values for base.html. What costs a query is asked only when a template shows it."""
    person = getattr(request, "user", None)
    shared = {"company": _lazy(company), "brand": _lazy(brand), "demo": settings.DEMO}
    if not isinstance(person, Person):
        return shared
    return {
        **shared,
        "theme": "" if person.theme in AUTO else person.theme,
        "density": "" if person.density in AUTO else person.density,
        "single_keys": person.single_keys,
        "live_url": live_url(request),
        "my_desks": _lazy(lambda: list(Department.objects.with_desk_of(person))),
        "rail": _lazy(lambda: rail_here(request, person)),
        "unread_count": _lazy(lambda: unread_count(person)),
    }


def rail_here(request: HttpRequest, person: Person) -> Rail:
    """The desk's navigation on pages whose view did not make it itself."""
    match = request.resolver_match
    slug = str(match.kwargs.get("slug", "")) if match else ""
    return rail(person, slug=slug, page=(match.url_name or "") if match else "")


def live_url(request: HttpRequest) -> str:
    """Where this page hears that something changed."""
    if not settings.LIVE_PORT:
        return "/live/"
    host = request.get_host().rpartition(":")[0] or request.get_host()
    return f"http://{host}:{settings.LIVE_PORT}/live/"


def company() -> str:
    """The company's name, kept for a minute because every page shows it."""
    name: str | None = cache.get("company")
    if name is None:
        name = Installation.objects.values_list("company", flat=True).first() or ""
        if name:
            cache.set("company", name, 60)
    # An installation that nobody has named yet is called like the product.
    return "" if name == Installation._meta.get_field("company").default else name


def brand() -> str:
    """The product's name with the company's."""
    name = company()
    return gettext("{company} Helpdesk").format(company=name) if name else gettext("Helpdesk")


def _lazy(ask: Callable[[], object]) -> object:
    return SimpleLazyObject(ask)
