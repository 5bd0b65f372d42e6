"""Two matters in one message: the second becomes a request of its own, linked to the first."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from departments.models import Membership, Role, TargetKind
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.mail.postbox import letter, taken_in
from tests.tickets.pages import SignIn, a_file, value_of, values_of, words_of
from tickets import actions, verification
from tickets.events import Kind
from tickets.models import (
    Attachment,
    Link,
    Mailbox,
    Message,
    OutboundMail,
    Ticket,
    TicketEvent,
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
def message(make: Make, company: Company) -> Message:
    """Elif's answer on IT-1, which is about something else as well."""
    ticket = make.ticket()
    at = MONDAY + 5 * MINUTE
    file = actions.keep_file(a_file(), name="mouse.png", type="image/png", by=company.elif_)
    body = "\n> My mouse squeaks.\nIt is old."
    return actions.reply(ticket, by=company.elif_, body=body, at=at, files=[file])


def form_of(client: Client, message: Message) -> Any:
    return client.get(f"/tickets/{message.ticket.number}/messages/{message.pk}/split/")


def sent(client: Client, message: Message, **changed: Any) -> Any:
    """The form as it was filled in, with these changes."""
    page = form_of(client, message)
    names = ("requester", "what", "summary", "body", "key")
    said: dict[str, Any] = {name: value_of(page, name) for name in names}
    said |= {"enclosed": values_of(page, "enclosed"), **changed}
    url = f"/tickets/{message.ticket.number}/messages/{message.pk}/split/"
    return client.post(url, said, follow=True)


def test_the_form_is_filled_in_from_the_message(
    message: Message, mihai: Client, company: Company
) -> None:
    page = form_of(mihai, message)
    assert value_of(page, "summary") == "My mouse squeaks."
    assert value_of(page, "requester") == "Elif Yıldız <elif@aldera.example>"
    assert value_of(page, "what") == f"{company.laptop.pk}."
    assert value_of(page, "body") == message.body
    files = page.context["form"]["enclosed"].value()
    assert files == [message.attachments.get().pk]
    assert Ticket.objects.count() == 1


def test_a_request_of_its_own_begins_with_the_words_and_copies_of_the_files(
    message: Message, mihai: Client, company: Company
) -> None:
    page = sent(mihai, message, summary="Mouse")
    made = Ticket.objects.get(summary="Mouse")
    assert page.redirect_chain == [("/tickets/IT-2/", 302)]
    assert (made.requester, made.filed_by) == (company.elif_, company.mihai)
    first = made.messages.get()
    assert first.author == company.elif_
    assert first.joined_because == "Mihai Ionescu split it off from IT-1"
    copy, original = first.attachments.get(), message.attachments.get()
    assert copy.name == original.name == "mouse.png"
    assert copy.file.name != original.file.name
    assert copy.file.read() == original.file.read()
    assert Message.objects.get(pk=message.pk).ticket.number == "IT-1"


def test_the_two_are_linked_and_both_say_so(
    message: Message, mihai: Client, company: Company, sign_in: SignIn
) -> None:
    page = words_of(sent(mihai, message))
    assert TicketEvent.objects.filter(kind=Kind.SPLIT_FROM, is_public=True).count() == 1
    link = Link.objects.get()
    assert (link.source.number, link.kind, link.target.number) == ("IT-2", "split_from", "IT-1")
    assert "Split from" in page
    assert "Mihai Ionescu split it off from IT-1." in page
    asked = words_of(mihai.get("/tickets/IT-1/"))
    assert "made a request of its own of a message: IT-2." in asked
    assert "request of its own" in words_of(sign_in(company.elif_).get("/requests/IT-1/"))


def test_the_promise_counts_from_when_they_wrote_and_they_are_told(
    message: Message, mihai: Client, company: Company, work_off: Callable[[], None]
) -> None:
    sent(mihai, message)
    work_off()
    made = Ticket.objects.get(number="IT-2")
    assert made.opened_at == message.sent_at
    clock = made.clocks.get(kind=TargetKind.FIRST_RESPONSE)
    assert clock.due_at == message.sent_at + timedelta(minutes=240)
    mail = OutboundMail.objects.get(ticket=made, kind="acknowledgement")
    assert mail.person == company.elif_
    assert "You asked for it in IT-1." in mail.text
    assert "You will hear from us by" in mail.text


def test_a_promise_that_is_over_is_missed_and_not_made_again(
    message: Message, mihai: Client, monday: Any, work_off: Callable[[], None]
) -> None:
    monday.move_to(NOW + timedelta(days=1))
    sent(mihai, message)
    work_off()
    made = Ticket.objects.get(number="IT-2")
    clock = made.clocks.get(kind=TargetKind.FIRST_RESPONSE)
    assert clock.breached_at == message.sent_at + timedelta(minutes=240)
    mail = OutboundMail.objects.get(ticket=made, kind="acknowledgement")
    assert "counts from when you wrote" in mail.text
    assert "You will hear from us by" not in mail.text
    assert not list(verification.differences(now=NOW + timedelta(days=1), numbers=["IT-2"]))


def test_the_same_click_twice_opens_one(message: Message, mihai: Client) -> None:
    sent(mihai, message, key="one")
    sent(mihai, message, key="one")
    assert Ticket.objects.count() == 2
    assert Ticket.objects.get(number="IT-1").events.filter(kind="message.split_off").count() == 1
    assert Attachment.objects.count() == 2


def test_a_letter_and_an_answer_of_the_desk_are_split_too(company: Company, mihai: Client) -> None:
    row = taken_in(letter())
    assert row.ticket
    assert row.message
    answer = actions.reply(row.ticket, by=company.mihai, body="And the mouse?")
    sent(mihai, row.message, summary="One")
    sent(mihai, answer, summary="Two")
    made = Ticket.objects.filter(summary__in=["One", "Two"])
    assert [ticket.requester for ticket in made] == [company.elif_] * 2
    assert {ticket.channel for ticket in made} == {"mail", "web"}


@pytest.mark.parametrize("missing", ["summary", "body", "requester"])
def test_what_is_missing_is_asked_for_and_the_rest_is_kept(
    message: Message, mihai: Client, missing: str
) -> None:
    page = sent(mihai, message, **{"summary": "Kept?", "body": "Kept!", missing: ""})
    assert page.status_code == 422
    kept = "body" if missing != "body" else "summary"
    assert "Kept" in value_of(page, kept)
    assert Ticket.objects.count() == 1


@pytest.mark.parametrize("who", ["elif_", "olga", "tom", "misaki", "sam"])
def test_nobody_else_finds_the_way(
    message: Message, company: Company, sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(company, who))
    url = f"/tickets/IT-1/messages/{message.pk}/split/"
    assert client.get(url).status_code == client.post(url).status_code == 404
    assert Ticket.objects.count() == 1


def test_an_observer_splits_nothing_and_notes_stay(
    message: Message, company: Company, sign_in: SignIn, mihai: Client
) -> None:
    Membership.objects.create(person=company.sam, department=company.it, role=Role.OBSERVER)
    assert form_of(sign_in(company.sam), message).status_code == 404
    note = actions.note(message.ticket, by=company.mihai, body="Hm.")
    assert form_of(mihai, note).status_code == 404


def test_what_was_said_in_confidence_stays_among_the_same_people(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    secret = make.secret()
    said = actions.reply(secret, by=company.elif_, body="Canary and more")
    misaki = sign_in(company.misaki)
    page = sent(misaki, said, what="")
    assert page.status_code == 422
    assert "choose the same service" in words_of(page)
    page = sent(misaki, said, requester="olga@aldera.example")
    assert "Olga Lindqvist is not on it" in words_of(page)
    assert Ticket.objects.count() == 1
    sent(misaki, said, summary="More")
    assert Ticket.objects.get(summary="More").is_confidential


def test_whom_a_case_is_about_reads_neither_of_the_two(make: Make, company: Company) -> None:
    secret = make.secret(by=company.andreea, subject_person=company.elif_)
    said = actions.reply(secret, by=company.andreea, body="Canary")
    made = actions.split(
        said,
        actions.Request("More", "Canary", company.hr, company.letter),
        requester=company.andreea,
        by=company.misaki,
    )
    assert made.subject_person == company.elif_


def test_another_desks_agent_splits_nothing_over_the_action(
    message: Message, company: Company
) -> None:
    with pytest.raises(Refused):
        actions.split(
            message,
            actions.Request("More", "Words", company.finance),
            requester=company.elif_,
            by=company.tom,
        )


def test_nothing_is_split_off_here_once_the_message_was_moved_away(
    make: Make, message: Message, company: Company
) -> None:
    seen = Message.objects.select_related("ticket", "author").get(pk=message.pk)
    actions.move_message(message, to=make.ticket(), by=company.mihai)
    request = actions.Request(summary="Mouse", body="Squeaks.", desk=company.it)
    with pytest.raises(Refused, match="just moved"):
        actions.split(seen, request, requester=company.elif_, by=company.mihai)


def test_what_a_guest_wrote_becomes_a_request_of_theirs(company: Company, mihai: Client) -> None:
    Mailbox.objects.filter(address="it@aldera.example").update(takes_guests=True)
    row = taken_in(letter("Deniz <deniz@home.example>", body="My mouse squeaks."))
    assert row.message is not None
    page = sent(mihai, row.message)
    assert page.status_code == 200
    new = Ticket.objects.latest("pk")
    assert (new.number, new.requester.email) == ("IT-2", "deniz@home.example")
    assert sent(mihai, row.message, requester="deniz@home.example").status_code == 422
