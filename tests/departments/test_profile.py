"""My profile: what I may say about myself, and what the pages do with it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from departments.actions import people
from departments.forms.zones import zone_choices
from departments.models import EmailAlias, Person
from helpdesk.lib.errors import Refused
from tests.cast import Company

SignIn = Callable[[Person], Client]


@pytest.fixture
def browser(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.elif_)


def said(**changes: str) -> dict[str, str]:
    return {
        "called": "",
        "phone": "",
        "location": "",
        "ask_me": "",
        "language": "en",
        "time_zone": "Europe/Istanbul",
        "theme": "auto",
        "density": "auto",
        "single_keys": "on",
    } | changes


def again(person: Person) -> Person:
    return Person.objects.get(pk=person.pk)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("called", "Eli"),
        ("phone", "+90 212 000"),
        ("location", "İstanbul, floor 4"),
        ("ask_me", "expenses 🧾"),
        ("time_zone", "Asia/Tokyo"),
        ("theme", "dark"),
        ("density", "dense"),
        ("language", "de"),
    ],
)
def test_what_i_say_is_kept(company: Company, browser: Client, field: str, value: str) -> None:
    assert browser.post("/me/", said(**{field: value}))["Location"] == "/me/"
    assert getattr(again(company.elif_), field) == value


def test_shortcuts_can_be_turned_off(company: Company, browser: Client) -> None:
    words = said()
    del words["single_keys"]
    browser.post("/me/", words)
    assert again(company.elif_).single_keys is False


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("time_zone", "Mars/Olympus"),
        ("time_zone", "../../etc/passwd"),
        ("time_zone", ""),
        ("language", "xx"),
        ("theme", "pink"),
        ("density", "tiny"),
        ("called", "x" * 61),
        ("ask_me", "x" * 161),
        ("phone", "1" * 41),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_words_kept(
    company: Company, browser: Client, field: str, wrong: str
) -> None:
    answer = browser.post("/me/", said(location="Kept words") | {field: wrong})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Kept words" in answer.content.decode()
    assert again(company.elif_).location == ""


@pytest.mark.parametrize(
    "field", ["name", "email", "department", "manager", "is_administrator", "is_active", "password"]
)
def test_what_belongs_to_administrators_cannot_be_changed_here(
    company: Company, browser: Client, field: str
) -> None:
    before = getattr(again(company.elif_), field)
    browser.post("/me/", said(**{field: "1"}))
    assert getattr(again(company.elif_), field) == before
    with pytest.raises(Refused, match=field):
        people.save_profile(company.elif_, **{field: "1"})


def test_the_profile_is_mine_alone(company: Company, browser: Client) -> None:
    browser.post("/me/", said(called="Eli"))
    assert again(company.olga).called == ""


def test_further_addresses_are_shown(company: Company, browser: Client) -> None:
    EmailAlias.objects.create(person=company.elif_, address="e.yildiz@aldera.example")
    assert "e.yildiz@aldera.example" in browser.get("/me/").content.decode()


@pytest.mark.parametrize("path", ["/me/", "/me/theme/", "/me/language/"])
def test_a_guest_has_no_profile(company: Company, path: str) -> None:
    assert Client().post(path).status_code == 302


# --- Looks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_button_is_remembered_by_the_next_page(
    company: Company, browser: Client, theme: str
) -> None:
    answer = browser.post("/me/theme/", {"theme": theme, "next": "/people/"})
    assert answer["Location"] == "/people/"
    assert f'data-theme="{theme}"' in browser.get("/people/").content.decode()


def test_a_script_gets_no_page_for_the_theme(company: Company, browser: Client) -> None:
    header: Any = {"HTTP_X_REQUESTED_WITH": "fetch"}
    assert browser.post("/me/theme/", {"theme": "dark"}, **header).status_code == 204


@pytest.mark.parametrize("theme", ["", "pink", "DARK"])
def test_an_unknown_theme_is_refused(company: Company, browser: Client, theme: str) -> None:
    assert browser.post("/me/theme/", {"theme": theme}).status_code == 422
    assert again(company.elif_).theme == "auto"


@pytest.mark.parametrize("path", ["/me/theme/", "/me/language/"])
def test_looking_changes_nothing(company: Company, browser: Client, path: str) -> None:
    assert browser.get(path, {"theme": "dark", "language": "de"}).status_code == 405


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example", ""],
)
@pytest.mark.parametrize("path", ["/me/theme/", "/me/language/"])
def test_nobody_is_led_to_another_site(
    company: Company, browser: Client, path: str, elsewhere: str
) -> None:
    words = {"theme": "dark", "language": "de", "next": elsewhere}
    assert browser.post(path, words)["Location"] == "/me/"


# --- Language ---------------------------------------------------------------------------------


def test_the_language_menu_is_kept_in_the_profile(company: Company, browser: Client) -> None:
    answer = browser.post("/me/language/", {"language": "de", "next": "/people/"})
    assert answer["Location"] == "/people/"
    assert again(company.elif_).language == "de"
    assert '<html lang="de"' in browser.get("/people/").content.decode()


def test_the_page_after_signing_out_speaks_the_same_language(
    company: Company, browser: Client
) -> None:
    browser.post("/me/language/", {"language": "de"})
    browser.post("/accounts/logout/")
    assert '<html lang="de"' in browser.get("/accounts/login/").content.decode()


def test_the_menu_of_a_signed_in_person_posts_to_the_profile(browser: Client) -> None:
    assert 'action="/me/language/"' in browser.get("/me/").content.decode()


def test_an_unknown_language_is_refused(company: Company, browser: Client) -> None:
    assert browser.post("/me/language/", {"language": "xx"}).status_code == 422


def test_the_saved_language_is_spoken_at_once(company: Company, browser: Client) -> None:
    answer = browser.post("/me/", said(language="de"), follow=True)
    assert '<html lang="de"' in answer.content.decode()


# --- Time zones -------------------------------------------------------------------------------


def test_zones_come_by_region_with_their_distance() -> None:
    regions = {label: dict(group) for label, group in zone_choices() if isinstance(group, list)}
    assert regions["Asia"]["Asia/Tokyo"] == "Asia/Tokyo (UTC+9)"
    assert regions["Asia"]["Asia/Kolkata"] == "Asia/Kolkata (UTC+5:30)"
    assert "US" not in regions


def test_a_zone_with_an_old_name_stays_while_it_is_chosen() -> None:
    assert ("US/Pacific") in [value for value, _label in zone_choices("US/Pacific")]
    assert ("US/Pacific") not in [value for value, _label in zone_choices("UTC")]
