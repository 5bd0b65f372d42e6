"""Pages about calling the person on call: on the desk, for who asks, before asking."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest import mock

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from departments.models import Membership, Person, RotaLayer
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.tickets.pages import tree_of, words_of
from tests.tickets.rotas import MINUTE, NIGHT, hr_rota, it_rota, react, sweep, the_page
from tickets import actions
from tickets.actions import paging
from tickets.models import Page, Ticket

SignIn = Callable[[Person], Client]


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The clock of the pages stands at this moment."""
    with mock.patch.object(timezone, "now", return_value=moment):
        yield


def at_night(make: Make, **fields: Any) -> Ticket:
    wish = {"cannot_wait": True, "cannot_wait_reason": "The board meets.", "at": NIGHT, **fields}
    ticket = make.ticket(**wish)
    react()
    return ticket


def desk_page(client: Client, ticket: Ticket, moment: datetime = NIGHT + MINUTE) -> str:
    with at(moment):
        return words_of(client.get(ticket.get_desk_url()))


def queries_of(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


# --- On the desk ------------------------------------------------------------------------------


def test_the_desk_sees_who_was_called_and_who_is_next(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    words = desk_page(sign_in(company.jonas), at_night(make))
    assert "Paged Mihai Ionescu today 20:14, nobody answered yet." in words
    assert "Next: Jonas Bauer, today 20:24." in words
    assert "I have it" in words


def test_the_last_call_says_that_the_leads_come_next(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company, rounds=1)
    ticket = at_night(make)
    sweep(NIGHT + 10 * MINUTE)
    words = desk_page(sign_in(company.jonas), ticket, NIGHT + 11 * MINUTE)
    assert "Paged Jonas Bauer" in words
    assert "Next the leads are told, today 20:34." in words


def test_a_page_in_vain_is_said_and_can_still_be_answered(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company, rounds=1)
    ticket = at_night(make)
    for minute in range(30):
        sweep(NIGHT + minute * MINUTE)
    words = desk_page(sign_in(company.jonas), ticket)
    assert "Nobody on call answered. The leads were told today 20:34." in words
    assert "I have it" in words


def test_when_nobody_is_on_call_it_says_that(make: Make, company: Company, sign_in: SignIn) -> None:
    it_rota(company)
    RotaLayer.objects.all().delete()
    assert "Nobody is on call. The leads were told" in desk_page(
        sign_in(company.jonas), at_night(make)
    )


def test_i_have_it_answers_and_the_banner_goes(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    ticket = at_night(make)
    client = sign_in(company.jonas)
    answer = client.post(f"/tickets/{ticket.number}/page/have/", follow=True)
    words = words_of(answer)
    assert the_page(ticket).acknowledged_by == company.jonas
    assert "nobody answered yet" not in words
    assert "You have it. Nobody else is called." in answer.content.decode()


def test_the_slower_colleague_reads_who_has_it(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + MINUTE)
    answer = sign_in(company.jonas).post(f"/tickets/{ticket.number}/page/have/", follow=True)
    assert "Mihai Ionescu was faster and has it." in answer.content.decode()


def test_without_a_page_there_is_nothing_to_have(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    ticket = make.ticket()
    answer = sign_in(company.jonas).post(f"/tickets/{ticket.number}/page/have/", follow=True)
    assert "Nobody was paged for this request." in answer.content.decode()


def test_an_observer_sees_the_page_and_answers_nothing(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    Membership.objects.create(person=company.olga, department=company.it, role="observer")
    ticket, client = at_night(make), sign_in(company.olga)
    words = desk_page(client, ticket)
    assert "nobody answered yet" in words
    assert "I have it" not in words
    assert client.get(f"/tickets/{ticket.number}/page/").status_code == 404
    client.post(f"/tickets/{ticket.number}/page/have/")
    assert the_page(ticket).is_running


def test_an_observer_is_offered_no_page(make: Make, company: Company, sign_in: SignIn) -> None:
    it_rota(company)
    Membership.objects.create(person=company.olga, department=company.it, role="observer")
    words = words_of(sign_in(company.olga).get(make.ticket().get_desk_url()))
    assert "You observe this desk" in words
    assert "Page the person on call" not in words


@pytest.mark.parametrize("path", ["page/", "page/have/"])
@pytest.mark.parametrize("who", ["tom", "olga", "sam", "elif_"])
def test_a_stranger_finds_no_such_page(
    make: Make, company: Company, sign_in: SignIn, who: str, path: str
) -> None:
    it_rota(company)
    ticket = at_night(make)
    client = sign_in(getattr(company, who))
    assert client.post(f"/tickets/{ticket.number}/{path}").status_code == 404
    assert the_page(ticket).is_running


def test_the_live_page_fetches_only_the_banner(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    ticket = at_night(make)
    part = sign_in(company.jonas).get(
        f"/tickets/{ticket.number}/page/", headers={"X-Requested-With": "fetch"}
    )
    assert "nobody answered yet" in part.content.decode()
    assert "<html" not in part.content.decode()


def test_an_agent_sees_whom_they_would_wake_and_pages(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    ticket, client = make.ticket(), sign_in(company.jonas)
    address = f"/tickets/{ticket.number}/page/"
    assert f'href="{address}"' in client.get(ticket.get_desk_url()).content.decode()
    words = words_of(client.get(address))
    assert words.index("Mihai Ionescu") < words.index("Jonas Bauer")
    assert "Page Mihai" in words
    answer = client.post(address, {"reason": "The server room is hot"})
    assert answer.headers["Location"] == ticket.get_desk_url()
    assert the_page(ticket).reason == "The server room is hot"


def test_without_a_reason_the_form_says_what_is_missing(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    ticket = make.ticket()
    answer = sign_in(company.jonas).post(f"/tickets/{ticket.number}/page/", {"reason": " "})
    assert answer.status_code == 422
    assert "Say in one sentence what is so urgent." in words_of(answer)
    assert not Page.objects.exists()


def test_a_long_reason_is_kept_and_refused(make: Make, company: Company, sign_in: SignIn) -> None:
    it_rota(company)
    ticket = make.ticket()
    answer = sign_in(company.jonas).post(f"/tickets/{ticket.number}/page/", {"reason": "y" * 301})
    assert answer.status_code == 422
    assert "y" * 301 in answer.content.decode()


def test_when_nobody_is_on_call_the_button_tells_the_leads(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    RotaLayer.objects.all().delete()
    ticket, client = make.ticket(), sign_in(company.jonas)
    words = words_of(client.get(f"/tickets/{ticket.number}/page/"))
    assert "Nobody is on call now who may work on it." in words
    assert "Tell the leads" in words


def test_while_somebody_is_called_nobody_is_called_besides(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    ticket, client = at_night(make), sign_in(company.jonas)
    words = words_of(client.get(f"/tickets/{ticket.number}/page/"))
    assert "nobody answered yet" in words
    assert "What is so urgent?" not in words


def test_a_desk_without_a_rota_offers_no_page(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    ticket, client = make.ticket(), sign_in(company.jonas)
    assert "Page the person on call" not in words_of(client.get(ticket.get_desk_url()))
    assert client.get(f"/tickets/{ticket.number}/page/").status_code == 404


def test_a_solved_request_offers_no_page(make: Make, company: Company, sign_in: SignIn) -> None:
    it_rota(company)
    ticket = actions.resolve(make.ticket(), by=company.jonas, at=MONDAY)
    client = sign_in(company.jonas)
    assert "Page the person on call" not in words_of(client.get(ticket.get_desk_url()))
    assert "Reopen it before" in words_of(client.get(f"/tickets/{ticket.number}/page/"))


def test_the_timeline_of_the_desk_tells_calls_and_answers(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    ticket = at_night(make)
    sweep(NIGHT + 10 * MINUTE)
    paging.acknowledge(the_page(ticket), by=company.jonas, at=NIGHT + 12 * MINUTE)
    words = desk_page(sign_in(company.mihai), ticket, NIGHT + 13 * MINUTE)
    for piece in ("Mihai Ionescu was paged.", "Jonas Bauer was paged.", "Jonas Bauer answered"):
        assert piece in words


def test_looking_at_a_paged_ticket_costs_the_same_for_one_call_and_for_many(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company, rounds=10)
    ticket, client = at_night(make), sign_in(company.jonas)
    client.get(ticket.get_desk_url())
    once = queries_of(client, ticket.get_desk_url())
    for minute in range(1, 120):
        sweep(NIGHT + minute * MINUTE)
    assert the_page(ticket).calls.count() > 10
    assert queries_of(client, ticket.get_desk_url()) == once


# --- For who asks -----------------------------------------------------------------------------


def test_who_asked_sees_that_somebody_was_paged_and_when(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    ticket = at_night(make)
    with at(NIGHT + MINUTE):
        words = words_of(sign_in(company.elif_).get(ticket.get_absolute_url()))
    assert "We paged the person on call" in words
    assert "22:14" in words
    assert "Mihai Ionescu was paged." in words


def test_who_asked_sees_who_answered(make: Make, company: Company, sign_in: SignIn) -> None:
    it_rota(company)
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + 2 * MINUTE)
    with at(NIGHT + 3 * MINUTE):
        words = words_of(sign_in(company.elif_).get(ticket.get_absolute_url()))
    assert "Mihai Ionescu answered the page." in words
    assert "Mihai is on it" in words
    assert "We paged the person on call" not in words


def test_who_asked_is_not_shown_the_silence_of_the_desk(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company, rounds=1)
    ticket = at_night(make)
    for minute in range(30):
        sweep(NIGHT + minute * MINUTE)
    words = words_of(sign_in(company.elif_).get(ticket.get_absolute_url()))
    assert "Nobody on call answered" not in words
    assert "We paged the person on call" in words


def test_why_an_agent_paged_is_no_matter_of_who_asked(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    ticket = make.ticket()
    paging.page_by_hand(ticket, by=company.jonas, reason="Canary-reason", at=MONDAY)
    page = sign_in(company.elif_).get(ticket.get_absolute_url()).content.decode()
    assert "Jonas Bauer paged Mihai Ionescu." in page
    assert "anary" not in page


def test_the_requesters_page_costs_the_same_with_a_page(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    plain = make.ticket()
    client = sign_in(company.elif_)
    client.get(plain.get_absolute_url())
    without = queries_of(client, plain.get_absolute_url())
    it_rota(company)
    ticket = at_night(make)
    assert queries_of(client, ticket.get_absolute_url()) == without


# --- Before asking ----------------------------------------------------------------------------


def before(client: Client, company: Company, moment: datetime, service: Any = None) -> str:
    """What stands beside “this cannot wait”."""
    with at(moment):
        answer = client.get(f"/ask/{(service or company.laptop).pk}/")
    found = tree_of(answer).xpath("//*[@id='on-call']")
    return " ".join(found[0].text_content().split()) if found else ""


def test_at_night_the_form_says_that_somebody_is_paged(company: Company, sign_in: SignIn) -> None:
    it_rota(company)
    said = before(sign_in(company.elif_), company, NIGHT)
    assert said == "IT is closed now. We page the person on call when you send this."


def test_while_the_desk_is_open_the_form_says_nothing(company: Company, sign_in: SignIn) -> None:
    it_rota(company)
    assert before(sign_in(company.elif_), company, MONDAY) == ""


@pytest.mark.parametrize("missing", ["rota", "layers", "people"])
def test_when_nobody_is_on_call_the_form_says_so(
    company: Company, sign_in: SignIn, missing: str
) -> None:
    if missing != "rota":
        it_rota(company)
    if missing == "layers":
        RotaLayer.objects.all().delete()
    if missing == "people":
        Membership.objects.filter(department=company.it).delete()
    said = before(sign_in(company.elif_), company, NIGHT)
    assert said.replace("\xa0", " ") == "Nobody is on call now. IT opens tomorrow 09:00."


def test_of_a_confidential_service_only_its_people_count(company: Company, sign_in: SignIn) -> None:
    hr_rota(company)
    company.letter.group.clear()
    said = before(sign_in(company.elif_), company, NIGHT, company.letter)
    assert said.startswith("Nobody is on call now.")


def test_who_is_on_call_and_asks_is_not_promised_themselves(
    company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    RotaLayer.objects.filter(position=2).delete()
    assert before(sign_in(company.mihai), company, NIGHT).startswith("Nobody is on call now.")


def test_the_form_keeps_its_promise(make: Make, company: Company, sign_in: SignIn) -> None:
    it_rota(company)
    client = sign_in(company.elif_)
    with at(NIGHT):
        client.post(
            f"/ask/{company.laptop.pk}/",
            {
                "category": "unsure",
                "summary": "Fire in the rack",
                "body": "It smells.",
                "cannot_wait": "on",
                "cannot_wait_reason": "Fire",
                "key": "k",
            },
        )
    react()
    assert Page.objects.get().calls.get().person == company.mihai


def test_the_words_are_there_without_scripts_and_follow_the_tick(
    company: Company, sign_in: SignIn
) -> None:
    """The style sheet shows what is inside of `.if-checked` only with the tick."""
    it_rota(company)
    with at(NIGHT):
        answer = sign_in(company.elif_).get(f"/ask/{company.laptop.pk}/")
    assert tree_of(answer).xpath("//*[contains(@class,'if-checked')]//*[@id='on-call']")
