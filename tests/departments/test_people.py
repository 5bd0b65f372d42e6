"""People: found by any spelling, shown with what colleagues need, and only while they are here."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from departments import directory
from departments.models import Department, Membership, Person, Role
from tests.cast import Company

SignIn = Callable[[Person], Client]


@pytest.fixture
def elif_(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.elif_)


def someone(name: str, **more: Any) -> Person:
    email = more.pop("email", f"{abs(hash(name))}@aldera.example")
    return Person.objects.create(email=email, name=name, **more)


def found(words: str, department: Department | None = None) -> list[str]:
    return [person.name for person in directory.find(words, department)]


# --- Finding ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Elif Yıldız", "yildiz"),
        ("Elif Yıldız", "YILDIZ"),
        ("Elif Yıldız", "YILDIZ elif"),
        ("Elif Yıldız", "yıl"),
        ("İpek Işık", "ipek isik"),
        ("İpek Işık", "İPEK"),
        ("Şule Çağlar", "sule caglar"),
        ("Ştefan Țăranu", "stefan taranu"),
        ("Katharina Weiß", "weiss"),
        ("Katharina Weiß", "WEISS"),
        ("Katharina Weiß", "weiß"),
        ("Hans Weissmann", "weiß"),
        ("Jürgen Müller", "jurgen muller"),
        ("田中 美咲", "田中"),
        ("田中 美咲", "美咲"),
        ("O'Neill, Sean", "o'neill"),
        ("Anna-Lena Groß", "anna-lena"),
        ("Renée (HR)", "(hr)"),
    ],
)
def test_a_name_is_found_however_it_is_typed(db: None, name: str, typed: str) -> None:
    someone(name)
    someone("Somebody Else", email="else@aldera.example")
    assert found(typed) == [name]


@pytest.mark.parametrize("typed", ["(", "[a-", "a{9999}", ".*", "\\", "%", "x\x00y", "(?R)", "🖨"])
def test_signs_of_patterns_are_only_signs(elif_: Client, typed: str) -> None:
    answer = elif_.get("/people/", {"q": typed})
    assert answer.status_code == 200
    assert "Elif Yıldız" not in [p.name for p in answer.context["found"]]


def test_a_very_long_question_is_cut(elif_: Client) -> None:
    assert elif_.get("/people/", {"q": "a b " * 5000}).status_code == 200


@pytest.mark.parametrize(
    "word", ["vpn", "support", "floor", "called-so", "mihai@aldera", "finance-x"]
)
def test_people_are_found_by_topic_title_place_and_department(company: Company, word: str) -> None:
    Department.objects.filter(pk=company.it.pk).update(name="Finance-X")
    Person.objects.filter(pk=company.mihai.pk).update(
        ask_me="VPN and mail", job_title="IT support", location="Floor 2", called="Called-so"
    )
    assert "Mihai Ionescu" in found(word)


def test_every_word_has_to_fit(company: Company) -> None:
    assert found("elif") == ["Elif Yıldız"]
    assert found("elif bauer") == []


def test_a_department_shows_its_members_and_its_head(company: Company) -> None:
    Department.objects.filter(pk=company.it.pk).update(head=company.olga)
    assert found("", company.it) == ["Jonas Bauer", "Mihai Ionescu", "Olga Lindqvist"]
    assert found("jonas", company.hr) == []


def test_who_left_is_not_found(company: Company, elif_: Client) -> None:
    Person.objects.filter(pk=company.jonas.pk).update(is_active=False)
    assert found("jonas") == []
    assert elif_.get(f"/people/{company.jonas.pk}/").status_code == 404


def test_who_was_only_made_from_a_mail_is_not_listed(company: Company) -> None:
    someone("HR Department", is_provisional=True, ask_me="your password")
    assert found("department") == []
    assert "HR Department" not in [person.name for person in directory.to_ask()]


def test_nobody_found_says_so(elif_: Client) -> None:
    assert "Nobody fits these words" in elif_.get("/people/?q=zzzz").content.decode()


def test_too_many_are_cut_and_told(company: Company, elif_: Client) -> None:
    Person.objects.bulk_create(
        Person(email=f"n{n}@aldera.example", name=f"Namesake {n}") for n in range(70)
    )
    answer = elif_.get("/people/?q=namesake")
    assert len(answer.context["found"]) == directory.MOST_FOUND
    assert "The first 60 people" in answer.content.decode()


def test_an_unknown_department_in_the_address_is_no_error(elif_: Client) -> None:
    assert elif_.get("/people/?department=nowhere").status_code == 200


# --- The chart --------------------------------------------------------------------------------


def test_the_chart_shows_the_tree_with_heads_and_desks(company: Company) -> None:
    below = Department.objects.create(
        name="Support", slug="support", prefix="SUP", parent=company.it
    )
    Membership.objects.create(person=company.olga, department=below)
    roots = {node.department.name: node for node in directory.chart()}
    assert set(roots) == {"IT", "HR", "Finance"}
    assert [node.department for node in roots["IT"].below] == [below]
    assert roots["IT"].below[0].desk[0].person == company.olga
    head = roots["HR"].head
    assert head is not None
    assert head.person == company.andreea


def test_a_head_stands_once_and_a_lead_before_agents(company: Company) -> None:
    roots = {node.department.name: node for node in directory.chart()}
    assert [place.person for place in roots["HR"].desk] == [company.misaki]
    assert [place.person for place in roots["IT"].desk] == [company.jonas, company.mihai]


@pytest.mark.parametrize("change", [{"is_active": False}, {}])
def test_who_left_and_who_only_observes_is_not_in_the_chart(
    company: Company, change: dict[str, bool]
) -> None:
    Membership.objects.create(person=company.olga, department=company.it, role=Role.OBSERVER)
    Person.objects.filter(pk=company.andreea.pk).update(**{"is_active": True} | change)
    shown = {place.person for node in directory.chart() for place in node.desk}
    heads = {node.head.person for node in directory.chart() if node.head}
    assert company.olga not in shown
    assert (company.andreea in heads) is (not change)


def test_the_chart_is_a_list_of_lists_with_names(elif_: Client) -> None:
    page = elif_.get("/people/").content.decode()
    assert '<ul class="org">' in page
    assert 'aria-label="People of IT"' in page


def test_who_to_ask_stands_with_their_topics(company: Company, elif_: Client) -> None:
    Person.objects.filter(pk=company.mihai.pk).update(ask_me="sign-in and VPN")
    assert "Ask me about sign-in and VPN" in elif_.get("/people/").content.decode()


def test_the_page_costs_the_same_for_few_people_and_for_many(
    company: Company, elif_: Client, django_assert_max_num_queries: Any
) -> None:
    elif_.get("/people/")
    with django_assert_max_num_queries(20) as few:
        elif_.get("/people/")
    for n in range(30):
        more = Department.objects.create(name=f"D{n}", slug=f"d{n}", prefix=f"D{n}")
        person = someone(f"Person {n}", email=f"p{n}@x.example", ask_me="x", department=more)
        Membership.objects.create(person=person, department=more)
    with django_assert_max_num_queries(len(few)):
        elif_.get("/people/")


# --- One person -------------------------------------------------------------------------------


def test_a_page_shows_what_colleagues_need(company: Company, elif_: Client) -> None:
    Person.objects.filter(pk=company.mihai.pk).update(
        job_title="IT support", phone="+40 21 4400", location="Cluj", manager=company.jonas
    )
    page = elif_.get(f"/people/{company.mihai.pk}/").content.decode()
    for words in ("IT support", 'href="tel:+40214400"', "Cluj", "Jonas Bauer", "mailto:mihai@"):
        assert words in page


def test_a_manager_who_left_is_not_shown(company: Company, elif_: Client) -> None:
    Person.objects.filter(pk=company.mihai.pk).update(manager=company.jonas)
    Person.objects.filter(pk=company.jonas.pk).update(is_active=False)
    assert "Jonas" not in elif_.get(f"/people/{company.mihai.pk}/").content.decode()


@pytest.mark.parametrize(
    ("theirs", "mine", "time", "day", "difference"),
    [
        ("Asia/Tokyo", "Europe/Istanbul", "05:00", "tomorrow", "6 hours ahead of you"),
        ("Europe/London", "Europe/Istanbul", "20:00", "", "3 hours behind you"),
        ("Europe/Istanbul", "Europe/Istanbul", "23:00", "", "the same as yours"),
        ("Asia/Kolkata", "Europe/Istanbul", "01:30", "tomorrow", "2 hours 30 minutes ahead of you"),
    ],
)
def test_the_clock_of_a_colleague_is_told_from_here(
    theirs: str, mine: str, time: str, day: str, difference: str
) -> None:
    at = datetime(2026, 3, 9, 20, 0, tzinfo=UTC)
    with timezone.override(mine):
        local = directory.local_time(Person(time_zone=theirs), at)
    assert (local.time, local.day, local.difference) == (time, day, difference)


@pytest.mark.parametrize("path", ["/people/", "/people/{pk}/"])
def test_a_guest_meets_nobody(company: Company, path: str) -> None:
    answer = Client().get(path.format(pk=company.mihai.pk))
    assert answer.status_code == 302
    assert b"Mihai" not in answer.content
