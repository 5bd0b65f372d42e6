"""Mailboxes emptied by IMAP, against a real Dovecot: each letter once, whatever breaks."""

import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from helpdesk.lib import secrets
from helpdesk.lib.outbound_places import Allowed
from tests.mail.dovecot import Dovecot, needs_dovecot
from tests.mail.postbox import letter
from tickets.mail import fetch, imap, intake
from tickets.models import InboundMail, Mailbox, MailSource, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company"), needs_dovecot]
USER = "it@aldera.example"
NOW = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def loopback_is_allowed(settings: Settings, server: Dovecot) -> None:
    settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.1", f":{server.port}", ":1"])


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with tempfile.TemporaryDirectory(prefix="dovecot-") as place:
        running = Dovecot(Path(place))
        yield running
        running.stop()


class Account:
    """A user of the server, and our source that empties it."""

    def __init__(self, server: Dovecot, user: str, **more: Any) -> None:
        self.server, self.user = server, user
        self.row = MailSource.objects.create(
            mailbox=Mailbox.objects.get(address=USER),
            host="127.0.0.1",
            port=server.port,
            security=MailSource.Security.PLAIN,
            username=user,
            secret=secrets.seal("right"),
            next_at=NOW,
            **more,
        )

    def put(self, *subjects: str) -> None:
        self.server.put(self.user, *(letter(subject=s).as_bytes() for s in subjects))

    def fetch(self) -> int:
        return fetch.fetch(self.row.pk)

    def fresh(self) -> MailSource:
        self.row.refresh_from_db()
        return self.row


NUMBER = iter(range(10_000))


@pytest.fixture
def account(server: Dovecot) -> Account:
    """An account that was emptied once, so that we know its place."""
    found = Account(server, f"user{next(NUMBER)}@aldera.example")
    found.fetch()
    return found


def subjects() -> list[str]:
    intake.take_in_waiting()
    return list(Ticket.objects.order_by("pk").values_list("summary", flat=True))


def test_what_is_in_the_mailbox_becomes_tickets_in_order(account: Account) -> None:
    account.put("One", "Two", "Three")
    assert account.fetch() == 3
    assert subjects() == ["One", "Two", "Three"]


def test_the_bytes_are_kept_as_they_came(account: Account) -> None:
    raw = letter(subject="Zahlung über 3 €").as_bytes().replace(b"\n", b"\r\n")
    account.server.put(account.user, raw)
    account.fetch()
    assert bytes(InboundMail.objects.get().raw) == raw


def test_fetching_again_brings_nothing_twice(account: Account) -> None:
    account.put("One")
    assert [account.fetch() for _again in range(3)] == [1, 0, 0]
    assert InboundMail.objects.count() == 1


def test_stored_letters_are_marked_as_read(account: Account) -> None:
    account.put("One", "Two")
    account.fetch()
    assert all("\\Seen" in flags for flags in account.server.flags(account.user))


def test_stored_letters_are_moved_where_wished(server: Dovecot) -> None:
    account = Account(server, "mover@aldera.example", after="move", done_folder="Done")
    line = server.line(account.user)
    line.create("Done")
    account.fetch()
    account.put("One")
    assert account.fetch() == 1
    assert line.select("INBOX")[1] == [b"0"]
    assert line.select("Done")[1] == [b"1"]


def test_the_first_time_only_unread_letters_are_new(server: Dovecot) -> None:
    account = Account(server, "old@aldera.example")
    account.put("Read long ago", "Waits")
    line = server.line(account.user)
    line.store("1", "+FLAGS", "\\Seen")
    line.logout()
    account.fetch()
    account.put("Fresh")
    account.fetch()
    assert subjects() == ["Waits", "Fresh"]


def test_letters_that_a_person_read_before_us_are_fetched_too(account: Account) -> None:
    account.put("Seen in webmail")
    line = account.server.line(account.user)
    line.store("1:*", "+FLAGS", "\\Seen")
    line.logout()
    assert account.fetch() == 1


def test_new_numbers_of_a_restored_mailbox_double_nothing(account: Account) -> None:
    account.put("One", "Two")
    account.fetch()
    before = account.fresh().uid_validity
    time.sleep(1.1)  # The validity is a second.
    account.server.forget_numbers(account.user)
    account.put("Three")
    account.fetch()
    assert account.fresh().uid_validity != before
    assert subjects() == ["One", "Two", "Three"]
    assert InboundMail.objects.count() == 3


def test_a_break_after_storing_costs_and_doubles_nothing(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account.put("One", "Two")

    def broken(*_args: object) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(imap.Line, "put_away", broken)
        account.fetch()
    assert account.fresh().failures == 1
    account.fetch()
    assert subjects() == ["One", "Two"]
    assert InboundMail.objects.count() == 2
    assert account.fresh().failures == 0


def test_a_letter_that_is_too_large_is_kept_as_headers_and_rejected(
    account: Account, settings: Settings
) -> None:
    settings.MAIL_MAX_BYTES = 5_000
    account.server.put(account.user, letter(subject="Big", body="x" * 9_000).as_bytes())
    account.fetch()
    row = InboundMail.objects.get()
    assert row.outcome == InboundMail.Outcome.REJECTED
    assert b"Subject: Big" in bytes(row.raw)
    assert len(row.raw) < 2_000


def test_a_wrong_password_is_said_kindly_and_tried_later(account: Account) -> None:
    MailSource.objects.update(secret=secrets.seal("wrong"))
    account.fetch()
    row = account.fresh()
    assert row.error == "The server refused the user name or the secret. Enter them again."
    assert row.next_at > timezone.now()
    assert "wrong" not in row.error


def test_an_absent_server_is_asked_more_and_more_seldom(server: Dovecot) -> None:
    account = Account(server, "away@aldera.example")
    MailSource.objects.update(port=1)
    pauses = []
    for _try in range(7):
        fetch.fetch(account.row.pk, NOW)
        pauses.append(account.fresh().next_at - NOW)
        MailSource.objects.update(next_at=NOW)
    assert pauses[:3] == [timedelta(minutes=m) for m in (1, 2, 4)]
    assert pauses[-1] == fetch.LONGEST_PAUSE
    assert "cannot be reached on port 1" in account.fresh().error


def test_an_unknown_folder_is_named(account: Account) -> None:
    MailSource.objects.update(folder="Nowhere")
    account.fetch()
    assert "“Nowhere”" in account.fresh().error


def test_only_one_of_two_fetchers_empties_a_mailbox(account: Account) -> None:
    assert fetch.claim(account.row.pk, timezone.now()) is not None
    assert fetch.claim(account.row.pk, timezone.now()) is None
    later = timezone.now() + fetch.CLAIM + timedelta(seconds=1)
    assert fetch.claim(account.row.pk, later) is not None


def test_due_sources_are_emptied_and_paused_ones_are_not(account: Account) -> None:
    account.put("One")
    MailSource.objects.update(is_paused=True, next_at=NOW)
    assert fetch.fetch_due() == 0
    MailSource.objects.update(is_paused=False)
    assert fetch.fetch_due() == 1


def test_the_secret_is_sealed_in_the_database(account: Account) -> None:
    assert "right" not in account.fresh().secret


@pytest.mark.django_db(transaction=True)
def test_a_letter_comes_at_once_while_we_wait_on_the_line(server: Dovecot) -> None:
    account = Account(server, "idle@aldera.example")
    stop = threading.Event()
    watch = fetch.Watch(account.row.pk, stop)
    watch.start()
    try:
        wait_for(lambda: account.fresh().uid_validity > 0)
        started = time.monotonic()
        account.put("Now")
        wait_for(InboundMail.objects.exists)
        assert time.monotonic() - started < 5
    finally:
        stop.set()
        account.put("Wakes it up to stop")
        watch.join(timeout=10)
    assert not watch.is_alive()


def wait_for(ready: Any, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
