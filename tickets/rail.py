"""The desk's navigation: a person's lists, desks and duties, with their numbers, in one query."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Exists, OuterRef, Q, Subquery, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from departments.models import Department, Membership, Person, Role
from tickets.models import Ticket
from tickets.queues import CappedCount, View, count_words, in_view

# The lists that stand in the rail: view, icon, key.
PERSONAL = ((View.MINE, "inbox", "g m"), (View.UNASSIGNED, "user", "g u"), (View.DUE, "clock", ""))
VIEWS = ((View.WAITING, "pause", ""), (View.OWING, "alert", ""))
STUDIO = {"studio", "service_create", "service_edit", "service_state", "service_categories"}
FIGURES = {"figures", "dashboard", "dashboard_tickets"}
LETTERS = {"letters", "letter", "mailboxes", "mailbox"}
OUTBOX = {"outbox", "outbox_mail"}
HOURS = {"calendars", "calendar_new", "calendar_edit", "calendar_feed", "calendar_history"} | {
    "studio_times",
    "house_times",
}
PROMISES = {"promises", "promise_new", "promise_edit", "promise_history"}
ON_CALL = {"on_call", "rota", "rota_layer", "rota_layer_create"}


@dataclass(frozen=True)
class Place:
    """A department, what this person is there, and how much waits there."""

    desk: Department
    role: str  # Empty: its head, but no member of its desk.
    is_head: bool
    counts: dict[str, int]

    @property
    def may_work(self) -> bool:
        return self.role in {Role.AGENT, Role.LEAD}


@dataclass(frozen=True)
class Item:
    """One place to go, as templates/parts/rail_item.html shows it."""

    label: str
    url: str
    icon: str = ""
    count: str = ""
    current: bool = False
    hot: bool = False
    dept: Department | None = None
    key: str = ""


@dataclass(frozen=True)
class Rail:
    """Four groups of places; any of them may be empty."""

    personal: Sequence[Item]
    views: Sequence[Item]
    desks: Sequence[Item]
    manage: Sequence[Item]


def places_of(person: Person, slug: str = "", now: datetime | None = None) -> list[Place]:
    """The departments where this person is a member of the desk, or the head.

    Each with the number of its open tickets; that of `slug` (without it, all of them) with the
    numbers of its lists too.
    """
    now = now or timezone.now()
    member = Membership.objects.filter(person=person, department=OuterRef("pk"))
    tickets = Ticket.objects.worked_by(person).filter(desk=OuterRef("pk"))
    here = Q(slug=slug) if slug else Q(pk__isnull=False)
    numbers = {
        f"count_{view}": Case(When(here, then=CappedCount(in_view(tickets, view, person, now))))
        for view, _icon, _key in (*PERSONAL, *VIEWS)
    }
    found = (
        Department.objects.filter(Exists(member) | Q(head=person))
        .annotate(
            role=Subquery(member.values("role")[:1]),
            count_open=CappedCount(tickets.unfinished()),
            **numbers,
        )
        .order_by("order", "name")
    )
    return [
        Place(
            desk=one,
            role=getattr(one, "role", None) or "",
            is_head=one.head_id == person.pk,
            counts={view: getattr(one, f"count_{view}", None) or 0 for view in View.values},
        )
        for one in found
    ]


def place_at(places: Sequence[Place], slug: str) -> Place | None:
    """The desk of this name, if the person is a member of it."""
    return next((place for place in places if place.role and place.desk.slug == slug), None)


def rail(
    person: Person,
    *,
    slug: str = "",
    page: str = "",
    view: str = "",
    places: Sequence[Place] | None = None,
) -> Rail:
    """The navigation of a desk page: `page` is the name of its address, `view` the queue's."""
    places = places_of(person, slug) if places is None else places
    desks = [place for place in places if place.role]
    here = place_at(places, slug) or next(iter(desks), None)
    shown = view if page == "queue" else ""
    is_open = shown == View.OPEN or page.startswith("desk_")
    return Rail(
        personal=[_list(here, *one, shown) for one in PERSONAL] if here else [],
        views=[*(_list(here, *one, shown) for one in VIEWS), _on_call(here, page)] if here else [],
        desks=[_desk(place, is_current=place is here and is_open) for place in desks],
        manage=_manage(person, places, here, page),
    )


def queue_url(desk: Department, view: str = View.OPEN) -> str:
    address = reverse("queue", args=[desk.slug])
    return address if view == View.OPEN else f"{address}?view={view}"


def _list(place: Place, view: View, icon: str, key: str, shown: str) -> Item:
    return Item(
        label=str(view.label),
        url=queue_url(place.desk, view),
        icon=icon,
        count=count_words(place.counts[view]),
        current=shown == view,
        hot=view == View.OWING and place.counts[view] > 0,
        key=key,
    )


def _on_call(place: Place, page: str) -> Item:
    address = reverse("on_call", args=[place.desk.slug])
    return Item(pgettext("rail", "On call"), address, "phone", current=page in ON_CALL)


def _desk(place: Place, *, is_current: bool) -> Item:
    return Item(
        label=place.desk.name,
        url=queue_url(place.desk),
        count=count_words(place.counts[View.OPEN]),
        current=is_current,
        dept=place.desk,
    )


def _manage(person: Person, places: Sequence[Place], here: Place | None, page: str) -> list[Item]:
    led = [place for place in places if place.role == Role.LEAD]
    studio = here if here in led else next(iter(led), None)
    found = []
    if led or any(place.is_head for place in places):
        address = reverse("figures")
        found.append(Item(_("Dashboard"), address, "chart", current=page in FIGURES, key="g d"))
    if studio is not None:
        address = reverse("studio", args=[studio.desk.slug])
        words = pgettext("rail", "Services")
        found.append(Item(words, address, "settings", current=page in STUDIO))
    if led or person.is_administrator:
        words = pgettext("rail", "Opening hours")
        found.append(Item(words, reverse("calendars"), "calendar", current=page in HOURS))
        words = pgettext("rail", "Promises")
        found.append(Item(words, reverse("promises"), "flag", current=page in PROMISES))
        found.append(Item(_("Mail"), reverse("letters"), "mail", current=page in LETTERS))
    if person.is_administrator:
        words = pgettext("mail", "Outbox")
        found.append(Item(words, reverse("outbox"), "send", current=page in OUTBOX))
    return found
