"""Paging the person on call: when, whom, in which order, until when."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from departments.models import Absence, Membership, Person, RotaLayer, RotaOverride
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.tickets.rotas import (
    MINUTE,
    NIGHT,
    called,
    hr_rota,
    it_rota,
    react,
    rota_of,
    sweep,
    the_page,
)
from tickets import actions, events
from tickets.actions import paging
from tickets.events import Kind
from tickets.models import ActorKind, FailedReaction, Page, PageCall, State, Ticket, TicketEvent
from tickets.reactions.page import page_on_call


def at_night(make: Make, **fields: Any) -> Ticket:
    """A request of Elif's at 22:14 that cannot wait, with everything that follows at once."""
    wish = {"cannot_wait": True, "cannot_wait_reason": "The board meets at six.", "at": NIGHT}
    ticket = make.ticket(**{**wish, **fields})
    react()
    return ticket


def kinds(ticket: Ticket) -> list[str]:
    return list(ticket.events.order_by("pk").values_list("kind", flat=True))


def escalated(ticket: Ticket, does: str = "page", at: datetime = MONDAY) -> TicketEvent:
    """What a step of a promise leaves in the log."""
    return events.record(
        ticket,
        Kind.CLOCK_ESCALATED,
        at=at,
        actor_kind=ActorKind.CLOCK,
        clock="resolution",
        does=does,
        to="",
    )


# --- When -------------------------------------------------------------------------------------


def test_what_cannot_wait_at_night_pages_the_first_layer_at_once(
    make: Make, company: Company
) -> None:
    it_rota(company)
    ticket = at_night(make)
    assert called(ticket) == [("Mihai", 0)]
    page = the_page(ticket)
    assert (page.why, page.opened_at, page.next_at) == ("cannot_wait", NIGHT, NIGHT + 10 * MINUTE)


def test_while_the_desk_is_open_nobody_is_paged(make: Make, company: Company) -> None:
    it_rota(company)
    assert not at_night(make, at=MONDAY).pages.exists()


def test_what_can_wait_pages_nobody(make: Make, company: Company) -> None:
    it_rota(company)
    assert not at_night(make, cannot_wait=False, cannot_wait_reason="").pages.exists()


def test_a_desk_without_a_rota_pages_nobody(make: Make, company: Company) -> None:
    ticket = at_night(make)
    assert not ticket.pages.exists()
    assert Kind.PAGE_UNANSWERED not in kinds(ticket)


@pytest.mark.parametrize(
    ("moment", "pages"),
    [
        (datetime.fromisoformat("2026-03-09T08:59:59+03:00"), True),
        (datetime.fromisoformat("2026-03-09T09:00:00+03:00"), False),
        (datetime.fromisoformat("2026-03-09T16:59:59+03:00"), False),
        (datetime.fromisoformat("2026-03-09T17:00:00+03:00"), True),
        (datetime.fromisoformat("2026-03-14T12:00:00+03:00"), True),  # a Saturday
    ],
)
def test_closed_is_what_the_calendar_says_to_the_second(
    make: Make, company: Company, moment: datetime, pages: bool
) -> None:
    it_rota(company)
    assert at_night(make, at=moment).pages.exists() is pages


def test_a_step_of_a_promise_pages_in_opening_hours_too(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket()
    escalated(ticket)
    react()
    assert the_page(ticket).why == "escalation"
    assert the_page(ticket).calls.get().person == company.mihai


def test_other_steps_page_nobody(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket()
    escalated(ticket, "notify_lead")
    react()
    assert not ticket.pages.exists()


def test_what_the_telephone_answered_on_the_spot_pages_nobody(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make, filed_by=company.mihai, channel="phone", answered_on_the_spot=True)
    assert not ticket.pages.exists()


def test_a_reaction_that_runs_twice_pages_once(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + MINUTE)
    TicketEvent.objects.update(reacted_at=None, claimed_at=None)
    react()
    assert (Page.objects.count(), PageCall.objects.count()) == (1, 1)
    assert not FailedReaction.objects.exists()


def test_after_an_outage_who_is_called_has_the_full_time(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket(cannot_wait=True, cannot_wait_reason="Now", at=NIGHT)
    TicketEvent.objects.filter(ticket=ticket).update(
        recorded_at=ticket.events.get().recorded_at - timedelta(hours=2)
    )
    react()
    assert called(ticket) == [("Mihai", 120)]
    assert the_page(ticket).opened_at == NIGHT
    sweep(NIGHT + 121 * MINUTE)
    assert len(called(ticket)) == 1


def test_what_was_answered_before_we_came_to_it_pages_nobody(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket(cannot_wait=True, cannot_wait_reason="Now", at=NIGHT)
    actions.reply(ticket, by=company.jonas, body="I am here.", at=NIGHT + MINUTE)
    react()
    assert not ticket.pages.exists()


def test_what_was_taken_back_before_we_came_to_it_pages_nobody(
    make: Make, company: Company
) -> None:
    it_rota(company)
    ticket = make.ticket(cannot_wait=True, cannot_wait_reason="Now", at=NIGHT)
    actions.withdraw(ticket, by=company.elif_, at=NIGHT + MINUTE)
    react()
    assert not ticket.pages.exists()


def test_a_second_step_does_not_page_beside_a_running_page(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    escalated(ticket, at=NIGHT + MINUTE)
    react()
    assert called(ticket) == [("Mihai", 0)]
    assert ticket.pages.count() == 1


def test_a_step_after_an_answered_page_pages_again(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + MINUTE)
    escalated(ticket, at=NIGHT + 60 * MINUTE)
    react()
    assert ticket.pages.count() == 2
    assert called(ticket) == [("Mihai", 60)]


def test_what_is_moved_at_night_pages_the_new_desk(make: Make, company: Company) -> None:
    it_rota(company)
    rota_of(company.finance, make_lead(company.finance, company.olga), company.tom)
    ticket = at_night(make)
    actions.move(ticket, to=company.finance, by=company.mihai, at=NIGHT + 3 * MINUTE)
    react()
    first, second = ticket.pages.order_by("pk")
    assert (first.ended_because, second.desk) == ("moved", company.finance)
    assert called(ticket) == [("Tom", 3)]


def test_another_service_of_the_same_desk_pages_nobody_again(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + MINUTE)
    actions.move(ticket, to=company.it, service=None, by=company.mihai, at=NIGHT + 2 * MINUTE)
    react()
    assert ticket.pages.count() == 1


def make_lead(desk: Any, person: Person) -> Person:
    Membership.objects.create(person=person, department=desk, role="lead")
    return person


# --- Layer by layer ---------------------------------------------------------------------------


def test_layer_by_layer_and_round_by_round_until_the_leads_are_told(
    make: Make, company: Company
) -> None:
    it_rota(company)
    ticket = at_night(make)
    for minute in range(60):
        sweep(NIGHT + minute * MINUTE)
    assert called(ticket) == [("Mihai", 0), ("Jonas", 10), ("Mihai", 20), ("Jonas", 30)]
    page = the_page(ticket)
    assert (page.unanswered_at, page.next_at) == (NIGHT + 40 * MINUTE, None)
    assert kinds(ticket).count(Kind.PAGE_UNANSWERED) == 1


def test_the_rota_says_how_long_to_wait_and_how_often(make: Make, company: Company) -> None:
    it_rota(company, wait=3, rounds=1)
    ticket = at_night(make)
    for minute in range(20):
        sweep(NIGHT + minute * MINUTE)
    assert called(ticket) == [("Mihai", 0), ("Jonas", 3)]
    assert the_page(ticket).unanswered_at == NIGHT + 6 * MINUTE


def test_one_layer_alone_is_called_in_each_round(make: Make, company: Company) -> None:
    rota_of(company.it, company.jonas, company.mihai, rounds=3)
    ticket = at_night(make)
    for minute in range(60):
        sweep(NIGHT + minute * MINUTE)
    assert called(ticket) == [("Mihai", 0), ("Mihai", 10), ("Mihai", 20)]


def test_before_the_time_is_over_nobody_else_is_called(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    sweep(NIGHT + 10 * MINUTE - timedelta(microseconds=1))
    assert len(called(ticket)) == 1
    sweep(NIGHT + 10 * MINUTE)
    assert len(called(ticket)) == 2


def test_a_sweep_that_comes_hours_late_calls_one_layer_and_waits(
    make: Make, company: Company
) -> None:
    it_rota(company)
    ticket = at_night(make)
    for late in (120, 121, 129):
        sweep(NIGHT + late * MINUTE)
    assert called(ticket) == [("Mihai", 0), ("Jonas", 120)]
    assert the_page(ticket).next_at == NIGHT + 130 * MINUTE


def test_a_layer_without_anybody_is_passed_over(make: Make, company: Company) -> None:
    it_rota(company)
    Absence.objects.create(
        person=company.mihai, starts_on=date(2026, 3, 9), ends_on=date(2026, 3, 10)
    )
    assert called(at_night(make)) == [("Jonas", 0)]


def test_who_stands_in_is_called(make: Make, company: Company) -> None:
    rota_of(company.it, company.jonas, company.mihai)
    Absence.objects.create(
        person=company.mihai,
        starts_on=date(2026, 3, 9),
        ends_on=date(2026, 3, 10),
        deputy=company.jonas,
    )
    assert called(at_night(make)) == [("Jonas", 0)]


def test_who_covers_is_called(make: Make, company: Company) -> None:
    it_rota(company)
    first = RotaLayer.objects.get(position=1)
    RotaOverride.objects.create(
        layer=first,
        person=company.jonas,
        starts_at=NIGHT - MINUTE,
        ends_at=NIGHT + MINUTE,
    )
    assert called(at_night(make)) == [("Jonas", 0)]


def test_who_is_on_call_is_asked_anew_for_each_call(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    Membership.objects.filter(person=company.jonas).delete()
    sweep(NIGHT + 10 * MINUTE)
    assert called(ticket) == [("Mihai", 0), ("Mihai", 10)]


def test_nobody_at_all_is_told_to_the_leads_at_once(make: Make, company: Company) -> None:
    it_rota(company)
    RotaLayer.objects.all().delete()
    ticket = at_night(make)
    assert the_page(ticket).unanswered_at == NIGHT
    assert not PageCall.objects.exists()
    assert Kind.PAGE_UNANSWERED in kinds(ticket)


def test_when_the_last_reachable_person_leaves_the_leads_are_told(
    make: Make, company: Company
) -> None:
    rota_of(company.it, company.jonas, company.mihai)
    ticket = at_night(make)
    Person.objects.filter(pk=company.mihai.pk).update(is_active=False)
    sweep(NIGHT + 10 * MINUTE)
    assert the_page(ticket).unanswered_at == NIGHT + 10 * MINUTE


def test_who_asks_is_not_called_about_their_own_request(make: Make, company: Company) -> None:
    it_rota(company)
    assert called(at_night(make, by=company.mihai)) == [("Jonas", 0)]


def test_a_step_calls_everybody_again_after_a_page_in_vain(make: Make, company: Company) -> None:
    it_rota(company, rounds=1)
    ticket = at_night(make)
    for minute in range(30):
        sweep(NIGHT + minute * MINUTE)
    escalated(ticket, at=NIGHT + 60 * MINUTE)
    react()
    first, second = ticket.pages.order_by("pk")
    assert first.ended_because == "repeated"
    assert second.is_running
    assert called(ticket) == [("Mihai", 60)]


# --- Confidential -----------------------------------------------------------------------------


def test_a_confidential_request_pages_only_who_may_read_it(make: Make, company: Company) -> None:
    hr_rota(company)
    company.letter.group.remove(company.misaki)
    ticket = make.secret(cannot_wait=True, cannot_wait_reason="Canary", at=NIGHT)
    react()
    assert [call.person for call in the_page(ticket).calls.all()] == [company.andreea]


def test_whom_a_case_is_about_is_never_called(make: Make, company: Company) -> None:
    hr_rota(company)
    ticket = make.secret(
        cannot_wait=True, cannot_wait_reason="Now", at=NIGHT, subject_person=company.misaki
    )
    react()
    assert [call.person for call in the_page(ticket).calls.all()] == [company.andreea]


def test_when_nobody_on_call_may_read_it_only_its_own_people_hear(
    make: Make, company: Company
) -> None:
    rota_of(company.hr, company.andreea, company.andreea)
    company.letter.group.set([company.misaki])
    ticket = make.secret(cannot_wait=True, cannot_wait_reason="Now", at=NIGHT)
    react()
    assert the_page(ticket).unanswered_at == NIGHT
    told = ticket.notifications.filter(event__kind=Kind.PAGE_UNANSWERED)
    assert [notice.person for notice in told] == [company.misaki]


# --- Answering --------------------------------------------------------------------------------


def test_who_was_called_answers_and_has_the_request(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + 2 * MINUTE)
    page = the_page(ticket)
    assert (page.acknowledged_by, page.acknowledged_at) == (company.mihai, NIGHT + 2 * MINUTE)
    assert (page.ended_because, page.next_at) == ("acknowledged", None)
    ticket.refresh_from_db()
    assert ticket.assignee == company.mihai
    assert kinds(ticket)[-2:] == [Kind.PAGE_ACKNOWLEDGED, Kind.ASSIGNED]


def test_after_the_answer_nobody_else_is_called(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + 2 * MINUTE)
    for minute in (10, 20, 30, 40, 50):
        sweep(NIGHT + minute * MINUTE)
    assert called(ticket) == [("Mihai", 0)]
    assert Kind.PAGE_UNANSWERED not in kinds(ticket)


def test_an_agent_who_was_not_called_may_answer_too(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.jonas, at=NIGHT + MINUTE)
    assert the_page(ticket).acknowledged_by == company.jonas


@pytest.mark.parametrize("who", ["tom", "olga", "sam", "elif_"])
def test_a_stranger_answers_no_page(make: Make, company: Company, who: str) -> None:
    it_rota(company)
    ticket = at_night(make)
    actions.assign(ticket, to=company.jonas, by=company.mihai, at=NIGHT + MINUTE)
    with pytest.raises(Refused):
        paging.acknowledge(the_page(ticket), by=getattr(company, who), at=NIGHT + MINUTE)
    assert the_page(ticket).is_running


def test_an_assigned_request_stays_with_who_has_it(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = actions.assign(make.ticket(), to=company.jonas, by=company.jonas, at=MONDAY)
    escalated(ticket)
    react()
    paging.acknowledge(the_page(ticket), by=company.mihai, at=MONDAY + MINUTE)
    ticket.refresh_from_db()
    assert ticket.assignee == company.jonas


def test_answering_twice_is_answering_once(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    for minute in (1, 2):
        paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + minute * MINUTE)
    assert kinds(ticket).count(Kind.PAGE_ACKNOWLEDGED) == 1
    assert the_page(ticket).acknowledged_at == NIGHT + MINUTE


def test_the_slower_one_hears_who_was_faster(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + MINUTE)
    with pytest.raises(Refused, match="Mihai Ionescu was faster"):
        paging.acknowledge(the_page(ticket), by=company.jonas, at=NIGHT + 2 * MINUTE)


def test_a_page_in_vain_can_still_be_answered(make: Make, company: Company) -> None:
    it_rota(company, rounds=1)
    ticket = at_night(make)
    for minute in range(30):
        sweep(NIGHT + minute * MINUTE)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + 45 * MINUTE)
    assert the_page(ticket).ended_because == "acknowledged"


def test_who_takes_the_request_has_answered(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    actions.assign(ticket, to=company.jonas, by=company.jonas, at=NIGHT + MINUTE)
    react()
    assert the_page(ticket).acknowledged_by == company.jonas


def test_giving_it_to_somebody_who_sleeps_answers_nothing(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    actions.assign(ticket, to=company.mihai, by=company.jonas, at=NIGHT + MINUTE)
    react()
    assert the_page(ticket).is_running


@pytest.mark.parametrize("then", ["answered", "solved", "closed", "withdrawn"])
def test_a_page_ends_when_nobody_is_needed_any_more(
    make: Make, company: Company, then: str
) -> None:
    it_rota(company)
    ticket, at = at_night(make), NIGHT + MINUTE
    ways: dict[str, Callable[[], object]] = {
        "answered": lambda: actions.reply(ticket, by=company.jonas, body="I am here.", at=at),
        "solved": lambda: actions.resolve(ticket, by=company.jonas, at=at),
        "closed": lambda: actions.close(ticket, by=company.jonas, at=at),
        "withdrawn": lambda: actions.withdraw(ticket, by=company.elif_, at=at),
    }
    ways[then]()
    react()
    page = the_page(ticket)
    ended = "closed" if then == "withdrawn" else then
    assert (page.ended_because, page.ended_at, page.next_at) == (ended, at, None)


def test_the_requesters_own_words_end_no_page(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    actions.reply(ticket, by=company.elif_, body="Hello?", at=NIGHT + MINUTE)
    actions.note(ticket, by=company.jonas, body="Who is there?", at=NIGHT + MINUTE)
    react()
    assert the_page(ticket).is_running


def test_an_answer_stops_the_calls_even_before_anything_followed_from_it(
    make: Make, company: Company
) -> None:
    it_rota(company)
    ticket = at_night(make)
    actions.reply(ticket, by=company.mihai, body="I am here.", at=NIGHT + MINUTE)
    # The sweep comes first; its worker has not seen the event yet.
    sweep(NIGHT + 10 * MINUTE)
    assert called(ticket) == [("Mihai", 0)]
    assert the_page(ticket).ended_because == "answered"


def test_what_ended_otherwise_cannot_be_answered(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    actions.resolve(ticket, by=company.jonas, at=NIGHT + MINUTE)
    react()
    with pytest.raises(Refused, match="the request was solved"):
        paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + 2 * MINUTE)


# --- By hand ----------------------------------------------------------------------------------


def test_an_agent_pages_by_hand_and_the_reason_stays_as_a_note(
    make: Make, company: Company
) -> None:
    it_rota(company)
    ticket = make.ticket()
    paging.page_by_hand(ticket, by=company.jonas, reason="Server room is hot", at=MONDAY)
    page = the_page(ticket)
    assert (page.why, page.opened_by, page.reason) == (
        "escalation",
        company.jonas,
        "Server room is hot",
    )
    assert ticket.messages.get(kind="note").body == "Server room is hot"
    paged = ticket.events.get(kind=Kind.PAGED)
    assert events.sentence(paged) == "Jonas Bauer paged Mihai Ionescu."


def test_the_next_layer_is_called_by_the_clock(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket()
    paging.page_by_hand(ticket, by=company.jonas, reason="Hot", at=MONDAY)
    sweep(MONDAY + 10 * MINUTE)
    said = [events.sentence(e) for e in ticket.events.filter(kind=Kind.PAGED).order_by("pk")]
    assert said == ["Jonas Bauer paged Mihai Ionescu.", "Jonas Bauer was paged."]


@pytest.mark.parametrize("who", ["tom", "olga", "sam", "elif_"])
def test_a_stranger_pages_nobody(make: Make, company: Company, who: str) -> None:
    it_rota(company)
    with pytest.raises(Refused):
        paging.page_by_hand(make.ticket(), by=getattr(company, who), reason="Now", at=MONDAY)
    assert not Page.objects.exists()


def test_without_a_reason_nobody_is_woken(make: Make, company: Company) -> None:
    it_rota(company)
    with pytest.raises(Refused, match="one sentence"):
        paging.page_by_hand(make.ticket(), by=company.jonas, reason="  ", at=MONDAY)


def test_without_a_rota_there_is_nobody_to_page(make: Make, company: Company) -> None:
    with pytest.raises(Refused, match="no on-call rota"):
        paging.page_by_hand(make.ticket(), by=company.jonas, reason="Now", at=MONDAY)


def test_a_solved_request_pages_nobody(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = actions.resolve(make.ticket(), by=company.jonas, at=MONDAY)
    with pytest.raises(Refused, match="Reopen it"):
        paging.page_by_hand(ticket, by=company.jonas, reason="Now", at=MONDAY)


def test_pressing_twice_pages_once(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket()
    for _press in range(2):
        paging.page_by_hand(ticket, by=company.jonas, reason="Now", at=MONDAY)
    assert (ticket.pages.count(), PageCall.objects.count()) == (1, 1)
    assert ticket.messages.filter(kind="note").count() == 1


# --- The log ----------------------------------------------------------------------------------


def test_the_requester_may_know_of_calls_and_answers_and_not_of_silence(
    make: Make, company: Company
) -> None:
    it_rota(company, rounds=1)
    ticket = at_night(make)
    for minute in range(30):
        sweep(NIGHT + minute * MINUTE)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + 45 * MINUTE)
    seen = {event.kind: event.is_public for event in ticket.events.filter(kind__startswith="page.")}
    assert seen == {
        Kind.PAGED: True,
        Kind.PAGE_UNANSWERED: False,
        Kind.PAGE_ACKNOWLEDGED: True,
    }


def test_the_sentences_name_people(make: Make, company: Company) -> None:
    it_rota(company, rounds=1)
    ticket = at_night(make)
    for minute in range(30):
        sweep(NIGHT + minute * MINUTE)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + 45 * MINUTE)
    log = ticket.events.filter(kind__startswith="page.").order_by("pk")
    assert [events.sentence(event) for event in log] == [
        "Mihai Ionescu was paged.",
        "Jonas Bauer was paged.",
        "Nobody on call answered the page.",
        "Mihai Ionescu answered the page.",
    ]


def test_a_page_stops_no_clock(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    paging.acknowledge(the_page(ticket), by=company.mihai, at=NIGHT + MINUTE)
    assert ticket.clocks.get(kind="first_response").state == "running"


def test_a_failed_page_is_tried_again_and_told_once(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = make.ticket(cannot_wait=True, cannot_wait_reason="Now", at=NIGHT)
    event = TicketEvent.objects.select_related("ticket__desk", "ticket__service").get(ticket=ticket)
    for _try in range(3):
        page_on_call(event)
    assert PageCall.objects.count() == 1


def test_waiting_states_end_no_page(make: Make, company: Company) -> None:
    it_rota(company)
    ticket = at_night(make)
    actions.set_state(ticket, State.WAITING_THIRD_PARTY, by=company.jonas, at=NIGHT + MINUTE)
    react()
    assert the_page(ticket).is_running
