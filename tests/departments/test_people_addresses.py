"""Addresses as we compare them: one person stays one, and strangers stay strangers."""

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from departments.models import Person
from departments.models.people import plain_address
from tests.cast import Company


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (" Elif.Yildiz@Aldera.Example ", "elif.yildiz@aldera.example"),
        ("ｅｌｉｆ@aldera.example", "elif@aldera.example"),
        ("elıf@aldera.example", "elıf@aldera.example"),
        ("ELİF@aldera.example", "elİf@aldera.example"),
        ("\u212aim@aldera.example", "kim@aldera.example"),
        ("", ""),
    ],
)
def test_an_address_has_one_plain_form(written: str, plain: str) -> None:
    assert plain_address(written) == plain


@given(st.text())
def test_plain_is_plain_already(address: str) -> None:
    assert plain_address(plain_address(address).strip()) == plain_address(address).strip()


@given(st.text(st.characters(max_codepoint=127)))
def test_case_of_plain_letters_never_matters(address: str) -> None:
    assert plain_address(address.upper()) == plain_address(address.lower())


@given(st.text(min_size=1))
def test_no_letter_i_of_another_alphabet_becomes_ours(rest: str) -> None:
    ours = plain_address(f"{rest}i@aldera.example")
    assert ours not in {
        plain_address(f"{rest}ı@aldera.example"),
        plain_address(f"{rest}İ@aldera.example"),
    }


@pytest.mark.parametrize("twin", ["elif@aldera.example", "Elif@aldera.example"])
def test_the_database_refuses_a_second_owner(company: Company, twin: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Person.objects.create(email=twin, name="Twin")


def test_the_owner_of_a_dotless_i_is_somebody_else(company: Company) -> None:
    stranger = Person.objects.create(email="elıf@aldera.example", name="Elıf")
    assert Person.objects.with_address("ELıF@aldera.example").get() == stranger
    assert Person.objects.with_address("ELIF@aldera.example").get() == company.elif_


@pytest.mark.parametrize(
    "name", ["Elif Yıldız", "田中 美咲", "Madonna", "Ana  Maria  Pop", "", " "]
)
def test_every_name_has_initials_and_a_first_name(name: str) -> None:
    person = Person(name=name)
    assert len(person.initials) <= 2
    assert isinstance(person.first_name, str)
