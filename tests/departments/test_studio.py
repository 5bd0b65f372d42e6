"""The publishing studio through its pages: what leads can do, and nobody else."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from departments.actions import publishing, timing
from departments.models import (
    Calendar,
    CalendarVersion,
    Department,
    Membership,
    Person,
    Role,
    Service,
)
from departments.promise_rules import PromiseRules, TargetRule
from tests.cast import OFFICE_HOURS, PROMISES, Company
from tests.tickets.pages import tree_of, words_of

SignIn = Callable[[Person], Client]
State = Service.State


@pytest.fixture
def lead(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.jonas)


def said(service: Service | None = None, **changes: Any) -> dict[str, Any]:
    """What the form sends when nothing but `changes` is touched."""
    words: dict[str, Any] = {
        "name": "VPN and network",
        "description": "",
        "icon": "wifi",
        "default_priority": "3",
        "counts_third_party": "on",
        "reopen_days": "7",
        "remind_days": "3",
        "resolve_silent_days": "0",
        "order": "0",
    }
    if service is not None:
        service = Service.objects.get(pk=service.pk)
        words |= {
            "name": service.name,
            "icon": service.icon,
            "seen": service.changed_at.isoformat(),
            "group": [person.pk for person in service.group.all()],
            "is_confidential": "on" if service.is_confidential else "",
        }
    return words | changes


def edit(client: Client, service: Service, **changes: Any) -> Any:
    return client.post(f"/studio/services/{service.pk}/", said(service, **changes))


# --- Who gets in ------------------------------------------------------------------------------

PAGES = [
    "/studio/it/",
    "/studio/it/new/",
    "/studio/services/{laptop}/",
    "/studio/services/{laptop}/categories/",
    "/studio/categories/{battery}/",
]


def address(page: str, company: Company) -> str:
    return page.format(laptop=company.laptop.pk, battery=company.battery.pk)


@pytest.mark.parametrize("page", PAGES)
def test_a_lead_opens_every_page_of_their_studio(company: Company, lead: Client, page: str) -> None:
    assert lead.get(address(page, company)).status_code == 200


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("who", ["mihai", "andreea", "elif_", "sam"])
def test_for_everybody_else_the_studio_does_not_exist(
    company: Company, sign_in: SignIn, page: str, who: str
) -> None:
    client = sign_in(getattr(company, who))
    assert client.get(address(page, company)).status_code == 404
    assert client.post(address(page, company), said()).status_code in {404, 405}


@pytest.mark.parametrize("page", PAGES)
def test_a_guest_is_asked_to_sign_in(company: Company, page: str) -> None:
    answer = Client().get(address(page, company))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    "page", ["/studio/services/{laptop}/state/", "/studio/categories/{battery}/move/"]
)
def test_states_change_by_post_only(company: Company, lead: Client, page: str) -> None:
    assert lead.get(address(page, company)).status_code == 405


def test_an_observer_does_not_publish(company: Company, sign_in: SignIn) -> None:
    Membership.objects.create(person=company.olga, department=company.it, role=Role.OBSERVER)
    assert sign_in(company.olga).get("/studio/it/").status_code == 404


# --- The shelf --------------------------------------------------------------------------------


def test_the_shelf_shows_services_by_state_with_their_promise(
    company: Company, lead: Client
) -> None:
    publishing.create_service(company.it, by=company.jonas, name="Fax")
    page = lead.get("/studio/it/")
    states = [(board.state, len(board.rows)) for board in page.context["boards"]]
    assert states == [("published", 1), ("draft", 1)]
    assert "Answer within 4 hours" in page.content.decode()


def test_the_shelf_of_another_desk_is_not_mixed_in(company: Company, lead: Client) -> None:
    assert "Employment letter" not in lead.get("/studio/it/").content.decode()


def test_an_empty_shelf_says_what_to_do(company: Company, lead: Client) -> None:
    Service.objects.filter(department=company.it).delete()
    assert "Make the first service" in lead.get("/studio/it/").content.decode()


def test_the_shelf_warns_when_nobody_could_read(company: Company, sign_in: SignIn) -> None:
    Membership.objects.filter(person__in=company.letter.group.all()).update(role=Role.LEAD)
    Person.objects.filter(pk__in=company.letter.group.all()).exclude(pk=company.andreea.pk).update(
        is_active=False
    )
    client = sign_in(company.andreea)
    assert "Nobody can read" not in client.get("/studio/hr/").content.decode()
    company.letter.group.remove(company.andreea)
    assert "Nobody can read" in client.get("/studio/hr/").content.decode()


def test_the_shelf_costs_the_same_for_one_service_and_for_twenty(
    company: Company, lead: Client, django_assert_max_num_queries: Any
) -> None:
    lead.get("/studio/it/")
    with django_assert_max_num_queries(40) as few:
        lead.get("/studio/it/")
    for number in range(20):
        Service.objects.create(department=company.it, name=f"Service {number}")
    with django_assert_max_num_queries(len(few)):
        lead.get("/studio/it/")


# --- The promise beside the form --------------------------------------------------------------


def heads(page: Any) -> list[str]:
    table = tree_of(page).xpath("//table[@class='matrix']")[0]
    return [" ".join(head.itertext()).strip() for head in table.xpath(".//thead//th")]


def test_the_editor_shows_the_promise_that_holds(company: Company, lead: Client) -> None:
    page = lead.get(f"/studio/services/{company.laptop.pk}/")
    assert heads(page) == ["Priority", "First answer", "Solved"]


def test_next_answers_and_workarounds_are_shown_where_they_are_promised(
    company: Company, lead: Client
) -> None:
    more = (TargetRule(3, "next_response", 120), TargetRule(1, "workaround", 60))
    rules = PromiseRules((*PROMISES.targets, *more))
    timing.change_policy(company.policy, rules, by=company.sam)
    page = lead.get(f"/studio/services/{company.laptop.pk}/")
    assert heads(page) == ["Priority", "First answer", "Next answer", "Workaround", "Solved"]
    assert "within 2 hours" in words_of(page)


# --- Making and changing ----------------------------------------------------------------------


def test_a_lead_makes_a_draft(company: Company, lead: Client) -> None:
    answer = lead.post("/studio/it/new/", said(owner=company.mihai.pk, audience=[company.hr.pk]))
    made = Service.objects.get(name="VPN and network")
    assert answer["Location"] == f"/studio/services/{made.pk}/"
    assert (made.department, made.state, made.owner) == (company.it, State.DRAFT, company.mihai)
    assert list(made.audience.all()) == [company.hr]


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("name", "laptop REPAIR"),
        ("icon", "no-such-icon"),
        ("icon", "../../etc"),
        ("default_priority", "9"),
        ("reopen_days", "0"),
        ("reopen_days", "91"),
        ("remind_days", "-1"),
        ("remind_days", "91"),
        ("resolve_silent_days", "91"),
        ("resolve_silent_days", "3"),  # no later than the reminder
        ("order", "-1"),
        ("owner", "999999"),
        ("audience", ["999999"]),
        ("sla_policy", "999999"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_words_kept(
    company: Company, lead: Client, field: str, wrong: Any
) -> None:
    answer = lead.post("/studio/it/new/", said(description="Kept words", **{field: wrong}))
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Kept words" in answer.content.decode()
    assert not Service.objects.filter(department=company.it, description="Kept words").exists()


@pytest.mark.parametrize("stranger", ["tom", "olga"])
def test_only_people_of_the_desk_own_or_read(company: Company, lead: Client, stranger: str) -> None:
    person = getattr(company, stranger)
    answer = lead.post("/studio/it/new/", said(owner=person.pk, group=[person.pk]))
    assert {"owner", "group"} <= set(answer.context["form"].errors)


def test_a_name_is_free_again_when_its_service_retired(company: Company, lead: Client) -> None:
    publishing.retire_service(company.laptop, by=company.jonas)
    assert lead.post("/studio/it/new/", said(name="Laptop repair")).status_code == 302


def test_two_departments_may_use_the_same_name(company: Company, lead: Client) -> None:
    assert lead.post("/studio/it/new/", said(name="Travel expenses")).status_code == 302


def test_a_lead_says_what_silence_means_and_which_days_count(
    company: Company, lead: Client
) -> None:
    values = {"window_is_business": "on", "remind_days": "2", "resolve_silent_days": "10"}
    assert edit(lead, company.laptop, **values).status_code == 302
    company.laptop.refresh_from_db()
    stored = (
        company.laptop.window_is_business,
        company.laptop.remind_days,
        company.laptop.resolve_silent_days,
    )
    assert stored == (True, 2, 10)
    page = tree_of(lead.get(f"/studio/services/{company.laptop.pk}/"))
    assert page.xpath("//input[@name='window_is_business'][@checked]")
    assert page.xpath("//input[@name='resolve_silent_days']/@value") == ["10"]


def test_an_edit_is_kept_and_shown(company: Company, lead: Client) -> None:
    assert edit(lead, company.laptop, description="Broken or slow").status_code == 302
    page = lead.get(f"/studio/services/{company.laptop.pk}/").content.decode()
    assert "Broken or slow" in page


def test_what_strangers_would_write_into_a_page_is_shown_as_text(
    company: Company, lead: Client
) -> None:
    edit(lead, company.laptop, name="<script>alert(1)</script> الطابعة 🖨")
    page = lead.get("/studio/it/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; الطابعة 🖨" in page


def test_the_form_says_what_holds_when_nothing_is_chosen(company: Company, lead: Client) -> None:
    page = lead.get(f"/studio/services/{company.laptop.pk}/").content.decode()
    assert "As everywhere here: Istanbul office" in page
    Department.objects.filter(pk=company.it.pk).update(calendar=company.calendar)
    page = lead.get(f"/studio/services/{company.laptop.pk}/").content.decode()
    assert "As the department: Istanbul office" in page


@pytest.mark.parametrize("words", ["within 30 minutes", "within 4 hours", "within 3 days"])
def test_the_promise_stands_in_words_beside_the_form(
    company: Company, lead: Client, words: str
) -> None:
    assert words in lead.get(f"/studio/services/{company.laptop.pk}/").content.decode()


def test_a_calendar_that_never_opens_breaks_no_page(company: Company, lead: Client) -> None:
    nothing = replace(OFFICE_HOURS, week={})  # No action makes such a calendar, but a row may be.
    never = CalendarVersion.objects.create(
        calendar=company.calendar, number=2, rules=nothing.to_json()
    )
    Calendar.objects.filter(pk=company.calendar.pk).update(current=never)
    page = lead.get(f"/studio/services/{company.laptop.pk}/")
    assert "No answer time is promised" in page.content.decode()


# --- Two leads at once ------------------------------------------------------------------------


def test_the_second_of_two_leads_is_refused_once_with_the_news(
    company: Company, lead: Client
) -> None:
    mine = said(company.laptop, description="My words")
    edit(lead, company.laptop, name="Laptops and tablets")
    answer = lead.post(f"/studio/services/{company.laptop.pk}/", mine)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "My words" in page
    assert ("Name", "Laptops and tablets") in answer.context["news"]
    company.laptop.refresh_from_db()
    assert company.laptop.name == "Laptops and tablets"


def test_after_the_news_the_same_words_are_taken(company: Company, lead: Client) -> None:
    mine = said(company.laptop, description="My words")
    edit(lead, company.laptop, name="Laptops and tablets")
    form = lead.post(f"/studio/services/{company.laptop.pk}/", mine).context["form"]
    mine["seen"] = form["seen"].value()
    assert lead.post(f"/studio/services/{company.laptop.pk}/", mine).status_code == 302
    company.laptop.refresh_from_db()
    assert (company.laptop.name, company.laptop.description) == ("Laptop repair", "My words")


@pytest.mark.parametrize("token", ["", "yesterday", "2026-13-45", "9" * 5000])
def test_a_form_without_its_token_counts_as_old(company: Company, lead: Client, token: str) -> None:
    assert edit(lead, company.laptop, seen=token, name="X").status_code == 422


def test_a_change_of_state_is_news_too(company: Company, lead: Client) -> None:
    mine = said(company.laptop, description="My words")
    publishing.retire_service(company.laptop, by=company.jonas)
    assert lead.post(f"/studio/services/{company.laptop.pk}/", mine).status_code == 422


# --- States -----------------------------------------------------------------------------------


def put(client: Client, service: Service, to: str) -> Any:
    return client.post(f"/studio/services/{service.pk}/state/", {"to": to})


@pytest.mark.parametrize(
    ("start", "to", "ends"),
    [
        ("draft", "published", "published"),
        ("draft", "retired", "retired"),
        ("published", "draft", "draft"),
        ("published", "retired", "retired"),
        ("retired", "draft", "draft"),
        ("published", "published", "published"),
        ("retired", "published", "retired"),
    ],
)
def test_a_service_goes_only_where_it_may(
    company: Company, lead: Client, start: str, to: str, ends: str
) -> None:
    Service.objects.filter(pk=company.laptop.pk).update(state=start)
    answer = put(lead, company.laptop, to)
    company.laptop.refresh_from_db()
    assert company.laptop.state == ends
    assert answer.status_code == (302 if ends == to else 422)


@pytest.mark.parametrize("to", ["", "gone", "DRAFT"])
def test_a_state_that_does_not_exist_changes_nothing(
    company: Company, lead: Client, to: str
) -> None:
    assert put(lead, company.laptop, to).status_code == 404


def test_a_published_service_can_be_asked_for_and_a_retired_one_cannot(
    company: Company, lead: Client
) -> None:
    made = publishing.create_service(company.it, by=company.jonas, name="Fax")
    asked = Service.objects.askable_by(company.elif_)
    assert made not in asked.all()
    put(lead, made, "published")
    assert made in asked.all()
    put(lead, made, "retired")
    assert made not in asked.all()


def test_who_is_outside_the_audience_does_not_see_it(company: Company) -> None:
    company.laptop.audience.set([company.hr])
    assert company.laptop not in Service.objects.visible_to(company.elif_)
    assert company.laptop in Service.objects.visible_to(Person.objects.get(pk=company.misaki.pk))
    assert company.laptop in Service.objects.visible_to(company.jonas)


# --- Confidentiality --------------------------------------------------------------------------


def test_a_confidential_service_needs_readers_before_it_is_published(
    company: Company, lead: Client
) -> None:
    made = publishing.create_service(
        company.it, by=company.jonas, name="Whistle", is_confidential=True
    )
    answer = put(lead, made, "published")
    assert answer.status_code == 422
    assert "Nobody could read" in answer.content.decode()
    made.group.add(company.mihai)
    assert put(lead, made, "published").status_code == 302


def test_a_reader_who_left_the_desk_is_no_reader(company: Company, lead: Client) -> None:
    made = publishing.create_service(
        company.it, by=company.jonas, name="Whistle", is_confidential=True, group=[company.tom]
    )
    assert put(lead, made, "published").status_code == 422


def test_a_published_service_does_not_turn_confidential_without_readers(
    company: Company, lead: Client
) -> None:
    answer = edit(lead, company.laptop, is_confidential="on")
    assert answer.status_code == 422
    assert "group" in answer.context["form"].errors


def test_the_page_says_that_old_requests_keep_their_rule(company: Company, lead: Client) -> None:
    page = lead.get(f"/studio/services/{company.laptop.pk}/").content.decode()
    assert "those that exist keep the rule they came in with" in page


def test_turning_confidentiality_off_opens_no_old_request(
    company: Company, sign_in: SignIn, make: Any
) -> None:
    ticket = make.secret()
    edit(sign_in(company.andreea), company.letter, is_confidential="")
    company.letter.refresh_from_db()
    ticket.refresh_from_db()
    assert not company.letter.is_confidential
    assert ticket.is_confidential


def test_the_last_reader_of_old_requests_stays(company: Company, sign_in: SignIn) -> None:
    answer = edit(sign_in(company.andreea), company.letter, is_confidential="", group=[])
    assert answer.status_code == 422
    assert company.letter.group.count() == 2


# --- The actions guard themselves -------------------------------------------------------------


@pytest.mark.parametrize("who", ["mihai", "andreea", "elif_", "sam"])
@pytest.mark.parametrize(
    "verb",
    [publishing.publish_service, publishing.retire_service, publishing.return_to_draft],
)
def test_no_door_lets_a_stranger_publish(
    company: Company, who: str, verb: Callable[..., Service]
) -> None:
    with pytest.raises(Exception, match="Only a lead"):
        verb(company.laptop, by=getattr(company, who))


def test_a_word_that_a_service_does_not_have_is_a_mistake(company: Company) -> None:
    with pytest.raises(TypeError, match="colour"):
        publishing.create_service(company.it, by=company.jonas, name="X", colour="red")
