"""The listener as a stranger's server meets it: every byte on the wire is ours to choose."""

import smtplib
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from pytest_django import Settings

from tests.cast import Company, found
from tests.mail.postbox import letter
from tests.mail.test_smtp import free_port, give, listening
from tickets.mail import intake, receive, smtp
from tickets.mail.smtp import Listener
from tickets.models import InboundMail, Mailbox

pytestmark = pytest.mark.django_db(transaction=True)
BEGIN = b"EHLO peer\r\nMAIL FROM:<elif@aldera.example>\r\nRCPT TO:<it@aldera.example>\r\nDATA\r\n"
HEADERS = b"From: elif@aldera.example\r\nSubject: One\r\n\r\nFirst."
HIDDEN = (
    b"MAIL FROM:<jonas@aldera.example>\r\nRCPT TO:<hr@aldera.example>\r\nDATA\r\n"
    b"From: jonas@aldera.example\r\nSubject: Hidden\r\n\r\nSecond."
)


@pytest.fixture
def company(transactional_db: None) -> Company:
    return found()


@pytest.fixture
def line(company: Company) -> Iterator[smtplib.SMTP]:
    with listening() as client:
        yield client


@pytest.fixture
def listener(company: Company) -> Iterator[Listener]:
    running = Listener("127.0.0.1", free_port())
    running.start()
    yield running
    running.stop()


def wire(listener: Listener, seconds: float = 10) -> socket.socket:
    return socket.create_connection(("127.0.0.1", listener.port), timeout=seconds)


def hear(line: socket.socket) -> bytes:
    """Everything until the other side hangs up."""
    said = b""
    with suppress(OSError):
        while more := line.recv(4096):
            said += more
    return said


def codes(said: bytes) -> list[bytes]:
    """The code of each answer; of those with several lines the last one's."""
    return [text[:3] for text in said.split(b"\r\n") if text[3:4] == b" "]


def until(ready: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not ready():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


# --- Limits -------------------------------------------------------------------------------------


def test_a_size_that_is_announced_is_refused_before_the_letter(line: smtplib.SMTP) -> None:
    limit = int(line.esmtp_features["size"])
    assert line.mail("elif@aldera.example", [f"SIZE={limit + 1}"])[0] == 552
    assert line.mail("elif@aldera.example", [f"SIZE={limit}"])[0] == 250


def test_a_letter_that_lied_about_its_size_is_refused_and_the_next_one_taken(
    company: Company, settings: Settings
) -> None:
    settings.MAIL_MAX_BYTES = 2000
    with listening() as client:
        client.mail("elif@aldera.example", ["SIZE=10"])
        client.rcpt("it@aldera.example")
        assert client.data(letter(body="x " * 5000).as_bytes())[0] == 552
        assert give(client, "it@aldera.example")[0] == 250
    assert InboundMail.objects.count() == 1


def test_more_recipients_than_we_take_are_asked_to_come_again(
    line: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "RECIPIENTS_MAX", 2)
    line.mail("elif@aldera.example")
    answers = [line.rcpt(f"{name}@aldera.example")[0] for name in ("it", "hr", "helpdesk")]
    assert answers == [250, 250, 452]
    assert line.data(letter().as_bytes())[0] == 250
    assert InboundMail.objects.count() == 2


def test_one_connection_too_many_is_sent_away_and_may_come_later(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "CONNECTIONS_MAX", 2)
    with wire(listener) as one, wire(listener) as two:
        assert one.recv(3) == two.recv(3) == b"220"
        with wire(listener) as three:
            assert hear(three).startswith(b"421 4.7.0")
        one.close()
        until(lambda: len(listener.handler.lines) == 1)
        with wire(listener) as four:
            assert four.recv(3) == b"220"


@pytest.mark.parametrize("said", [b"", b"EHLO peer\r\n", BEGIN + HEADERS])
def test_whoever_is_silent_for_too_long_is_cut_off_and_leaves_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    monkeypatch.setattr(smtp, "SECONDS", 0.3)
    running = Listener("127.0.0.1", free_port())
    running.start()
    try:
        with wire(running) as line:
            line.sendall(said)
            assert b"250 2.0.0" not in hear(line)
    finally:
        running.stop()
    assert not InboundMail.objects.exists()


def test_a_line_that_breaks_inside_the_letter_leaves_nothing(listener: Listener) -> None:
    with wire(listener) as line:
        line.sendall(BEGIN + HEADERS)
        line.shutdown(socket.SHUT_WR)
        hear(line)
    until(lambda: not listener.handler.lines)
    assert not InboundMail.objects.exists()


# --- Where a letter ends ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "end",
    [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r.\r\n", b"\n.\r", b"\0.\r\n"],
)
def test_no_second_letter_hides_behind_half_an_end(listener: Listener, end: bytes) -> None:
    with wire(listener) as line:
        line.sendall(BEGIN + HEADERS + end + HIDDEN + b"\r\n.\r\nQUIT\r\n")
        assert codes(hear(line)) == [b"220", b"250", b"250", b"250", b"354", b"250", b"221"]
    row = InboundMail.objects.get()
    assert row.mailbox.address == "it@aldera.example"
    assert b"Subject: Hidden" in bytes(row.raw)


def test_whole_conversations_may_come_in_one_piece(listener: Listener) -> None:
    first = BEGIN + HEADERS + b"\r\n..dot\r\n.\r\n"
    with wire(listener) as line:
        line.sendall(first + HIDDEN + b"\r\n.\r\nQUIT\r\n")
        said = codes(hear(line))
    assert said == [b"220", *[b"250"] * 3, b"354", *[b"250"] * 3, b"354", b"250", b"221"]
    rows = InboundMail.objects.order_by("pk")
    assert [row.mailbox.address for row in rows] == ["it@aldera.example", "hr@aldera.example"]
    assert bytes(rows[0].raw).endswith(b"First.\r\n.dot\r\n")


# --- Letters of all alphabets -------------------------------------------------------------------


def test_what_is_announced_is_taken(line: smtplib.SMTP) -> None:
    assert {"size", "8bitmime", "smtputf8"} <= set(line.esmtp_features)
    assert not {"starttls", "auth", "chunking"} & set(line.esmtp_features)
    line.command_encoding = "utf-8"
    line.mail("çağla@aldera.example", ["SMTPUTF8", "BODY=8BITMIME"])
    line.rcpt("it@aldera.example")
    raw = "From: çağla@aldera.example\r\nSubject: Ekran karanlık\r\n\r\nDün iyiydi.\r\n".encode()
    assert line.data(raw)[0] == 250
    row = InboundMail.objects.get()
    assert (bytes(row.raw), row.envelope_from) == (raw, "çağla@aldera.example")


def test_the_empty_sender_tells_a_machine(line: smtplib.SMTP) -> None:
    line.mail("")
    line.rcpt("it@aldera.example")
    line.data(letter().as_bytes())
    row = InboundMail.objects.get()
    assert row.envelope_from == intake.NOBODY
    assert intake.read(row).automatic


@pytest.mark.parametrize("name", [b"it\xff", b"it\x00", b"it\x07", b"it'--", b"\xe2\x80\xaeit"])
def test_a_recipient_of_strange_bytes_is_nobody(listener: Listener, name: bytes) -> None:
    with wire(listener) as line:
        line.sendall(b"EHLO a\r\nMAIL FROM:<e@x.example>\r\nRCPT TO:<" + name)
        line.sendall(b"@aldera.example>\r\nQUIT\r\n")
        assert codes(hear(line))[3] in {b"550", b"553", b"501"}


def test_a_sender_of_strange_bytes_does_not_hold_a_letter_up(listener: Listener) -> None:
    begin = BEGIN.replace(b"elif", b"el\xffif")
    with wire(listener) as line:
        line.sendall(begin + HEADERS + b"\r\n.\r\nQUIT\r\n")
        assert codes(hear(line))[-2:] == [b"250", b"221"]
    assert InboundMail.objects.get().envelope_from == "el?if@aldera.example"


def test_what_nobody_foresaw_is_no_verdict_on_the_letter(
    line: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise UnboundLocalError

    monkeypatch.setattr(smtp.Protocol, "_getaddr", broken)
    assert line.mail("elif@aldera.example")[0] == 451


def test_a_mailbox_that_closes_while_the_letter_comes_refuses_it(
    line: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.mail("elif@aldera.example")
    line.rcpt("it@aldera.example")
    Mailbox.objects.update(is_active=False)
    assert line.data(letter().as_bytes())[0] == 550
    assert receive.is_closed("IT@aldera.example")
    assert not receive.is_closed("nobody@aldera.example")
