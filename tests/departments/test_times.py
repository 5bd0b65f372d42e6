"""Choosing which calendar and promise hold: for a desk by its leads, for the house by Sam."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from departments.actions import choosing, timing
from departments.models import Calendar, Department, Installation, Person, SLAPolicy, TimesChange
from helpdesk.lib.errors import Refused
from tests.cast import OFFICE_HOURS, PROMISES, Company
from tests.tickets.pages import tree_of, words_of

SignIn = Callable[[Person], Client]
IT, HOUSE = "/studio/it/times/", "/house/times/"


@pytest.fixture
def own(company: Company) -> tuple[Calendar, SLAPolicy]:
    return (
        timing.found_calendar("IT hours", OFFICE_HOURS, department=company.it),
        timing.found_policy("IT quick", PROMISES, department=company.it),
    )


def options(answer: Any, name: str) -> dict[str, str]:
    found = tree_of(answer).xpath("//select[@name=$name]/option", name=name)
    return {str(option.text_content()): str(option.get("value")) for option in found}


def test_a_lead_chooses_for_the_desk(
    company: Company, sign_in: SignIn, own: tuple[Calendar, SLAPolicy]
) -> None:
    client = sign_in(company.jonas)
    sent = {"calendar": own[0].pk, "sla_policy": own[1].pk}
    assert client.post(IT, sent).status_code == 302
    it = Department.objects.get(slug="it")
    assert (it.calendar, it.sla_policy) == own
    assert TimesChange.objects.get().department == it


def test_a_lead_goes_back_to_what_holds_everywhere(
    company: Company, sign_in: SignIn, own: tuple[Calendar, SLAPolicy]
) -> None:
    Department.objects.filter(slug="it").update(calendar=own[0], sla_policy=own[1])
    sign_in(company.jonas).post(IT, {"calendar": "", "sla_policy": ""})
    it = Department.objects.get(slug="it")
    assert (it.calendar, it.sla_policy) == (None, None)


def test_the_same_choice_again_moves_no_clock(company: Company, sign_in: SignIn) -> None:
    assert sign_in(company.jonas).post(IT, {}).status_code == 302
    assert not TimesChange.objects.exists()


def test_a_lead_is_offered_their_own_and_the_house_s(
    company: Company, sign_in: SignIn, own: tuple[Calendar, SLAPolicy]
) -> None:
    timing.found_calendar("HR hours", OFFICE_HOURS, department=company.hr)
    found = options(sign_in(company.jonas).get(IT), "calendar")
    assert list(found) == ["As everywhere here: Istanbul office", "Istanbul office", "IT hours"]


def test_what_is_chosen_stands_there(
    company: Company, sign_in: SignIn, own: tuple[Calendar, SLAPolicy]
) -> None:
    Department.objects.filter(slug="it").update(calendar=own[0])
    answer = sign_in(company.jonas).get(IT)
    chosen = tree_of(answer).xpath("//select[@name='calendar']/option[@selected]/text()")
    assert chosen == ["IT hours"]


@pytest.mark.parametrize("value", ["999", "x", "-1"])
def test_what_is_not_offered_is_refused(company: Company, sign_in: SignIn, value: str) -> None:
    answer = sign_in(company.jonas).post(IT, {"calendar": value})
    assert answer.status_code == 422
    assert "Choose from the list." in words_of(answer)


def test_the_calendar_of_another_desk_is_refused_by_form_and_action(
    company: Company, sign_in: SignIn
) -> None:
    theirs = timing.found_calendar("HR hours", OFFICE_HOURS, department=company.hr)
    assert sign_in(company.jonas).post(IT, {"calendar": theirs.pk}).status_code == 422
    with pytest.raises(Refused):
        choosing.choose_for_desk(company.it, calendar=theirs, sla_policy=None, by=company.jonas)


@pytest.mark.parametrize("who", ["mihai", "andreea", "misaki", "tom", "sam", "olga"])
def test_for_whoever_does_not_lead_the_desk_the_page_does_not_exist(
    company: Company, sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(company, who))
    assert client.get(IT).status_code == 404
    assert client.post(IT, {}).status_code == 404


def test_an_agent_cannot_choose_by_the_action_either(company: Company) -> None:
    with pytest.raises(Refused):
        choosing.choose_for_desk(company.it, calendar=None, sla_policy=None, by=company.mihai)
    with pytest.raises(Refused):
        choosing.choose_for_house(
            calendar=company.calendar, sla_policy=company.policy, by=company.jonas
        )


# --- The house ----------------------------------------------------------------------------------


def test_an_administrator_chooses_for_the_house(company: Company, sign_in: SignIn) -> None:
    other = timing.found_calendar("Other", OFFICE_HOURS)
    sent = {"calendar": other.pk, "sla_policy": company.policy.pk}
    assert sign_in(company.sam).post(HOUSE, sent).status_code == 302
    assert Installation.objects.get().calendar == other
    change = TimesChange.objects.get()
    assert (change.department, change.service, change.category) == (None, None, None)


def test_the_house_cannot_do_without(company: Company, sign_in: SignIn) -> None:
    answer = sign_in(company.sam).post(HOUSE, {"calendar": "", "sla_policy": ""})
    assert answer.status_code == 422
    assert Installation.objects.get().calendar == company.calendar


def test_the_house_takes_nobody_s_own(
    company: Company, sign_in: SignIn, own: tuple[Calendar, SLAPolicy]
) -> None:
    client = sign_in(company.sam)
    assert "IT hours" not in options(client.get(HOUSE), "calendar")
    sent = {"calendar": own[0].pk, "sla_policy": company.policy.pk}
    assert client.post(HOUSE, sent).status_code == 422


@pytest.mark.parametrize("who", ["jonas", "andreea", "mihai", "elif_"])
def test_for_whoever_does_not_administer_the_house_s_page_does_not_exist(
    company: Company, sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(company, who))
    assert client.get(HOUSE).status_code == 404
    assert client.post(HOUSE, {}).status_code == 404


def test_a_guest_is_asked_to_sign_in(company: Company) -> None:
    assert Client().get(IT).status_code == 302
    assert Client().get(HOUSE).status_code == 302


def test_the_studio_and_the_list_of_hours_lead_there(company: Company, sign_in: SignIn) -> None:
    client = sign_in(company.jonas)
    for page in ("/studio/it/", "/desk/times/calendars/"):
        assert IT in tree_of(client.get(page)).xpath("//main//a/@href")
    links = tree_of(sign_in(company.sam).get("/desk/times/calendars/")).xpath("//main//a/@href")
    assert HOUSE in links


def test_the_page_costs_the_same_for_any_number_of_calendars(
    company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.jonas)

    def asked() -> int:
        client.get(IT)
        with CaptureQueriesContext(connection) as queries:
            client.get(IT)
        return len(queries)

    before = asked()
    for number in range(9):
        timing.found_calendar(f"More {number}", OFFICE_HOURS, department=company.it)
        timing.found_policy(f"More {number}", PROMISES, department=company.it)
    assert asked() == before
