"""The desk's page about one ticket: who reads it, what it shows, what it costs."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from departments.models import Membership, Person, Role
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.models import Message, Notification, State, Ticket

NOW = MONDAY + timedelta(minutes=30)
PAGES = ["", "thread/", "side/", "move/", "people/"]
POSTS = ["write/", "draft/", "assign/", "state/", "priority/", "category/", "move/", "people/"]


@pytest.fixture(autouse=True)
def monday_morning() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def mihai(company: Company, client: Client) -> Client:
    client.force_login(company.mihai)
    return client


def text(client: Client, address: str = "/tickets/IT-1/") -> str:
    page = client.get(address)
    assert page.status_code == 200
    return page.content.decode()


# --- Who reads it -------------------------------------------------------------------------------


@pytest.mark.parametrize("rest", PAGES)
@pytest.mark.parametrize("who", ["elif_", "tom", "misaki", "sam", "olga"])
def test_only_the_desk_finds_the_page(
    make: Make, company: Company, client: Client, rest: str, who: str
) -> None:
    make.ticket()
    client.force_login(getattr(company, who))
    assert client.get(f"/tickets/IT-1/{rest}").status_code == 404


@pytest.mark.parametrize("rest", POSTS)
@pytest.mark.parametrize("who", ["elif_", "mihai", "tom", "sam"])
def test_nobody_else_changes_a_confidential_ticket(
    make: Make, company: Company, client: Client, rest: str, who: str
) -> None:
    before = make.secret()
    client.force_login(getattr(company, who))
    sent = {"kind": "note", "body": "x", "to": "me", "state": "resolved", "priority": "1"}
    assert client.post(f"/tickets/HR-1/{rest}", sent).status_code == 404
    assert Ticket.objects.get().changed_at == before.changed_at


@pytest.mark.parametrize("rest", [*PAGES, *POSTS])
def test_a_guest_signs_in_first(make: Make, client: Client, rest: str) -> None:
    make.ticket()
    answer = client.get(f"/tickets/IT-1/{rest}")
    assert answer.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("rest", sorted(set(POSTS) - set(PAGES)))
def test_looking_changes_nothing(make: Make, mihai: Client, rest: str) -> None:
    make.ticket()
    assert mihai.get(f"/tickets/IT-1/{rest}").status_code == 405


def test_the_group_reads_its_confidential_ticket(
    make: Make, company: Company, client: Client
) -> None:
    make.secret()
    client.force_login(company.misaki)
    page = text(client, "/tickets/HR-1/")
    assert "Canary-body words" in page
    assert "Confidential" in page


def test_a_member_outside_the_group_does_not(make: Make, company: Company, client: Client) -> None:
    make.secret()
    Membership.objects.create(person=company.olga, department=company.hr, role=Role.LEAD)
    client.force_login(company.olga)
    assert client.get("/tickets/HR-1/").status_code == 404


def test_an_old_number_leads_to_the_number_of_today(
    make: Make, company: Company, client: Client
) -> None:
    actions.move(make.ticket(), to=company.finance, by=company.mihai)
    client.force_login(company.tom)
    assert client.get("/tickets/IT-1/").headers["Location"] == "/tickets/FIN-1/"


def test_a_number_in_small_letters_is_understood(make: Make, mihai: Client) -> None:
    make.ticket()
    assert mihai.get("/tickets/it-1/").headers["Location"] == "/tickets/IT-1/"


@pytest.mark.parametrize("number", ["IT-99", "x", "%F0%9F%92%A5", "IT-1%00"])
def test_an_unknown_number_is_not_found(make: Make, mihai: Client, number: str) -> None:
    make.ticket()
    assert mihai.get(f"/tickets/{number}/").status_code == 404


# --- What it shows ------------------------------------------------------------------------------


def test_the_page_tells_the_whole_story(make: Make, company: Company, mihai: Client) -> None:
    ticket = make.ticket(cannot_wait=True, cannot_wait_reason="Board meeting at noon")
    actions.note(ticket, by=company.jonas, body="Third one this month", at=NOW)
    actions.reply(ticket, by=company.jonas, body="Which model is it?", at=NOW)
    page = text(mihai)
    for words in (
        "Laptop does not charge",
        "The light stays off.",
        "Board meeting at noon",
        "Third one this month",
        "Internal note, only IT sees this",
        "Which model is it?",
        "Jonas Bauer",
        "In progress",
        "Today, Monday 9 March",
    ):
        assert words in page


def test_a_note_looks_different_and_says_so(make: Make, company: Company, mihai: Client) -> None:
    actions.note(make.ticket(), by=company.mihai, body="Ours alone", at=NOW)
    note = re.search(r'<article class="msg msg-note".*?</article>', text(mihai), re.DOTALL)
    assert note
    assert "#lock" in note[0]
    assert "Ours alone" in note[0]


def test_quoted_text_of_a_mail_is_folded_away(make: Make, mihai: Client) -> None:
    make.ticket(channel="mail", rest="On Monday you wrote")
    page = text(mihai)
    assert "Show quoted text" in page
    assert "On Monday you wrote" in page
    assert "e-mail" in page


def test_events_in_a_row_are_folded(make: Make, company: Company, mihai: Client) -> None:
    ticket = make.ticket()
    actions.assign(ticket, to=company.mihai, by=company.jonas, at=NOW)
    actions.change_priority(ticket, 2, by=company.jonas, at=NOW)  # type: ignore[arg-type]
    assert "2 events: assigned, priority changed" in text(mihai)


def test_markup_in_words_stays_words(make: Make, mihai: Client) -> None:
    make.ticket(summary="<script>alert(1)</script>", body="<img src=x onerror=alert(2)>")
    page = text(mihai)
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize("words", ["🙂 emoji", "שלום עולם", "会議室B", "a" * 190])
def test_any_words_are_shown(make: Make, mihai: Client, words: str) -> None:
    make.ticket(summary=words, body=words)
    assert text(mihai).count(words) >= 2


def test_the_requester_is_introduced(make: Make, company: Company, mihai: Client) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(
        job_title="Financial analyst", location="Floor 4", manager=company.tom
    )
    make.ticket()
    page = text(mihai)
    assert "Financial analyst · Floor 4" in page
    assert "Tom Hargreaves" in page
    assert "10:30 there" in page


def test_what_is_promised_says_how_it_was_counted(make: Make, mihai: Client) -> None:
    make.ticket()
    side = text(mihai, "/tickets/IT-1/side/")
    assert "3h 30m left" in side
    assert "Elif was promised a first answer within 4h of working time" in side
    assert "Counted, today" in side


def test_an_observer_reads_and_has_nothing_to_press(
    make: Make, company: Company, client: Client
) -> None:
    make.ticket()
    Membership.objects.create(person=company.olga, department=company.it, role=Role.OBSERVER)
    client.force_login(company.olga)
    page = text(client)
    assert "You observe this desk" in page
    work = page[page.index("<main") : page.index("</main>")]
    assert 'action="/tickets/' not in work
    assert client.get("/tickets/IT-1/move/").status_code == 404
    assert client.post("/tickets/IT-1/state/", {"state": "resolved"}).status_code == 422
    assert Ticket.objects.get().state == State.NEW


def test_the_parts_for_the_live_page_are_fragments(make: Make, mihai: Client) -> None:
    make.ticket()
    for part in ("thread", "side"):
        answer = mihai.get(f"/tickets/IT-1/{part}/", headers={"X-Requested-With": "fetch"})
        assert "<html" not in answer.content.decode()


def test_the_details_are_a_page_of_their_own_on_a_phone(make: Make, mihai: Client) -> None:
    make.ticket()
    page = text(mihai, "/tickets/IT-1/side/")
    assert "<html" in page
    assert "Priority" in page


def test_a_closed_ticket_takes_notes_only(make: Make, company: Company, mihai: Client) -> None:
    actions.close(make.ticket(), by=company.mihai, at=NOW)
    page = text(mihai)
    assert 'name="kind" value="note"' in page
    assert 'name="kind" value="public"' not in page


@pytest.mark.parametrize("key", ["r", "n", "a", "i", "p", "s"])
def test_each_key_has_something_to_press(make: Make, mihai: Client, key: str) -> None:
    make.ticket()
    assert f'data-key="{key}"' in text(mihai)


# --- News ---------------------------------------------------------------------------------------


def test_opening_reads_no_news_by_itself_but_offers_to(
    make: Make, company: Company, mihai: Client
) -> None:
    ticket = make.ticket()
    event = ticket.events.get(kind="ticket.opened")
    Notification.objects.create(person=company.mihai, ticket=ticket, event=event)
    assert "data-seen>" in text(mihai)
    assert Notification.objects.unread().count() == 1
    answer = mihai.post(
        "/notifications/read/", {"ticket": "IT-1"}, headers={"X-Requested-With": "fetch"}
    )
    assert answer.status_code == 204
    assert "data-seen hidden>" in text(mihai)


# --- Cost ---------------------------------------------------------------------------------------


def cost(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("rest", ["", "thread/", "side/"])
def test_the_page_costs_the_same_for_one_message_and_two_hundred(
    make: Make, company: Company, mihai: Client, rest: str
) -> None:
    ticket = make.ticket()
    one = cost(mihai, f"/tickets/IT-1/{rest}")
    Message.objects.bulk_create(
        Message(ticket=ticket, author=company.elif_, body=f"{n}", html=f"<p>{n}</p>", sent_at=NOW)
        for n in range(199)
    )
    for colleague in (company.jonas, company.mihai):
        actions.assign(ticket, to=colleague, by=company.mihai)
    actions.add_participant(ticket, person=company.olga, by=company.mihai)
    actions.save_draft(ticket, by=company.mihai, kind="public", body="Hello")
    assert cost(mihai, f"/tickets/IT-1/{rest}") == one
    assert one <= 12
