"""What departments offer: the list, one department's page, suggestions, open or closed."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client

from departments import catalogue
from departments.actions import timing
from departments.calendar_rules import DayOff, SpecialHours
from departments.hours import Hours
from departments.models import (
    Calendar,
    Department,
    Installation,
    Membership,
    Person,
    Role,
    Service,
)
from tests.cast import OFFICE_HOURS, Company
from tests.conftest import MONDAY

SignIn = Callable[[Person], Client]
ISTANBUL, BERLIN = ZoneInfo("Europe/Istanbul"), ZoneInfo("Europe/Berlin")
WEEKDAYS = Hours("Europe/Istanbul", {day: [(time(9), time(17))] for day in range(5)})


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def elif_(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.elif_)


def opening(at: datetime, hours: Hours = WEEKDAYS, tz: ZoneInfo = ISTANBUL) -> str:
    return catalogue.opening_of(hours, at, tz).words.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (MONDAY, "Open until 17:00"),
        (MONDAY - timedelta(hours=2), "Opens at 09:00"),
        (MONDAY + timedelta(hours=8), "Opens tomorrow 09:00"),
        (MONDAY + timedelta(days=4, hours=8), "Opens Mon 09:00"),
    ],
)
def test_open_until_when_or_closed_until_when(at: datetime, words: str) -> None:
    assert opening(at) == words


def test_opening_is_told_in_the_readers_zone() -> None:
    assert opening(MONDAY, tz=BERLIN) == "Open until 15:00"


def test_a_night_desk_closes_tomorrow() -> None:
    night = Hours("UTC", {day: [(time(22), time(6))] for day in range(7)})
    at = datetime(2026, 3, 9, 23, tzinfo=UTC)
    assert opening(at, night, ZoneInfo("UTC")) == "Open until tomorrow 06:00"


def test_a_desk_may_be_open_around_the_clock() -> None:
    assert opening(MONDAY, Hours.always()) == "Open around the clock"


def test_a_desk_without_any_hours_is_closed() -> None:
    assert opening(MONDAY, Hours("UTC", {})) == "Closed"


def test_the_week_shows_each_day_and_marks_today(company: Company) -> None:
    days = catalogue.week(company.calendar, MONDAY)
    assert [day.on.weekday() for day in days] == [0, 1, 2, 3, 4]
    assert [day.is_today for day in days] == [True, False, False, False, False]
    assert {day.words for day in days} == {"09:00 to 17:00"}


def change(company: Company, **fields: Any) -> Calendar:
    rules = replace(OFFICE_HOURS, **fields)
    timing.change_calendar(company.calendar, rules, valid_from=None, by=company.sam)
    return Calendar.objects.get(pk=company.calendar.pk)


def test_the_week_knows_closures_breaks_and_special_days(company: Company) -> None:
    breaks = ((time(9), time(12)), (time(13), time(0)))
    calendar = change(
        company,
        week={**OFFICE_HOURS.week, 2: breaks},
        closures=(DayOff(date(2026, 3, 10), "Holiday"),),
        special=(SpecialHours(date(2026, 3, 14), time(10), time(12)),),
    )
    words = {day.on.day: day.words for day in catalogue.week(calendar, MONDAY)}
    assert words[10] == "closed, Holiday"
    assert words[11] == "09:00 to 12:00, 13:00 to 24:00"
    assert words[14] == "10:00 to 12:00"
    assert 15 not in words


def test_closures_of_the_next_month_are_told(company: Company) -> None:
    days = (
        DayOff(date(2026, 3, 8), "Past"),
        DayOff(date(2026, 3, 20), "Ramazan Bayramı"),
        DayOff(date(2026, 6, 1), "Far"),
    )
    calendar = change(company, closures=days)
    assert catalogue.closures_ahead(calendar, MONDAY) == ["Fri 20 Mar, Ramazan Bayramı"]


def test_the_team_is_the_head_then_leads_then_agents(company: Company) -> None:
    company.it.head = company.sam
    observer = Membership(person=company.olga, department=company.it, role=Role.OBSERVER)
    observer.save()
    assert catalogue.team(company.it) == [company.sam, company.jonas, company.mihai]


def test_who_left_is_not_in_the_team(company: Company) -> None:
    Person.objects.filter(pk=company.mihai.pk).update(is_active=False)
    assert catalogue.team(company.it) == [company.jonas]


def test_readers_of_a_confidential_service_are_its_group(company: Company) -> None:
    Membership.objects.create(person=company.olga, department=company.hr)
    assert set(catalogue.readers(company.hr, company.letter)) == {company.misaki, company.andreea}


def test_the_list_shows_services_under_their_departments(elif_: Client) -> None:
    page = elif_.get("/services/").content.decode()
    assert "Laptop repair" in page
    assert "Travel expenses" in page
    assert "Employment letter" in page
    assert page.index("Finance") < page.index("Travel expenses")


def test_the_list_tells_the_promise_and_opening_of_each(elif_: Client) -> None:
    page = elif_.get("/services/").content.decode().replace("\xa0", " ")
    assert "first answer by" in page
    assert "today 14:00" in page
    assert "Open until 17:00" in page


@pytest.mark.parametrize("state", [Service.State.DRAFT, Service.State.RETIRED])
def test_what_is_not_published_is_not_listed(company: Company, elif_: Client, state: str) -> None:
    Service.objects.filter(pk=company.laptop.pk).update(state=state)
    assert "Laptop repair" not in elif_.get("/services/").content.decode()


def test_what_is_for_others_is_not_listed(company: Company, elif_: Client) -> None:
    company.laptop.audience.add(company.hr)
    assert "Laptop repair" not in elif_.get("/services/").content.decode()


def test_an_empty_catalogue_offers_ones_own_words(company: Company, elif_: Client) -> None:
    Service.objects.update(state=Service.State.DRAFT)
    page = elif_.get("/services/").content.decode()
    assert "Nothing is published yet" in page
    assert "/ask/" in page


def test_search_works_without_script(elif_: Client) -> None:
    page = elif_.get("/services/", {"q": "battery"}).content.decode()
    assert "<mark>Battery</mark> or charging" in page
    assert "?category=" in page


def test_an_empty_result_carries_the_words_into_ones_own_words(elif_: Client) -> None:
    page = elif_.get("/services/", {"q": "zzqq & <q9>"}).content.decode()
    assert "No service for “zzqq &amp; &lt;q9&gt;”" in page
    assert "/ask/?summary=zzqq%20%26%20%3Cq9%3E" in page


def test_suggestions_are_a_fragment_of_options(elif_: Client) -> None:
    page = elif_.get("/services/suggest/", {"q": "lap"}).content.decode()
    assert "<mark>Lap</mark>top repair" in page
    assert 'role="option"' in page
    assert "<html" not in page


def test_no_words_suggest_nothing(elif_: Client) -> None:
    assert "option" not in elif_.get("/services/suggest/").content.decode()


@pytest.mark.parametrize(
    "typed", ["\0", "\0laptop", "x" * 5000, "%", "' OR 1=1", "🙂", "\u202eabc"]
)
@pytest.mark.parametrize("path", ["/services/", "/services/suggest/"])
def test_odd_questions_get_an_answer(elif_: Client, path: str, typed: str) -> None:
    assert elif_.get(path, {"q": typed}).status_code == 200


def test_names_in_results_are_escaped(company: Company, elif_: Client) -> None:
    Service.objects.filter(pk=company.laptop.pk).update(name="<i>Laptop</i>")
    page = elif_.get("/services/suggest/", {"q": "laptop"}).content.decode()
    assert "&lt;i&gt;<mark>Laptop</mark>&lt;/i&gt;" in page


def test_a_departments_page_shows_mission_services_people_and_hours(
    company: Company, elif_: Client
) -> None:
    Department.objects.filter(pk=company.it.pk).update(
        mission="We keep tools working.", phone="4400", email="it@aldera.example", location="214"
    )
    page = elif_.get("/departments/it/").content.decode()
    for words in ("We keep tools working.", "4400", "it@aldera.example", "214", "Laptop repair"):
        assert words in page
    assert "Mihai Ionescu" in page
    assert "Jonas Bauer" in page
    assert "Mon, today" in page


def test_hours_in_another_zone_say_so(company: Company, sign_in: SignIn) -> None:
    assert "Europe/Istanbul" in sign_in(company.tom).get("/departments/it/").content.decode()
    assert "Europe/Istanbul" not in sign_in(company.elif_).get("/departments/it/").content.decode()


def test_a_department_without_calendar_uses_the_installations(
    company: Company, elif_: Client
) -> None:
    assert company.it.calendar is None
    assert "Open until 17:00" in elif_.get("/departments/it/").content.decode()


def test_a_calendar_without_hours_breaks_no_page(company: Company, elif_: Client) -> None:
    never = timing.found_calendar("Never", OFFICE_HOURS)
    # No action makes such a calendar.
    never.versions.update(rules=replace(OFFICE_HOURS, week={}).to_json())
    Installation.objects.update(calendar=never)
    for path in ("/services/", "/departments/it/", "/", f"/ask/{company.laptop.pk}/"):
        assert elif_.get(path).status_code == 200, path


def test_only_leads_are_shown_the_way_to_the_studio(company: Company, sign_in: SignIn) -> None:
    assert "/studio/it/" in sign_in(company.jonas).get("/departments/it/").content.decode()
    assert "/studio/it/" not in sign_in(company.mihai).get("/departments/it/").content.decode()


def test_an_unknown_department_does_not_exist(elif_: Client) -> None:
    assert elif_.get("/departments/nowhere/").status_code == 404


@pytest.mark.parametrize("path", ["/services/", "/services/suggest/?q=a", "/departments/it/"])
def test_guests_sign_in_first(company: Company, client: Client, path: str) -> None:
    assert client.get(path)["Location"].startswith("/accounts/login/")


def test_the_list_costs_the_same_for_one_service_and_for_thirty(
    company: Company, elif_: Client, django_assert_max_num_queries: Callable[..., object]
) -> None:
    elif_.get("/services/")
    with django_assert_max_num_queries(9) as first:  # type: ignore[attr-defined]
        elif_.get("/services/")
    for number in range(30):
        Service.objects.create(
            department=company.hr, name=f"S{number}", state=Service.State.PUBLISHED
        )
    with django_assert_max_num_queries(len(first)):  # type: ignore[attr-defined]
        elif_.get("/services/")
