"""The way out, against real servers: it reaches what it may, and lets nobody keep it."""

import gzip
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from helpdesk.lib import outbound_http
from helpdesk.lib.errors import Refused
from helpdesk.lib.outbound_http import OutboundFailed, OutboundRefused, fetch, post
from helpdesk.lib.outbound_places import Allowed
from tests.lib.web_server import Play, WebServer, says, sends_on

ICS = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
MAX = 100_000
SECRET = says(b"the secret of another machine")

Serve = Callable[..., WebServer]
Key = ec.EllipticCurvePrivateKey


@pytest.fixture
def serve(settings: Settings) -> Iterator[Serve]:
    """Starts servers at 127.0.0.1 and opens their ports; the address too, unless said otherwise."""
    running: list[WebServer] = []

    def start(play: Play, *, host: str = "127.0.0.1", **more: Any) -> WebServer:
        running.append(WebServer(play, host, **more))
        ports = [f":{server.port}" for server in running]
        settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.1", *ports])
        return running[-1]

    yield start
    for server in running:
        server.close()


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[list[str]]]:
    """A resolver of the test's own: for each name, what it answers the first time, the second…"""
    known: dict[str, list[list[str]]] = {}
    ask = socket.getaddrinfo

    def answer(name: str, port: int, *args: Any, **more: Any) -> Any:
        if name not in known:
            return ask(name, port, *args, **more)
        found = known[name].pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in found]

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return known


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody gets more than half a second in all; silence alone would be enough for longer."""
    monkeypatch.setattr(outbound_http, "TOTAL_SECONDS", 0.5)


# --- What is fetched --------------------------------------------------------------------------


def test_what_is_at_an_address_comes_with_its_type_and_validators(serve: Serve) -> None:
    there = serve(
        says(
            ICS,
            'ETag: "v1"',
            "Last-Modified: Mon, 09 Mar 2026 07:00:00 GMT",
            "Content-Type: Text/Calendar; charset=utf-8",
        )
    )
    found = fetch(f"{there.url}/days.ics?key=1", max_bytes=MAX)
    assert (found.status, found.body, found.type) == (200, ICS, "text/calendar")
    assert (found.etag, found.last_modified) == ('"v1"', "Mon, 09 Mar 2026 07:00:00 GMT")
    assert there.heads[0].startswith("GET /days.ics?key=1 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{there.port}\r\n" in there.heads[0]


def test_the_next_time_only_changes_are_asked_for(serve: Serve) -> None:
    there = serve(says(status="304 Not Modified"))
    found = fetch(there.url, max_bytes=MAX, etag='"v1"', last_modified="Mon, 09 Mar 2026")
    assert (found.status, found.body) == (304, b"")
    assert 'If-None-Match: "v1"\r\n' in there.heads[0]
    assert "If-Modified-Since: Mon, 09 Mar 2026\r\n" in there.heads[0]


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "204 No Content", "206 Partial"])
def test_other_answers_are_told_by_their_status_alone(serve: Serve, status: str) -> None:
    found = fetch(serve(says(b"page" * 9, status=status)).url, max_bytes=5)
    assert (str(found.status), found.body) == (status[:3], b"")


def test_a_packed_answer_is_unpacked(serve: Serve) -> None:
    there = serve(says(gzip.compress(ICS), "Content-Encoding: gzip"))
    assert fetch(there.url, max_bytes=MAX).body == ICS


def test_an_answer_in_chunks_is_put_together(serve: Serve) -> None:
    body = b"5\r\nBEGIN\r\n4\r\n:END\r\n0\r\n\r\n"
    there = serve(says(body, "Transfer-Encoding: chunked", length=False))
    assert fetch(there.url, max_bytes=MAX).body == b"BEGIN:END"


def test_an_answer_without_a_length_ends_with_the_connection(serve: Serve) -> None:
    assert fetch(serve(says(ICS, length=False)).url, max_bytes=MAX).body == ICS


@pytest.mark.parametrize("value", ["tab\there", "x" * 201, "caf\xe9"])
def test_validators_that_could_harm_us_are_forgotten(serve: Serve, value: str) -> None:
    assert fetch(serve(says(ICS, f"ETag: {value}")).url, max_bytes=MAX).etag == ""


def test_proxies_of_the_environment_are_not_asked(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(SECRET)
    monkeypatch.setenv("http_proxy", proxy.url)
    assert fetch(serve(says(ICS)).url, max_bytes=MAX).body == ICS
    assert not proxy.heads


# --- How much and how long --------------------------------------------------------------------


def test_as_much_as_allowed_is_read_and_no_byte_more(serve: Serve) -> None:
    there = serve(says(b"x" * 70_000, length=False))
    assert len(fetch(there.url, max_bytes=70_000).body) == 70_000
    with pytest.raises(OutboundFailed, match="is larger than"):
        fetch(there.url, max_bytes=69_999)


def test_a_bomb_is_not_unpacked(serve: Serve) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    there = serve(says(bomb, "Content-Encoding: gzip"))
    with pytest.raises(OutboundFailed, match="is larger than"):
        fetch(there.url, max_bytes=MAX)


def test_a_bomb_in_a_bomb_is_not_unpacked(serve: Serve) -> None:
    bomb = zlib.compress(gzip.compress(gzip.compress(b"\0" * 50_000_000)))
    there = serve(says(bomb, "Content-Encoding: gzip, gzip, deflate"))
    with pytest.raises(OutboundFailed, match="is larger than"):
        fetch(there.url, max_bytes=MAX)


def test_an_endless_answer_is_left(serve: Serve) -> None:
    def endless(connection: socket.socket, _head: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 10_000)

    with pytest.raises(OutboundFailed, match="is larger than"):
        fetch(serve(endless).url, max_bytes=MAX)


def drips(start: bytes, drop: bytes) -> Play:
    """After its start this server sends a drop now and then, without end."""

    def play(connection: socket.socket, _head: str) -> None:
        connection.sendall(start)
        while True:
            time.sleep(0.02)
            connection.sendall(drop)

    return play


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b""),
        (b"", b"x"),
        (b"HTTP/1.1 200 OK\r\nA: ", b"x"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b""),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08" + bytes(7),
            b"\0\0\0\xff\xff",
        ),
    ],
    ids=[
        "mute",
        "status",
        "header",
        "continue",
        "no-body",
        "drip",
        "length",
        "size",
        "chunk",
        "gz",
    ],
)
def test_nobody_keeps_us_longer_than_the_limit(serve: Serve, start: bytes, drop: bytes) -> None:
    there, began = serve(drips(start, drop)), time.monotonic()
    with pytest.raises(OutboundFailed, match="took too long"):
        fetch(there.url, max_bytes=MAX)
    assert time.monotonic() - began < 3


@pytest.mark.usefixtures("hurry")
def test_the_limit_holds_for_all_redirects_together(serve: Serve) -> None:
    def slowly(connection: socket.socket, _head: str) -> None:
        time.sleep(0.3)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n")

    there = serve(slowly)
    with pytest.raises(OutboundFailed, match="took too long"):
        fetch(there.url, max_bytes=MAX)


def test_silence_is_waited_for_only_a_while(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound_http, "READ_SECONDS", 0.2)
    there = serve(drips(b"HTTP/1.1 200 OK\r\n\r\n", b""))
    with pytest.raises(OutboundFailed, match="took too long"):
        fetch(there.url, max_bytes=MAX)


@pytest.mark.parametrize(
    "head",
    [
        b"A: " + b"x" * 33_000 + b"\r\n",
        b"A: " + b"x" * 70_000 + b"\r\n",
        b"".join(b"A%d: %b\r\n" % (n, b"x" * 500) for n in range(90)),
        b"A: b\r\n" * 2000,
    ],
    ids=["long", "endless", "together", "many"],
)
def test_huge_headers_are_not_taken(serve: Serve, head: bytes) -> None:
    there = serve(lambda line, _head: line.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\nok"))
    with pytest.raises(OutboundFailed, match="proper answer"):
        fetch(there.url, max_bytes=MAX)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nBEG",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: " + b"gzip," * 50 + b"gzip\r\n\r\nx",
    ],
    ids=["nothing", "ssh", "short", "chunk", "size", "gzip", "onion"],
)
def test_a_broken_answer_is_a_failure_and_never_half_a_success(serve: Serve, answer: bytes) -> None:
    there = serve(lambda line, _head: line.sendall(answer))
    with pytest.raises(OutboundFailed, match=r"“127.0.0.1” did not give a proper answer"):
        fetch(there.url, max_bytes=MAX)


def test_a_closed_door_is_a_failure(serve: Serve) -> None:
    there = serve(SECRET)
    there.close()
    with pytest.raises(OutboundFailed, match="Try again later"):
        fetch(there.url, max_bytes=MAX)


def test_a_name_that_nobody_has_is_a_failure() -> None:
    with pytest.raises(OutboundFailed, match=r"no server called “nobody.invalid”"):
        fetch("https://nobody.invalid/", max_bytes=MAX)


def test_both_kinds_of_no_are_friendly_words_for_every_door() -> None:
    assert issubclass(OutboundFailed, Refused)
    assert issubclass(OutboundRefused, Refused)


# --- Where to ---------------------------------------------------------------------------------

LOOPBACK = [
    "127.0.0.1", "127.0.0.2", "localhost", "LOCALHOST", "localhost.", "0", "0.0.0.0", "[::]",
    "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]",
    "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "2130706433", "017700000001", "0x7f000001",
    "0x7f.1", "127.1", "0177.0.0.1", "１２７.0.0.1", "①②⑦.⓪.⓪.①", "user@127.0.0.1",
    "example.com@127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", LOOPBACK)
def test_this_machine_is_not_reached_by_any_of_its_names(
    serve: Serve, settings: Settings, host: str
) -> None:
    there = serve(SECRET)
    settings.OUTBOUND_ALLOW = Allowed.of([f":{there.port}"])
    with pytest.raises(OutboundRefused):
        fetch(f"http://{host}:{there.port}/", max_bytes=MAX)
    assert not there.heads


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "169.254.169.254", "192.168.0.1", "100.64.1.1", "::ffff:10.0.0.1"]
)
def test_a_name_that_leads_inside_is_refused(
    names: dict[str, list[list[str]]], address: str
) -> None:
    names["inside.example"] = [[address]]
    with pytest.raises(OutboundRefused, match=r"“inside.example” lies inside a private network"):
        fetch("https://inside.example/", max_bytes=MAX)


def test_a_name_is_asked_once_and_only_what_was_checked_is_called(
    serve: Serve, names: dict[str, list[list[str]]]
) -> None:
    """DNS rebinding: the second answer would be another machine."""
    first = serve(says(ICS))
    second = serve(SECRET, host="127.0.0.2", port=first.port)
    names["rebind.example"] = [["127.0.0.1"], ["127.0.0.2"]]
    assert fetch(f"http://rebind.example:{first.port}/", max_bytes=MAX).body == ICS
    assert names["rebind.example"] == [["127.0.0.2"]]
    assert f"Host: rebind.example:{first.port}\r\n" in first.heads[0]
    assert not second.heads


def test_a_redirect_asks_the_name_again_and_checks_the_new_answer(
    serve: Serve, names: dict[str, list[list[str]]]
) -> None:
    first = serve(sends_on("/again"))
    second = serve(SECRET, host="127.0.0.2", port=first.port)
    names["rebind.example"] = [["127.0.0.1"], ["127.0.0.2"]]
    with pytest.raises(OutboundRefused):
        fetch(f"http://rebind.example:{first.port}/", max_bytes=MAX)
    assert not second.heads


def test_the_second_address_of_a_name_is_tried_when_the_first_is_silent(
    serve: Serve, names: dict[str, list[list[str]]], settings: Settings
) -> None:
    there = serve(says(ICS), host="127.0.0.2")
    settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.0/8", f":{there.port}"])
    names["two.example"] = [["127.0.0.1", "127.0.0.2"]]
    assert fetch(f"http://two.example:{there.port}/", max_bytes=MAX).body == ICS


# --- Redirects --------------------------------------------------------------------------------


def steps(*places: str) -> Play:
    """/0 sends on to the first place, /1 to the second…; everything else is the calendar."""

    def play(connection: socket.socket, head: str) -> None:
        path = head.split()[1].strip("/")
        here = int(path) if path.isdigit() else len(places)
        answer = sends_on(places[here]) if here < len(places) else says(ICS)
        answer(connection, head)

    return play


@pytest.mark.parametrize("status", ["301 M", "302 F", "303 S", "307 T", "308 P"])
def test_a_redirect_is_followed(serve: Serve, status: str) -> None:
    there = serve(says(ICS))
    assert fetch(serve(sends_on(there.url, status)).url, max_bytes=MAX).body == ICS


def test_three_redirects_are_followed(serve: Serve) -> None:
    there = serve(steps("/1", "2", "?end", "/never"))
    assert fetch(f"{there.url}/0", max_bytes=MAX).body == ICS
    assert [head.split()[1] for head in there.heads] == ["/0", "/1", "/2", "/2?end"]


def test_a_fourth_redirect_is_one_too_many(serve: Serve) -> None:
    there = serve(sends_on("/again"))
    with pytest.raises(OutboundFailed, match="without end"):
        fetch(there.url, max_bytes=MAX)
    assert len(there.heads) == 4


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2/",
        "//127.0.0.2/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://localhost/",
        "http://2130706433/",
        "http://user@127.0.0.1/",
        "http://127.0.0.1:22/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:8080/_x",
        "http://[::1",
    ],
)
def test_a_redirect_leads_nowhere_that_could_not_be_typed(serve: Serve, to: str) -> None:
    with pytest.raises((OutboundRefused, OutboundFailed)):
        fetch(serve(sends_on(to)).url, max_bytes=MAX)


def test_a_redirect_to_nowhere_is_a_failure(serve: Serve) -> None:
    with pytest.raises(OutboundFailed, match="to nowhere"):
        fetch(serve(says(status="302 Found")).url, max_bytes=MAX)


def test_other_letters_in_a_redirect_keep_their_bytes(serve: Serve) -> None:
    there = serve(steps("/größe".encode().decode("latin-1")))
    assert fetch(f"{there.url}/0", max_bytes=MAX).body == ICS
    assert there.heads[1].split()[1] == "/gr%C3%B6%C3%9Fe"


# --- TLS --------------------------------------------------------------------------------------


NOW = datetime.now(UTC)


def certificate(name: str, issuer: str, key: Key, signed_by: Key) -> x509.Certificate:
    """For two days; with its own key as signer it is an authority."""
    names = [x509.DNSName(name), x509.IPAddress(ip_address("127.0.0.1"))]
    is_authority = x509.BasicConstraints(ca=key is signed_by, path_length=None)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .serial_number(x509.random_serial_number())
        .public_key(key.public_key())
        .add_extension(is_authority, critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(signed_by, hashes.SHA256())
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of an authority (ca.pem) and of the server good.example (good.pem)."""
    folder = tmp_path_factory.mktemp("authority")
    root, good = (ec.generate_private_key(ec.SECP256R1()) for _n in range(2))
    plain = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    ca = certificate("authority.example", "authority.example", root, root)
    own = certificate("good.example", "authority.example", good, root)
    (folder / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))
    (folder / "good.pem").write_bytes(own.public_bytes(Encoding.PEM) + good.private_bytes(*plain))
    return folder


@pytest.fixture
def identity(authority: Path) -> ssl.SSLContext:
    """What a server with that certificate shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "good.pem")
    return context


@pytest.fixture
def trusting(authority: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The system believes the test's authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))
    outbound_http.trust.cache_clear()
    yield
    outbound_http.trust.cache_clear()


@pytest.mark.usefixtures("trusting")
def test_a_server_that_proves_its_name_is_read_and_is_told_the_name(
    serve: Serve, identity: ssl.SSLContext, names: dict[str, list[list[str]]]
) -> None:
    told: list[str | None] = []
    identity.sni_callback = lambda _line, name, _context: told.append(name)
    there = serve(says(ICS), tls=identity)
    names["good.example"] = [["127.0.0.1"]]
    assert fetch(f"https://good.example:{there.port}/", max_bytes=MAX).body == ICS
    assert told == ["good.example"]


@pytest.mark.usefixtures("trusting")
def test_a_server_may_prove_an_address(serve: Serve, identity: ssl.SSLContext) -> None:
    assert fetch(serve(says(ICS), tls=identity).url, max_bytes=MAX).body == ICS


@pytest.mark.usefixtures("trusting")
def test_a_certificate_for_another_name_is_not_believed(
    serve: Serve, identity: ssl.SSLContext, names: dict[str, list[list[str]]]
) -> None:
    there = serve(SECRET, tls=identity)
    names["bank.example"] = [["127.0.0.1"]]
    with pytest.raises(OutboundFailed, match="certificate is not valid"):
        fetch(f"https://bank.example:{there.port}/", max_bytes=MAX)
    assert not there.heads


def test_a_certificate_of_an_unknown_authority_is_not_believed(
    serve: Serve, identity: ssl.SSLContext, names: dict[str, list[list[str]]]
) -> None:
    there = serve(SECRET, tls=identity)
    names["good.example"] = [["127.0.0.1"]]
    with pytest.raises(OutboundFailed, match="certificate is not valid"):
        fetch(f"https://good.example:{there.port}/", max_bytes=MAX)


@pytest.mark.usefixtures("trusting")
def test_a_redirect_never_leaves_encryption(serve: Serve, identity: ssl.SSLContext) -> None:
    plain = serve(SECRET)
    there = serve(sends_on(plain.url), tls=identity)
    with pytest.raises(OutboundRefused, match="without encryption"):
        fetch(there.url, max_bytes=MAX)
    assert not plain.heads


@pytest.mark.usefixtures("trusting")
def test_a_redirect_may_begin_encryption(serve: Serve, identity: ssl.SSLContext) -> None:
    there = serve(says(ICS), tls=identity)
    assert fetch(serve(sends_on(there.url)).url, max_bytes=MAX).body == ICS


@pytest.mark.usefixtures("hurry")
def test_a_handshake_that_drips_is_left(serve: Serve) -> None:
    there, began = serve(drips(b"", b"\x16\x03\x03\x40\x00\x02")), time.monotonic()
    with pytest.raises(OutboundFailed):
        fetch(there.url.replace("http:", "https:"), max_bytes=MAX)
    assert time.monotonic() - began < 3


def test_a_server_without_encryption_gives_no_proper_answer(serve: Serve) -> None:
    there = serve(says(status="400 Bad Request"), is_hasty=True)
    with pytest.raises(OutboundFailed, match="proper answer"):
        fetch(there.url.replace("http:", "https:"), max_bytes=MAX)


# --- What is handed over ----------------------------------------------------------------------


def takes(kept: list[bytes], *pieces: bytes) -> Play:
    """Reads the six bytes of the body, then answers piece by piece."""

    def play(connection: socket.socket, head: str) -> None:
        body = head.partition("\r\n\r\n")[2].encode()
        while len(body) < 6:
            body += connection.recv(100)
        kept.append(body)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.02)

    return play


def test_a_message_is_handed_over_with_its_headers(serve: Serve) -> None:
    kept: list[bytes] = []
    there = serve(takes(kept, b"HTTP/1.1 202 Accepted\r\nContent-Length: 5\r\n\r\nthank"))
    headers = {"Content-Type": "application/json", "Helpdesk-Signature": "t=1,v1=2"}
    answer = post(f"{there.url}/page?to=1", b'{"a":1', headers)
    assert (answer.status, answer.body, kept) == (202, b"thank", [b'{"a":1'])
    assert there.heads[0].startswith("POST /page?to=1 HTTP/1.1\r\n")
    assert "Helpdesk-Signature: t=1,v1=2\r\n" in there.heads[0]
    assert "Content-Length: 6\r\n" in there.heads[0]


def test_only_the_beginning_of_the_answer_is_kept(serve: Serve) -> None:
    there = serve(takes([], b"HTTP/1.1 500 Oops\r\n\r\n" + b"x" * 100_000))
    assert len(post(there.url, b"123456", {}).body) == outbound_http.MAX_ANSWER_BYTES


def test_an_answer_that_comes_in_pieces_is_put_together(serve: Serve) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"
    there = serve(takes([], head, b"ab", b"cd", b"ef"))
    assert post(there.url, b"123456", {}).body == b"abcdef"


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("drop", [b"", b"x"])
def test_who_has_said_yes_and_mumbles_on_has_said_yes(serve: Serve, drop: bytes) -> None:
    """Otherwise the message would be handed over again and again."""
    there = serve(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nok", drop))
    answer = post(there.url, b"123456", {})
    assert (answer.status, answer.body[:2]) == (200, b"ok")


def test_a_message_without_an_answer_is_not_delivered(serve: Serve) -> None:
    there = serve(lambda _line, _head: None)
    with pytest.raises(OutboundFailed, match="proper answer"):
        post(there.url, b"123456", {})


def test_a_message_does_not_follow_redirects(serve: Serve) -> None:
    other = serve(SECRET)
    there = serve(takes([], f"HTTP/1.1 307 T\r\nLocation: {other.url}\r\n\r\n".encode()))
    assert post(there.url, b"123456", {}).status == 307
    assert not other.heads


def test_a_message_goes_nowhere_inside(serve: Serve, settings: Settings) -> None:
    there = serve(SECRET)
    settings.OUTBOUND_ALLOW = Allowed.of([f":{there.port}"])
    with pytest.raises(OutboundRefused):
        post(there.url, b"123456", {})
    assert not there.heads


def test_a_header_cannot_smuggle_another_one(serve: Serve) -> None:
    there = serve(SECRET)
    with pytest.raises(ValueError, match="Invalid header value"):
        post(there.url, b"123456", {"A": "b\r\nHost: elsewhere"})
    assert "elsewhere" not in "".join(there.heads)


@pytest.mark.usefixtures("hurry")
def test_a_receiver_that_does_not_read_is_left(serve: Serve) -> None:
    there = serve(lambda _line, _head: time.sleep(2))
    with pytest.raises(OutboundFailed, match="took too long"):
        post(there.url, b"x" * 20_000_000, {})
