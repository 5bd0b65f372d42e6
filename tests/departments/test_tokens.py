"""Keys to the API: printed once, kept as a digest, dead when revoked or when the person left."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from departments.actions import tokens
from departments.models import ApiToken, Person
from helpdesk.lib.errors import Refused
from tests.cast import Company


def test_a_key_opens_for_its_person(company: Company) -> None:
    assert tokens.person_of(tokens.issue(company.elif_)) == company.elif_


def test_the_key_itself_is_nowhere_in_the_database(company: Company) -> None:
    secret = tokens.issue(company.elif_)
    row = ApiToken.objects.get()
    assert secret not in {str(value) for value in vars(row).values()}
    assert row.digest == tokens.digest_of(secret)


def test_two_keys_differ(company: Company) -> None:
    assert tokens.issue(company.elif_) != tokens.issue(company.elif_)


@pytest.mark.parametrize("change", [str.upper, str.lower, lambda s: s + "x", lambda s: s[:-1]])
def test_nearly_the_key_is_no_key(company: Company, change: Any) -> None:
    assert tokens.person_of(change(tokens.issue(company.elif_))) is None


@pytest.mark.parametrize(
    "secret", ["", "hd_", "x" * 100_000, "hd_" + "x" * 100_000, "hd_\x00", "ğ"]
)
def test_nonsense_is_no_key(company: Company, secret: str) -> None:
    assert tokens.person_of(secret) is None


def test_a_digest_is_no_key(company: Company) -> None:
    tokens.issue(company.elif_)
    assert tokens.person_of(ApiToken.objects.get().digest) is None


def test_a_revoked_key_is_dead_and_the_first_revocation_counts(company: Company) -> None:
    secret = tokens.issue(company.elif_)
    token = ApiToken.objects.get()
    tokens.revoke(token)
    first = ApiToken.objects.get().revoked_at
    tokens.revoke(token)
    assert tokens.person_of(secret) is None
    assert ApiToken.objects.get().revoked_at == first


def test_the_key_of_somebody_who_left_is_dead(company: Company) -> None:
    secret = tokens.issue(company.elif_)
    Person.objects.filter(pk=company.elif_.pk).update(is_active=False)
    assert tokens.person_of(secret) is None


def test_nobody_who_left_gets_a_key(company: Company) -> None:
    company.elif_.is_active = False
    with pytest.raises(Refused):
        tokens.issue(company.elif_)


def test_use_is_noted_but_not_at_every_call(
    company: Company, django_assert_num_queries: Any
) -> None:
    secret, now = tokens.issue(company.elif_), timezone.now()
    tokens.person_of(secret, at=now)
    assert ApiToken.objects.get().used_at == now
    with django_assert_num_queries(1):
        tokens.person_of(secret, at=now + timedelta(seconds=30))
    tokens.person_of(secret, at=now + timedelta(minutes=2))
    assert ApiToken.objects.get().used_at == now + timedelta(minutes=2)


# --- The command ------------------------------------------------------------------------------


def printed(*arguments: str) -> str:
    out = StringIO()
    call_command("create_api_token", *arguments, stdout=out)
    return out.getvalue().strip()


@pytest.mark.parametrize("address", ["elif@aldera.example", " ELIF@Aldera.Example "])
def test_the_command_prints_the_key_once(company: Company, address: str) -> None:
    assert tokens.person_of(printed(address, "--name", "backup")) == company.elif_
    assert ApiToken.objects.get().name == "backup"


@pytest.mark.parametrize("address", ["nobody@aldera.example", "", "elıf@aldera.example"])
def test_the_command_refuses_who_is_not_there(company: Company, address: str) -> None:
    with pytest.raises(CommandError, match="can sign in"):
        printed(address)
    assert not ApiToken.objects.exists()


def test_the_command_refuses_who_left(company: Company) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(is_active=False)
    with pytest.raises(CommandError, match="can sign in"):
        printed("elif@aldera.example")
