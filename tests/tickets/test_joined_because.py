"""Why a message is on this request: told to its desk, never to those who asked."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import Company
from tests.mail.postbox import answer, letter, taken_in
from tests.tickets.pages import SignIn, tree_of, words_of
from tickets import actions
from tickets.models import InboundMail, OutboundMail, Participant, Ticket


@pytest.fixture
def ticket(company: Company, work_off: Any) -> Ticket:
    """Opened by mail, answered, and answered again by mail."""
    row = taken_in(letter())
    assert row.ticket
    actions.reply(row.ticket, by=company.mihai, body="Which screen?")
    work_off()
    mail = OutboundMail.objects.get(kind="reply")
    taken_in(answer(mail, body="The left one."))
    Participant.objects.create(ticket=row.ticket, person=company.olga)
    return row.ticket


def test_the_desk_reads_why_each_letter_is_here(
    ticket: Ticket, company: Company, sign_in: SignIn
) -> None:
    page = words_of(sign_in(company.mihai).get(ticket.get_desk_url()))
    assert page.count("Opened by mail.") == 1
    assert page.count("Joined because: it came to the reply address of this request.") == 1
    assert page.count("oined because") == 1


@pytest.mark.parametrize(("who", "links"), [("mihai", False), ("jonas", True)])
def test_only_who_may_read_letters_finds_the_way_to_them(
    ticket: Ticket, company: Company, sign_in: SignIn, who: str, links: bool
) -> None:
    page = sign_in(getattr(company, who)).get(ticket.get_desk_url())
    found = tree_of(page).xpath("//article//a[contains(@href, '/desk/mail/')]/@href")
    letters = InboundMail.objects.order_by("pk")
    assert found == ([f"/desk/mail/{row.pk}/" for row in letters] if links else [])


@pytest.mark.parametrize("who", ["elif_", "olga"])
def test_who_asked_and_who_follows_reads_none_of_it(
    ticket: Ticket, company: Company, sign_in: SignIn, who: str
) -> None:
    client = sign_in(getattr(company, who))
    for url in (ticket.get_absolute_url(), f"{ticket.get_absolute_url()}thread/"):
        page = client.get(url).content.decode()
        assert "The left one." in page
        assert "ecause" not in page
        assert "pened by mail" not in page
        assert "/desk/" not in page


def test_why_is_kept_as_codes_and_said_in_words(ticket: Ticket) -> None:
    opened, replied = ticket.messages.filter(channel="mail").order_by("pk")
    assert (opened.because, replied.because) == ([], [{"code": "reply_address"}])
    assert opened.joined_because == "opened by mail"


def test_ten_letters_cost_no_more_than_two(
    ticket: Ticket, company: Company, sign_in: SignIn
) -> None:
    client = sign_in(company.jonas)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get(ticket.get_desk_url())
        return len(asked)

    queries()
    few = queries()
    mail = OutboundMail.objects.get(kind="reply")
    for n in range(5):
        taken_in(answer(mail, body=f"And {n}."))
    assert queries() == few
