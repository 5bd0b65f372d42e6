"""Signing in and out, and choosing a new password through the mail."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from departments.models import EmailAlias, Person
from tests.cast import Company
from tickets.models import OutboundMail

PASSWORD = "a long and good password"
LOGIN = "/accounts/login/"
RESET = "/accounts/password/reset/"


@pytest.fixture
def door(company: Company) -> Client:
    """The door, with Elif's password set and no try counted yet."""
    company.elif_.set_password(PASSWORD)
    company.elif_.save()
    cache.clear()
    return Client()


def enter(door: Client, email: str = "elif@aldera.example", password: str = PASSWORD) -> Any:
    return door.post(LOGIN, {"login": email, "password": password})


def is_in(door: Client) -> bool:
    return "_auth_user_id" in door.session


# --- The door ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["elif@aldera.example", "ELIF@ALDERA.EXAMPLE", " elif@aldera.example "]
)
def test_the_right_words_open_it(door: Client, typed: str) -> None:
    assert enter(door, typed)["Location"] == "/"
    assert is_in(door)


@pytest.mark.parametrize(
    "stranger",
    ["elıf@aldera.example", "elif@aldera.example.evil", "elif", "elif@aldera.example,x@y.z", ""],
)
def test_nearly_the_address_does_not(door: Client, stranger: str) -> None:
    assert enter(door, stranger).status_code == 422
    assert not is_in(door)


def test_a_dotless_i_is_another_person(door: Client, company: Company) -> None:
    twin = Person(email="elıf@aldera.example", name="Elıf")
    twin.set_password("another long password")
    twin.save()
    enter(door, "elıf@aldera.example")
    assert not is_in(door)


def test_a_further_address_recognises_mail_and_opens_no_door(
    door: Client, company: Company
) -> None:
    EmailAlias.objects.create(person=company.elif_, address="e.yildiz@aldera.example")
    enter(door, "e.yildiz@aldera.example")
    assert not is_in(door)


def test_who_left_stays_outside(door: Client, company: Company) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(is_active=False)
    assert enter(door)["Location"] == "/accounts/inactive/"
    assert not is_in(door)


def test_who_leaves_is_out_at_the_next_page(door: Client, company: Company) -> None:
    enter(door)
    Person.objects.filter(pk=company.elif_.pk).update(is_active=False)
    assert door.get("/me/").status_code == 302


def words_of(page: Any) -> str:
    """The page without what differs by chance or repeats what was typed."""
    text = page.content.decode()
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
    return re.sub(r"\w+@aldera\.example", "", text)


def test_an_unknown_person_gets_the_same_answer_as_a_wrong_password(door: Client) -> None:
    wrong = enter(door, password="wrong")
    unknown = enter(Client(), "nobody@aldera.example", "wrong")
    assert words_of(wrong) == words_of(unknown)
    assert wrong.status_code == unknown.status_code == 422


def test_an_unknown_person_costs_a_password_check_too(
    door: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    monkeypatch.setattr(Person, "set_password", lambda self, raw: hashed.append(raw))
    enter(door, "nobody@aldera.example", "wrong")
    assert hashed == ["wrong"]


def test_too_many_tries_are_stopped(door: Client) -> None:
    for _n in range(5):
        assert "do not fit together" in enter(door, password="wrong").content.decode()
    stopped = enter(door)
    assert stopped.status_code in {422, 429}
    assert "Too many tries" in stopped.content.decode()
    assert not is_in(door)


def test_tries_for_another_person_do_not_stop_mine(door: Client) -> None:
    for _n in range(5):
        enter(door, "jonas@aldera.example", "wrong")
    enter(door)
    assert is_in(door)


def test_a_false_address_of_the_sender_does_not_help_against_the_limit(door: Client) -> None:
    for n in range(12):
        last = door.post(
            LOGIN,
            {"login": f"n{n}@aldera.example", "password": "wrong"},
            headers={"x-forwarded-for": f"10.0.0.{n}"},
        )
    assert "Too many tries" in last.content.decode()


@pytest.mark.parametrize(
    ("wanted", "led_to"),
    [("/people/", "/people/"), ("https://evil.example/", "/"), ("//evil.example", "/")],
)
def test_the_page_that_was_wanted_comes_after(door: Client, wanted: str, led_to: str) -> None:
    words = {"login": "elif@aldera.example", "password": PASSWORD, "next": wanted}
    assert door.post(LOGIN, words)["Location"] == led_to


@pytest.mark.parametrize(("remember", "ends"), [("on", False), ("", True)])
def test_the_person_decides_whether_the_device_remembers(
    door: Client, remember: str, ends: bool
) -> None:
    door.post(LOGIN, {"login": "elif@aldera.example", "password": PASSWORD, "remember": remember})
    assert door.session.get_expire_at_browser_close() is ends


def test_the_session_has_a_new_name_after_signing_in(door: Client) -> None:
    door.get(LOGIN)
    door.post("/i18n/setlang/", {"language": "de", "next": LOGIN})
    before = door.session.session_key
    enter(door)
    assert door.session.session_key != before


def test_signing_out_needs_a_form(door: Client) -> None:
    enter(door)
    door.get("/accounts/logout/")
    assert is_in(door)
    assert door.post("/accounts/logout/")["Location"] == LOGIN
    assert not is_in(door)


def test_nobody_signs_up(door: Client) -> None:
    assert door.get("/accounts/signup/").status_code == 404


# --- A new password ---------------------------------------------------------------------------


def link_in(mail: OutboundMail) -> str:
    found = re.search(r"https?://[^\s/]+(/accounts/password/reset/key/\S+/)", mail.text)
    assert found, mail.text
    return found[1]


def ask_for_link(door: Client, email: str = "elif@aldera.example") -> Any:
    return door.post(RESET, {"email": email})


def choose(door: Client, link: str, password: str) -> Any:
    form = door.get(link, follow=True)
    address = form.redirect_chain[-1][0] if form.redirect_chain else link
    return door.post(address, {"password1": password, "password2": password})


def test_the_whole_way_by_mail(door: Client) -> None:
    ask_for_link(door)
    link = link_in(OutboundMail.objects.get())
    assert choose(door, link, "brand new password 9")["Location"].endswith("/key/done/")
    assert enter(door).status_code == 422
    enter(door, password="brand new password 9")
    assert is_in(door)


def test_the_mail_goes_to_the_person_and_leaves_the_house(door: Client, work_off: Any) -> None:
    ask_for_link(door, "ELIF@aldera.example")
    work_off()
    mail = OutboundMail.objects.get()
    assert (mail.to_address, mail.state) == ("elif@aldera.example", "sent")


def test_a_link_works_once(door: Client) -> None:
    ask_for_link(door)
    link = link_in(OutboundMail.objects.get())
    choose(door, link, "brand new password 9")
    assert "used up" in Client().get(link).content.decode()


def test_a_new_link_or_a_sign_in_makes_the_old_one_stale(door: Client) -> None:
    ask_for_link(door)
    link = link_in(OutboundMail.objects.get())
    enter(door)
    assert "used up" in Client().get(link).content.decode()


def test_an_old_link_is_dead(door: Client, settings: Settings) -> None:
    ask_for_link(door)
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert "used up" in Client().get(link_in(OutboundMail.objects.get())).content.decode()


def test_a_new_address_kills_the_link_to_the_old_one(door: Client, company: Company) -> None:
    ask_for_link(door)
    Person.objects.filter(pk=company.elif_.pk).update(email="new@aldera.example")
    assert "used up" in Client().get(link_in(OutboundMail.objects.get())).content.decode()
    assert ask_for_link(door).status_code == 302
    assert OutboundMail.objects.count() == 1


def test_other_devices_are_signed_out_by_a_new_password(door: Client) -> None:
    elsewhere = Client()
    enter(elsewhere)
    ask_for_link(door)
    choose(door, link_in(OutboundMail.objects.get()), "brand new password 9")
    assert elsewhere.get("/me/").status_code == 302


@pytest.mark.parametrize("weak", ["short", "password123", "elif@aldera.example"])
def test_a_weak_password_is_refused(door: Client, weak: str) -> None:
    ask_for_link(door)
    assert choose(door, link_in(OutboundMail.objects.get()), weak).status_code != 302


@pytest.mark.parametrize("who", ["nobody@aldera.example", "elıf@aldera.example", "left"])
def test_who_we_do_not_know_gets_the_same_answer_and_no_mail(
    door: Client, company: Company, who: str
) -> None:
    known = ask_for_link(door)
    OutboundMail.objects.all().delete()
    Person.objects.filter(pk=company.jonas.pk).update(is_active=False)
    unknown = ask_for_link(door, "jonas@aldera.example" if who == "left" else who)
    assert (unknown.status_code, unknown["Location"]) == (known.status_code, known["Location"])
    assert not OutboundMail.objects.exists()


def test_a_link_never_goes_to_an_address_that_only_resembles(
    door: Client, company: Company
) -> None:
    EmailAlias.objects.create(person=company.olga, address="elif@aldera.example")
    ask_for_link(door)
    assert [mail.to_address for mail in OutboundMail.objects.all()] == ["elif@aldera.example"]


def test_asking_for_links_is_limited(door: Client) -> None:
    for _n in range(5):
        ask_for_link(door)
    assert ask_for_link(door).status_code == 429
    assert OutboundMail.objects.count() == 5


def test_the_library_keeps_no_addresses_of_its_own(door: Client) -> None:
    ask_for_link(door)
    choose(door, link_in(OutboundMail.objects.get()), "brand new password 9")
    enter(door, password="brand new password 9")
    assert not EmailAddress.objects.exists()


# --- The demo ---------------------------------------------------------------------------------


def test_the_demo_shows_who_can_be_played(door: Client, settings: Settings) -> None:
    settings.DEMO = True
    page = door.get(LOGIN).content.decode()
    for part in ("Employee", "Agent, IT", "Lead, HR", "Administrator", settings.DEMO_PASSWORD):
        assert part in page


def test_a_click_on_a_person_fills_the_address_in(door: Client, settings: Settings) -> None:
    settings.DEMO = True
    page = door.get(LOGIN, {"login": "jonas@aldera.example"}).content.decode()
    assert 'value="jonas@aldera.example"' in page


@pytest.mark.parametrize("is_demo", [True, False])
def test_only_the_demo_names_people_before_the_door(
    door: Client, settings: Settings, is_demo: bool
) -> None:
    settings.DEMO = is_demo
    page = door.get(LOGIN).content.decode()
    assert ("Jonas Bauer" in page) is is_demo
    assert (settings.DEMO_PASSWORD in page) is is_demo


def test_what_is_put_into_the_address_is_shown_as_text(door: Client) -> None:
    page = door.get(LOGIN, {"login": '"><script>alert(1)</script>' * 20}).content.decode()
    assert "<script>alert" not in page
