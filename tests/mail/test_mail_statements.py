"""What a mail costs in statements, however many are stored; and what that rests on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from email.message import EmailMessage
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from departments.models import EmailAlias, Person
from helpdesk.lib.returning import added
from tests.cast import Company
from tests.mail.postbox import answer, letter, post
from tickets import actions, events, tasks
from tickets.events import Kind
from tickets.mail import compose, intake
from tickets.models import (
    FailedReaction,
    InboundMail,
    Mailbox,
    Message,
    OutboundMail,
    SpamSender,
    Ticket,
    TicketEvent,
)
from tickets.reactions import running

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("company")]
Outcome = InboundMail.Outcome


def with_picture(mail: EmailMessage) -> EmailMessage:
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="screen.png")
    return mail


def statements(mail: EmailMessage) -> int:
    """From the raw bytes until the worker has done all, without the borders of transactions."""
    with CaptureQueriesContext(connection) as asked:
        row = post(mail)
        tasks.take_in(row.pk)
    row.refresh_from_db()
    assert row.outcome in {Outcome.TICKET, Outcome.REPLY}
    borders = ("BEGIN", "COMMIT")
    # One more finds the mailbox of the address, for those who hand letters in by SMTP.
    return sum(not each["sql"].startswith(borders) for each in asked.captured_queries) - 1


def on_its_ticket(number: int) -> EmailMessage:
    return answer(OutboundMail.objects.filter(kind="acknowledgement")[number])


def test_a_mail_costs_the_same_with_few_and_with_many_stored(settings: Settings) -> None:
    settings.REDIS_URL = ""  # Live hints ask who follows.
    people = [
        Person.objects.create(email=f"p{number}@aldera.example", name=f"P {number}")
        for number in range(36)
    ]
    statements(letter(people[0].email))  # The first one finds out how to ask.

    def costs(first: int) -> list[int]:
        new = letter(people[first].email, subject=f"Mouse {first}", body=f"It squeaks {first}.")
        picture = with_picture(letter(people[first + 1].email, body=f"Look at {first}."))
        return [statements(new), statements(picture), statements(on_its_ticket(first))]

    few = costs(1)
    for person in people[3:33]:
        post_and_read(letter(person.email, body=f"I am {person.name}."))
    assert costs(33) == few == [14, 16, 20]


def post_and_read(mail: EmailMessage) -> InboundMail:
    row = post(mail)
    tasks.take_in(row.pk)
    row.refresh_from_db()
    return row


# --- Confirmed by the worker that read it ---------------------------------------------------------


def test_a_letter_is_confirmed_at_once_and_once() -> None:
    post_and_read(letter())
    assert not TicketEvent.objects.filter(reacted_at=None).exists()
    running.react_to_pending()
    assert OutboundMail.objects.filter(kind="acknowledgement").count() == 1


def test_what_a_worker_left_behind_is_done_by_the_next_one_after_its_claim() -> None:
    row = post(letter())
    with events.claimed():
        intake.take_in(row.pk)  # It dies before it reacts.
    now = timezone.now()
    assert running.react_to_pending(now=now + timedelta(seconds=40)) == 0
    assert running.react_to_pending(now=now + timedelta(seconds=46)) == 1
    assert OutboundMail.objects.filter(kind="acknowledgement").count() == 1


def test_nothing_follows_from_what_was_taken_back() -> None:
    with running.reacting(), suppress(ValueError), transaction.atomic():
        intake.take_in(post(letter()).pk)
        raise ValueError
    assert not TicketEvent.objects.exists()
    assert not OutboundMail.objects.exists()


def test_a_claim_that_ran_out_is_left_to_others() -> None:
    row = post(letter())
    with running.reacting(), events.claimed() as mine:
        intake.take_in(row.pk)
    (event,) = mine
    event.claimed_at = timezone.now() - timedelta(seconds=46)
    assert not running.still_holds(event, timezone.now())


def test_a_confirmation_that_cannot_be_written_stops_neither_ticket_nor_news(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_given: object, **_more: object) -> None:
        raise ValueError

    with monkeypatch.context() as patched:
        patched.setattr(compose, "compose", broken)
        row = post_and_read(letter())
    assert (row.outcome, OutboundMail.objects.count()) == (Outcome.TICKET, 0)
    assert [failure.name for failure in FailedReaction.objects.all()] == ["acknowledge"]
    assert running.retry_failed(now=timezone.now() + timedelta(seconds=11)) == 1
    assert OutboundMail.objects.filter(kind="acknowledgement").count() == 1
    assert not FailedReaction.objects.exists()


def test_nothing_follows_from_a_confirmation() -> None:
    post_and_read(letter())
    echo = TicketEvent.objects.get(kind=Kind.ACKNOWLEDGED)
    assert echo.reacted_at is not None
    assert running.react(echo.pk) is False


# --- What one statement answers for several -------------------------------------------------------


def test_the_eldest_mailbox_of_its_kind_speaks_whichever_got_the_letter() -> None:
    elder = Mailbox.objects.get(address="it@aldera.example")
    for to in ("helpdesk@aldera.example", "it@aldera.example"):
        row = post(letter(to=to, subject=to, body=f"To {to}"), to=to)
        tasks.take_in(row.pk)
    said = OutboundMail.objects.values_list("from_address", flat=True)
    assert [elder.address in each for each in said] == [True, True]


def test_a_mailbox_that_was_closed_meanwhile_does_not_speak() -> None:
    row = post(letter())
    Mailbox.objects.filter(pk=row.mailbox_id).update(is_active=False)
    tasks.take_in(row.pk)
    assert "helpdesk@aldera.example" in OutboundMail.objects.get().from_address


def test_a_confirmation_answers_the_letter() -> None:
    row = post_and_read(letter(Message_ID="<asked@mail.example>"))
    assert OutboundMail.objects.get().headers["In-Reply-To"] == row.mail_id


def test_a_late_confirmation_answers_the_letter_too() -> None:
    row = post(letter(Message_ID="<asked@mail.example>"))
    intake.take_in(row.pk)
    running.react_to_pending()
    assert OutboundMail.objects.get().headers["In-Reply-To"] == "<asked@mail.example>"


def test_a_further_address_is_the_same_person(company: Company) -> None:
    EmailAlias.objects.create(person=company.elif_, address="e.y@aldera.example")
    row = post_and_read(letter("e.y@aldera.example"))
    assert row.ticket is not None
    assert row.ticket.requester == company.elif_


def test_another_sender_is_asked_about_each_time(company: Company) -> None:
    first = post_and_read(letter())
    assert first.ticket is not None
    SpamSender.objects.create(
        address=company.olga.email, marked_by=company.jonas, ticket=first.ticket
    )
    second = post_and_read(letter(company.olga.email))
    assert (first.outcome, second.outcome) == (Outcome.TICKET, Outcome.QUARANTINED)


def test_the_sixth_letter_of_an_hour_is_not_confirmed() -> None:
    for number in range(6):
        post_and_read(letter(subject=f"Thing {number}", body=f"Number {number} is odd, {number}!"))
    assert Ticket.objects.count() == 6
    assert OutboundMail.objects.filter(kind="acknowledgement").count() == 5


def test_a_reply_by_mail_leaves_what_is_being_written_on_the_page(company: Company) -> None:
    ticket = post_and_read(letter()).ticket
    assert ticket is not None
    actions.save_draft(ticket, by=company.elif_, kind=Message.Kind.PUBLIC, body="And also")
    row = post_and_read(on_its_ticket(0))
    ticket.refresh_from_db()
    assert (row.outcome, ticket.changed_at) == (Outcome.REPLY, row.received_at)
    assert ticket.drafts.get().body == "And also"


# --- The same letter at two mailboxes -------------------------------------------------------------


def at_once(*deeds: Callable[[], object]) -> None:
    together = Barrier(len(deeds))

    def do(deed: Callable[[], object]) -> None:
        try:
            together.wait(10)
            deed()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(deeds)) as threads:
        list(threads.map(do, deeds))


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time there")
def test_two_copies_read_at_once_are_one_request() -> None:
    for number in range(5):
        mail = letter(subject=f"Chair {number}", body=f"It broke {number}.")
        rows = [post(mail, to=f"{box}@aldera.example") for box in ("it", "helpdesk")]
        at_once(*(lambda pk=row.pk: tasks.take_in(pk) for row in rows))
        ended = sorted(
            InboundMail.objects.filter(pk__in=[row.pk for row in rows]).values_list(
                "outcome", flat=True
            )
        )
        assert ended == [Outcome.DUPLICATE, Outcome.TICKET]
    assert Ticket.objects.count() == 5


def test_a_row_that_is_there_is_not_added_and_the_transaction_goes_on(company: Company) -> None:
    with transaction.atomic():
        again = EmailAlias(person=company.elif_, address="once@aldera.example")
        assert added(again)
        assert not added(EmailAlias(person=company.olga, address="once@aldera.example"))
        assert EmailAlias.objects.get() == again
