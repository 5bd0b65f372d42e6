"""The employee's home and list of requests."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest
import time_machine
from django.test import Client

from departments.models import Department, Person, Service
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.tickets.pages import SignIn, tree_of, words_of
from tickets import actions, requests
from tickets.models import State, Ticket


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def elif_(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.elif_)


@pytest.mark.parametrize(
    ("hour", "words"),
    [
        (2, "Good evening"),
        (5, "Good morning"),
        (11, "Good morning"),
        (12, "Good afternoon"),
        (17, "Good afternoon"),
        (18, "Good evening"),
    ],
)
def test_the_greeting_goes_by_the_persons_own_clock(
    elif_: Client, monday: time_machine.Traveller, hour: int, words: str
) -> None:
    monday.move_to(MONDAY + timedelta(hours=hour - 10))  # 10:00 in Istanbul
    assert f"{words}, Elif" in words_of(elif_.get("/"))


def test_the_greeting_uses_what_a_person_is_called(company: Company, sign_in: SignIn) -> None:
    assert "田中さん" in words_of(sign_in(company.misaki).get("/"))


def test_home_shows_services_by_department_with_opening(elif_: Client) -> None:
    words = words_of(elif_.get("/"))
    assert "IT Open until 17:00 Laptop repair" in words
    assert "All 3 services" in words
    assert "Ask in your own words" in words


def test_home_shows_four_services_of_a_department(company: Company, elif_: Client) -> None:
    for number in range(6):
        Service.objects.create(
            department=company.finance,
            name=f"Money {number}",
            state=Service.State.PUBLISHED,
            order=number,
        )
    words = words_of(elif_.get("/"))
    assert "Money 2" in words
    assert "Money 4" not in words


def test_home_shows_my_requests_with_their_promise(make: Make, elif_: Client) -> None:
    make.ticket()
    words = words_of(elif_.get("/"))
    assert "Laptop does not charge You will hear from us by today 14:00" in words
    assert "Somebody at IT will take it" in words


def test_home_says_who_is_on_it(make: Make, company: Company, elif_: Client) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="I look.", at=MONDAY)
    words = words_of(elif_.get("/"))
    assert "Solved by Thu 10:00 MI Mihai from IT is on it" in words


def test_home_says_when_it_is_my_turn(make: Make, company: Company, elif_: Client) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Which?", then=State.WAITING_REQUESTER, at=MONDAY)
    words = words_of(elif_.get("/"))
    assert "Your turn: one question from IT" in words
    assert "Mihai waits for an answer" in words


def test_home_is_honest_when_we_are_late(
    make: Make, elif_: Client, monday: time_machine.Traveller
) -> None:
    make.ticket()
    monday.shift(3600 * 5)
    assert "We are late, sorry. IT has it now." in words_of(elif_.get("/"))


def test_a_solved_request_stays_on_home_until_a_word_is_said(
    make: Make, company: Company, elif_: Client
) -> None:
    ticket = make.ticket()
    actions.resolve(ticket, by=company.mihai, at=MONDAY)
    assert "Solved. Does it look right?" in words_of(elif_.get("/"))
    actions.confirm(ticket, by=company.elif_, at=MONDAY)
    assert "Nothing open." in words_of(elif_.get("/"))


def test_a_follower_is_not_asked_for_an_answer(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    ticket = make.ticket()
    actions.add_participant(ticket, person=company.olga, by=company.elif_, at=MONDAY)
    actions.reply(ticket, by=company.mihai, body="Which?", then=State.WAITING_REQUESTER, at=MONDAY)
    words = words_of(sign_in(company.olga).get("/"))
    assert "Your turn" not in words
    assert "Waiting for Elif" in words
    assert "for Elif Yıldız" in words


def test_home_shows_whom_to_ask(company: Company, elif_: Client) -> None:
    Person.objects.filter(pk=company.jonas.pk).update(ask_me="Access to anything")
    Department.objects.filter(pk=company.it.pk).update(head=company.jonas)
    assert "Jonas Bauer Access to anything" in words_of(elif_.get("/"))


def test_home_of_a_stranger_shows_nothing_of_mine(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    make.ticket()
    make.secret()
    words = words_of(sign_in(company.olga).get("/"))
    assert "Laptop does not charge" not in words
    assert "Canary" not in words


def test_home_asks_without_script(elif_: Client) -> None:
    form = tree_of(elif_.get("/")).xpath("//main//form[@role='search']")[0]
    assert (form.get("action"), form.get("method")) == ("/services/", "get")
    assert form.xpath(".//input[@name='q']")
    assert form.xpath(".//button[@type='submit']")


def test_home_costs_the_same_for_one_request_and_for_many(
    make: Make, company: Company, elif_: Client, django_assert_max_num_queries: Any
) -> None:
    make.ticket()
    elif_.get("/")
    with django_assert_max_num_queries(11) as first:
        elif_.get("/")
    for number in range(12):
        make.ticket(summary=f"Thing {number}")
        department = Department.objects.create(
            name=f"D{number}", slug=f"d{number}", prefix=f"D{number}"
        )
        Service.objects.create(
            department=department, name=f"S{number}", state=Service.State.PUBLISHED
        )
    with django_assert_max_num_queries(len(first)):
        elif_.get("/")


# --- My requests ----------------------------------------------------------------------------------


def test_the_list_has_what_i_asked_filed_and_follow(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    make.ticket(summary="Mine", by=company.mihai)
    make.ticket(summary="Filed for Elif", filed_by=company.mihai)
    followed = make.ticket(summary="Followed")
    actions.add_participant(followed, person=company.mihai, by=company.elif_, at=MONDAY)
    make.ticket(summary="Only on my desk")
    words = words_of(sign_in(company.mihai).get("/requests/"))
    assert all(name in words for name in ("Mine", "Filed for Elif", "Followed"))
    assert "Only on my desk" not in words


def test_open_and_done_are_apart(make: Make, company: Company, elif_: Client) -> None:
    make.ticket(summary="Still open")
    done = make.ticket(summary="Old thing")
    actions.withdraw(done, by=company.elif_, at=MONDAY)
    open_words, done_words = (
        words_of(elif_.get(p)) for p in ("/requests/", "/requests/?show=done")
    )
    assert "Still open" in open_words
    assert "Old thing" not in open_words
    assert "Old thing Withdrawn, closed today" in done_words
    assert "Still open" not in done_words


@pytest.mark.parametrize(
    ("show", "words"), [("", "Nothing open"), ("?show=done", "Nothing done yet")]
)
def test_an_empty_list_says_so(elif_: Client, show: str, words: str) -> None:
    assert words in words_of(elif_.get(f"/requests/{show}"))


def pages(client: Client, start: str, link: str) -> list[list[str]]:
    """The summaries page by page, following this link."""
    found, where = [], start
    while where:
        tree = tree_of(client.get(where))
        found.append([b.text_content().strip() for b in tree.xpath("//a[@class='req']/b")])
        links = tree.xpath("//nav[@class='pages']//a[@rel=$rel]/@href", rel=link)
        where = f"/requests/{links[0]}" if links else ""
    return found


def test_pages_show_every_request_once_in_order_and_back_again(
    make: Make, elif_: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "PAGE", 3)
    for number in range(8):
        # Pairs share their instant, so that the order has to come from the number too.
        make.ticket(summary=f"R{number}", at=MONDAY - timedelta(minutes=number // 2))
    there = pages(elif_, "/requests/", "next")
    ordered = [t.summary for t in Ticket.objects.order_by("-opened_at", "-pk")]
    assert list(chain(*there)) == ordered
    assert [len(page) for page in there] == [3, 3, 2]
    last = Ticket.objects.order_by("opened_at", "pk").first()
    assert last
    back = pages(elif_, f"/requests/?before={last.pk}", "prev")
    assert list(chain(*reversed(back))) == ordered[:-1]


@pytest.mark.parametrize("cursor", ["x", "0", "-5", "9" * 30, "1.5", "²", "\0"])
@pytest.mark.parametrize("way", ["after", "before"])
def test_an_odd_place_in_the_list_is_its_beginning(
    make: Make, elif_: Client, way: str, cursor: str
) -> None:
    make.ticket()
    answer = elif_.get("/requests/", {way: cursor})
    assert answer.status_code == 200
    assert "Laptop does not charge" in words_of(answer)


def test_the_place_of_a_ticket_one_may_not_see_tells_nothing(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    secret = make.secret(at=MONDAY - timedelta(days=1))
    make.ticket(by=company.olga, summary="Newer than the secret")
    words = words_of(sign_in(company.olga).get("/requests/", {"after": secret.pk}))
    assert "Newer than the secret" in words


def test_the_list_costs_the_same_for_one_request_and_for_a_page(
    make: Make, elif_: Client, django_assert_max_num_queries: Any
) -> None:
    make.ticket()
    elif_.get("/requests/")
    with django_assert_max_num_queries(6) as first:
        elif_.get("/requests/")
    for _number in range(15):
        make.ticket()
    with django_assert_max_num_queries(len(first)):
        elif_.get("/requests/")


@pytest.mark.parametrize("where", ["/", "/requests/", "/requests/?show=done"])
def test_guests_sign_in_first(company: Company, client: Client, where: str) -> None:
    assert client.get(where)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("where", ["/", "/requests/"])
def test_looking_is_all_one_can_do_here(elif_: Client, where: str) -> None:
    assert elif_.post(where).status_code == 405
