"""Sealed secrets: unreadable in the database, readable with an old key, refused when tampered."""

import pytest
from pytest_django import Settings

from helpdesk.lib.secrets import Unreadable, seal, unseal

WORDS = ["", "hush", "ümlaut 鍵 🔑", "x" * 5000]


@pytest.fixture(autouse=True)
def key(settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the key of today", []


@pytest.mark.parametrize("text", WORDS)
def test_what_is_sealed_can_be_read_again(text: str) -> None:
    assert unseal(seal(text)) == text


def test_a_sealed_secret_does_not_show_itself() -> None:
    assert "hush" not in seal("hush")
    assert seal("hush").isascii()


def test_the_same_secret_never_looks_the_same() -> None:
    assert seal("hush") != seal("hush")


def test_a_key_that_was_replaced_still_reads(settings: Settings) -> None:
    old = seal("hush")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", ["the key of today"]
    assert unseal(old) == "hush"


def test_new_secrets_are_sealed_with_the_new_key(settings: Settings) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "a new key", ["the key of today"]
    fresh = seal("hush")
    settings.SECRET_KEY_FALLBACKS = []
    assert unseal(fresh) == "hush"


def test_without_its_key_a_secret_is_lost_and_says_what_to_do(settings: Settings) -> None:
    old = seal("hush")
    settings.SECRET_KEY = "a new key"
    with pytest.raises(Unreadable, match="SECRET_KEY_FALLBACKS"):
        unseal(old)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-2] + "AA", lambda t: t[:20], lambda _: "", str.upper]
)
def test_what_was_changed_is_not_read(change: object) -> None:
    assert callable(change)
    with pytest.raises(Unreadable):
        unseal(change(seal("hush")))


def test_the_key_that_seals_is_not_the_key_that_signs(settings: Settings) -> None:
    before = seal("hush")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    assert unseal(before) == "hush"
    assert settings.SECRET_KEY not in before
