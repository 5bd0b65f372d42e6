"""The line to the IMAP server cut at every command: nothing lost, nothing doubled."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from helpdesk.lib import outbound_http, secrets
from helpdesk.lib.outbound_places import Allowed
from tests.lib.web_server import WebServer
from tests.mail.broken_imap import BrokenImap
from tests.mail.postbox import letter
from tickets.mail import fetch, imap, intake
from tickets.models import InboundMail, Mailbox, MailSource, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
LETTERS = [
    letter(subject=f"No. {number}").as_bytes().replace(b"\n", b"\r\n") for number in range(1, 4)
]
# CAPABILITY LOGIN SELECT STATUS SEARCH, twice FETCH for each letter, STORE, LOGOUT.
COMMANDS = 14


def source(port: int, settings: Settings, **more: Any) -> MailSource:
    settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.1", "localhost", f":{port}"])
    return MailSource.objects.create(
        mailbox=Mailbox.objects.get(address="it@aldera.example"),
        host="127.0.0.1",
        port=port,
        security=MailSource.Security.PLAIN,
        username="it",
        secret=secrets.seal("right"),
        **more,
    )


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("where", ["before", "inside", "after"])
@pytest.mark.parametrize("cut", range(1, COMMANDS + 1))
def test_a_line_cut_anywhere_costs_only_another_try(
    settings: Settings, cut: int, where: str, known: bool
) -> None:
    server = BrokenImap(LETTERS, cut, where)
    place = {"uid_validity": 7, "last_uid": 0} if known else {}
    row = source(server.port, settings, **place)
    fetch.fetch(row.pk)
    server.cut = 0
    fetch.fetch(row.pk)
    server.close()
    intake.take_in_waiting()
    assert sorted(Ticket.objects.values_list("summary", flat=True)) == ["No. 1", "No. 2", "No. 3"]
    assert InboundMail.objects.count() == 3
    assert server.seen == {1, 2, 3}
    row.refresh_from_db()
    assert (row.uid_validity, row.last_uid, row.failures, row.error) == (7, 3, 0, "")


def test_the_script_knows_all_commands(settings: Settings) -> None:
    server = BrokenImap(LETTERS)
    fetch.fetch(source(server.port, settings).pk)
    server.close()
    assert len(server.commands) <= COMMANDS
    assert {"LOGIN", "SELECT", "STATUS", "SEARCH", "FETCH", "STORE"} <= set(server.commands)


def test_a_server_inside_the_network_is_not_asked_unless_allowed(settings: Settings) -> None:
    server = BrokenImap(LETTERS)
    row = source(server.port, settings)
    settings.OUTBOUND_ALLOW = Allowed.of([f":{server.port}"])
    fetch.fetch(row.pk)
    server.close()
    row.refresh_from_db()
    assert "private network" in row.error
    assert server.commands == []


def test_other_ports_are_not_asked(settings: Settings) -> None:
    row = source(25, settings)
    settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.1"])
    fetch.fetch(row.pk)
    row.refresh_from_db()
    assert "Port 25 is not opened from here" in row.error


# --- Signing in with a token ----------------------------------------------------------------------


@pytest.fixture
def token_service() -> Iterator[WebServer]:
    def play(line: Any, _head: str) -> None:
        body = json.dumps({"access_token": "token-1"}).encode()
        line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    server = WebServer(play)
    yield server
    server.close()


@pytest.mark.parametrize(
    ("sign", "wanted"),
    [("microsoft", "client_credentials"), ("google", "refresh_token")],
)
def test_a_token_is_asked_for_with_the_secret(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    token_service: WebServer,
    sign: str,
    wanted: str,
) -> None:
    row = source(1, settings, sign=sign, tenant="aldera", client_id="us")
    settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.1", f":{token_service.port}"])
    monkeypatch.setitem(imap.TOKENS, MailSource.Sign(sign), f"{token_service.url}/{{tenant}}/token")
    asked: list[bytes] = []
    post = outbound_http.post

    def noted(url: str, body: bytes, headers: Any) -> Any:
        asked.append(body)
        return post(url, body, headers)

    monkeypatch.setattr(outbound_http, "post", noted)
    assert imap.access_token(row) == "token-1"
    assert f"grant_type={wanted}".encode() in asked[0]
    assert b"right" in asked[0]
    assert "POST /aldera/token" in token_service.heads[0]


def test_a_service_that_gives_no_token_is_said_kindly(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def play(line: Any, _head: str) -> None:
        line.sendall(b"HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}")

    server = WebServer(play)
    row = source(server.port, settings, sign="microsoft", tenant="t", client_id="us")
    monkeypatch.setitem(imap.TOKENS, MailSource.Sign.MICROSOFT, f"{server.url}/token")
    with pytest.raises(imap.Unreachable, match="Check the client id"):
        imap.access_token(row)
    server.close()
