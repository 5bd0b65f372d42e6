"""The mail server refuses, is silent, hangs up or babbles at every point of the talk.

The server's own list of what it accepted is the judge: nothing is lost, and only what nobody can
know to have arrived comes twice, under the same Message-ID.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.conftest import Make
from tests.mail.broken_smtp import FAULTS, POINTS, BrokenSmtp
from tickets.events import Kind
from tickets.mail import outbound, transport
from tickets.models import OutboundMail, TicketEvent

State = OutboundMail.State
pytestmark = pytest.mark.django_db
UNHEARD = {"silence", "cut before", "garbage"}


@pytest.fixture
def server(settings: Settings) -> Iterator[BrokenSmtp]:
    running = BrokenSmtp()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
    settings.EMAIL_TIMEOUT = 0.15
    yield running
    running.close()


@pytest.fixture
def mails(make: Make) -> Iterator[list[OutboundMail]]:
    """As many new mails as a test asks for, about one request."""
    event = make.ticket().events.get()

    def fresh() -> Iterator[OutboundMail]:
        for number in range(100_000):
            to = event.ticket.requester
            yield outbound.queue("moved", key=f"k{number}", to=to, event=event)[0]

    return fresh()  # type: ignore[return-value]


def expected(point: str, fault: str) -> set[str]:
    """How a mail stands after a talk in which this went wrong."""
    if point == "QUIT" or (point, fault) == ("dot", "cut after"):
        return {State.SENT}
    if fault == "550":  # At the greeting it is about us, not about the mail.
        return {State.QUEUED} if point in {"banner", "EHLO"} else {State.FAILED}
    if (point == "dot" and fault in UNHEARD) or (point, fault) == ("DATA", "cut after"):
        return {State.UNKNOWN}
    return {State.QUEUED}


@pytest.mark.parametrize("point", POINTS)
def test_whatever_the_server_says_each_mail_arrives_or_is_told_as_failed(
    server: BrokenSmtp, mails: Iterator[OutboundMail], point: str
) -> None:
    for fault in FAULTS:
        one, other = next(mails), next(mails)
        now = timezone.now()
        server.point, server.fault = point, fault
        outbound.send_queued(now)
        server.point = server.fault = ""
        one.refresh_from_db()
        assert one.state in expected(point, fault), (fault, one.error)
        assert bool(one.error) == (one.state != State.SENT)
        outbound.send_queued(now + timedelta(seconds=11))
        for mail in (one, other):
            mail.refresh_from_db()
            is_failed = expected(point, fault) == {State.FAILED}
            assert mail.state == (State.FAILED if is_failed else State.SENT), (fault, mail.error)
            assert told(mail) == is_failed
            times = Counter(server.accepted)[mail.mail_id]
            twice = point == "dot" and fault in UNHEARD
            assert (times == 0) if is_failed else (1 <= times <= 1 + twice), (fault, times)


def told(mail: OutboundMail) -> bool:
    failed = TicketEvent.objects.filter(kind=Kind.MAIL_FAILED, facts__mail=mail.pk)
    return failed.count() == 1


def test_a_server_that_stays_broken_is_tried_for_days_before_a_mail_has_failed(
    server: BrokenSmtp, mails: Iterator[OutboundMail]
) -> None:
    mail, began = next(mails), timezone.now()
    server.point, server.fault = "RCPT", "451"
    now: datetime = began
    while mail.state != State.FAILED:
        outbound.send_queued(now)
        mail.refresh_from_db()
        now = max(mail.next_at, now + timedelta(seconds=1))
    assert mail.next_at - began > timedelta(days=2)
    assert mail.attempts == server.talks == outbound.MAX_ATTEMPTS
    assert told(mail)


@pytest.mark.parametrize("point", ["banner", "EHLO", "MAIL", "dot"])
def test_a_silent_server_holds_a_worker_up_once_and_not_for_every_mail(
    server: BrokenSmtp, mails: Iterator[OutboundMail], point: str
) -> None:
    waiting = [next(mails) for _number in range(5)]
    server.point, server.fault = point, "silence"
    outbound.send_queued()
    assert server.talks == 1
    assert OutboundMail.objects.filter(attempts__gt=0).count() == 1
    server.point = server.fault = ""
    outbound.send_queued(timezone.now() + timedelta(seconds=11))
    assert set(server.accepted) == {mail.mail_id for mail in waiting}


def test_who_hangs_up_on_one_recipient_does_not_hold_up_the_others(
    server: BrokenSmtp, mails: Iterator[OutboundMail]
) -> None:
    for _number in range(3):
        next(mails)
    server.point, server.fault = "RCPT", "cut before"
    outbound.send_queued()
    assert set(OutboundMail.objects.values_list("attempts", flat=True)) == {1}


def test_who_lost_the_claim_while_the_server_thought_says_nothing_more_on_that_line(
    server: BrokenSmtp, mails: Iterator[OutboundMail], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken, other = next(mails), next(mails)
    offer = transport.Line._offer

    def slowly(self: Any, *told: Any) -> None:
        offer(self, *told)
        OutboundMail.objects.filter(pk=taken.pk).update(claimed_at=timezone.now())

    monkeypatch.setattr(transport.Line, "_offer", slowly)
    monkeypatch.setattr(outbound, "CLAIM_EXPIRES", timedelta(0))
    outbound.send_queued()
    assert server.accepted == [other.mail_id]
    taken.refresh_from_db()
    assert taken.state == State.SENDING
