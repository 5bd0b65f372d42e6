"""After a restore, and with servers that count, repeat or withhold: each letter once, none lost."""

import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from departments.models import Person
from helpdesk.lib import secrets
from helpdesk.lib.outbound_places import Allowed
from tests.cast import Company
from tests.mail.broken_imap import BrokenImap
from tests.mail.broken_smtp import BrokenSmtp
from tests.mail.dovecot import Dovecot, needs_dovecot
from tests.mail.postbox import answer, letter
from tickets import actions
from tickets.mail import fetch, imap, intake
from tickets.models import InboundMail, Mailbox, MailSource, OutboundMail, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
Work = Callable[[], None]


def source(port: int, settings: Settings, **more: Any) -> MailSource:
    settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.1", f":{port}"])
    return MailSource.objects.create(
        mailbox=Mailbox.objects.get(address="it@aldera.example"),
        host="127.0.0.1",
        port=port,
        security=MailSource.Security.PLAIN,
        username="it@aldera.example",
        secret=secrets.seal("right"),
        **more,
    )


@pytest.fixture
def server() -> Iterator[BrokenImap]:
    running = BrokenImap([])
    yield running
    running.close()


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    with tempfile.TemporaryDirectory(prefix="dovecot-") as place:
        running = Dovecot(Path(place))
        yield running
        running.stop()


@pytest.fixture
def smtp(settings: Settings) -> Iterator[BrokenSmtp]:
    running = BrokenSmtp()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
    yield running
    running.close()


def summaries() -> list[str]:
    intake.take_in_waiting()
    return sorted(Ticket.objects.values_list("summary", flat=True))


# --- Our database -----------------------------------------------------------------------------


class Restored(Exception):
    """The database is as it was at the backup; the mail servers are as they are."""


@needs_dovecot
@pytest.mark.parametrize("after", ["seen", "move"])
def test_a_backup_is_brought_back_and_the_gap_is_filled_from_the_mail_server(
    settings: Settings,
    dovecot: Dovecot,
    smtp: BrokenSmtp,
    company: Company,
    work_off: Work,
    after: str,
) -> None:
    account = source(dovecot.port, settings, after=after, done_folder="Done")
    line = dovecot.line(account.username)
    line.create("Done")

    def come(mail: Any) -> None:
        line.append("INBOX", "", "", mail.as_bytes())
        fetch.fetch(account.pk)
        work_off()

    come(letter(subject="Before", body="My lamp does not shine any more."))

    @transaction.atomic
    def lost_hour() -> None:
        come(answer(OutboundMail.objects.get(), "It is the one in the hall."))
        come(letter(subject="After", body="Also the door creaks."))
        actions.reply(Ticket.objects.earliest("pk"), by=company.mihai, body="We come.")
        work_off()
        raise Restored

    with pytest.raises(Restored):
        lost_hour()
    told = list(smtp.accepted)
    if after == "move":  # What was moved away has to be moved back by hand.
        line.select("Done")
        line.copy("1:*", "INBOX")
    for _again in range(2):
        fetch.fetch(account.pk)
        work_off()
    assert summaries() == ["After", "Before"]
    assert InboundMail.objects.count() == 3
    assert Ticket.objects.get(summary="Before").messages.count() == 2
    [confirmed] = OutboundMail.objects.filter(ticket__summary="After")
    assert smtp.accepted[len(told) :] == [confirmed.mail_id]
    assert smtp.accepted.count(OutboundMail.objects.earliest("pk").mail_id) == 1


# --- Their mailbox ----------------------------------------------------------------------------


@needs_dovecot
def test_what_a_person_read_first_in_a_mailbox_that_was_made_anew_is_not_skipped(
    settings: Settings, dovecot: Dovecot
) -> None:
    account = source(dovecot.port, settings)
    dovecot.put(account.username, letter(subject="Known").as_bytes())
    fetch.fetch(account.pk)
    dovecot.forget_numbers(account.username)
    dovecot.put(account.username, letter(subject="Read in webmail").as_bytes())
    line = dovecot.line(account.username)
    line.store("1:*", "+FLAGS", "\\Seen")
    line.logout()
    fetch.fetch(account.pk)
    assert summaries() == ["Known", "Read in webmail"]
    assert InboundMail.objects.count() == 2


def test_one_letter_under_several_numbers_and_by_other_ways_is_one_request(
    settings: Settings, server: BrokenImap
) -> None:
    once = letter(subject="Once", Message_ID="<once@mail.example>").as_bytes()
    moved = b"Return-Path: <a@b.example>\r\nReceived: by other.example\r\n" + once
    marked = b"X-Spam-Score: 3\r\n" + once
    server.letters = [once, once, moved, marked, letter(subject="Other").as_bytes()]
    fetch.fetch(source(server.port, settings).pk)
    assert summaries() == ["Once", "Other"]
    assert InboundMail.objects.filter(outcome="duplicate").count() == 1
    assert server.seen == {1, 2, 3, 4, 5}


def test_letters_stay_unread_for_us_when_the_server_forgets_the_mark(
    settings: Settings, server: BrokenImap
) -> None:
    server.letters = [letter(subject=f"No. {number}").as_bytes() for number in (1, 2)]
    account = source(server.port, settings)
    for _again in range(3):
        fetch.fetch(account.pk)
        server.seen.clear()
        MailSource.objects.update(uid_validity=0)  # And we forget how far we were.
    assert summaries() == ["No. 1", "No. 2"]
    assert InboundMail.objects.count() == 2


# What the server says instead of letter 2, on a line that stays good.
ODD = {
    "nothing": b"",
    "NIL": b"* 2 FETCH (UID 2 BODY[] NIL)\r\n",
    "an empty text": b'* 2 FETCH (UID 2 BODY[] "")\r\n',
    "another letter": b"* 3 FETCH (UID 3 BODY[] {5}\r\nwrong)\r\n",
}


@pytest.mark.parametrize("what", ODD)
def test_a_letter_that_the_server_withholds_holds_up_no_other_and_is_seen_by_a_lead(
    settings: Settings,
    server: BrokenImap,
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    sign_in: Callable[[Person], Any],
    what: str,
) -> None:
    server.letters = [letter(subject=f"No. {number}").as_bytes() for number in (1, 2, 3)]
    fetched = server._fetched

    def odd(rest: bytes) -> bytes:
        is_second = rest.split()[0] == b"2" and b"SIZE" not in rest
        return ODD[what] if is_second else fetched(rest)

    monkeypatch.setattr(server, "_fetched", odd)
    account = source(server.port, settings, uid_validity=7)
    fetch.fetch(account.pk)
    assert summaries() == ["No. 1", "No. 3"]
    account.refresh_from_db()
    assert (account.last_uid, account.error[:14]) == (0, "The server did")
    for _try in range(fetch.PATIENCE):
        fetch.fetch(account.pk)
    account.refresh_from_db()
    assert (account.last_uid, account.error) == (3, "")
    [missing] = InboundMail.objects.quarantined()
    assert missing.reason == "the mail server did not give us letter 2; look for it there"
    page = sign_in(company.jonas).get(reverse("letter", args=[missing.pk]))
    assert missing.reason[1:] in page.content.decode()
    server.letters.append(letter(subject="No. 4").as_bytes())
    assert fetch.fetch(account.pk) == 1


def test_a_letter_that_comes_late_is_no_request_twice(
    settings: Settings, server: BrokenImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.letters = [letter(subject=f"No. {number}").as_bytes() for number in (1, 2, 3)]
    raw = imap.Line.raw

    def shy(line: imap.Line, uid: int) -> tuple[bytes, bool]:
        if uid == 2:
            raise imap.Withheld
        return raw(line, uid)

    account = source(server.port, settings)
    with monkeypatch.context() as patched:
        patched.setattr(imap.Line, "raw", shy)
        fetch.fetch(account.pk)
    assert fetch.fetch(account.pk, timezone.now() + timedelta(minutes=2)) == 1
    assert summaries() == ["No. 1", "No. 2", "No. 3"]
