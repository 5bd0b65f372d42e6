"""Categories in the studio: two levels, in the lead's order, never lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from departments.actions import publishing, timing
from departments.models import Category, Person
from departments.promise_rules import PromiseRules, TargetRule
from helpdesk.lib.errors import Refused
from tests.cast import PROMISES, Company
from tests.conftest import MONDAY
from tickets.actions import resettling

SignIn = Callable[[Person], Client]


@pytest.fixture
def lead(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.jonas)


@pytest.fixture
def power(company: Company) -> Category:
    return Category.objects.get(name="Power")


def add(company: Company, name: str, **more: Any) -> Category:
    return publishing.add_category(company.laptop, by=company.jonas, name=name, **more)


def names(company: Company, parent: Category | None = None) -> list[str]:
    rows = company.laptop.categories.filter(parent=parent)
    return list(rows.values_list("name", flat=True))


def test_a_lead_adds_a_category(company: Company, lead: Client, power: Category) -> None:
    words = {"name": "Does not start", "parent": power.pk, "hint": "black", "priority": "1"}
    assert lead.post(f"/studio/services/{company.laptop.pk}/categories/", words).status_code == 302
    made = Category.objects.get(name="Does not start")
    assert (made.parent, made.hint, made.priority) == (power, "black", 1)


def test_without_a_priority_the_service_says_it(company: Company, lead: Client) -> None:
    address = f"/studio/services/{company.laptop.pk}/categories/"
    assert "As the service: Normal" in lead.get(address).content.decode()
    lead.post(address, {"name": "Lost", "parent": "", "hint": "", "priority": ""})
    assert Category.objects.get(name="Lost").priority is None


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("name", ""), ("name", "x" * 81), ("name", "Power"), ("hint", "x" * 61), ("priority", "7")],
)
def test_what_makes_no_sense_is_refused(
    company: Company, lead: Client, field: str, wrong: str
) -> None:
    words = {"name": "Lost", "parent": "", "hint": "", "priority": "", field: wrong}
    answer = lead.post(f"/studio/services/{company.laptop.pk}/categories/", words)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_a_third_level_is_not_offered_and_not_taken(company: Company, lead: Client) -> None:
    words = {"name": "Too deep", "parent": company.battery.pk, "hint": "", "priority": ""}
    answer = lead.post(f"/studio/services/{company.laptop.pk}/categories/", words)
    assert answer.status_code == 422
    with pytest.raises(Refused, match="two levels"):
        add(company, "Too deep", parent=company.battery)


def test_a_group_of_another_service_is_not_taken(company: Company, power: Category) -> None:
    with pytest.raises(Refused, match="same service"):
        publishing.add_category(
            company.expenses, by=lead_of_finance(company), name="X", parent=power
        )


def lead_of_finance(company: Company) -> Person:
    company.tom.memberships.update(role="lead")
    return company.tom


def test_a_group_with_members_does_not_go_below_another(
    company: Company, lead: Client, power: Category
) -> None:
    other = add(company, "Screen")
    page = lead.get(f"/studio/categories/{power.pk}/")
    assert "parent" not in page.context["form"].fields
    with pytest.raises(Refused, match="two levels"):
        publishing.edit_category(power, by=company.jonas, name="Power", parent=other)


def test_the_same_name_may_stand_in_two_groups_but_not_twice_in_one(
    company: Company, power: Category
) -> None:
    add(company, "Battery or charging")
    with pytest.raises(Refused, match="already"):
        add(company, "Battery or charging", parent=power)
    with pytest.raises(Refused, match="already"):
        add(company, "Power")


def test_an_edit_is_kept(company: Company, lead: Client, power: Category) -> None:
    words = {"name": "Battery", "parent": power.pk, "hint": "empty", "priority": ""}
    assert lead.post(f"/studio/categories/{company.battery.pk}/", words).status_code == 302
    company.battery.refresh_from_db()
    assert (company.battery.name, company.battery.hint) == ("Battery", "empty")


def test_a_category_moves_to_another_group(company: Company, lead: Client) -> None:
    screen = add(company, "Screen")
    words = {"name": "Battery", "parent": screen.pk, "hint": "", "priority": ""}
    lead.post(f"/studio/categories/{company.battery.pk}/", words)
    assert names(company, screen) == ["Battery"]


@pytest.mark.parametrize(
    ("moved", "to", "order"),
    [
        ("A", "down", "BAC"),
        ("C", "up", "ACB"),
        ("A", "up", "ABC"),
        ("C", "down", "ABC"),
    ],
)
def test_buttons_move_a_category_one_place(
    company: Company, lead: Client, power: Category, moved: str, to: str, order: str
) -> None:
    Category.objects.filter(parent=power).delete()
    made = {name: add(company, name, parent=power) for name in "ABC"}
    answer = lead.post(f"/studio/categories/{made[moved].pk}/move/", {"to": to})
    assert answer.status_code == 302
    assert names(company, power) == list(order)


def test_retiring_a_group_retires_what_is_in_it_and_back(
    company: Company, lead: Client, power: Category
) -> None:
    lead.post(f"/studio/categories/{power.pk}/state/", {"to": "retired"})
    assert set(company.laptop.categories.values_list("is_retired", flat=True)) == {True}
    lead.post(f"/studio/categories/{power.pk}/state/", {"to": "offered"})
    assert set(company.laptop.categories.values_list("is_retired", flat=True)) == {False}


def test_a_category_does_not_come_back_before_its_group(company: Company, power: Category) -> None:
    publishing.retire_category(power, by=company.jonas)
    with pytest.raises(Refused, match="Power"):
        publishing.restore_category(company.battery, by=company.jonas)
    with pytest.raises(Refused, match="Power"):
        add(company, "New", parent=power)


def test_a_category_of_a_retired_group_stays_there_when_edited(
    company: Company, lead: Client, power: Category
) -> None:
    publishing.retire_category(power, by=company.jonas)
    words = {"name": "Battery", "parent": power.pk, "hint": "", "priority": ""}
    assert lead.post(f"/studio/categories/{company.battery.pk}/", words).status_code == 302
    assert names(company, power) == ["Battery"]


def test_a_retired_category_stays_on_its_requests(company: Company, make: Any) -> None:
    ticket = make.ticket(category=company.battery)
    publishing.retire_category(company.battery, by=company.jonas)
    ticket.refresh_from_db()
    assert ticket.category == company.battery


def test_the_list_costs_the_same_for_two_categories_and_for_thirty(
    company: Company, lead: Client, django_assert_max_num_queries: Any
) -> None:
    address = f"/studio/services/{company.laptop.pk}/categories/"
    lead.get(address)
    with django_assert_max_num_queries(40) as few:
        lead.get(address)
    for number in range(30):
        add(company, f"Kind {number}")
    with django_assert_max_num_queries(len(few)):
        lead.get(address)


@pytest.mark.parametrize("who", ["mihai", "andreea", "elif_", "sam"])
def test_a_stranger_moves_and_retires_nothing(company: Company, sign_in: SignIn, who: str) -> None:
    client = sign_in(getattr(company, who))
    for leaf in ("move", "state"):
        address = f"/studio/categories/{company.battery.pk}/{leaf}/"
        assert client.post(address, {"to": "retired"}).status_code == 404
    with pytest.raises(Refused, match="Only a lead"):
        publishing.retire_category(company.battery, by=getattr(company, who))


# --- A promise of its own ---------------------------------------------------------------------


def said(**more: Any) -> dict[str, Any]:
    return {"name": "Lost", "parent": "", "hint": "", "priority": "", "sla_policy": "", **more}


def test_a_kind_of_problem_has_a_promise_of_its_own(company: Company, lead: Client) -> None:
    fast = timing.found_policy("Fast", PROMISES, department=company.it)
    address = f"/studio/services/{company.laptop.pk}/categories/"
    lead.post(address, said(sla_policy=fast.pk))
    assert Category.objects.get(name="Lost").sla_policy == fast
    assert "Promise: Fast" in lead.get(address).content.decode()


def test_without_one_the_service_s_promise_holds(company: Company, lead: Client) -> None:
    address = f"/studio/categories/{company.battery.pk}/"
    assert "As the service: Standard" in lead.get(address).content.decode()
    lead.post(address, said(name="Battery", parent=company.battery.parent_id))
    assert Category.objects.get(name="Battery").sla_policy is None


def test_a_promise_of_another_desk_cannot_be_chosen(company: Company, lead: Client) -> None:
    other = timing.found_policy("Theirs", PROMISES, department=company.hr)
    address = f"/studio/categories/{company.battery.pk}/"
    assert "Theirs" not in lead.get(address).content.decode()
    answer = lead.post(address, said(sla_policy=other.pk))
    assert answer.status_code == 422
    assert "sla_policy" in answer.context["form"].errors


def test_a_new_request_of_that_kind_takes_its_promise(
    company: Company, lead: Client, make: Any
) -> None:
    rules = PromiseRules((TargetRule(2, "first_response", 15),))
    fast = timing.found_policy("Fast", rules, department=company.it)
    name, parent = company.battery.name, company.battery.parent_id
    words = said(name=name, parent=parent, priority="2", sla_policy=fast.pk)
    lead.post(f"/studio/categories/{company.battery.pk}/", words)
    ticket = make.ticket(category=Category.objects.get(pk=company.battery.pk))
    assert [clock.budget_minutes for clock in ticket.clocks.all()] == [15]


def test_open_requests_of_that_kind_follow_another_promise(
    company: Company, lead: Client, make: Any
) -> None:
    ticket = make.ticket(category=company.battery)
    fast = timing.found_policy(
        "Fast", PromiseRules((TargetRule(2, "first_response", 15),)), department=company.it
    )
    name, parent = company.battery.name, company.battery.parent_id
    words = said(name=name, parent=parent, priority="2", sla_policy=fast.pk)
    lead.post(f"/studio/categories/{company.battery.pk}/", words)
    resettling.resettle(now=MONDAY + timedelta(minutes=5))
    assert ticket.clocks.get(kind="first_response").budget_minutes == 15
