"""Signing in through the real doors."""

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from lxml.html import fromstring

from departments.models import Person
from tests.cast import Company
from tests.frontend.page import words

PASSWORD = "a long and good password"


@pytest.fixture
def elif_(company: Company) -> Person:
    company.elif_.set_password(PASSWORD)
    company.elif_.save()
    cache.clear()
    return company.elif_


def try_password(password: str) -> tuple[int, str]:
    answer = Client().post(
        "/accounts/login/", {"login": "elif@aldera.example", "password": password}
    )
    return answer.status_code, words(fromstring(answer.content or b"<p></p>"))


def test_the_right_password_opens_the_door(elif_: Person) -> None:
    assert try_password(PASSWORD)[0] == 302


def test_a_wrong_password_is_refused_kindly(elif_: Person) -> None:
    status, said = try_password("not it")
    assert status in {200, 422}
    assert "One thing needs another look" in said
    assert "do not fit together" in said


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-x/",
        "/accounts/password/reset/key/done/",
        "/accounts/inactive/",
    ],
)
def test_pages_before_the_door_open_for_a_guest(company: Company, path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == 200
    assert fromstring(answer.content).find_class("gate")


@pytest.mark.parametrize("path", ["/accounts/logout/", "/accounts/password/change/"])
def test_pages_behind_the_door_are_in_our_looks(
    elif_: Person, sign_in: Callable[[Person], Client], path: str
) -> None:
    answer = sign_in(elif_).get(path)
    assert answer.status_code == 200
    assert fromstring(answer.content).get("data-density") == "roomy"


def test_an_address_that_does_not_exist_gets_a_kind_page(company: Company) -> None:
    answer = Client().get("/nothing/here/")
    assert answer.status_code == 404
    assert "We cannot find this page" in words(fromstring(answer.content))


def test_every_page_carries_the_strict_policy(company: Company) -> None:
    policy = Client().get("/accounts/login/").headers["Content-Security-Policy"]
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
