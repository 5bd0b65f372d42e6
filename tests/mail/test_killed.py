"""Fetchers and workers are killed at any point: nothing is lost, and nothing comes twice.

The judges stand outside: what was given to the IMAP server, and what the SMTP server accepted.
"""

import email
import logging
import os
import random
import signal
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.mail.backends.smtp import EmailBackend
from django.utils import timezone
from pytest_django import Settings

from helpdesk.lib import secrets
from helpdesk.lib.outbound_places import Allowed
from tests import cast
from tests.cast import Company
from tests.mail import processes
from tests.mail.broken_imap import BrokenImap
from tests.mail.dovecot import Dovecot, needs_dovecot
from tests.mail.postbox import answer, letter, post
from tests.mail.processes import Doom, die, freeze, run, start, wait_for
from tests.mail.test_smtp import free_port
from tickets import tasks
from tickets.mail import fetch, imap, intake, outbound, transport
from tickets.models import (
    InboundMail,
    Mailbox,
    MailSource,
    Message,
    OutboundMail,
    Ticket,
    TicketEvent,
)
from tickets.reactions import REACTIONS, Reaction, running

log = logging.getLogger(__name__)
pytestmark = pytest.mark.django_db(transaction=True)
KILLS = 50
CLAIMS = (
    (fetch, "CLAIM"),
    (intake, "CLAIM_EXPIRES"),
    (running, "CLAIM_EXPIRES"),
    (outbound, "CLAIM_EXPIRES"),
)


@pytest.fixture(autouse=True)
def company(transactional_db: None, tmp_path: Path) -> Iterator[Company]:
    with processes.rows_on_disk(tmp_path):
        yield cast.found()


class Accepted:
    """The company's mail server: the Message-IDs that it took."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.ids.append(email.message_from_bytes(envelope.original_content or b"")["Message-ID"])
        return "250 OK"


@pytest.fixture
def accepted(settings: Settings) -> Iterator[Accepted]:
    handler = Accepted()
    server = Controller(handler, hostname="127.0.0.1", port=free_port())
    server.start()
    settings.EMAIL_BACKEND = f"{EmailBackend.__module__}.{EmailBackend.__qualname__}"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_TIMEOUT = 10
    yield handler
    server.stop()


def forget_claims() -> None:
    """In a child: all claims have expired, its own too."""
    for place, name in CLAIMS:
        setattr(place, name, timedelta(0))


def an_hour_passes() -> None:
    """The claims of whoever died have expired; and dying is no fault of a letter."""
    long_ago = timezone.now() - timedelta(hours=1)
    InboundMail.objects.filter(outcome="stored").update(claimed_at=long_ago, attempts=0)
    TicketEvent.objects.filter(reacted_at=None).update(claimed_at=long_ago)
    OutboundMail.objects.filter(state="sending").update(claimed_at=long_ago)
    MailSource.objects.update(claimed_until=long_ago)


def work() -> None:
    """Everything that a worker does for mail, without a nudge."""
    tasks.sweep()


def source(port: int, settings: Settings) -> MailSource:
    settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.1", f":{port}"])
    return MailSource.objects.create(
        mailbox=Mailbox.objects.get(address="it@aldera.example"),
        host="127.0.0.1",
        port=port,
        security=MailSource.Security.PLAIN,
        username="it@aldera.example",
        secret=secrets.seal("right"),
    )


def killed(deed: Callable[[], object], chance: random.Random, steps: int) -> bool:
    """Do it in a process that dies at one of its next steps, or not if it comes to its end."""
    an_hour_passes()
    return run(Doom(chance, steps).threatens(deed)) != 0


def done(deed: Callable[[], object]) -> None:
    """Do it in a process that lives, as often as there is something left."""

    def child() -> None:
        for _again in range(2):  # What follows from an event may be another.
            deed()

    an_hour_passes()
    assert run(child) == 0


def warm_up(first: EmailMessage) -> None:
    """A letter that is worked off here: whatever is loaded once, no child has to load."""
    post(first)
    work()


def people(count: int) -> list[str]:
    """Addresses of so many employees: of each a few requests an hour are confirmed."""
    return [cast.person(f"p{number}", f"P. {number}", "UTC").email for number in range(count)]


def expect_one_of_each(letters: dict[str, str]) -> None:
    """For each Message-ID one row and one message, and one confirmation for each ticket."""
    rows = InboundMail.objects.select_related("message")
    assert sorted(row.mail_id for row in rows) == sorted(letters)
    assert Counter(row.outcome for row in rows) == Counter(letters.values())
    assert len({row.message_id for row in rows}) == Message.objects.count() == len(letters)
    acknowledged = OutboundMail.objects.filter(kind="acknowledgement").values_list("ticket")
    assert Counter(pk for (pk,) in acknowledged) == {t.pk: 1 for t in Ticket.objects.all()}


@needs_dovecot
def test_a_fetcher_killed_fifty_times_stores_every_letter_once(settings: Settings) -> None:
    chance, kills = random.Random(1), 0
    letters: list[EmailMessage] = []
    with tempfile.TemporaryDirectory(prefix="dovecot-") as place:
        server = Dovecot(Path(place))
        account = source(server.port, settings)
        line = server.line(account.username)
        while kills < KILLS:
            letters.append(letter(subject=f"No. {len(letters)}"))
            line.append("INBOX", "", "", letters[-1].as_bytes())
            kills += killed(lambda: fetch.fetch(account.pk), chance, 18)
        done(lambda: fetch.fetch(account.pk))
        flags = server.flags(account.username)
        server.stop()
    stored = [
        email.message_from_bytes(bytes(row.raw)) for row in InboundMail.objects.order_by("pk")
    ]
    assert [mail["Message-ID"] for mail in stored] == [mail["Message-ID"] for mail in letters]
    assert sum("\\Seen" in flag for flag in flags) == len(letters)
    log.info("letters=%s kills=%s", len(letters), kills)


def test_a_worker_killed_fifty_times_makes_one_of_everything(accepted: Accepted) -> None:
    chance, kills, unsure = random.Random(2), 0, Counter[str]()
    senders, first = iter(people(2 * KILLS)), letter()
    letters = {first["Message-ID"]: "ticket"}
    warm_up(first)
    while kills < KILLS:
        ours = OutboundMail.objects.filter(kind="acknowledgement", state="sent")
        replies = chance.random() < 0.3 and (mail := ours.order_by("?").first()) is not None
        new = answer(mail) if replies and mail else letter(next(senders))
        letters[new["Message-ID"]] = "reply" if replies else "ticket"
        post(new)
        kills += killed(work, chance, 100)
        sending = OutboundMail.objects.filter(state="sending")
        unsure.update(list(sending.values_list("mail_id", flat=True)))
    done(work)
    expect_one_of_each(letters)
    arrived = Counter(accepted.ids)
    assert set(arrived) == set(OutboundMail.objects.values_list("mail_id", flat=True))
    assert all(arrived[mail] <= 1 + unsure[mail] for mail in arrived)
    twice = sum(arrived.values()) - len(arrived)
    log.info("letters=%s mails=%s twice=%s", len(letters), len(arrived), twice)


# --- At the very line -----------------------------------------------------------------------------


def dying_at(place: Any, name: str, *, after: bool = False) -> Callable[[], None]:
    """In a child: it dies when it comes to this function, or when it returns from it."""

    def prepare() -> None:
        deed = getattr(place, name)

        def fatal(*told: Any, **more: Any) -> None:
            if after:
                deed(*told, **more)
            die()

        setattr(place, name, fatal)

    return prepare


def dying_after_the_reactions() -> None:
    attempt = running.attempt

    def fatal(reaction: Reaction, *told: Any, **more: Any) -> None:
        attempt(reaction, *told, **more)
        if reaction == REACTIONS[-1][0]:
            die()

    running.attempt = fatal  # type: ignore[assignment]


# How it dies, and how many tickets, confirmations and accepted mails there are then.
LINES = {
    "stored, not marked on the server": (dying_at(imap.Line, "put_away"), (0, 0, 0)),
    "marked, its place not remembered": (dying_at(fetch, "_remember"), (0, 0, 0)),
    "claimed, not read": (dying_at(intake, "read"), (0, 0, 0)),
    "ticket made, letter not settled": (dying_at(intake, "settle"), (0, 0, 0)),
    "settled, not committed": (dying_at(intake, "settle", after=True), (0, 0, 0)),
    "confirmation written, not committed": (dying_at(outbound, "queue", after=True), (1, 0, 0)),
    "reacted, the event not marked": (dying_after_the_reactions, (1, 1, 0)),
    "claimed for sending, nothing said": (dying_at(transport.Line, "_offer"), (1, 1, 0)),
    "accepted by the server, not committed": (dying_at(outbound, "_settle"), (1, 1, 1)),
}


def test_whoever_dies_between_two_lines_leaves_whole_work_to_the_next(
    settings: Settings, accepted: Accepted
) -> None:
    server = BrokenImap([])
    account = source(server.port, settings)
    warm_up(letter())

    def everything() -> None:
        fetch.fetch(account.pk)
        work()

    def found(sender: str) -> tuple[int, int, int]:
        mails = OutboundMail.objects.filter(to_address=sender)
        ids = set(mails.values_list("mail_id", flat=True))
        tickets = Ticket.objects.filter(requester__email=sender)
        return tickets.count(), mails.count(), sum(each in ids for each in accepted.ids)

    for (line, (prepare, then)), sender in zip(LINES.items(), people(len(LINES)), strict=True):
        server.letters.append(letter(sender).as_bytes())

        def fatal(prepare: Callable[[], None] = prepare) -> None:
            prepare()
            everything()

        assert run(fatal) == -signal.SIGKILL, line
        assert found(sender) == then, line
        done(everything)
        assert found(sender) == (1, 1, 2 if then[2] else 1), line
    assert server.seen == set(range(1, len(LINES) + 1))
    assert InboundMail.objects.count() == 1 + len(LINES)
    server.close()


# --- Frozen, and at once --------------------------------------------------------------------------

ASLEEP = {
    "with a letter in hand": (fetch, "_store"),
    "with a claimed letter": (intake, "read"),
    "with a claimed event": (running, "attempt"),
    "with a claimed mail": (transport.Line, "_offer"),
}


@pytest.mark.parametrize("where", ASLEEP)
def test_who_wakes_up_long_after_the_claim_has_expired_does_nothing_twice(
    settings: Settings, accepted: Accepted, where: str
) -> None:
    server = BrokenImap([letter().as_bytes()])
    account = source(server.port, settings)

    def everything() -> None:
        fetch.fetch(account.pk)
        work()

    def awake() -> None:
        forget_claims()
        everything()

    def sleeper() -> None:
        place, name = ASLEEP[where]
        deed = getattr(place, name)

        def slow(*told: Any, **more: Any) -> Any:
            setattr(place, name, deed)
            freeze()
            forget_claims()  # For the sleeper, too, a long time has passed.
            return deed(*told, **more)

        setattr(place, name, slow)
        everything()

    asleep = start(sleeper)
    try:
        _pid, status = os.waitpid(asleep, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        for _again in range(2):
            assert run(awake) == 0
    finally:
        os.kill(asleep, signal.SIGCONT)
        code = wait_for(asleep)
    assert code == 0
    done(everything)
    server.close()
    counts = InboundMail.objects.count(), Ticket.objects.count(), OutboundMail.objects.count()
    assert counts == (1, 1, 1)
    assert accepted.ids == [OutboundMail.objects.get().mail_id]


@needs_dovecot
def test_four_fetchers_and_workers_at_once_make_one_of_everything(
    settings: Settings, accepted: Accepted
) -> None:
    letters = {mail["Message-ID"]: mail for mail in map(letter, people(12))}
    with tempfile.TemporaryDirectory(prefix="dovecot-") as place:
        server = Dovecot(Path(place))
        account = source(server.port, settings)
        server.put(account.username, *(mail.as_bytes() for mail in letters.values()))

        def everything() -> None:
            fetch.CLAIM = timedelta(0)  # As if nobody knew of the others.
            fetch.fetch(account.pk)
            work()

        assert [wait_for(child) for child in [start(everything) for _each in range(4)]] == [0] * 4
        server.stop()
    done(work)
    expect_one_of_each(dict.fromkeys(letters, "ticket"))
    assert Counter(accepted.ids) == dict.fromkeys(
        OutboundMail.objects.values_list("mail_id", flat=True), 1
    )
