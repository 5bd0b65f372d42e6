"""A message that was said on the wrong ticket goes to the right one, and back without a trace."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from departments.models import Membership, Person, Role
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.mail.postbox import letter, taken_in
from tests.tickets.pages import SignIn, a_file, words_of
from tickets import actions, verification
from tickets.events import Kind, sentence
from tickets.models import (
    Attachment,
    InboundMail,
    Message,
    Notification,
    OutboundMail,
    Participant,
    State,
    Ticket,
)

NOW = MONDAY + timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def monday() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def mihai(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.mihai)


@pytest.fixture
def target(make: Make) -> Ticket:
    """IT-1, Elif's too."""
    return make.ticket(summary="Mouse is dead")


@pytest.fixture
def source(target: Ticket, make: Make, company: Company) -> Ticket:
    """IT-2, which was answered."""
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Which plug?", at=MONDAY + MINUTE)
    return ticket


@pytest.fixture
def message(source: Ticket, company: Company) -> Message:
    """What Elif wrote there, though it is about her mouse."""
    at = MONDAY + 5 * MINUTE
    return actions.reply(source, by=company.elif_, body="The mouse squeaks.", at=at)


def move(client: Client, message: Message, into: str = "IT-1", **more: str) -> Any:
    number = message.ticket.number
    url = f"/tickets/{number}/messages/{message.pk}/move/"
    return client.post(url, {"into": into, **more}, follow=True)


def back(client: Client, message: Message, number: str = "IT-1") -> Any:
    return client.post(f"/tickets/{number}/messages/{message.pk}/back/", follow=True)


def where(message: Message) -> str:
    return Message.objects.get(pk=message.pk).ticket.number


def refused(message: Message, to: Ticket, by: Person) -> str:
    with pytest.raises(Refused) as problem:
        actions.move_message(message, to=to, by=by)
    return str(problem.value)


def test_a_message_goes_with_its_files_and_both_tickets_say_so(
    source: Ticket, target: Ticket, message: Message, mihai: Client, company: Company
) -> None:
    file = actions.keep_file(a_file(), name="mouse.png", type="image/png", by=company.elif_)
    Attachment.objects.filter(pk=file.pk).update(message=message)
    page = move(mihai, message)
    assert page.redirect_chain == [(f"/tickets/IT-1/#message-{message.pk}", 302)]
    assert "The mouse squeaks." in words_of(page)
    assert "mouse.png" in words_of(page)
    assert "moved a message of Elif Yıldız here from IT-2" in words_of(page)
    before = words_of(mihai.get("/tickets/IT-2/"))
    assert "The mouse squeaks." not in before
    assert "moved a message of Elif Yıldız to IT-1." in before
    assert Message.objects.filter(body="The mouse squeaks.").count() == 1
    told = source.events.get(kind=Kind.MESSAGE_MOVED_OUT)
    heard = target.events.get(kind=Kind.MESSAGE_MOVED_IN)
    assert (told.is_public, heard.is_public) == (True, False)


def test_the_way_there_shows_who_reads_it_and_what_happens(
    source: Ticket, target: Ticket, message: Message, mihai: Client, company: Company
) -> None:
    actions.add_participant(target, person=company.olga, by=company.mihai)
    url = f"/tickets/IT-2/messages/{message.pk}/move/"
    assert f'href="{url}"' in mihai.get("/tickets/IT-2/").content.decode()
    assert 'href="?into=IT-1"' in mihai.get(url).content.decode()
    page = words_of(mihai.get(url, {"into": "IT-1"}))
    assert "These people read it in IT-1: Elif Yıldız , Olga Lindqvist" in page
    assert where(message) == "IT-2"


def test_its_author_reads_it_there_and_nobody_is_mailed(
    source: Ticket,
    target: Ticket,
    message: Message,
    company: Company,
    sign_in: SignIn,
    work_off: Any,
) -> None:
    work_off()
    mails = OutboundMail.objects.count()
    actions.move_message(message, to=target, by=company.mihai)
    work_off()
    assert OutboundMail.objects.count() == mails
    elif_ = sign_in(company.elif_)
    assert "The mouse squeaks." in words_of(elif_.get("/requests/IT-1/"))
    assert "Mihai Ionescu moved a message of Elif Yıldız to IT-1." in words_of(
        elif_.get("/requests/IT-2/")
    )


def test_who_works_the_other_ticket_hears_of_it(
    source: Ticket, target: Ticket, message: Message, company: Company, work_off: Any
) -> None:
    actions.assign(target, to=company.jonas, by=company.mihai)
    actions.move_message(message, to=target, by=company.mihai)
    work_off()
    notice = Notification.objects.get(person=company.jonas, event__kind=Kind.MESSAGE_MOVED_IN)
    assert notice.event
    assert sentence(notice.event).endswith("here from IT-2.")


def test_somebody_who_is_writing_there_sees_it_before_they_send(
    source: Ticket, target: Ticket, message: Message, company: Company
) -> None:
    seen = target.events.latest("pk").pk
    actions.move_message(message, to=target, by=company.mihai)
    with pytest.raises(Refused) as problem:
        actions.reply(target, by=company.jonas, body="Fixed.", seen=seen)
    assert problem.value.code == "news"


def test_a_reply_whose_mail_is_late_is_not_mailed_to_those_it_left(
    source: Ticket, target: Ticket, company: Company, work_off: Any
) -> None:
    actions.add_participant(source, person=company.olga, by=company.mihai)
    work_off()
    late = actions.reply(source, by=company.elif_, body="Not for Olga.", at=NOW)
    actions.move_message(late, to=target, by=company.mihai)
    work_off()
    assert not OutboundMail.objects.filter(text__contains="Not for Olga").exists()


# --- Its letter -----------------------------------------------------------------------------------


def test_what_answers_its_letter_arrives_where_it_is_now(target: Ticket, company: Company) -> None:
    asked = taken_in(letter(subject="Screen"))
    assert asked.ticket
    actions.reply(asked.ticket, by=company.mihai, body="Yes?")
    more = taken_in(letter(body="And my mouse.", In_Reply_To=asked.mail_id))
    assert more.message
    actions.move_message(more.message, to=target, by=company.mihai)
    assert InboundMail.objects.get(pk=more.pk).ticket == target
    again = taken_in(letter(body="It squeaks.", In_Reply_To=more.mail_id))
    assert again.ticket == target
    actions.move_back(Message.objects.get(pk=more.message.pk), by=company.mihai)
    assert InboundMail.objects.get(pk=more.pk).ticket == asked.ticket


# --- Who may, and what is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [("elif_", 404), ("olga", 404), ("tom", 404), ("misaki", 404), ("sam", 404), ("jonas", 200)],
)
def test_only_the_desk_moves_messages(
    target: Ticket, message: Message, company: Company, sign_in: SignIn, who: str, status: int
) -> None:
    client = sign_in(getattr(company, who))
    assert move(client, message).status_code == status
    moved = status == 200
    assert where(message) == ("IT-1" if moved else "IT-2")
    assert back(client, message, where(message)).status_code == status


def test_an_observer_moves_nothing(
    target: Ticket, message: Message, company: Company, sign_in: SignIn
) -> None:
    Membership.objects.create(person=company.sam, department=company.it, role=Role.OBSERVER)
    assert move(sign_in(company.sam), message).status_code == 404
    actions.move_message(message, to=target, by=company.mihai)
    assert back(sign_in(company.sam), message).status_code == 422
    assert where(message) == "IT-1"


def test_a_ticket_that_one_only_observes_takes_nothing_in(
    message: Message, make: Make, company: Company, mihai: Client
) -> None:
    make.ticket(service=company.expenses)
    Membership.objects.create(person=company.mihai, department=company.finance, role=Role.OBSERVER)
    page = move(mihai, message, "FIN-1")
    assert page.status_code == 422
    assert "You may not do this on this request." in words_of(page)
    assert where(message) == "IT-2"


@pytest.mark.parametrize("number", ["HR-1", "FIN-1", "IT-9", "💥", ""])
def test_a_number_out_of_sight_is_no_number(
    message: Message, make: Make, company: Company, mihai: Client, number: str
) -> None:
    make.secret()
    make.ticket(service=company.expenses)
    page = move(mihai, message, number)
    assert page.status_code == 422
    assert "Canary" not in words_of(page)
    assert where(message) == "IT-2"


def test_what_stays_where_it_is(
    source: Ticket, target: Ticket, message: Message, make: Make, company: Company
) -> None:
    first = source.messages.order_by("pk")[0]
    answer = source.messages.get(author=company.mihai)
    note = actions.note(source, by=company.mihai, body="Hm.")
    assert "began with this message" in refused(first, target, company.mihai)
    assert "an answer of the desk" in refused(answer, target, company.mihai)
    assert "this stays here" in refused(note, target, company.mihai)
    assert "there already" in refused(message, source, company.mihai)
    merged = make.ticket()
    actions.merge(merged, into=source, by=company.mihai)
    assert "Undo that first" in refused(message, merged, company.mihai)
    actions.close(target, by=company.mihai)
    assert "IT-1 is closed" in refused(message, target, company.mihai)
    assert where(message) == "IT-2"


def test_nothing_confidential_comes_out_and_nothing_goes_in(
    message: Message, make: Make, company: Company
) -> None:
    secret, other = make.secret(), make.secret(by=company.olga)
    Membership.objects.create(person=company.misaki, department=company.it, role=Role.AGENT)
    words = "One of the two is confidential"
    assert words in refused(message, secret, company.misaki)
    said = actions.reply(secret, by=company.elif_, body="Canary")
    assert words in refused(said, message.ticket, company.misaki)
    assert "of two people" in refused(said, other, company.misaki)
    # Between two that the same people may read it goes.
    same = make.secret()
    actions.move_message(said, to=same, by=company.misaki)
    assert where(said) == same.number


def test_nothing_goes_back_to_where_others_read_by_now(make: Make, company: Company) -> None:
    home, there = make.secret(), make.secret()
    said = actions.reply(home, by=company.elif_, body="Canary")
    actions.move_message(said, to=there, by=company.misaki)
    actions.move(home, to=company.hr, by=company.misaki, may_leave_confidential=True)
    moved = Message.objects.select_related("ticket").get(pk=said.pk)
    with pytest.raises(Refused, match="One of the two is confidential"):
        actions.move_back(moved, by=company.misaki)
    assert where(said) == there.number


def test_who_is_not_on_the_other_ticket_is_asked_for_and_joins_it_only_then(
    message: Message, make: Make, company: Company, mihai: Client
) -> None:
    olgas = make.ticket(by=company.olga)
    page = move(mihai, message, olgas.number)
    assert page.status_code == 422
    assert f"Elif Yıldız is not on {olgas.number}." in words_of(page)
    assert page.content.decode().count('name="adds_author"') == 1
    assert not olgas.participants.exists()
    move(mihai, message, olgas.number, adds_author="on")
    assert [row.person for row in olgas.participants.all()] == [company.elif_]
    back(mihai, message, olgas.number)
    assert not olgas.participants.exists()
    assert where(message) == "IT-2"


def test_who_followed_it_already_stays_on_it(
    message: Message, make: Make, company: Company
) -> None:
    olgas = make.ticket(by=company.olga)
    actions.add_participant(olgas, person=company.elif_, by=company.mihai, at=NOW)
    actions.move_message(message, to=olgas, by=company.mihai)
    actions.move_back(Message.objects.get(pk=message.pk), by=company.mihai)
    assert Participant.objects.filter(ticket=olgas, person=company.elif_).exists()


def test_of_two_who_move_it_the_second_is_told(
    source: Ticket, target: Ticket, message: Message, make: Make, company: Company
) -> None:
    stale = Message.objects.select_related("ticket").get(pk=message.pk)
    actions.move_message(message, to=target, by=company.mihai)
    assert "just moved" in refused(stale, make.ticket(), company.jonas)
    assert where(message) == "IT-1"


def test_only_what_was_moved_here_moves_back(message: Message, mihai: Client) -> None:
    page = back(mihai, message, "IT-2")
    assert page.status_code == 422
    assert "was not moved here" in words_of(page)


# --- Clocks and states ----------------------------------------------------------------------------


def test_what_it_reopened_is_as_before_and_comes_back_with_it(
    source: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    actions.resolve(source, by=company.mihai, at=MONDAY + 2 * MINUTE)
    closes = Ticket.objects.get(pk=source.pk).closes_at
    said = actions.reply(source, by=company.elif_, body="My mouse!", at=MONDAY + 3 * MINUTE)
    assert state_of(source) == State.OPEN
    look = mihai.get(f"/tickets/IT-2/messages/{said.pk}/move/", {"into": "IT-1"})
    assert "IT-2 is “Solved” again" in words_of(look)
    move(mihai, said)
    assert (state_of(source), source.outcome) == (State.RESOLVED, "solved")
    assert source.closes_at == NOW + timedelta(days=7) != closes
    back(mihai, said)
    assert state_of(source) == State.OPEN
    assert not list(verification.differences(now=NOW))


def test_where_the_desk_went_on_nothing_is_closed_behind_its_back(
    source: Ticket, target: Ticket, company: Company
) -> None:
    actions.resolve(source, by=company.mihai, at=MONDAY + 2 * MINUTE)
    said = actions.reply(source, by=company.elif_, body="My mouse!", at=MONDAY + 3 * MINUTE)
    actions.reply(source, by=company.mihai, body="Look.", at=MONDAY + 4 * MINUTE)
    actions.move_message(said, to=target, by=company.mihai)
    assert state_of(source) == State.OPEN
    assert not list(verification.differences(now=NOW))


def test_it_brings_back_what_was_solved_before_it_was_written(
    source: Ticket, target: Ticket, message: Message, company: Company
) -> None:
    actions.resolve(target, by=company.mihai, at=MONDAY + 2 * MINUTE)
    closes = Ticket.objects.get(pk=target.pk).closes_at
    actions.move_message(message, to=target, by=company.mihai)
    assert state_of(target) == State.OPEN
    actions.move_back(Message.objects.get(pk=message.pk), by=company.mihai)
    assert (state_of(target), target.closes_at) == (State.RESOLVED, closes)
    assert not list(verification.differences(now=NOW))


def test_what_was_solved_after_it_was_written_stays_solved(
    source: Ticket, target: Ticket, message: Message, company: Company
) -> None:
    actions.resolve(target, by=company.mihai, at=MONDAY + 9 * MINUTE)
    actions.move_message(message, to=target, by=company.mihai)
    assert state_of(target) == State.RESOLVED
    assert not list(verification.differences(now=NOW))


def state_of(ticket: Ticket) -> str:
    ticket.refresh_from_db()
    return str(ticket.state)


# --- Cost -----------------------------------------------------------------------------------------


def test_a_page_costs_the_same_for_one_moved_letter_and_for_five(
    source: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    def queries(more: int) -> int:
        for n in range(more):
            said = actions.reply(source, by=company.elif_, body=f"{n}", channel="mail")
            actions.move_message(said, to=target, by=company.mihai)
        with CaptureQueriesContext(connection) as asked:
            assert mihai.get("/tickets/IT-1/").status_code == 200
        return len(asked)

    queries(1)
    assert queries(1) == queries(4)
