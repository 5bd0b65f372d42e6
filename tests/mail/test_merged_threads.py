"""Mails to a merged request: they arrive where it goes on, with the same proofs as before."""

from collections.abc import Callable

import pytest

from tests.cast import Company
from tests.conftest import Make
from tests.mail.postbox import answer, letter, post, taken_in
from tickets import actions
from tickets.mail import intake, release
from tickets.mail.case import Case
from tickets.mail.steps import join
from tickets.models import InboundMail, Link, OutboundMail, State, Ticket

Ended = InboundMail.Outcome
pytestmark = pytest.mark.django_db


@pytest.fixture
def target(make: Make, company: Company) -> Ticket:
    return make.ticket(by=company.olga)


@pytest.fixture
def source(target: Ticket, make: Make, work_off: Callable[[], None]) -> Ticket:
    """Elif's, acknowledged by mail."""
    made = make.ticket()
    work_off()
    return made


@pytest.fixture
def sent(source: Ticket) -> OutboundMail:
    return OutboundMail.objects.get(ticket=source)


@pytest.fixture
def merged(source: Ticket, sent: OutboundMail, target: Ticket, company: Company) -> Ticket:
    return actions.merge(source, into=target, by=company.mihai)


def test_the_reply_address_leads_to_the_target(
    merged: Ticket, sent: OutboundMail, target: Ticket
) -> None:
    row = taken_in(answer(sent, "It is hot.", In_Reply_To="", References=""))
    assert (row.outcome, row.ticket) == (Ended.REPLY, target)
    assert target.messages.latest("pk").body == "It is hot."
    assert merged.messages.count() == 1


def test_the_message_says_why_it_is_here(merged: Ticket, sent: OutboundMail) -> None:
    row = taken_in(answer(sent))
    assert row.message is not None
    assert "IT-2 was merged into this one" in row.message.joined_because
    assert "IT-2 was merged into this one" in row.reason


def test_our_message_id_leads_to_the_target(
    merged: Ticket, sent: OutboundMail, target: Ticket
) -> None:
    assert taken_in(answer(sent, to="it@aldera.example", References="")).ticket == target


def test_a_stored_letter_leads_to_the_target(
    target: Ticket, company: Company, work_off: Callable[[], None]
) -> None:
    first = taken_in(letter())
    assert first.ticket is not None
    actions.merge(first.ticket, into=target, by=company.mihai)
    row = taken_in(letter(subject="Re: Screen", body="More.", In_Reply_To=first.mail_id))
    assert (row.outcome, row.ticket) == (Ended.REPLY, target)


def test_its_number_in_the_subject_leads_to_the_target(merged: Ticket, target: Ticket) -> None:
    row = taken_in(letter(subject="Again: [IT-2]", body="Still."))
    assert (row.outcome, row.ticket) == (Ended.REPLY, target)


def test_a_chain_is_followed_to_its_end(
    merged: Ticket, sent: OutboundMail, target: Ticket, make: Make, company: Company
) -> None:
    end = make.ticket(by=company.tom)
    actions.merge(target, into=end, by=company.mihai)
    assert taken_in(answer(sent)).ticket == end


def test_a_letter_reopens_what_is_solved_there(
    merged: Ticket, sent: OutboundMail, target: Ticket, company: Company
) -> None:
    actions.resolve(target, by=company.mihai)
    taken_in(answer(sent))
    target.refresh_from_db()
    assert target.state == State.OPEN


def test_after_undoing_it_arrives_where_it_was_written_to(
    merged: Ticket, sent: OutboundMail, company: Company
) -> None:
    actions.unmerge(merged, by=company.mihai)
    assert taken_in(answer(sent)).ticket == merged


def test_who_left_the_target_waits_in_quarantine(
    merged: Ticket, sent: OutboundMail, target: Ticket, company: Company
) -> None:
    actions.remove_participant(target, person=company.elif_, by=company.mihai)
    row = taken_in(answer(sent))
    assert (row.outcome, row.ticket) == (Ended.QUARANTINED, target)
    assert target.messages.count() == 1


def test_a_stranger_gains_nothing_by_a_merge(
    merged: Ticket, sent: OutboundMail, target: Ticket
) -> None:
    row = taken_in(answer(sent, sender="tom@aldera.example"))
    assert row.outcome == Ended.QUARANTINED
    assert target.messages.count() == 1


def test_an_automatic_answer_is_folded_on_the_target(
    merged: Ticket, sent: OutboundMail, target: Ticket
) -> None:
    row = taken_in(answer(sent, "I am away.", Auto_Submitted="auto-replied"))
    assert (row.outcome, row.ticket) == (Ended.FOLDED, target)


def test_what_is_over_there_is_asked_anew_and_linked(
    merged: Ticket, sent: OutboundMail, target: Ticket, company: Company
) -> None:
    actions.close(target, by=company.mihai)
    row = taken_in(answer(sent))
    assert row.outcome == Ended.TICKET
    assert "it follows IT-1" in row.reason
    link = Link.objects.get(kind=Link.Kind.FOLLOWS)
    assert (link.source, link.target) == (row.ticket, target)


def test_a_merge_while_the_letter_was_read_is_found_out(
    source: Ticket,
    sent: OutboundMail,
    target: Ticket,
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Between finding the thread and joining it, somebody merges."""

    def somebody_merges(case: Case) -> None:
        actions.merge(source, into=target, by=company.mihai)

    steps = list(intake.STEPS)
    steps.insert(steps.index(join), somebody_merges)
    monkeypatch.setattr(intake, "STEPS", tuple(steps))
    row = taken_in(answer(sent))
    assert (row.outcome, row.ticket) == (Ended.REPLY, target)


def test_a_letter_held_back_before_the_merge_is_let_in_where_it_goes_on(
    source: Ticket, sent: OutboundMail, target: Ticket, company: Company
) -> None:
    row = taken_in(answer(sent, sender="tom@aldera.example"))
    assert row.outcome == Ended.QUARANTINED
    actions.add_participant(source, person=company.tom, by=company.mihai)
    actions.merge(source, into=target, by=company.mihai)
    row = release.release(row, by=company.jonas, joins=True)
    assert (row.outcome, row.ticket) == (Ended.REPLY, target)


def test_an_answer_to_the_notice_of_the_merge_arrives_too(
    merged: Ticket, target: Ticket, work_off: Callable[[], None]
) -> None:
    work_off()
    told = OutboundMail.objects.get(kind="merged")
    assert told.headers["Auto-Submitted"] == "auto-generated"
    row = taken_in(post(answer(told, "Thank you for joining them.")))
    assert (row.outcome, row.ticket) == (Ended.REPLY, target)


def test_asking_again_by_mail_links_the_two(
    source: Ticket, sent: OutboundMail, company: Company
) -> None:
    actions.close(source, by=company.mihai)
    row = taken_in(answer(sent))
    link = Link.objects.get()
    assert (link.source, link.kind, link.target) == (row.ticket, Link.Kind.FOLLOWS, source)
