"""A receiver believes what we signed, as it was, within five minutes."""

from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.lib.webhook_signature import HEADER, sign, verify

NOW = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)
BODY = b'{"ticket": "IT-1"}'
SIGNED = sign(BODY, "secret", NOW)[HEADER]


def test_a_signature_is_the_documented_one() -> None:
    """As in `printf '1773039600.{"ticket": "IT-1"}' | openssl dgst -sha256 -hmac secret`."""
    assert (
        SIGNED == "t=1773039600,v1=4c39ac0c13c2a5eb19335c0b1441f585135c35f9f0f9e74e93920b92b9d60097"
    )


def test_a_receiver_believes_it() -> None:
    assert verify(BODY, SIGNED, "secret", NOW)


@pytest.mark.parametrize("minutes", [-5, -1, 1, 5])
def test_clocks_may_differ_a_little(minutes: int) -> None:
    assert verify(BODY, SIGNED, "secret", NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("seconds", [-301, 301, 86400])
def test_an_old_message_sent_again_is_not_believed(seconds: int) -> None:
    assert not verify(BODY, SIGNED, "secret", NOW + timedelta(seconds=seconds))


def test_another_body_another_secret_and_another_time_are_not_believed() -> None:
    assert not verify(BODY + b" ", SIGNED, "secret", NOW)
    assert not verify(BODY, SIGNED, "other", NOW)
    assert not verify(BODY, SIGNED.replace("t=1773039600", "t=1773039601"), "secret", NOW)


def test_while_a_secret_changes_one_fitting_signature_is_enough() -> None:
    other = sign(BODY, "new secret", NOW)[HEADER].partition(",")[2]
    assert verify(BODY, f"{SIGNED},{other}", "new secret", NOW)
    assert not verify(BODY, f"{SIGNED},{other}", "third", NOW)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "t=1773039600",
        "v1=abc,t=1773039600",
        "t=1773039600,v1=",
        "t=1773039600,v1=ü",
        "t=١,v1=ab",
        "t=99999999999999999999,v1=ab",
        SIGNED.replace("v1", "v2"),
        SIGNED + " ",
        SIGNED.upper(),
    ],
)
def test_a_strange_header_is_not_believed(header: str) -> None:
    assert not verify(BODY, header, "secret", NOW)
