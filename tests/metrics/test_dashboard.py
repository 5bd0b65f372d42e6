"""The dashboard's doors: who gets in, what bad dates do, and where a figure leads."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from departments.models import Department, Membership, Person, Role
from metrics import rollup
from tests.cast import Company
from tests.conftest import Make
from tickets import actions

SignIn = Callable[[Person], Client]


@pytest.fixture
def measured(make: Make, company: Company) -> None:
    """Six answered IT tickets and three HR ones, of the last days."""
    now = timezone.now()
    for day in range(6):
        at = now - timedelta(days=day, hours=2)
        ticket = make.ticket(at=at)
        actions.reply(ticket, by=company.mihai, body="Hi", at=at + timedelta(minutes=9))
    for day in range(3):
        secret = make.secret(at=now - timedelta(days=day, hours=2))
        actions.reply(secret, by=company.misaki, body="Hi", at=now - timedelta(days=day, hours=1))
    rollup.measure_changed()


@pytest.mark.parametrize(
    ("who", "status"),
    [("jonas", 200), ("mihai", 404), ("elif_", 404), ("tom", 404), ("andreea", 404), ("sam", 404)],
)
def test_only_leads_and_heads_see_figures(
    company: Company, sign_in: SignIn, who: str, status: int
) -> None:
    answer = sign_in(getattr(company, who)).get("/figures/it/")
    assert answer.status_code == status


def test_a_head_of_a_parent_department_sees_the_children(company: Company, sign_in: SignIn) -> None:
    parent = Department.objects.create(name="Operations", slug="ops", prefix="OPS")
    Department.objects.filter(pk=parent.pk).update(head=company.olga)
    Department.objects.filter(pk=company.it.pk).update(parent=parent)
    assert sign_in(company.olga).get("/figures/it/").status_code == 200
    assert sign_in(company.olga).get("/figures/hr/").status_code == 404


def test_the_way_in_leads_to_ones_own_department(company: Company, sign_in: SignIn) -> None:
    assert sign_in(company.jonas).get("/figures/")["Location"] == "/figures/it/"
    assert sign_in(company.elif_).get("/figures/").status_code == 404


def test_the_page_shows_numbers_sentences_and_tables(
    measured: None, company: Company, sign_in: SignIn
) -> None:
    page = sign_in(company.jonas).get("/figures/it/").content.decode()
    assert page.count("Show as table") >= 4
    assert "n = 6" in page
    assert "How it is counted" in page


def test_small_groups_of_a_confidential_desk_are_kept_back(
    measured: None, company: Company, sign_in: SignIn
) -> None:
    page = sign_in(company.andreea).get("/figures/hr/").content.decode()
    assert "fewer than five" in page
    assert "n = 3" not in page


@pytest.mark.parametrize(
    "query",
    ["days=7", "days=90", "first=2026-01-01&last=2026-02-01", "first=2026-03-29&last=2026-03-29"],
)
def test_periods_can_be_chosen(company: Company, sign_in: SignIn, query: str) -> None:
    assert sign_in(company.jonas).get(f"/figures/it/?{query}").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "days=8",
        "days=x",
        "first=yesterday&last=2026-01-01",
        "first=2026-02-30&last=2026-03-01",
        "first=2026-03-02&last=2026-03-01",
        "first=2024-01-01&last=2026-01-01",
        "first=0001-01-01&last=0001-01-02",
        "first=9999-01-01&last=9999-12-31",
    ],
)
def test_unreadable_periods_are_said_and_the_last_thirty_days_shown(
    company: Company, sign_in: SignIn, query: str
) -> None:
    answer = sign_in(company.jonas).get(f"/figures/it/?{query}")
    assert answer.status_code == 422
    assert "The last 30 days are shown" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("figure=answer", 6),
        ("figure=solution", 0),
        ("figure=answer_kept", 6),
        ("figure=answer_missed", 0),
        ("figure=arrivals", 6),
        ("figure=backlog", 6),
        ("figure=backlog&band=0", 1),
        ("figure=backlog&band=4", 0),
        ("figure=backlog&band=99", 6),
        ("figure=agent&person=0", 0),
        ("figure=agent&person=x", 0),
        ("figure=nonsense", 0),
        ("", 0),
    ],
)
def test_a_figure_leads_to_its_tickets(
    measured: None, company: Company, sign_in: SignIn, query: str, rows: int
) -> None:
    page = sign_in(company.jonas).get(f"/figures/it/tickets/?{query}").content.decode()
    assert page.count('<th scope="row">') == rows


def test_a_figure_leads_only_to_tickets_one_may_read(
    measured: None, company: Company, sign_in: SignIn
) -> None:
    Membership.objects.create(person=company.olga, department=company.hr, role=Role.LEAD)
    page = sign_in(company.olga).get("/figures/hr/tickets/?figure=answer").content.decode()
    assert "anary" not in page
    assert "more request" not in page


@pytest.mark.parametrize("tickets", [1, 25])
def test_the_page_costs_the_same_for_many_tickets(
    make: Make,
    company: Company,
    sign_in: SignIn,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    tickets: int,
) -> None:
    for hour in range(tickets):
        make.ticket(at=timezone.now() - timedelta(hours=hour + 1))
    rollup.measure_changed()
    client = sign_in(company.jonas)
    client.get("/figures/it/")
    with django_assert_max_num_queries(22):
        client.get("/figures/it/")
