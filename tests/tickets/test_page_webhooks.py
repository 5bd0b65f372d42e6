"""What the paging system of a desk is told, by a real server that checks our signature."""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from departments.models import Person, Rota
from helpdesk.lib.outbound_places import Allowed
from helpdesk.lib.secrets import seal
from helpdesk.lib.webhook_signature import HEADER, verify
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.tickets.rotas import MINUTE, NIGHT, hr_rota, it_rota, react, sweep, the_page
from tickets import actions, tasks
from tickets.actions import paging
from tickets.models import Page, Ticket, WebhookDelivery
from tickets.reactions import webhooks

SignIn = Callable[[Person], Client]
SECRET = "a secret of both sides, long enough"
State = WebhookDelivery.State


@dataclass
class PagingSystem:
    """Somebody else's server: keeps what it got, and answers as it is told."""

    status: int = 200
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    @property
    def said(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _headers, body in self.got]

    @property
    def events(self) -> list[str]:
        return [said["event"] for said in self.said]


@pytest.fixture
def system(settings: Any) -> Iterator[PagingSystem]:
    kept = PagingSystem()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.got.append(({**self.headers}, body))
            self.send_response(kept.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Nothing: the test looks itself."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
    port = server.server_address[1]
    kept.url = f"http://127.0.0.1:{port}/calls/canary-path"
    settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.0/8", f":{port}"])
    yield kept
    server.shutdown()
    server.server_close()


@pytest.fixture
def rota(company: Company, system: PagingSystem) -> Rota:
    return tell(it_rota(company), system)


def tell(rota: Rota, system: PagingSystem) -> Rota:
    Rota.objects.filter(pk=rota.pk).update(webhook_url=system.url, webhook_secret=seal(SECRET))
    return rota


def at_night(make: Make, **fields: Any) -> Ticket:
    wish = {"cannot_wait": True, "cannot_wait_reason": "The board meets.", "at": NIGHT, **fields}
    ticket = make.ticket(**wish)
    react()
    return ticket


def delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


# --- What is said -----------------------------------------------------------------------------


def test_a_call_is_told_with_whom_what_and_where_to_answer(
    make: Make, rota: Rota, system: PagingSystem
) -> None:
    at_night(make)
    webhooks.deliver_waiting()
    assert system.said == [
        {
            "id": f"page-{Page.objects.get().pk}:page.called:{Page.objects.get().calls.get().pk}",
            "event": "page.called",
            "at": "2026-03-09T19:14:00Z",
            "page": Page.objects.get().pk,
            "ticket": "IT-1",
            "summary": "Laptop does not charge",
            "desk": "it",
            "why": "cannot_wait",
            "layer": "Line 1",
            "round": 1,
            "person": "Mihai Ionescu",
            "ack_url": system.said[0]["ack_url"],
        }
    ]


def test_it_is_signed_so_that_the_receiver_can_believe_it(
    make: Make, rota: Rota, system: PagingSystem
) -> None:
    at_night(make)
    webhooks.deliver_waiting()
    headers, body = system.got[0]
    assert verify(body, headers[HEADER], SECRET, timezone.now())
    assert not verify(body + b" ", headers[HEADER], SECRET, timezone.now())
    assert not verify(body, headers[HEADER], "another secret", timezone.now())
    assert not verify(body, headers[HEADER], SECRET, timezone.now() + 6 * MINUTE)


def test_what_kind_it_is_and_which_one_stands_in_its_headers(
    make: Make, rota: Rota, system: PagingSystem
) -> None:
    at_night(make)
    webhooks.deliver_waiting()
    headers, _body = system.got[0]
    assert headers["Content-Type"] == "application/json"
    assert headers["Helpdesk-Delivery"] == system.said[0]["id"]


def test_its_link_answers_the_page(
    make: Make, company: Company, rota: Rota, system: PagingSystem, client: Client
) -> None:
    now = timezone.now()
    ticket = make.ticket(at=now)
    paging.page(ticket, why=Page.Why.ESCALATION, at=now)
    webhooks.deliver_waiting()
    path = "/page/" + system.said[0]["ack_url"].partition("/page/")[2]
    client.post(path)
    assert Page.objects.get().acknowledged_by == company.mihai


def test_the_answer_is_told_too(
    make: Make, company: Company, rota: Rota, system: PagingSystem
) -> None:
    ticket = at_night(make)
    webhooks.deliver_waiting()
    paging.acknowledge(the_page(ticket), by=company.jonas, at=NIGHT + MINUTE)
    webhooks.deliver_waiting()
    told = system.said[1]
    assert (told["event"], told["person"]) == ("page.acknowledged", "Jonas Bauer")
    assert told["at"] == "2026-03-09T19:15:00Z"
    assert "ack_url" not in told


def test_an_end_without_an_answer_is_told_with_its_reason(
    make: Make, company: Company, rota: Rota, system: PagingSystem
) -> None:
    ticket = at_night(make)
    webhooks.deliver_waiting()
    actions.resolve(ticket, by=company.jonas, at=NIGHT + MINUTE)
    react()
    webhooks.deliver_waiting()
    assert system.said[1]["event"] == "page.ended"
    assert system.said[1]["because"] == "solved"


def test_every_layer_is_told_and_in_the_end_that_nobody_answered(
    make: Make, rota: Rota, system: PagingSystem
) -> None:
    at_night(make)
    for minute in range(60):
        sweep(NIGHT + minute * MINUTE)
        webhooks.deliver_waiting()
    assert system.events == ["page.called"] * 4 + ["page.unanswered"]


def test_of_a_confidential_request_not_a_word_leaves(
    make: Make, company: Company, system: PagingSystem
) -> None:
    tell(hr_rota(company), system)
    make.secret(cannot_wait=True, cannot_wait_reason="Canary-reason", at=NIGHT)
    react()
    webhooks.deliver_waiting()
    told = system.got[0][1].decode()
    assert system.said[0]["ticket"] == "HR-1"
    assert system.said[0]["summary"] == ""
    for secret in ("anary", "Elif", "Y\u0131ld\u0131z"):
        assert secret not in told


def test_a_desk_without_an_address_tells_nobody(make: Make, company: Company) -> None:
    it_rota(company)
    at_night(make)
    assert not WebhookDelivery.objects.exists()


# --- Once, again, never -----------------------------------------------------------------------


def test_what_was_taken_is_not_sent_again(make: Make, rota: Rota, system: PagingSystem) -> None:
    at_night(make)
    for _sweep in range(3):
        webhooks.deliver_waiting()
    assert len(system.got) == 1
    assert (delivery().state, delivery().last_status) == (State.SENT, 200)


def test_a_nudge_sends_it_at_once(make: Make, rota: Rota, system: PagingSystem) -> None:
    at_night(make)
    tasks.call_webhook(delivery().pk)
    assert system.events == ["page.called"]


def test_the_sweep_finds_what_no_nudge_brought(
    make: Make, rota: Rota, system: PagingSystem
) -> None:
    at_night(make)
    tasks.call_webhooks()
    assert system.events == ["page.called"]


def test_two_workers_send_it_once(make: Make, rota: Rota, system: PagingSystem) -> None:
    at_night(make)
    pk = delivery().pk
    assert [webhooks.deliver(pk) for _worker in range(2)] == [True, False]
    assert len(system.got) == 1


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_what_is_not_taken_is_tried_again_with_the_same_key(
    make: Make, rota: Rota, system: PagingSystem, status: int
) -> None:
    system.status = status
    at_night(make)
    now = timezone.now()
    webhooks.deliver_waiting(now)
    assert (delivery().state, delivery().last_status) == (State.QUEUED, status)
    webhooks.deliver_waiting(now + timedelta(seconds=9))
    assert len(system.got) == 1
    system.status = 204
    webhooks.deliver_waiting(now + timedelta(seconds=11))
    assert delivery().state == State.SENT
    first, second = (headers["Helpdesk-Delivery"] for headers, _body in system.got)
    assert first == second


def test_each_try_waits_longer_and_the_last_one_gives_up(
    make: Make, rota: Rota, system: PagingSystem
) -> None:
    system.status = 500
    at_night(make)
    now, waits = timezone.now(), []
    while True:
        webhooks.deliver_waiting(now)
        if delivery().state == State.FAILED:
            break
        waits.append(int((delivery().next_at - now).total_seconds()))
        now = delivery().next_at
    assert waits == [10, 30, 120, 600, 1800, 3600, 7200]
    assert delivery().error == "It answered 500."


def test_an_address_that_is_gone_is_given_up_at_once(
    make: Make, rota: Rota, system: PagingSystem
) -> None:
    system.status = 410
    at_night(make)
    webhooks.deliver_waiting()
    assert delivery().state == State.FAILED


def test_an_address_of_our_own_network_is_never_opened(
    make: Make, rota: Rota, system: PagingSystem, settings: Any
) -> None:
    settings.OUTBOUND_ALLOW = Allowed()
    at_night(make)
    webhooks.deliver_waiting()
    assert (delivery().state, system.got) == (State.FAILED, [])
    assert delivery().error


def test_a_server_that_is_away_is_tried_again(make: Make, rota: Rota, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = Allowed.of(["127.0.0.0/8", ":9"])
    Rota.objects.update(webhook_url="http://127.0.0.1:9/")
    at_night(make)
    webhooks.deliver_waiting()
    assert (delivery().state, delivery().attempts) == (State.QUEUED, 1)
    assert delivery().last_status is None


def test_a_corrected_address_is_used_at_the_next_try(
    make: Make, rota: Rota, system: PagingSystem
) -> None:
    Rota.objects.update(webhook_url=system.url.replace("calls", "wrong"))
    system.status = 404
    at_night(make)
    now = timezone.now()
    webhooks.deliver_waiting(now)
    Rota.objects.update(webhook_url=system.url)
    system.status = 200
    webhooks.deliver_waiting(now + MINUTE)
    assert delivery().state == State.SENT
    assert delivery().url == system.url


def test_nobody_is_called_late_for_a_page_that_ended(
    make: Make, company: Company, rota: Rota, system: PagingSystem
) -> None:
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + MINUTE)
    webhooks.deliver_waiting()
    assert system.events == ["page.acknowledged"]
    assert WebhookDelivery.objects.get(event="page.called").state == State.SKIPPED


def test_after_the_address_was_removed_nothing_leaves(
    make: Make, rota: Rota, system: PagingSystem
) -> None:
    at_night(make)
    Rota.objects.update(webhook_url="", webhook_secret="")
    webhooks.deliver_waiting()
    assert (delivery().state, system.got) == (State.SKIPPED, [])


def test_a_dead_workers_message_is_sent_by_another(
    make: Make, rota: Rota, system: PagingSystem
) -> None:
    at_night(make)
    now = timezone.now()
    WebhookDelivery.objects.update(state=State.SENDING, claimed_at=now, attempts=1)
    assert webhooks.deliver_waiting(now + timedelta(seconds=89)) == 0
    assert webhooks.deliver_waiting(now + timedelta(seconds=91)) == 1


def test_who_lost_the_claim_writes_nothing(make: Make, rota: Rota, system: PagingSystem) -> None:
    at_night(make)
    WebhookDelivery.objects.update(state=State.SENDING, claimed_at=MONDAY)
    stale = delivery()
    WebhookDelivery.objects.update(claimed_at=MONDAY + MINUTE)
    webhooks._settle(stale, "late", MONDAY)
    assert (delivery().state, delivery().error) == (State.SENDING, "")


def test_a_secret_of_another_installation_is_said_and_not_guessed(
    make: Make, rota: Rota, system: PagingSystem
) -> None:
    Rota.objects.update(webhook_secret="sealed elsewhere")
    at_night(make)
    webhooks.deliver_waiting()
    assert (delivery().state, system.got) == (State.FAILED, [])
    assert "Enter it again" in delivery().error


# --- What nobody may read ---------------------------------------------------------------------


def test_no_log_tells_the_secret_the_address_or_the_link(
    make: Make, rota: Rota, system: PagingSystem, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    system.status = 500
    at_night(make)
    webhooks.deliver_waiting()
    link = json.loads(delivery().body)["ack_url"]
    assert "webhook.not_taken" in caplog.text
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name != "django.db.backends")
    for secret in (SECRET, "canary-path", link.partition("/page/")[2], "Laptop does not charge"):
        assert secret not in ours


def test_an_administrator_sees_what_failed_and_not_what_it_said(
    make: Make, company: Company, rota: Rota, system: PagingSystem, sign_in: SignIn
) -> None:
    system.status = 410
    at_night(make)
    webhooks.deliver_waiting()
    page = sign_in(company.sam).get("/admin/tickets/webhookdelivery/").content.decode()
    assert "failed" in page
    assert "It answered 410." in page
    assert "page.called" in page
    for secret in ("Laptop does not charge", "canary-path", SECRET, "/page/"):
        assert secret not in page


def test_an_administrator_tries_again(
    make: Make, company: Company, rota: Rota, system: PagingSystem, sign_in: SignIn
) -> None:
    system.status = 410
    at_night(make)
    webhooks.deliver_waiting()
    system.status = 200
    again = {"action": "try_again", "_selected_action": [str(delivery().pk)]}
    sign_in(company.sam).post("/admin/tickets/webhookdelivery/", again)
    assert delivery().state == State.SENT


@pytest.mark.parametrize("who", ["mihai", "jonas", "elif_"])
def test_nobody_else_enters_there(company: Company, sign_in: SignIn, who: str) -> None:
    client = sign_in(getattr(company, who))
    assert client.get("/admin/tickets/webhookdelivery/").status_code in {302, 403, 404}
