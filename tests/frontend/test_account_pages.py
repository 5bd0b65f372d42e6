"""Signing in and what belongs to it, in our own looks."""

from types import SimpleNamespace
from typing import Any

import pytest
from allauth.account.forms import ResetPasswordForm, ResetPasswordKeyForm
from django import forms
from django.template.loader import get_template
from lxml.html import HtmlElement, fromstring

from tests.cast import Company
from tests.frontend.page import request_by, words

pytestmark = pytest.mark.urls("tests.frontend.urls")


class SignIn(forms.Form):
    login = forms.EmailField(label="E-mail")
    password = forms.CharField(widget=forms.PasswordInput, label="Password")


def gate(name: str, path: str = "/account_login/", **context: Any) -> HtmlElement:
    return fromstring(get_template(f"account/{name}.html").render(context, request_by(None, path)))


def test_sign_in_asks_for_two_things_by_post(company: Company) -> None:
    form = gate("login", form=SignIn()).find(".//form")
    assert form.get("method") == "post"
    assert [f.get("name") for f in form.xpath(".//input[not(@type='hidden')]")] == [
        "login",
        "password",
    ]
    assert form.xpath(".//input[@name='csrfmiddlewaretoken']")


def test_a_failed_sign_in_says_what_is_wrong_at_the_top(company: Company) -> None:
    form = SignIn({"login": "elif@aldera.example", "password": "x"})
    form.add_error(None, "This e-mail and password do not fit together.")
    page = gate("login", form=form)
    assert "do not fit together" in words(page.xpath("//*[@data-error-summary]")[0])


def test_demo_people_are_links_that_fill_the_field(company: Company) -> None:
    people = [SimpleNamespace(name="Elif Yıldız", role="asks", email="elif+1@aldera.example")]
    page = gate("login", "/account_login/?next=/desk/", form=SignIn(), demo_people=people)
    (link,) = page.find_class("demo-people")[0]
    assert link.get("href") == "?next=%2Fdesk%2F&login=elif%2B1%40aldera.example"
    assert words(link) == "Elif Yıldız asks"


def test_nobody_is_offered_outside_a_demo(company: Company) -> None:
    assert not gate("login", form=SignIn()).find_class("demo-people")


@pytest.mark.parametrize(
    ("name", "context", "heading"),
    [
        ("password_reset", {"form": ResetPasswordForm}, "Reset your password"),
        ("password_reset_done", {}, "Look into your mail"),
        ("password_reset_from_key", {"token_fail": True}, "This link is used up"),
        (
            "password_reset_from_key",
            {"form": ResetPasswordKeyForm, "action_url": "/x/"},
            "Choose a new password",
        ),
        ("password_reset_from_key_done", {}, "Your password is new"),
        ("reauthenticate", {"form": SignIn}, "Is it you?"),
        ("logout", {}, "Sign out?"),
        ("account_inactive", {}, "This account is closed"),
        ("signup_closed", {}, "Accounts are made for you"),
    ],
)
def test_each_page_has_one_heading_and_a_way_on(
    company: Company, name: str, context: dict[str, Any], heading: str
) -> None:
    made = {key: value() if isinstance(value, type) else value for key, value in context.items()}
    page = gate(name, **made)
    assert [words(h1) for h1 in page.iter("h1")] == [heading]
    assert page.xpath("//main//div/form[not(contains(@class, 'gate-langs'))] | //main//a[@class]")


def test_every_field_before_the_door_has_a_label(company: Company) -> None:
    page = gate("password_reset_from_key", form=ResetPasswordKeyForm(), action_url="/x/")
    for field in page.xpath("//main//input[not(@type='hidden')]"):
        assert page.xpath("//label[@for=$id]", id=field.get("id"))


def test_the_language_can_be_chosen_before_the_door(company: Company) -> None:
    forms_of_languages = gate("login", form=SignIn()).find_class("gate-langs")
    assert [words(form[-1]) for form in forms_of_languages] == ["Deutsch", "Deutsch"]


def test_changing_the_password_stands_in_the_portal(company: Company) -> None:
    template = get_template("account/password_change.html")
    page = fromstring(template.render({"form": SignIn()}, request_by(company.elif_)))
    assert page.find_class("topnav")
