"""Letters read again after a mend: each keeps its one ticket, one message, one line."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from departments.models import Person
from tests.cast import Company
from tests.conftest import Make
from tests.mail.postbox import answer, letter, taken_in
from tickets.mail.replay import replay
from tickets.models import InboundMail, Message, OutboundMail, Ticket, TicketEvent

Ended = InboundMail.Outcome
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("company")]


def said(*asked: str, **options: object) -> str:
    out = StringIO()
    call_command("replay_mail", *asked, stdout=out, **options)
    return out.getvalue()


def test_a_letter_held_back_gets_in_once_its_sender_is_known(company: Company) -> None:
    row = taken_in(letter("new@aldera.example"))
    assert row.outcome == Ended.QUARANTINED
    Person.objects.create(email="new@aldera.example", name="New Person")
    assert replay(row).is_changed
    assert Ticket.objects.get().requester.email == "new@aldera.example"


def test_what_is_still_doubtful_waits_on(company: Company) -> None:
    row = taken_in(letter("who@elsewhere.example"))
    assert not replay(row).is_changed
    row.refresh_from_db()
    assert (row.outcome, Ticket.objects.count()) == (Ended.QUARANTINED, 0)


def test_words_of_a_message_are_mended_in_their_place(company: Company) -> None:
    row = taken_in(letter(body="All is well."))
    Message.objects.update(body="?", html="<p>?</p>")
    assert replay(row).is_changed
    message = Message.objects.get()
    assert (message.body, message.html) == ("All is well.", "<p>All is well.</p>")
    assert TicketEvent.objects.filter(kind="mail.reread").count() == 1


def test_nothing_happens_to_words_that_are_right(company: Company) -> None:
    row = taken_in(letter())
    before = TicketEvent.objects.count()
    assert not replay(row).is_changed
    assert (TicketEvent.objects.count(), Ticket.objects.count()) == (before, 1)


def test_reading_again_and_again_doubles_nothing(
    company: Company, make: Make, work_off: Callable[[], None]
) -> None:
    make.ticket()
    work_off()
    rows = [
        taken_in(answer(OutboundMail.objects.get())),
        taken_in(answer(OutboundMail.objects.get(), sender="olga@aldera.example")),
        taken_in(answer(OutboundMail.objects.get(), **{"Auto-Submitted": "auto-replied"})),
        taken_in(letter(Precedence="bulk")),
    ]

    def counts() -> tuple[int, ...]:
        return Ticket.objects.count(), Message.objects.count(), TicketEvent.objects.count()

    before = counts()
    for row in rows * 3:
        row.refresh_from_db()
        replay(row)
    assert counts() == before


@pytest.mark.parametrize("outcome", [Ended.DUPLICATE, Ended.REJECTED, Ended.BOUNCE])
def test_what_is_decided_stays(outcome: str) -> None:
    row = taken_in(letter("who@elsewhere.example"))
    InboundMail.objects.update(outcome=outcome)
    row.refresh_from_db()
    assert not replay(row).is_changed


def test_a_range_is_read_again_from_the_shell(company: Company) -> None:
    for number in range(3):
        taken_in(letter("new@aldera.example", subject=f"No. {number}"))
    Person.objects.create(email="new@aldera.example", name="New Person")
    assert said("--since", "2020-01-01", "--outcome", "quarantined", "--dry-run") == (
        "3 letters would be read again.\n"
    )
    assert said("--since", "2020-01-01", "--mailbox", "it@aldera.example").endswith(
        "3 letters read again, 3 changed.\n"
    )
    assert Ticket.objects.count() == 3


def test_a_single_letter_is_named_by_its_number(company: Company) -> None:
    row = taken_in(letter())
    taken_in(letter("who@elsewhere.example"))
    assert said(str(row.pk)) == "1 letters read again, 0 changed.\n"


def test_everything_at_once_has_to_be_meant() -> None:
    with pytest.raises(CommandError, match="Say which letters"):
        said()


@pytest.mark.parametrize("until", ["2020-01-01T00:00", "2020-01-01T00:00+03:00"])
def test_letters_outside_the_range_are_left_alone(until: str) -> None:
    taken_in(letter())
    assert said("--until", until) == "0 letters read again, 0 changed.\n"


def test_a_lead_reads_one_letter_again(
    company: Company, sign_in: Callable[[Person], Client]
) -> None:
    row = taken_in(letter())
    Message.objects.update(body="?")
    page = sign_in(company.jonas).post(reverse("letter_again", args=[row.pk]), follow=True)
    assert "something changed" in page.content.decode()
    assert Message.objects.get().body != "?"


def test_nobody_else_does(company: Company, sign_in: Callable[[Person], Client]) -> None:
    row = taken_in(letter())
    for person in (company.mihai, company.elif_, company.andreea):
        assert sign_in(person).post(reverse("letter_again", args=[row.pk])).status_code == 404
