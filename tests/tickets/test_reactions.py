"""Reactions: every one is tried, a failed one alone is retried, nothing happens twice."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from departments.models import Person
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.models import (
    FailedReaction,
    Notification,
    OutboundMail,
    Participant,
    State,
    Ticket,
    TicketEvent,
)
from tickets.reactions import ALL, REACTIONS, notify, running
from tickets.reactions.notify import mails_for

SignIn = Callable[[Person], Client]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    """A reaction `mail_people` that fails until it is repaired."""

    def mail_people(event: TicketEvent) -> None:
        raise ValueError("Canary words of the request")

    def switch(is_broken: bool) -> None:
        whole = tuple(
            (mail_people, ALL) if is_broken and each[0] is notify.mail_people else each
            for each in REACTIONS
        )
        monkeypatch.setattr(running, "REACTIONS", whole)

    return switch


def test_a_new_request_is_acknowledged_once(make: Make, company: Company) -> None:
    make.ticket()
    for _worker in range(3):
        running.react_to_pending()
    mail = OutboundMail.objects.get(kind="acknowledgement")
    assert mail.to_address == company.elif_.email


def test_an_event_whose_marks_are_lost_makes_nothing_twice(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY)
    running.react_to_pending()
    counts = OutboundMail.objects.count(), Notification.objects.count()
    TicketEvent.objects.update(reacted_at=None, claimed_at=None)
    running.react_to_pending()
    assert (OutboundMail.objects.count(), Notification.objects.count()) == counts


def test_a_claimed_event_is_left_to_its_worker_until_the_claim_expires(make: Make) -> None:
    make.ticket()
    TicketEvent.objects.update(claimed_at=MONDAY)
    assert running.react_to_pending(now=MONDAY + timedelta(seconds=44)) == 0
    assert running.react_to_pending(now=MONDAY + timedelta(seconds=46)) > 0


def test_only_one_worker_gets_an_event(make: Make) -> None:
    event = make.ticket().events.get()
    assert [running.react(event.pk, now=MONDAY) for _worker in range(2)] == [True, False]


def test_one_failure_does_not_stop_the_others(
    make: Make, company: Company, broken: Callable[[bool], None]
) -> None:
    broken(True)
    ticket = actions.assign(make.ticket(), to=company.mihai, by=company.jonas)
    running.react_to_pending()
    assert Notification.objects.filter(person=company.mihai, ticket=ticket).exists()
    assert {failure.name for failure in FailedReaction.objects.all()} == {"mail_people"}


def test_a_failed_reaction_is_tried_again_and_forgotten_when_it_works(
    make: Make, company: Company, broken: Callable[[bool], None]
) -> None:
    broken(True)
    actions.assign(make.ticket(), to=company.mihai, by=company.jonas)
    running.react_to_pending(now=MONDAY)
    broken(False)
    assert running.retry_failed(now=MONDAY + timedelta(seconds=9)) == 0
    running.retry_failed(now=MONDAY + timedelta(seconds=11))
    assert not FailedReaction.objects.exists()
    assert OutboundMail.objects.filter(kind="assigned").count() == 1


def test_after_the_last_try_it_waits_for_a_person(
    make: Make, broken: Callable[[bool], None]
) -> None:
    broken(True)
    make.ticket()
    running.react_to_pending(now=MONDAY)
    for day in range(1, 8):
        running.retry_failed(now=MONDAY + timedelta(days=day))
    failure = FailedReaction.objects.first()
    assert failure is not None
    assert failure.next_at is None
    assert failure.attempts == 5


def test_an_administrator_sees_failures_without_their_words_and_tries_again(
    make: Make, company: Company, broken: Callable[[bool], None], sign_in: SignIn
) -> None:
    broken(True)
    make.ticket()
    running.react_to_pending(now=MONDAY)
    client = sign_in(company.sam)
    page = client.get("/admin/tickets/failedreaction/").content.decode()
    assert "ValueError" in page
    assert "Canary" not in page
    broken(False)
    keys = [str(failure.pk) for failure in FailedReaction.objects.all()]
    client.post("/admin/tickets/failedreaction/", {"action": "try_again", "_selected_action": keys})
    assert not FailedReaction.objects.exists()


def mailed(ticket: Ticket) -> set[tuple[str, str]]:
    """Which mail the last thing that somebody did sends to whom."""
    event = ticket.events.exclude(kind__startswith="clock.").latest("pk")
    people = mails_for(running.load(event.pk))
    return {(kind, person.email.partition("@")[0]) for kind, person in people}


def test_an_answer_is_mailed_to_everybody_who_follows(make: Make, company: Company) -> None:
    ticket = make.ticket()
    Participant.objects.create(ticket=ticket, person=company.olga)
    actions.reply(ticket, by=company.mihai, body="Hi")
    assert mailed(ticket) == {("reply", "elif"), ("reply", "olga")}


def test_the_requesters_words_are_mailed_to_who_has_it(make: Make, company: Company) -> None:
    ticket = actions.assign(make.ticket(), to=company.mihai, by=company.mihai)
    actions.reply(ticket, by=company.elif_, body="Hello?")
    assert mailed(ticket) == {("reply", "mihai")}


def test_a_solving_answer_says_that_it_is_solved(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Done", then=State.RESOLVED)
    assert mailed(ticket) == {("resolved", "elif")}


def test_a_note_is_mailed_to_nobody(make: Make, company: Company) -> None:
    ticket = actions.assign(make.ticket(), to=company.jonas, by=company.jonas)
    actions.note(ticket, by=company.mihai, body="psst")
    assert mailed(ticket) == set()


def test_who_takes_a_ticket_gets_no_mail_about_it(make: Make, company: Company) -> None:
    ticket = actions.assign(make.ticket(), to=company.mihai, by=company.mihai)
    assert mailed(ticket) == set()


def test_who_is_given_a_ticket_gets_a_mail(make: Make, company: Company) -> None:
    ticket = actions.assign(make.ticket(), to=company.mihai, by=company.jonas)
    assert mailed(ticket) == {("assigned", "mihai")}


def test_an_inactive_person_gets_no_mail(make: Make, company: Company) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(is_active=False)
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Hi")
    assert mailed(ticket) == set()


def test_an_assignee_who_left_the_desk_hears_no_more(make: Make, company: Company) -> None:
    ticket = actions.assign(make.ticket(), to=company.mihai, by=company.mihai)
    company.mihai.memberships.all().delete()
    actions.reply(ticket, by=company.elif_, body="Hello?")
    assert mailed(ticket) == set()


def test_nobody_is_told_of_their_own_doing(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.elif_, body="More")
    running.react_to_pending()
    assert not Notification.objects.filter(person=company.elif_).exists()


def test_a_request_that_cannot_wait_is_told_to_the_whole_desk(make: Make, company: Company) -> None:
    make.ticket(cannot_wait=True, cannot_wait_reason="Board meeting")
    running.react_to_pending()
    told = set(Notification.objects.values_list("person", flat=True))
    assert told == {company.mihai.pk, company.jonas.pk}


def test_a_notice_disappears_with_the_right_to_see(make: Make, company: Company) -> None:
    ticket = actions.assign(make.ticket(), to=company.mihai, by=company.jonas)
    running.react_to_pending()
    assert Notification.objects.visible_to(company.mihai).exists()
    actions.move(ticket, to=company.finance, by=company.jonas)
    assert not Notification.objects.visible_to(company.mihai).exists()
