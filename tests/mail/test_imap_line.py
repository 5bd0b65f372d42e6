"""The line to an IMAP server goes to the address that was checked, whatever names say later."""

import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pytest_django import Settings

from helpdesk.lib import outbound_http, secrets
from helpdesk.lib.outbound_places import Allowed
from tests.lib.test_outbound_http import certificate
from tests.mail.broken_imap import BrokenImap
from tests.mail.postbox import letter
from tickets.mail import fetch
from tickets.models import InboundMail, Mailbox, MailSource

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
NAME = "mail.rebind.example"
LETTERS = [letter(subject="One").as_bytes().replace(b"\n", b"\r\n")]
Security = MailSource.Security
Serve = Callable[..., BrokenImap]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Servers that end with the test."""
    running: list[BrokenImap] = []

    def start(**facts: Any) -> BrokenImap:
        running.append(BrokenImap(LETTERS, **facts))
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ssl.SSLContext]:
    """What a server shows that is NAME, by an authority that the system believes."""
    root, own = (ec.generate_private_key(ec.SECP256R1()) for _n in range(2))
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    authority = certificate("authority.example", "authority.example", root, root)
    shown = certificate(NAME, "authority.example", own, root).public_bytes(Encoding.PEM)
    (tmp_path / "ca.pem").write_bytes(authority.public_bytes(Encoding.PEM))
    (tmp_path / "own.pem").write_bytes(shown + own.private_bytes(*plain))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    outbound_http.trust.cache_clear()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "own.pem")
    yield context
    outbound_http.trust.cache_clear()


def source(port: int, settings: Settings, host: str = NAME, **more: Any) -> MailSource:
    settings.OUTBOUND_ALLOW = Allowed.of([host, f":{port}"])
    return MailSource.objects.create(
        mailbox=Mailbox.objects.get(address="it@aldera.example"),
        host=host,
        port=port,
        username="it",
        secret=secrets.seal("right"),
        **more,
    )


def answer(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """A resolver that says the first address first and the others later; who was asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, *rest: Any, **more: Any) -> Any:
        if host.endswith(".example"):
            asked.append(host)
            host = addresses[min(len(asked), len(addresses)) - 1]
        return real(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("security", Security)
def test_a_name_that_moves_after_the_check_is_not_followed(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    serve: Serve,
    identity: ssl.SSLContext,
    security: str,
) -> None:
    shown = None if security == Security.PLAIN else identity
    names: list[str | None] = []
    identity.sni_callback = lambda _line, name, _context: names.append(name)
    good = serve(identity=shown, starts_tls=security == Security.STARTTLS)
    trap = serve(host="127.0.0.2", wanted_port=good.port)
    asked = answer(monkeypatch, "127.0.0.1", "127.0.0.2")
    row = source(good.port, settings, security=security)
    assert fetch.fetch(row.pk) == 1
    assert asked == [NAME]
    assert trap.commands == []
    assert names == ([NAME] if shown else [])
    assert ("STARTTLS" in good.commands) is (security == Security.STARTTLS)
    assert InboundMail.objects.count() == 1


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_for_another_name_is_not_believed(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    serve: Serve,
    identity: ssl.SSLContext,
    security: str,
) -> None:
    good = serve(identity=identity, starts_tls=security == Security.STARTTLS)
    answer(monkeypatch, "127.0.0.1")
    row = source(good.port, settings, "other.example", security=security)
    assert fetch.fetch(row.pk) == 0
    row.refresh_from_db()
    assert row.error == "The certificate of other.example is not valid for that name."
    assert "LOGIN" not in good.commands


def test_a_server_that_does_not_begin_tls_gets_no_password(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    plain = serve()
    answer(monkeypatch, "127.0.0.1")
    row = source(plain.port, settings, security=Security.STARTTLS)
    assert fetch.fetch(row.pk) == 0
    assert "LOGIN" not in plain.commands


def test_a_name_with_one_private_address_is_not_asked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    server = serve()
    answer(monkeypatch, "127.0.0.1")
    row = source(server.port, settings, security=Security.PLAIN)
    settings.OUTBOUND_ALLOW = Allowed.of([f":{server.port}"])
    fetch.fetch(row.pk)
    row.refresh_from_db()
    assert "private network" in row.error
    assert server.commands == []
