"""Forged and honest answers: a letter joins for a proof, never for a claim."""

from collections.abc import Callable

import pytest
from pytest_django import Settings

from departments.models import Person
from tests.cast import Company
from tests.conftest import Make
from tests.mail.postbox import answer, letter, taken_in
from tickets import actions
from tickets.events import Kind
from tickets.mail import keyed
from tickets.models import InboundMail, Message, OutboundMail, Outcome, State, Ticket

Ended = InboundMail.Outcome
pytestmark = pytest.mark.django_db


@pytest.fixture
def ticket(make: Make, work_off: Callable[[], None]) -> Ticket:
    """A ticket of Elif's whose acknowledgement is in her mail."""
    made = make.ticket()
    work_off()
    return made


@pytest.fixture
def sent(ticket: Ticket) -> OutboundMail:
    return OutboundMail.objects.get(ticket=ticket)


def tampered(token: str) -> str:
    """The same address or id with another last sign before the at."""
    left, at, right = token.partition("@")
    return f"{left[:-1]}{'a' if left[-1] != 'a' else 'b'}{at}{right}"


def cut(token: str) -> str:
    left, at, right = token.partition("@")
    return f"{left[:-6]}{at}{right}"


# --- Honest ways ----------------------------------------------------------------------------------


def test_the_reply_address_joins(ticket: Ticket, sent: OutboundMail) -> None:
    row = taken_in(answer(sent, In_Reply_To="", References=""))
    assert (row.outcome, row.ticket) == (Ended.REPLY, ticket)


def test_the_reply_address_of_the_envelope_joins(ticket: Ticket, sent: OutboundMail) -> None:
    mail = letter(to="it@aldera.example")
    row = taken_in(mail, to=sent.headers["Reply-To"])
    assert (row.outcome, row.ticket) == (Ended.REPLY, ticket)


def test_capitals_in_the_reply_address_do_no_harm(ticket: Ticket, sent: OutboundMail) -> None:
    mail = answer(sent, to=sent.headers["Reply-To"].upper(), In_Reply_To="", References="")
    assert taken_in(mail).ticket == ticket


def test_our_message_id_joins_without_the_address(ticket: Ticket, sent: OutboundMail) -> None:
    row = taken_in(answer(sent, to="it@aldera.example", References=""))
    assert row.ticket == ticket
    assert "a mail that we sent" in row.reason


def test_references_are_read_from_the_right(
    make: Make, ticket: Ticket, sent: OutboundMail, work_off: Callable[[], None]
) -> None:
    other = make.ticket(summary="Other")
    work_off()
    newer = OutboundMail.objects.get(ticket=other)
    chain = f"{sent.mail_id} <x@y.example> {newer.mail_id}"
    row = taken_in(answer(sent, to="it@aldera.example", In_Reply_To="", References=chain))
    assert row.ticket == other


def test_a_letter_that_we_stored_joins_for_its_people(company: Company) -> None:
    first = taken_in(letter(Message_ID="<first@mail.example>"))
    again = taken_in(letter(subject="Re: Screen is dark", In_Reply_To="<first@mail.example>"))
    assert again.ticket == first.ticket


@pytest.mark.parametrize("subject", ["Re: [IT-1] Laptop", "AW: IT-1", "question about IT-1"])
def test_the_number_joins_for_somebody_who_is_on_the_ticket(ticket: Ticket, subject: str) -> None:
    assert taken_in(letter(subject=subject)).ticket == ticket


def test_the_old_number_joins_after_a_move(ticket: Ticket, company: Company) -> None:
    actions.move(ticket, to=company.finance, by=company.mihai)
    assert taken_in(letter(subject="Re: [IT-1] Laptop")).ticket == ticket


def test_a_participant_joins_with_their_own_mail(
    ticket: Ticket, company: Company, work_off: Callable[[], None]
) -> None:
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    work_off()
    row = taken_in(answer(OutboundMail.objects.get(kind="added")))
    assert (row.outcome, row.ticket) == (Ended.REPLY, ticket)


def test_an_agent_answers_the_requester_from_their_own_notice(
    ticket: Ticket, company: Company, work_off: Callable[[], None]
) -> None:
    actions.assign(ticket, to=company.mihai, by=company.jonas)
    work_off()
    row = taken_in(answer(OutboundMail.objects.get(kind="assigned"), "Bring it to room 12."))
    work_off()
    assert row.message is not None
    assert row.message.kind == Message.Kind.PUBLIC
    assert ticket.events.filter(kind=Kind.REPLIED, facts__by_desk=True).exists()
    assert OutboundMail.objects.filter(kind="reply", person=company.elif_).count() == 1


def test_an_old_key_is_still_believed(
    ticket: Ticket, sent: OutboundMail, settings: Settings
) -> None:
    settings.MAIL_KEYS = ["a new key", *settings.MAIL_KEYS]
    assert taken_in(answer(sent)).ticket == ticket


# --- Forged ones (SECURITY A1) ------------------------------------------------------------------


FORGERIES: dict[str, Callable[[OutboundMail], dict[str, str]]] = {
    "a tampered address": lambda sent: {
        "to": tampered(sent.headers["Reply-To"]), "In_Reply_To": "", "References": "",
    },
    "a shortened address": lambda sent: {
        "to": cut(sent.headers["Reply-To"]), "In_Reply_To": "", "References": "",
    },
    "a tampered id": lambda sent: {
        "to": "it@aldera.example", "In_Reply_To": tampered(sent.mail_id), "References": "",
    },
    "a tampered reference": lambda sent: {
        "to": "it@aldera.example", "In_Reply_To": "", "References": tampered(sent.mail_id),
    },
    "the number only": lambda sent: {
        "to": "it@aldera.example", "In_Reply_To": "", "References": "",
    },
    "the other one's address": lambda sent: {"In_Reply_To": "", "References": ""},
    "the other one's id": lambda sent: {"to": "it@aldera.example"},
    "all of the other one's": lambda sent: {},
    "an address of the empty mac": lambda sent: {
        "to": "it+t1.1.@aldera.example", "In_Reply_To": "", "References": "",
    },
}  # fmt: skip
FORGERS = {
    "stranger": "mallory@evil.example",
    "employee": "olga@aldera.example",
    "agent": "mihai@aldera.example",
    "other agent": "tom@aldera.example",
    "administrator": "sam@aldera.example",
}


@pytest.mark.parametrize("forger", FORGERS)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_forgery_joins(sent: OutboundMail, forgery: str, forger: str) -> None:
    fields = FORGERIES[forgery](sent)
    row = taken_in(answer(sent, "Let me in.", sender=FORGERS[forger], **fields))
    assert row.outcome in {Ended.QUARANTINED, Ended.TICKET}
    assert Message.objects.filter(ticket=sent.ticket).count() == 1


@pytest.mark.parametrize("forger", ["olga", "mihai", "jonas", "tom", "sam"])
@pytest.mark.parametrize("way", ["address", "id"])
def test_nobody_makes_a_proof_for_themselves(
    sent: OutboundMail, company: Company, forger: str, way: str
) -> None:
    person: Person = getattr(company, forger)
    made_up = (
        f"1.{person.pk}.{'a' * 20}" if way == "address" else f"1.{person.pk}.{'0' * 12}.{'a' * 20}"
    )
    to = f"it+t{made_up}@aldera.example" if way == "address" else "it@aldera.example"
    mail = letter(person.email, to=to, In_Reply_To=f"<{made_up}@aldera.example>")
    taken_in(mail)
    assert Message.objects.filter(ticket=sent.ticket).count() == 1


def test_a_number_alone_is_a_new_request_with_a_remark(sent: OutboundMail) -> None:
    row = taken_in(letter("olga@aldera.example", subject="[IT-1] me too"))
    assert row.outcome == Ended.TICKET
    assert "names IT-1, but proves nothing" in row.reason


@pytest.mark.parametrize("name", ["Reply-To", "Sender", "Resent-From"])
def test_only_from_says_who_wrote(sent: OutboundMail, name: str) -> None:
    mail = answer(sent, sender="mallory@evil.example")
    mail[name] = "elif@aldera.example"
    assert taken_in(mail).outcome == Ended.QUARANTINED


def test_two_senders_are_none(sent: OutboundMail) -> None:
    row = taken_in(b"From: mallory@evil.example\n" + answer(sent).as_bytes())
    assert (row.outcome, row.reason) == (Ended.QUARANTINED, "more than one sender")


def test_the_desk_sees_that_a_letter_for_the_ticket_was_held_back(
    ticket: Ticket, sent: OutboundMail
) -> None:
    row = taken_in(answer(sent, sender="mallory@evil.example"))
    event = ticket.events.get(kind=Kind.MAIL_QUARANTINED)
    assert event.facts["letter"] == row.pk
    assert not event.is_public


def test_whoever_was_removed_no_longer_joins(
    ticket: Ticket, company: Company, work_off: Callable[[], None]
) -> None:
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    work_off()
    actions.remove_participant(ticket, person=company.olga, by=company.elif_)
    row = taken_in(answer(OutboundMail.objects.get(kind="added")))
    assert row.outcome == Ended.QUARANTINED


def test_an_agent_who_left_the_desk_no_longer_joins(
    ticket: Ticket, company: Company, work_off: Callable[[], None]
) -> None:
    actions.assign(ticket, to=company.mihai, by=company.jonas)
    work_off()
    company.mihai.memberships.all().delete()
    row = taken_in(answer(OutboundMail.objects.get(kind="assigned")))
    assert row.outcome == Ended.QUARANTINED


def test_somebody_who_may_not_sign_in_any_more_is_unknown(
    sent: OutboundMail, company: Company
) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(is_active=False)
    assert taken_in(answer(sent)).outcome == Ended.QUARANTINED


# --- Closed requests ----------------------------------------------------------------------------


def test_a_reply_reopens_what_was_solved(
    ticket: Ticket, sent: OutboundMail, company: Company
) -> None:
    actions.resolve(ticket, by=company.mihai)
    taken_in(answer(sent, "Not yet."))
    ticket.refresh_from_db()
    assert ticket.state == State.OPEN


def test_after_the_end_an_answer_is_a_new_request_that_names_the_old_one(
    ticket: Ticket, sent: OutboundMail, company: Company
) -> None:
    actions.close(ticket, by=company.mihai, outcome=Outcome.SOLVED)
    row = taken_in(answer(sent, "It is back."))
    assert row.outcome == Ended.TICKET
    assert row.ticket != ticket
    assert row.message is not None
    assert "IT-1" in row.message.joined_because


def test_what_follows_a_confidential_request_is_confidential(
    make: Make, company: Company, work_off: Callable[[], None]
) -> None:
    secret = make.secret()
    work_off()
    actions.close(secret, by=company.misaki, outcome=Outcome.SOLVED)
    row = taken_in(answer(OutboundMail.objects.get()), to="it@aldera.example")
    assert row.ticket is not None
    assert row.ticket.is_confidential


def test_an_agents_mail_to_a_closed_request_waits_for_a_person(
    ticket: Ticket, company: Company, work_off: Callable[[], None]
) -> None:
    actions.assign(ticket, to=company.mihai, by=company.jonas)
    work_off()
    actions.close(ticket, by=company.mihai, outcome=Outcome.SOLVED)
    row = taken_in(answer(OutboundMail.objects.get(kind="assigned")))
    assert row.outcome == Ended.QUARANTINED


# --- Keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ticket_id", "person_id"), [(1, 1), (36**7, 36**6), (123456, 99)])
def test_a_reply_address_says_what_was_put_in(ticket_id: int, person_id: int) -> None:
    address = keyed.reply_address("it@aldera.example", ticket_id, person_id)
    assert keyed.read_reply_address(address) == keyed.Proof(ticket_id, person_id)
    assert len(address.partition("@")[0]) <= keyed.LOCAL_PART_MAX


def test_a_mailbox_name_without_room_stays_as_it_is() -> None:
    long = f"{'help' * 12}@aldera.example"
    assert keyed.reply_address(long, 1, 1) == long


def test_a_message_id_is_the_same_each_time_and_other_for_another_mail() -> None:
    assert keyed.message_id(1, 2, "a") == keyed.message_id(1, 2, "a")
    assert keyed.message_id(1, 2, "a") != keyed.message_id(1, 2, "b")


def test_a_token_of_one_purpose_is_none_of_another() -> None:
    address = keyed.return_address("it@aldera.example", 7)
    assert keyed.read_return_address(address) == 7
    assert keyed.read_reply_address(address) is None
    assert keyed.read_return_address(address.replace("+b7.", "+b8.")) is None


@pytest.mark.parametrize("text", ["", "<>", "<1.2@x>", "nonsense", "<1.2.3.4@aldera.example>"])
def test_ids_of_others_prove_nothing(text: str) -> None:
    assert keyed.read_message_id(text) is None
