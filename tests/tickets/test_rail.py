"""The desk's navigation: who has which places, and the numbers beside them."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.models import Department, Membership, Person, Role
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.models import State, Ticket
from tickets.queues import COUNTED_AT_MOST, count_words
from tickets.rail import Item, places_of, rail

TIMES = ["Opening hours", "Promises"]


def labels(items: object) -> list[str]:
    assert isinstance(items, list)
    return [item.label for item in items]


@pytest.mark.parametrize(
    ("who", "desks", "manage"),
    [
        ("mihai", ["IT"], []),
        ("jonas", ["IT"], ["Dashboard", "Services", *TIMES, "Mail"]),
        ("andreea", ["HR"], ["Dashboard", "Services", *TIMES, "Mail"]),
        ("misaki", ["HR"], []),
        ("elif_", [], []),
        ("sam", [], [*TIMES, "Mail", "Outbox"]),
    ],
)
def test_everybody_has_the_places_of_their_duties(
    company: Company, who: str, desks: list[str], manage: list[str]
) -> None:
    found = rail(getattr(company, who))
    assert labels(found.desks) == desks
    assert labels(found.manage) == manage


def test_who_has_no_desk_has_no_lists(company: Company) -> None:
    found = rail(company.elif_)
    assert not [*found.personal, *found.views]


def test_a_head_without_a_place_at_the_desk_sees_figures_only(company: Company) -> None:
    Department.objects.filter(pk=company.finance.pk).update(head=company.elif_)
    found = rail(company.elif_)
    assert (labels(found.desks), labels(found.manage)) == ([], ["Dashboard"])


def test_the_numbers_are_those_of_the_lists(company: Company, make: Make) -> None:
    waits, mine, _free = make.ticket(), make.ticket(), make.ticket()
    actions.set_state(waits, State.WAITING_REQUESTER, by=company.mihai, at=MONDAY)
    actions.assign(mine, to=company.mihai, by=company.mihai, at=MONDAY)
    make.ticket(service=company.expenses)
    with time_machine.travel(MONDAY + timedelta(minutes=1), tick=False):
        found = rail(company.mihai, slug="it", page="queue", view="open")
    counts = {item.label: item.count for item in [*found.personal, *found.views, *found.desks]}
    assert counts == {
        "My tickets": "1",
        "Unassigned": "2",
        "Due today": "3",
        "Waiting for people": "1",
        "New promise owed": "0",
        "On call": "",
        "IT": "3",
    }


def test_a_confidential_ticket_counts_for_its_group_only(company: Company, make: Make) -> None:
    make.secret()
    Membership.objects.create(person=company.olga, department=company.hr, role=Role.LEAD)
    assert [item.count for item in rail(company.misaki).desks] == ["1"]
    assert [item.count for item in rail(company.olga).desks] == ["0"]


def current(person: Person, slug: str = "", page: str = "", view: str = "") -> list[str]:
    found = rail(person, slug=slug, page=page, view=view)
    items: list[Item] = [*found.personal, *found.views, *found.desks, *found.manage]
    return [item.label for item in items if item.current]


@pytest.mark.parametrize(
    ("here", "label"),
    [
        ({"slug": "it", "page": "queue", "view": "open"}, "IT"),
        ({"slug": "it", "page": "queue", "view": "mine"}, "My tickets"),
        ({"slug": "it", "page": "queue", "view": "due"}, "Due today"),
        ({"slug": "it", "page": "desk_ticket"}, "IT"),
        ({"slug": "it", "page": "studio"}, "Services"),
        ({"slug": "it", "page": "dashboard"}, "Dashboard"),
        ({"slug": "it", "page": "on_call"}, "On call"),
        ({"slug": "it", "page": "rota_layer"}, "On call"),
        ({"page": "letter"}, "Mail"),
    ],
)
def test_the_place_one_is_at_is_marked(company: Company, here: dict[str, str], label: str) -> None:
    assert current(company.jonas, **here) == [label]


def test_the_lists_are_those_of_the_desk_one_is_at(company: Company) -> None:
    Membership.objects.create(person=company.jonas, department=company.finance)
    found = rail(company.jonas, slug="finance", page="queue", view="open")
    assert found.personal[0].url == "/desk/finance/?view=mine"


def test_it_takes_one_query_however_many_desks_and_tickets(company: Company, make: Make) -> None:
    for desk in (company.hr, company.finance):
        Membership.objects.create(person=company.mihai, department=desk)
        make.ticket()
    with CaptureQueriesContext(connection) as asked:
        rail(company.mihai, slug="it", page="queue", view="mine")
    assert len(asked) == 1


def test_numbers_are_capped(company: Company) -> None:
    Ticket.objects.bulk_create(
        Ticket(number=f"IT-{n}", desk=company.it, requester=company.elif_, summary="x")
        for n in range(COUNTED_AT_MOST + 5)
    )
    (place,) = places_of(company.mihai)
    assert place.counts["open"] == COUNTED_AT_MOST
    assert rail(company.mihai).desks[0].count == "999+"


@pytest.mark.parametrize(("count", "words"), [(0, "0"), (999, "999"), (1000, "999+")])
def test_a_capped_number_says_that_it_is_more(count: int, words: str) -> None:
    assert count_words(count) == words
