"""Notifications: the list, the number, having read them, and who is told nothing."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from departments.models import Membership, Person, Role
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.models import Notification, Ticket

SignIn = Callable[[Person], Client]
WorkOff = Callable[[], None]


def told(person: Person, ticket: Ticket, kind: str = "ticket.opened") -> Notification:
    event = ticket.events.filter(kind=kind).latest("pk")
    return Notification.objects.create(person=person, ticket=ticket, event=event, made_at=event.at)


def text(client: Client, address: str = "/notifications/") -> str:
    page = client.get(address)
    assert page.status_code == 200
    return page.content.decode()


@pytest.mark.parametrize("address", ["/notifications/", "/notifications/count/"])
def test_a_guest_signs_in_first(company: Company, client: Client, address: str) -> None:
    assert client.get(address).headers["Location"].startswith("/accounts/login/")


def test_an_empty_list_says_so(company: Company, sign_in: SignIn) -> None:
    assert "Nothing new." in text(sign_in(company.elif_))


def test_a_reply_is_told_in_a_sentence_with_the_way_to_the_request(
    make: Make, company: Company, sign_in: SignIn, work_off: WorkOff
) -> None:
    actions.reply(make.ticket(), by=company.mihai, body="Which one?")
    work_off()
    page = text(sign_in(company.elif_))
    assert "Mihai Ionescu replied." in page
    assert "IT-1 Laptop does not charge" in page
    assert 'href="/requests/IT-1/"' in page


def test_who_works_the_ticket_is_led_to_the_desk(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    told(company.mihai, make.ticket())
    assert 'href="/tickets/IT-1/"' in text(sign_in(company.mihai))


def test_the_newest_stands_first(make: Make, company: Company, sign_in: SignIn) -> None:
    told(company.mihai, make.ticket(at=MONDAY + timedelta(hours=1)))
    told(company.mihai, make.ticket(at=MONDAY))
    assert re.findall(r"/tickets/(IT-\d)/", text(sign_in(company.mihai))) == ["IT-1", "IT-2"]


def test_unread_ones_are_marked_and_can_all_be_read(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    told(company.mihai, make.ticket())
    client = sign_in(company.mihai)
    assert 'class="news unread"' in text(client)
    assert client.post("/notifications/read/").headers["Location"] == "/notifications/"
    assert 'class="news unread"' not in text(client)
    assert "Mark all as read" not in text(client)


def test_reading_ones_own_leaves_the_others_unread(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    ticket = make.ticket()
    told(company.mihai, ticket)
    told(company.jonas, ticket)
    sign_in(company.mihai).post("/notifications/read/")
    assert [notice.person for notice in Notification.objects.unread()] == [company.jonas]


def test_one_ticket_is_read_alone(make: Make, company: Company, sign_in: SignIn) -> None:
    first, second = make.ticket(), make.ticket()
    told(company.mihai, first)
    told(company.mihai, second)
    sign_in(company.mihai).post("/notifications/read/", {"ticket": first.number})
    assert Notification.objects.unread().get().ticket == second


def test_a_strangers_ticket_is_not_found(make: Make, company: Company, sign_in: SignIn) -> None:
    make.secret()
    answer = sign_in(company.tom).post("/notifications/read/", {"ticket": "HR-1"})
    assert answer.status_code == 404


def test_looking_reads_nothing(make: Make, company: Company, sign_in: SignIn) -> None:
    told(company.mihai, make.ticket())
    client = sign_in(company.mihai)
    assert client.get("/notifications/read/").status_code == 405
    text(client)
    assert Notification.objects.unread().exists()


@pytest.mark.parametrize(("rail", "words"), [("", "bell"), ("?rail=wide", "rail-item")])
def test_the_number_is_a_small_part_of_a_page(
    make: Make, company: Company, sign_in: SignIn, rail: str, words: str
) -> None:
    told(company.mihai, make.ticket())
    part = text(sign_in(company.mihai), f"/notifications/count/{rail}")
    assert "<html" not in part
    assert words in part
    assert ">1</span>" in part


def test_what_one_may_not_see_any_more_is_told_no_more(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    told(company.misaki, make.secret())
    client = sign_in(company.misaki)
    assert "Canary-summary" in text(client)
    company.letter.group.remove(company.misaki)
    assert "Canary" not in text(client)
    assert "count-hot" not in text(client, "/notifications/count/")


def test_a_note_is_never_told_to_who_only_follows(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    ticket = make.ticket()
    actions.add_participant(ticket, person=company.olga, by=company.mihai)
    membership = Membership.objects.create(
        person=company.olga, department=company.it, role=Role.AGENT
    )
    actions.note(ticket, by=company.mihai, body="Between us")
    told(company.olga, ticket, "ticket.noted")
    client = sign_in(company.olga)
    assert "wrote an internal note" in text(client)
    membership.delete()
    assert "wrote an internal note" not in text(client)


def test_a_long_list_has_pages(make: Make, company: Company, sign_in: SignIn) -> None:
    first = make.ticket()
    event = first.events.get(kind="ticket.opened")
    for minute in range(60):
        event.pk = None
        event.save(force_insert=True)
        Notification.objects.create(
            person=company.mihai,
            ticket=first,
            event=event,
            made_at=MONDAY + timedelta(minutes=minute // 7),
        )
    client = sign_in(company.mihai)
    page = text(client)
    assert page.count('class="news unread"') == 50
    older = re.search(r'href="(\?after=[^"]+)"', page)
    assert older
    assert text(client, f"/notifications/{older[1]}").count('class="news unread"') == 10


@pytest.mark.parametrize("after", ["x", "1", "none.1", "-1.1", "1.1.1"])
def test_a_page_that_is_none_is_the_first(
    make: Make, company: Company, sign_in: SignIn, after: str
) -> None:
    told(company.mihai, make.ticket())
    assert "IT-1" in text(sign_in(company.mihai), f"/notifications/?after={after}")


def test_the_list_costs_the_same_for_one_and_for_forty(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.mihai)
    told(company.mihai, make.ticket())
    costs = []
    for count in (0, 39):
        for _more in range(count):
            told(company.mihai, make.ticket())
        text(client)
        with CaptureQueriesContext(connection) as asked:
            text(client)
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 8
