"""Thousands of letters of one sender: the next person's is read and confirmed all the same."""

import time
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.mail.postbox import letter
from tickets import actions
from tickets.mail import floods, intake, loops, outbound, receive
from tickets.models import InboundMail, Mailbox, OutboundMail, Ticket
from tickets.reactions import running

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]
BOMB = 2000
OLGA = "olga@aldera.example"


def bomb(count: int = BOMB, sender: str = "elif@aldera.example") -> None:
    """So many different letters of one sender, as the SMTP door stores them."""
    raw = letter(sender, subject="No. 0000000", body="Boom", Message_ID="<0000000@x.example>")
    box, text = Mailbox.objects.get(address="it@aldera.example"), raw.as_bytes()
    for number in range(count):
        receive.store(box, text.replace(b"0000000", b"%07d" % number), "", box.address)


def store(sender: str) -> InboundMail:
    box = Mailbox.objects.get(address="it@aldera.example")
    return receive.store(box, letter(sender).as_bytes(), "", box.address)


def sweep() -> None:
    """One turn of a worker."""
    intake.take_in_waiting()
    running.react_to_pending()
    outbound.send_queued()


def test_a_letter_behind_two_thousand_of_one_sender_is_among_the_next_to_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bomb()
    late = [store(OLGA), store("tom@aldera.example")]
    monkeypatch.setattr(intake, "BATCH", 3)
    sweep()
    read = InboundMail.objects.exclude(outcome="stored").order_by("pk")
    assert [row.sender.partition("@")[0] for row in read] == ["elif", "olga", "tom"]
    confirmed = OutboundMail.objects.filter(kind="acknowledgement", state="sent")
    assert set(confirmed.values_list("ticket", flat=True)) == set(
        Ticket.objects.values_list("pk", flat=True)
    )
    assert {row.pk for row in late} <= {row.pk for row in read}


def test_a_flood_fills_neither_the_line_of_nudges_nor_the_desk(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    monkeypatch.setattr(loops, "LETTERS_A_DAY", 10)
    monkeypatch.setattr(receive, "MEASURE", floods.Measure())
    with django_capture_on_commit_callbacks() as nudges:
        bomb(60)
        store(OLGA)
    assert len(nudges) == floods.NUDGES + 1
    sweep()
    outcomes = Counter(InboundMail.objects.values_list("outcome", flat=True))
    assert outcomes == {"ticket": 11, "quarantined": 50}
    assert OutboundMail.objects.filter(person__email=OLGA, state="sent").count() == 1


def test_a_share_of_nudges_comes_back_with_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now, measure = [0.0], floods.Measure()
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    assert [measure.is_full("a") for _each in range(22)] == [False] * 20 + [True] * 2
    assert not measure.is_full("b")
    now[0] += floods.SECONDS + 1
    assert not measure.is_full("a")


def test_mails_to_one_person_do_not_hold_up_those_to_others(
    make: Make, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = make.ticket().events.get()
    for number in range(50):
        outbound.queue("moved", key=f"many{number}", to=company.elif_, event=event)
    actions.add_participant(event.ticket, person=company.olga, by=company.elif_, at=MONDAY)
    outbound.queue("added", key="one", to=company.olga, event=event)
    monkeypatch.setattr(outbound, "BATCH", 2)
    outbound.send_queued()
    sent = OutboundMail.objects.filter(state="sent")
    assert {mail.to_address for mail in sent} == {company.elif_.email, OLGA}


def test_choosing_whose_turn_it_is_costs_one_statement_however_many_wait() -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            list(
                floods.in_turns(InboundMail.objects.waiting(), "sender", "pk").values_list("pk")[:1]
            )
        return len(asked)

    bomb(5)
    few = cost()
    bomb(50, "tom@aldera.example")
    assert cost() == few == 1
