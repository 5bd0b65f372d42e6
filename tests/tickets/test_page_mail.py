"""Mails about pages: to who is called, to the leads, to who asked; and mails that cannot wait."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.test import Client

from departments.models import Membership, Person, RotaLayer
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.mail.postbox import answer, letter, post, taken_in
from tests.tickets.rotas import MINUTE, NIGHT, hr_rota, it_rota, react, sweep, the_page
from tickets.actions import paging
from tickets.mail import outbound
from tickets.mail.parse import parse
from tickets.models import InboundMail, Notification, OutboundMail, Ticket, TicketEvent

SignIn = Callable[[Person], Client]


def at_night(make: Make, **fields: Any) -> Ticket:
    wish = {"cannot_wait": True, "cannot_wait_reason": "The board meets.", "at": NIGHT, **fields}
    ticket = make.ticket(**wish)
    react()
    return ticket


def secret_at_night(make: Make) -> Ticket:
    ticket = make.secret(cannot_wait=True, cannot_wait_reason="Canary-reason", at=NIGHT)
    react()
    return ticket


def mails(kind: str) -> list[OutboundMail]:
    return list(OutboundMail.objects.filter(kind=kind).order_by("pk"))


def mail(kind: str = "page") -> OutboundMail:
    return OutboundMail.objects.get(kind=kind)


def told(kind: str) -> set[str]:
    found = Notification.objects.filter(event__kind=kind)
    return {notice.person.first_name for notice in found.select_related("person")}


# --- To who is called -------------------------------------------------------------------------


def test_who_is_called_gets_a_mail_that_says_who_what_and_until_when(
    make: Make, company: Company
) -> None:
    it_rota(company)
    at_night(make)
    assert mail().to_address == "mihai@aldera.example"
    assert mail().subject == "[Page] IT-1 Laptop does not charge"
    for piece in (
        "Mihai, you are on call and Elif Yıldız needs help now.",
        "It cannot wait: The board meets.",
        "If nobody answers by",
        "/tickets/IT-1/",
    ):
        assert piece in mail().text
    for piece in ("Mihai, you are on call", "The board meets.", "Answer the page"):
        assert piece in mail().html


def test_the_moment_of_the_next_call_stands_in_their_own_zone(make: Make, company: Company) -> None:
    it_rota(company)
    at_night(make)
    assert "If nobody answers by Mon\xa021:24, we call the next one." in mail().text


def test_its_link_answers(make: Make, company: Company, client: Client) -> None:
    it_rota(company)
    ticket = at_night(make)
    found = re.search(r"http://[^/]+(/page/[\w-]+/)", mail().text)
    assert found is not None
    assert f"{found[1]}" in mail().html
    the_page(ticket).calls.update(called_at=ticket.events.get(kind="page.sent").recorded_at)
    client.post(found[1])
    assert the_page(ticket).acknowledged_by == company.mihai


def test_it_rings_loudly_and_is_not_answered_by_machines(make: Make, company: Company) -> None:
    it_rota(company)
    at_night(make)
    headers = mail().headers
    assert (headers["Importance"], headers["X-Priority"]) == ("high", "1")
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["X-Auto-Response-Suppress"] == "All"


def test_no_other_mail_rings(make: Make, company: Company) -> None:
    it_rota(company)
    at_night(make)
    assert "Importance" not in mail("acknowledgement").headers


def test_it_leaves_at_once_and_once(make: Make, company: Company) -> None:
    it_rota(company)
    at_night(make)
    for _sweep in range(2):
        outbound.send_queued()
    pages = [sent for sent in outbox.outbox if sent.subject.startswith("[Page]")]
    assert [sent.to for sent in pages] == [["mihai@aldera.example"]]


def test_written_again_it_is_the_same_mail(make: Make, company: Company) -> None:
    it_rota(company)
    at_night(make)
    before = mail().mail_id
    OutboundMail.objects.filter(kind="page").delete()
    TicketEvent.objects.update(reacted_at=None, claimed_at=None)
    react()
    assert mail().mail_id == before


def test_each_call_has_its_own_mail(make: Make, company: Company) -> None:
    it_rota(company)
    at_night(make)
    sweep(NIGHT + 10 * MINUTE)
    assert [one.person for one in mails("page")] == [company.mihai, company.jonas]
    assert len({one.mail_id for one in mails("page")}) == 2


def test_nobody_is_woken_for_a_page_that_ended_meanwhile(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket(at=MONDAY)
    paging.page_by_hand(ticket, by=company.jonas, reason="Now", at=MONDAY)
    paging.acknowledge(the_page(ticket), by=company.jonas, at=MONDAY + MINUTE)
    react()
    assert mails("page") == []


def test_a_page_by_hand_says_who_asks_and_why(make: Make, company: Company) -> None:
    it_rota(company)
    paging.page_by_hand(make.ticket(), by=company.jonas, reason="The room is hot", at=MONDAY)
    react()
    assert "Jonas Bauer asks for you: The room is hot" in mail().text


def test_a_page_of_a_promise_says_so(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket()
    paging.page(ticket, why="escalation", at=MONDAY)
    react()
    assert "A promise of IT is in danger." in mail().text


def test_who_lost_the_right_before_it_left_gets_nothing(make: Make, company: Company) -> None:
    it_rota(company)
    at_night(make)
    Membership.objects.filter(person=company.mihai).delete()
    outbound.send_queued()
    assert mail().state == OutboundMail.State.FAILED


def test_of_a_confidential_request_the_mail_has_only_the_number(
    make: Make, company: Company
) -> None:
    hr_rota(company)
    secret_at_night(make)
    found = mail()
    assert found.to_address == "misaki@aldera.example"
    assert found.subject == "[Page] HR-1 A request cannot wait"
    for secret in ("anary", "Elif", "Yıldız"):
        assert secret not in found.subject + found.text + found.html + str(found.headers)
    assert found.headers["Sensitivity"] == "Company-Confidential"


def test_a_note_in_confidence_does_not_travel_by_mail(make: Make, company: Company) -> None:
    hr_rota(company)
    ticket = make.secret(at=MONDAY)
    paging.page_by_hand(ticket, by=company.andreea, reason="Canary-note", at=MONDAY)
    react()
    assert "anary" not in mail().text + mail().html


def test_it_is_written_in_the_language_of_who_is_called(make: Make, company: Company) -> None:
    it_rota(company)
    Person.objects.filter(pk=company.mihai.pk).update(language="de")
    at_night(make)
    assert mail().headers["Content-Language"] == "de"


def test_a_reply_to_it_is_an_answer_to_who_asked(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    taken_in(answer(mail(), "I am on my way."))
    react()
    assert ticket.messages.latest("pk").author == company.mihai
    assert not the_page(ticket).is_running


def test_who_is_called_finds_it_among_their_notices(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    it_rota(company)
    at_night(make)
    page = sign_in(company.mihai).get("/notifications/").content.decode()
    assert "Mihai Ionescu was paged." in page
    assert told("page.sent") == {"Mihai"}


# --- To the leads -----------------------------------------------------------------------------


def test_when_nobody_answers_the_leads_get_a_mail_at_once(make: Make, company: Company) -> None:
    it_rota(company, rounds=1)
    at_night(make)
    for minute in range(30):
        sweep(NIGHT + minute * MINUTE)
    assert [one.person for one in mails("page_unanswered")] == [company.jonas]
    words = mail("page_unanswered").text
    assert "Jonas, nobody on call at IT answered." in words
    assert "We called Mihai Ionescu, Jonas Bauer." in words
    assert "IT is closed and opens Tue\xa007:00." in words  # 09:00 in Istanbul, in Berlin
    assert "/tickets/IT-1/" in words
    assert told("page.unanswered") == {"Jonas"}


def test_when_nobody_is_on_call_the_leads_hear_that(make: Make, company: Company) -> None:
    it_rota(company)
    RotaLayer.objects.all().delete()
    at_night(make)
    assert "Nobody is on call now" in mail("page_unanswered").text


def test_without_a_lead_everybody_who_may_work_hears(make: Make, company: Company) -> None:
    it_rota(company)
    RotaLayer.objects.all().delete()
    Membership.objects.filter(person=company.jonas).update(role="agent")
    at_night(make)
    assert {one.person for one in mails("page_unanswered")} == {company.mihai, company.jonas}


def test_a_lead_outside_of_the_group_hears_nothing_of_a_confidential_one(
    make: Make, company: Company
) -> None:
    hr_rota(company)
    RotaLayer.objects.all().delete()
    company.letter.group.remove(company.andreea)
    secret_at_night(make)
    assert [one.person for one in mails("page_unanswered")] == [company.misaki]
    assert "anary" not in mail("page_unanswered").text + mail("page_unanswered").html


# --- To who asked -----------------------------------------------------------------------------


def test_who_asked_reads_in_the_confirmation_that_somebody_is_called(
    make: Make, company: Company
) -> None:
    it_rota(company)
    at_night(make)
    assert "We call the person on call now" in mail("acknowledgement").text
    assert "We call the person on call now" in mail("acknowledgement").html


def test_the_confirmation_promises_no_call_that_nobody_gets(make: Make, company: Company) -> None:
    it_rota(company)
    RotaLayer.objects.all().delete()
    at_night(make)
    assert "person on call" not in mail("acknowledgement").text


def test_who_asked_hears_who_has_it(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + MINUTE)
    react()
    assert mail("page_answered").to_address == "elif@aldera.example"
    assert "Mihai Ionescu is on it, Elif." in mail("page_answered").text
    assert told("page.acknowledged") == {"Elif"}


def test_of_a_page_that_nobody_asked_for_only_the_notice_tells(
    make: Make, company: Company
) -> None:
    it_rota(company)
    ticket = make.ticket()
    paging.page(ticket, why="escalation", at=MONDAY)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=MONDAY + MINUTE)
    react()
    assert mails("page_answered") == []
    assert told("page.acknowledged") == {"Elif"}


def test_who_asked_and_left_gets_no_mail(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    Person.objects.filter(pk=company.elif_.pk).update(is_active=False)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + MINUTE)
    react()
    assert mails("page_answered") == []


# --- A mail that cannot wait ------------------------------------------------------------------


def written(**headers: str) -> Ticket:
    row = taken_in(letter(**headers))
    assert row.ticket is not None
    return row.ticket


@pytest.mark.parametrize(
    "headers",
    [
        {"Importance": "high"},
        {"Importance": "High"},
        {"X_Priority": "1"},
        {"X_Priority": "1 (Highest)"},
    ],
)
def test_a_mail_marked_as_important_cannot_wait(company: Company, headers: dict[str, str]) -> None:
    ticket = written(**headers)
    assert ticket.cannot_wait
    assert ticket.cannot_wait_reason == "marked as important by mail"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Importance": "normal"},
        {"Importance": "low"},
        {"X_Priority": "2"},
        {"X_Priority": "3 (Normal)"},
        {"X_Priority": "11"},
        {"X_Priority": ""},
        {"subject": "URGENT acil dringend"},
    ],
)
def test_every_other_mail_can_wait(company: Company, headers: dict[str, str]) -> None:
    assert not written(**headers).cannot_wait


def test_an_important_mail_at_night_pages(company: Company) -> None:
    it_rota(company)
    row = post(letter(Importance="high"))
    InboundMail.objects.filter(pk=row.pk).update(received_at=NIGHT)
    row.refresh_from_db()
    ticket = taken_in(row).ticket
    react()
    assert ticket is not None
    assert the_page(ticket).calls.get().person == company.mihai


def test_who_is_known_from_a_mail_only_wakes_nobody(company: Company) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(is_provisional=True)
    assert not written(Importance="high").cannot_wait


def test_a_machine_that_marks_everything_opens_nothing(company: Company) -> None:
    row = taken_in(letter(Importance="high", Auto_Submitted="auto-generated"))
    assert row.ticket is None


def test_an_important_reply_pages_nobody(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket(at=NIGHT)
    react()
    taken_in(answer(mail("acknowledgement"), "Hello?", Importance="high"))
    react()
    assert not ticket.pages.exists()
    ticket.refresh_from_db()
    assert not ticket.cannot_wait


@pytest.mark.parametrize("raw", [b"Importance: high\r\n\r\nx", b"X-Priority: 1\r\n\r\nx"])
def test_a_letter_says_that_it_is_important(raw: bytes) -> None:
    assert parse(raw).important
    assert not parse(raw.replace(b"high", b"hig").replace(b"1", b"0")).important


def test_an_hour_passes_without_a_second_mail_to_anybody(make: Make, company: Company) -> None:
    it_rota(company, rounds=1)
    at_night(make)
    for minute in range(90):
        sweep(NIGHT + timedelta(minutes=minute))
    assert (len(mails("page")), len(mails("page_unanswered"))) == (2, 1)
