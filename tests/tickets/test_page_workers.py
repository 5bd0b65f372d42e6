"""Several workers and people at once: each layer is called once, and nobody after the answer."""

import os
import signal
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from helpdesk.lib import outbound_http
from helpdesk.lib.errors import Refused
from helpdesk.lib.outbound_http import Answer
from helpdesk.lib.secrets import seal
from tests.cast import Company, found
from tests.conftest import Make
from tests.tickets.rotas import MINUTE, NIGHT, it_rota, react, the_page
from tickets import actions
from tickets.actions import paging, timekeeping, webhooks
from tickets.events import Kind
from tickets.models import OutboundMail, Page, PageCall, Ticket, TicketEvent, WebhookDelivery
from tickets.reactions import running
from tickets.reactions import webhooks as delivering

WORKERS = 4
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql", reason="SQLite lets one worker write at a time"
    ),
]


@pytest.fixture
def company(transactional_db: None) -> Company:
    return found()


@pytest.fixture
def make(company: Company) -> Make:
    return Make(company)


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """Do these in a thread each, begun at the same instant."""
    start = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        try:
            start.wait()
            return deed()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def sweep_together(now: datetime) -> None:
    while any(at_once(*[lambda: timekeeping.sweep(now=now)] * WORKERS)):
        pass


def at_night(make: Make, count: int = 1) -> list[Ticket]:
    made = [
        make.ticket(cannot_wait=True, cannot_wait_reason="Now", at=NIGHT)
        for _number in range(count)
    ]
    react()
    return made


def calls() -> Counter[tuple[int, int, int]]:
    return Counter(PageCall.objects.values_list("page", "round", "layer"))


def test_each_layer_is_called_once_in_each_round(make: Make, company: Company) -> None:
    it_rota(company)
    at_night(make, 8)
    for minute in (10, 20, 30, 40):
        sweep_together(NIGHT + minute * MINUTE)
    wanted = [
        (page, turn, layer)
        for page in Page.objects.values_list("pk", flat=True)
        for turn in (1, 2)
        for layer in (1, 2)
    ]
    assert calls() == dict.fromkeys(wanted, 1)
    assert TicketEvent.objects.filter(kind=Kind.PAGED).count() == len(wanted)
    assert TicketEvent.objects.filter(kind=Kind.PAGE_UNANSWERED).count() == 8


def test_two_reactions_to_one_event_open_one_page(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket(cannot_wait=True, cannot_wait_reason="Now", at=NIGHT)
    event = running.load(ticket.events.get().pk)
    at_once(*[lambda: paging.page(ticket, why="cannot_wait", at=NIGHT, event=event)] * WORKERS)
    assert (Page.objects.count(), PageCall.objects.count()) == (1, 1)


def test_two_causes_at_once_open_one_page(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket()
    at_once(
        lambda: paging.page(ticket, why="escalation", at=NIGHT),
        lambda: paging.page_by_hand(ticket, by=company.jonas, reason="Hot", at=NIGHT),
        lambda: paging.page(ticket, why="cannot_wait", at=NIGHT),
    )
    assert (Page.objects.count(), PageCall.objects.count()) == (1, 1)


@pytest.mark.parametrize("turn", range(6))
def test_an_answer_races_the_next_layer_and_nobody_is_called_after_it(
    make: Make, company: Company, turn: int
) -> None:
    it_rota(company)
    (ticket,) = at_night(make)
    page, due = the_page(ticket), NIGHT + 10 * MINUTE
    at_once(
        lambda: paging.acknowledge(page, by=company.mihai, at=due),
        *[lambda: timekeeping.sweep(now=due)] * (WORKERS - 1),
    )
    kinds = list(ticket.events.order_by("pk").values_list("kind", flat=True))
    assert kinds.count(Kind.PAGE_ACKNOWLEDGED) == 1
    assert Kind.PAGED not in kinds[kinds.index(Kind.PAGE_ACKNOWLEDGED) :]
    assert the_page(ticket).next_at is None
    before = PageCall.objects.count()
    sweep_together(NIGHT + 60 * MINUTE)
    assert PageCall.objects.count() == before


def test_of_many_who_answer_at_once_one_has_it(make: Make, company: Company) -> None:
    it_rota(company)
    (ticket,) = at_night(make)
    page = the_page(ticket)

    def answer(by: Any) -> bool:
        try:
            paging.acknowledge(page, by=by, at=NIGHT + MINUTE)
        except Refused:
            return False
        return True

    done = at_once(*[lambda who=who: answer(who) for who in (company.mihai, company.jonas)])
    assert sorted(done) == [False, True]
    ticket.refresh_from_db()
    assert ticket.assignee == the_page(ticket).acknowledged_by


def test_a_reply_races_the_next_layer(make: Make, company: Company) -> None:
    it_rota(company)
    (ticket,) = at_night(make)
    due = NIGHT + 10 * MINUTE
    at_once(
        lambda: actions.reply(ticket, by=company.mihai, body="I am here.", at=due),
        *[lambda: timekeeping.sweep(now=due)] * (WORKERS - 1),
    )
    react()
    sweep_together(NIGHT + 60 * MINUTE)
    assert the_page(ticket).ended_because == "answered"
    assert PageCall.objects.count() <= 2


def test_a_worker_killed_in_the_middle_of_a_call_leaves_it_to_the_next(
    make: Make, company: Company
) -> None:
    it_rota(company)
    (ticket,) = at_night(make)
    due = NIGHT + 10 * MINUTE
    connections.close_all()
    child = os.fork()
    if child == 0:  # It dies between the call's row and the end of the transaction.
        webhooks.tell = lambda *_said, **_more: os.kill(os.getpid(), signal.SIGKILL)
        timekeeping.sweep(now=due)
        os._exit(7)
    _pid, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    assert PageCall.objects.count() == 1
    wait_for_the_dead()
    sweep_together(due)
    assert list(the_page(ticket).calls.values_list("round", "layer")) == [(1, 1), (1, 2)]
    react()
    assert OutboundMail.objects.filter(kind="page").count() == 2


def wait_for_the_dead() -> None:
    """Until the server has noticed that the killed worker's connection is gone."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_sleep(0.2)")


def test_two_senders_hand_one_message_over_once(
    make: Make, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    rota = it_rota(company)
    rota.webhook_url, rota.webhook_secret = "https://pager.example/", seal("x" * 20)
    rota.save()
    at_night(make, 6)
    sent: list[bytes] = []

    def post(url: str, body: bytes, headers: Any) -> Answer:
        sent.append(body)
        return Answer(200, b"")

    monkeypatch.setattr(outbound_http, "post", post)
    at_once(*[delivering.deliver_waiting] * WORKERS)
    assert sorted(sent) == sorted(set(sent))
    assert len(sent) == WebhookDelivery.objects.count() == 6


def test_what_is_due_is_found_by_its_index(make: Make, company: Company) -> None:
    """One range of an index that holds nothing but pages that wait."""
    it_rota(company)
    (ticket,) = at_night(make)
    old = the_page(ticket)
    Page.objects.bulk_create(
        Page(
            ticket=ticket,
            desk=company.it,
            why="escalation",
            opened_at=NIGHT,
            ended_at=NIGHT + timedelta(minutes=number),
            ended_because="answered",
        )
        for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze tickets_page")
    plan = paging.due_pages(NIGHT + 60 * MINUTE).explain()
    assert "page_due" in plan
    assert list(paging.due_pages(NIGHT + 60 * MINUTE)) == [old.ticket_id]


def test_messages_to_send_are_found_by_their_index(make: Make, company: Company) -> None:
    it_rota(company)
    (ticket,) = at_night(make)
    page = the_page(ticket)
    WebhookDelivery.objects.bulk_create(
        WebhookDelivery(
            key=f"old-{number}", page=page, event="page.called", url="", body="", state="sent"
        )
        for number in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("analyze tickets_webhookdelivery")
    due = WebhookDelivery.objects.filter(state="queued", next_at__lte=timezone.now())
    assert "webhook_to_send" in due.order_by("next_at", "pk").explain()
