"""Where the parts of mail meet: whoever has no business with a request learns nothing of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail as post
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from departments.actions.people import meet
from departments.models import Person
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import Make
from tests.mail.choosing import be_quiet, choose
from tests.mail.postbox import letter, taken_in
from tests.mail.postbox import post as hand_in
from tickets import actions
from tickets.actions import mailboxes, refiling
from tickets.forms.desk import suggested_people
from tickets.forms.requester import people_called as colleagues_called
from tickets.mail import digest, outbound, too_large
from tickets.models import (
    InboundMail,
    Mailbox,
    Message,
    OutboundMail,
    ProposedParticipant,
    SpamSender,
    Ticket,
)
from tickets.proposals import copied_on

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
WorkOff = Callable[[], None]


@pytest.fixture
def held(make: Make, company: Company) -> OutboundMail:
    """A participant's words, on their way to the requester when the night is over."""
    ticket = make.ticket()
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    until = be_quiet(company.elif_)
    said = actions.reply(ticket, by=company.olga, body="Canary for somebody else.")
    event = said.events.get()
    outbound.tell("reply", key="held", to=company.elif_, event=event)
    mail = OutboundMail.objects.get(key="held")
    assert mail.held_until == until
    return mail


def went(mail: OutboundMail) -> bool:
    """Whether its reader got it when it was due."""
    assert mail.held_until is not None
    post.outbox.clear()
    outbound.send_queued(mail.held_until + timedelta(seconds=1))
    return any(mail.to_address in sent.to for sent in post.outbox)


def test_what_was_held_goes_to_its_reader(held: OutboundMail) -> None:
    assert went(held)


def test_who_left_while_a_mail_was_held_gets_it_no_more(held: OutboundMail) -> None:
    Person.objects.filter(mails=held).update(is_active=False)
    assert not went(held)


def test_a_message_that_was_moved_away_is_mailed_to_nobody_who_may_not_read_it_there(
    held: OutboundMail, make: Make, company: Company
) -> None:
    assert held.message is not None
    elsewhere = make.ticket(by=company.olga)
    actions.move_message(held.message, to=elsewhere, by=company.mihai)
    assert not went(held)


def test_one_that_was_moved_to_where_they_read_it_still_comes(
    held: OutboundMail, make: Make, company: Company
) -> None:
    assert held.message is not None
    elsewhere = make.ticket()
    actions.move_message(held.message, to=elsewhere, by=company.mihai, adds_author=True)
    assert went(held)


def test_spam_that_an_agent_forwarded_holds_no_agent_back(company: Company) -> None:
    words = (
        "Look.\n\nFrom: Seller <seller@shop.example>\nSent: Monday\nTo: M\nSubject: Cheap\n\nBuy."
    )
    mail = letter("mihai@aldera.example", subject="FW: Cheap", body=words)
    ticket = taken_in(mail).ticket
    assert ticket is not None
    guest = meet("seller@shop.example", at=ticket.opened_at, is_guest=True)
    refiling.open_for(ticket, person=guest, by=company.mihai)
    actions.mark_spam(Ticket.objects.get(), by=company.mihai)
    assert SpamSender.objects.get().address == "seller@shop.example"
    assert taken_in(letter("mihai@aldera.example")).outcome == InboundMail.Outcome.TICKET


def test_whom_a_case_is_about_reads_none_of_its_letters(company: Company, sign_in: SignIn) -> None:
    row = taken_in(letter(subject="Canary of a case"), to="hr@aldera.example")
    page = reverse("letter", args=[row.pk])
    client = sign_in(company.andreea)
    assert client.get(page).status_code == 200
    for role in ("subject_person", "requester"):
        before = Ticket.objects.values("requester", "subject_person").get()
        Ticket.objects.update(**{role: company.andreea})
        assert client.get(page).status_code == 404
        listed = client.get(reverse("letters"), {"outcome": "all"})
        assert "Canary of a case" not in listed.content.decode()
        Ticket.objects.update(**before)


def test_the_outbox_shows_no_link_that_stops_somebodys_mails(
    make: Make, company: Company, sign_in: SignIn, work_off: WorkOff
) -> None:
    ticket = make.ticket()
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    work_off()
    mail = OutboundMail.objects.get(kind="added")
    assert "/mails/stop/" in mail.text
    page = sign_in(company.sam).get(reverse("outbox_mail", args=[mail.pk])).content.decode()
    assert "/mails/stop/…/" in page
    assert "/mails/stop/" not in page.replace("/mails/stop/…/", "")


def test_a_daily_mail_is_its_readers_alone(
    make: Make, company: Company, sign_in: SignIn, work_off: WorkOff
) -> None:
    choose(company.olga, followed="daily")
    ticket = make.ticket(summary="Canary-summary")
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    work_off()
    digest.send_due(timezone.now() + timedelta(days=2))
    mail = OutboundMail.objects.get(kind="digest")
    assert "Canary-summary" in mail.text
    client = sign_in(company.sam)
    for page in (reverse("outbox"), reverse("outbox_mail", args=[mail.pk])):
        assert company.olga.email not in client.get(page, {"state": mail.state}).content.decode()
    assert b"Canary" not in client.get(reverse("outbox_mail", args=[mail.pk])).content


def test_nobody_sees_that_a_mail_to_a_confidential_service_was_too_large(
    company: Company, sign_in: SignIn, settings: Settings
) -> None:
    settings.MAIL_MAX_BYTES = 2000
    Mailbox.objects.filter(address="hr@aldera.example").update(service=company.letter)
    row = hand_in(letter(subject="Canary", body="x" * 3000), to="hr@aldera.example")
    too_large.tell(row.pk)
    mail = OutboundMail.objects.get(kind="too_large")
    assert "Canary" not in mail.text
    page = sign_in(company.sam).get(reverse("outbox_mail", args=[mail.pk])).content.decode()
    assert "elif@aldera.example" not in page
    assert "hr@aldera.example" not in page


def test_colleagues_in_copy_of_a_message_go_with_it(make: Make, company: Company) -> None:
    row = taken_in(letter(Cc="olga@aldera.example"))
    ticket, elsewhere = row.ticket, make.ticket(by=company.olga)
    assert ticket is not None
    assert [row.person for row in copied_on(ticket, company.mihai)] == [company.olga]
    Message.objects.update(ticket=elsewhere)
    assert ProposedParticipant.objects.exists()
    assert copied_on(ticket, company.mihai) == []


def test_no_lead_makes_employees_of_everybody_at_a_public_provider(company: Company) -> None:
    Person.objects.create(email="jane@gmail.com", name="Jane")  # A contractor.
    box = Mailbox.objects.get(address="it@aldera.example")
    with pytest.raises(Refused, match="Ask an administrator"):
        mailboxes.save_mailbox(box, by=company.jonas, allowed_domains="gmail.com")
    mailboxes.save_mailbox(box, by=company.sam, allowed_domains="gmail.com")


def test_whom_only_a_mail_made_known_is_proposed_to_nobody_by_the_name_it_chose(
    company: Company,
) -> None:
    stranger = meet("aaron@aldera.example", name="Aaron Canary", at=timezone.now())
    assert stranger.is_provisional
    assert stranger not in suggested_people()
    assert colleagues_called("Aaron") == []
    assert colleagues_called("aaron@aldera.example") == [stranger]
    Person.objects.update(is_provisional=False)
    assert stranger in suggested_people()
    assert colleagues_called("Aaron") == [stranger]


@pytest.mark.parametrize("is_first", [True, False])
def test_who_copies_a_message_id_draws_nobodys_answers_away(
    company: Company, is_first: bool
) -> None:
    copied = letter("olga@aldera.example", subject="Mine now", Message_ID="<once@mail.example>")
    own = letter(Message_ID="<once@mail.example>")
    rows = [taken_in(mail) for mail in ((copied, own) if is_first else (own, copied))]
    assert len({row.ticket for row in rows}) == 2
    more = taken_in(letter(body="One more thing.", In_Reply_To="<once@mail.example>"))
    assert more.outcome == InboundMail.Outcome.REPLY
    assert more.ticket is not None
    assert more.ticket.requester == company.elif_
