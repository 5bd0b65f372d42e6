"""Spam that got in: it ends without a word, its sender waits for a lead, and all of it undoes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from departments.models import Membership, Person, Role
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.mail.postbox import letter, taken_in
from tests.tickets.pages import SignIn, words_of
from tickets import actions, verification
from tickets.events import Kind
from tickets.mail import release
from tickets.mail.balance import balance
from tickets.models import (
    Clock,
    ClockState,
    InboundMail,
    OutboundMail,
    Outcome,
    SpamSender,
    State,
    Ticket,
)

NOW = MONDAY + timedelta(hours=1)
SELLER = "seller@shop.example"


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def seller(company: Company) -> Person:
    """Somebody whom only a mail made one of us."""
    return Person.objects.create(email=SELLER, name="Seller", is_provisional=True)


@pytest.fixture
def spam(seller: Person) -> Ticket:
    """IT-1, which came by mail."""
    row = taken_in(letter(SELLER, subject="Cheap"))
    assert row.ticket
    return row.ticket


@pytest.fixture
def mihai(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.mihai)


@pytest.fixture
def jonas(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.jonas)


def mark(client: Client, number: str = "IT-1", **said: str) -> Any:
    return client.post(f"/tickets/{number}/spam/", said, follow=True)


def clear(client: Client, number: str = "IT-1") -> Any:
    return client.post(f"/tickets/{number}/no-spam/", follow=True)


def rows(ticket: Ticket) -> dict[str, Any]:
    row: dict[str, Any] = dict(Ticket.objects.filter(pk=ticket.pk).values()[0])
    del row["changed_at"]
    return row


def test_it_closes_as_spam_without_a_word_and_outside_of_every_promise(
    spam: Ticket, mihai: Client, work_off: Callable[[], None]
) -> None:
    work_off()
    mails = OutboundMail.objects.count()
    page = mark(mihai)
    assert page.redirect_chain == [("/desk/it/", 302)]
    work_off()
    spam.refresh_from_db()
    assert (spam.state, spam.outcome) == (State.CLOSED, Outcome.SPAM)
    assert {clock.state for clock in spam.clocks.all()} == {ClockState.CANCELLED}
    assert OutboundMail.objects.count() == mails
    assert "Mihai Ionescu marked it as spam" in InboundMail.objects.get().reason
    assert balance(spam.requester).difference == 0
    assert not list(verification.differences(now=NOW))


def test_the_page_says_what_will_happen_and_then_what_happened(spam: Ticket, mihai: Client) -> None:
    assert "/tickets/IT-1/spam/" in mihai.get("/tickets/IT-1/").content.decode()
    assert "closes, without a word" in words_of(mihai.get("/tickets/IT-1/spam/"))
    assert Ticket.objects.get().is_open
    mark(mihai)
    page = words_of(mihai.get("/tickets/IT-1/"))
    assert "This was marked as spam." in page
    assert "Mihai Ionescu marked it as spam." in page


def test_the_next_letter_is_kept_for_a_lead_and_can_be_let_in(
    spam: Ticket, mihai: Client, company: Company
) -> None:
    mark(mihai)
    row = taken_in(letter("Seller <SELLER@shop.example>", subject="Cheaper"))
    assert row.outcome == InboundMail.Outcome.QUARANTINED
    assert row.reason == "marked as spam before: SELLER@shop.example"
    assert row in InboundMail.objects.visible_to(company.jonas).quarantined()
    let_in = release.release(row, by=company.jonas)
    assert let_in.outcome == InboundMail.Outcome.TICKET


def test_undone_it_is_as_it_was_and_its_sender_writes_again(
    spam: Ticket, mihai: Client, company: Company
) -> None:
    actions.set_state(spam, State.WAITING_REQUESTER, by=company.mihai)
    before, clocks = rows(spam), list(Clock.objects.values("kind", "state", "due_at"))
    mark(mihai)
    page = clear(mihai)
    told = spam.events.filter(kind__in=[Kind.MARKED_SPAM, Kind.NOT_SPAM])
    assert [event.is_public for event in told] == [False, False]
    assert "says that it is no spam" in words_of(page)
    assert rows(spam) == before
    assert list(Clock.objects.values("kind", "state", "due_at")) == clocks
    assert "spam" not in InboundMail.objects.get().reason
    assert taken_in(letter(SELLER)).outcome == InboundMail.Outcome.TICKET
    assert not list(verification.differences(now=NOW))


def test_what_passed_meanwhile_is_missed_when_it_was_no_spam(
    spam: Ticket, mihai: Client, monday: Any
) -> None:
    due = spam.clocks.get(kind="first_response").due_at
    mark(mihai)
    monday.move_to(NOW + timedelta(days=2))
    clear(mihai)
    assert spam.clocks.get(kind="first_response").breached_at == due
    assert not list(verification.differences(now=NOW + timedelta(days=2)))


def test_it_may_be_marked_undone_and_marked_again(spam: Ticket, mihai: Client) -> None:
    mark(mihai)
    clear(mihai)
    assert clear(mihai).status_code == 422
    mark(mihai)
    assert mark(mihai).status_code == 422
    assert SpamSender.objects.get().address == SELLER
    assert not list(verification.differences(now=NOW))


# --- Who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["elif_", "olga", "tom", "misaki", "sam"])
def test_nobody_else_finds_the_way(
    spam: Ticket, company: Company, sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(company, who))
    assert mark(client).status_code == clear(client).status_code == 404
    assert Ticket.objects.get().is_open


def test_an_observer_marks_nothing(spam: Ticket, company: Company, sign_in: SignIn) -> None:
    Membership.objects.create(person=company.sam, department=company.it, role=Role.OBSERVER)
    assert mark(sign_in(company.sam)).status_code == 404


def test_of_an_employee_only_a_lead_says_so_and_twice(
    company: Company, mihai: Client, jonas: Client
) -> None:
    taken_in(letter())
    assert "/spam/" not in mihai.get("/tickets/IT-1/").content.decode()
    page = mark(mihai, sure="on")
    assert page.status_code == 422
    assert "only a lead may mark their mail as spam" in words_of(page)
    page = mark(jonas)
    assert page.status_code == 422
    assert "Elif Yıldız works here" in words_of(page)
    assert Ticket.objects.get().is_open
    mark(jonas, sure="on")
    assert Ticket.objects.get().outcome == Outcome.SPAM
    assert taken_in(letter()).reason == "marked as spam before: elif@aldera.example"


def test_what_was_asked_in_the_browser_is_no_spam(make: Make, jonas: Client) -> None:
    make.ticket()
    page = mark(jonas, sure="on")
    assert page.status_code == 422
    assert "Only what came by mail can be spam." in words_of(page)


# --- The list -------------------------------------------------------------------------------------


def lift(client: Client) -> int:
    return int(client.post(f"/desk/mail/spam/{SpamSender.objects.first().pk}/lift/").status_code)  # type: ignore[union-attr]


def test_a_lead_sees_who_is_held_back_and_lets_them_write_again(
    spam: Ticket, mihai: Client, jonas: Client
) -> None:
    mark(mihai)
    assert "/desk/mail/spam/" in jonas.get("/desk/mail/").content.decode()
    page = words_of(jonas.get("/desk/mail/spam/"))
    assert SELLER in page
    assert "IT-1, Mihai Ionescu" in page
    assert lift(jonas) == 302
    assert "Nobody is held back" in words_of(jonas.get("/desk/mail/spam/"))
    assert taken_in(letter(SELLER)).outcome == InboundMail.Outcome.TICKET


@pytest.mark.parametrize(
    ("who", "status"), [("mihai", 404), ("elif_", 404), ("andreea", 404), ("sam", 302)]
)
def test_only_leads_of_the_desk_and_administrators_lift(
    spam: Ticket, company: Company, mihai: Client, sign_in: SignIn, who: str, status: int
) -> None:
    mark(mihai)
    assert lift(sign_in(getattr(company, who))) == status
    assert SpamSender.objects.exists() is (status == 404)


def test_who_wrote_to_a_confidential_service_is_shown_to_its_lead_alone(
    seller: Person, company: Company, sign_in: SignIn
) -> None:
    row = taken_in(letter(SELLER, to="hr@aldera.example"), to="hr@aldera.example")
    assert row.ticket
    assert row.ticket.is_confidential
    actions.mark_spam(row.ticket, by=company.misaki)
    for who, sees in (("andreea", True), ("sam", False), ("jonas", False)):
        page = words_of(sign_in(getattr(company, who)).get("/desk/mail/spam/"))
        assert (SELLER in page) is sees
