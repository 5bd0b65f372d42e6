"""Letters through the real listener and the pipe: stored before they are confirmed."""

import gc
import io
import os
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError
from pytest_django import Settings

from departments.actions import pulse
from departments.models import Heartbeat
from tests.cast import Company, found
from tests.mail.postbox import letter
from tickets.mail import receive
from tickets.mail.smtp import Listener
from tickets.management.commands import receive_smtp
from tickets.models import InboundMail, Mailbox, Ticket

pytestmark = pytest.mark.django_db(transaction=True)
Outcome = InboundMail.Outcome


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def company(transactional_db: None) -> Company:
    return found()


@contextmanager
def listening() -> Iterator[smtplib.SMTP]:
    """A connection to a listener of our own."""
    listener = Listener("127.0.0.1", free_port())
    listener.start()
    with smtplib.SMTP("127.0.0.1", listener.port, timeout=10) as client:
        client.ehlo()
        yield client
    listener.stop()
    gc.collect()  # Connections of the threads that ended: the test's database must be free.


@pytest.fixture
def line(company: Company) -> Iterator[smtplib.SMTP]:
    with listening() as client:
        yield client


def give(line: smtplib.SMTP, *recipients: str, raw: bytes | None = None) -> tuple[int, bytes]:
    """Hand in a letter; the answer to its last dot."""
    line.mail("elif@aldera.example")
    for recipient in recipients:
        line.rcpt(recipient)
    return line.data(raw or letter().as_bytes())


def refused(*_args: object, **_more: object) -> Any:
    raise OperationalError("the database is away")


def test_a_letter_is_stored_before_it_is_confirmed(line: smtplib.SMTP) -> None:
    code, _words = give(line, "it@aldera.example")
    row = InboundMail.objects.get()
    assert (code, row.outcome) == (250, Outcome.STORED)
    assert b"Screen is dark" in bytes(row.raw)
    assert row.envelope_from == "elif@aldera.example"


def test_it_becomes_a_ticket_when_a_worker_reads_it(
    line: smtplib.SMTP, work_off: Callable[[], None]
) -> None:
    give(line, "it@aldera.example")
    work_off()
    assert Ticket.objects.get().summary == "Screen is dark"


def test_an_unknown_mailbox_is_refused_at_once(line: smtplib.SMTP) -> None:
    line.mail("elif@aldera.example")
    code, _words = line.rcpt("nobody@aldera.example")
    assert code == 550


def test_a_closed_mailbox_is_refused(line: smtplib.SMTP) -> None:
    Mailbox.objects.update(is_active=False)
    line.mail("elif@aldera.example")
    assert line.rcpt("it+x@aldera.example") == (550, b"5.2.1 This mailbox is closed")


@pytest.mark.parametrize("address", ["it+t1.2.abc@aldera.example", "IT@ALDERA.example"])
def test_plus_addresses_and_capitals_are_taken(line: smtplib.SMTP, address: str) -> None:
    assert give(line, address)[0] == 250
    assert InboundMail.objects.get().envelope_to == address


def test_one_letter_to_two_desks_is_a_row_for_each(line: smtplib.SMTP) -> None:
    give(line, "it@aldera.example", "hr@aldera.example")
    assert InboundMail.objects.count() == 2


def test_two_addresses_of_one_mailbox_are_one_row(line: smtplib.SMTP) -> None:
    give(line, "it@aldera.example", "it+x@aldera.example")
    assert InboundMail.objects.get().envelope_to == "it@aldera.example,it+x@aldera.example"


def test_the_size_limit_is_announced(line: smtplib.SMTP, settings: Settings) -> None:
    assert line.esmtp_features["size"] == str(settings.MAIL_MAX_BYTES)


def test_a_letter_over_the_limit_is_refused_for_good(company: Company, settings: Settings) -> None:
    settings.MAIL_MAX_BYTES = 2000
    with listening() as client:
        code, _words = give(client, "it@aldera.example", raw=letter(body="x " * 5000).as_bytes())
    assert code == 552
    assert not InboundMail.objects.exists()


def test_a_very_long_line_is_no_reason_to_refuse(line: smtplib.SMTP) -> None:
    raw = b"From: elif@aldera.example\r\nSubject: long\r\n\r\n" + b"y" * 50_000 + b"\r\n"
    assert give(line, "it@aldera.example", raw=raw)[0] == 250


def test_without_the_database_the_sender_is_asked_to_come_again(
    line: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "mailbox_for", refused)
    line.mail("elif@aldera.example")
    assert line.rcpt("it@aldera.example")[0] == 451


def test_what_cannot_be_stored_is_not_confirmed(
    line: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "store", refused)
    assert give(line, "it@aldera.example")[0] == 451
    assert not InboundMail.objects.exists()


def test_a_failure_between_two_desks_stores_for_neither(
    line: smtplib.SMTP, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = receive.store

    def second_fails(mailbox: Mailbox, *more: Any) -> InboundMail:
        return refused() if mailbox.address.startswith("hr") else kept(mailbox, *more)

    monkeypatch.setattr(receive, "store", second_fails)
    assert give(line, "it@aldera.example", "hr@aldera.example")[0] == 451
    assert not InboundMail.objects.exists()


def test_the_same_letter_again_is_confirmed_and_counted(line: smtplib.SMTP) -> None:
    raw = letter().as_bytes()
    give(line, "it@aldera.example", raw=raw)
    assert give(line, "it@aldera.example", raw=b"Received: by b\r\n" + raw)[0] == 250
    outcomes = InboundMail.objects.order_by("pk").values_list("outcome", flat=True)
    assert list(outcomes) == [Outcome.STORED, Outcome.DUPLICATE]


def test_the_empty_sender_of_machines_is_taken(line: smtplib.SMTP) -> None:
    line.mail("")
    line.rcpt("it@aldera.example")
    assert line.data(letter().as_bytes())[0] == 250


# --- The pipe -----------------------------------------------------------------------------------


def piped(monkeypatch: pytest.MonkeyPatch, raw: bytes, mailbox: str = "it@aldera.example") -> int:
    """What the mail server sees: the exit code."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    with pytest.raises(SystemExit) as ended:
        call_command("receive_mail", mailbox=mailbox)
    return int(str(ended.value.code))


def test_the_pipe_stores_a_letter(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    assert piped(monkeypatch, letter().as_bytes()) == os.EX_OK
    assert InboundMail.objects.get().outcome == Outcome.STORED


def test_the_pipe_knows_its_mailboxes(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    assert piped(monkeypatch, letter().as_bytes(), "no@aldera.example") == os.EX_NOUSER


def test_the_pipe_asks_to_try_again_when_the_database_is_away(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receive, "store", refused)
    assert piped(monkeypatch, letter().as_bytes()) == os.EX_TEMPFAIL


def test_the_pipe_says_when_there_is_no_letter(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert piped(monkeypatch, b"\n") == os.EX_NOINPUT


def test_a_letter_of_30_megabytes_is_returned_and_its_headers_are_kept(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = b"From: elif@aldera.example\nSubject: film\n\n" + b"x" * (30 * 1024 * 1024)
    assert piped(monkeypatch, raw) == os.EX_DATAERR
    row = InboundMail.objects.get()
    assert row.outcome == Outcome.REJECTED
    assert bytes(row.raw).endswith(b"Subject: film\n\n")


@pytest.mark.processes
def test_the_pipe_works_as_a_program_of_its_own(tmp_path: Any) -> None:
    environment = {**os.environ, "HELPDESK_DATA": str(tmp_path)}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, "manage.py", "receive_mail", "--mailbox", "it@aldera.example"]
    done = subprocess.run(command, input=b"Subject: x\n\ny", env=environment, check=False)
    assert done.returncode == os.EX_TEMPFAIL  # Its database has no tables yet.


def test_a_listener_that_stops_leaves_no_threads(company: Company) -> None:
    with listening() as client:
        give(client, "it@aldera.example")
    assert not [t.name for t in threading.enumerate() if t.name.startswith("letters")]


def test_the_listener_shows_that_it_listens(
    company: Company,
) -> None:
    receive_smtp.show_pulse()
    assert Heartbeat.objects.filter(name=Heartbeat.MAIL).exists()


def test_a_database_that_is_away_does_not_end_the_listener(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulse, "beat", refused)
    receive_smtp.show_pulse()
    assert not Heartbeat.objects.exists()
