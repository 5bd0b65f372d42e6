"""Merging two tickets on the desk: who may, what is refused, what everybody sees afterwards."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from departments.models import Membership, Person, Role
from metrics import rollup
from metrics.models import TicketFact
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tests.tickets.pages import SignIn, tree_of, words_of
from tickets import actions
from tickets.events import Kind, sentence
from tickets.models import (
    Channel,
    ClockState,
    Link,
    Message,
    Notification,
    OutboundMail,
    Outcome,
    Participant,
    Slip,
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
def elif_(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.elif_)


@pytest.fixture
def olga(company: Company, sign_in: SignIn) -> Client:
    return sign_in(company.olga)


@pytest.fixture
def target(make: Make, company: Company) -> Ticket:
    """IT-1: Olga's, the older one."""
    return make.ticket(by=company.olga, summary="Charger is cold", body="Olga's first words.")


@pytest.fixture
def source(target: Ticket, make: Make) -> Ticket:
    """IT-2: Elif's, about the same."""
    return make.ticket(at=MONDAY + 10 * MINUTE, body="Elif's first words.")


@pytest.fixture
def merged(source: Ticket, target: Ticket, company: Company) -> Ticket:
    return actions.merge(source, into=target, by=company.mihai, at=NOW)


def post(client: Client, into: str, number: str = "IT-2") -> tuple[int, str]:
    answer = client.post(f"/tickets/{number}/merge/", {"into": into})
    return answer.status_code, answer.content.decode()


def state_of(ticket: Ticket) -> tuple[str, str, bool]:
    ticket.refresh_from_db()
    return ticket.state, ticket.outcome, ticket.is_open


# --- Doing it -------------------------------------------------------------------------------------


def test_a_merge_closes_the_source_as_a_duplicate(
    source: Ticket, target: Ticket, mihai: Client
) -> None:
    assert post(mihai, "IT-1")[0] == 302
    assert state_of(source) == (State.CLOSED, Outcome.DUPLICATE, False)
    assert source.merged_into == target
    assert source.closed_at == NOW
    assert state_of(target) == (State.NEW, "", True)


def test_a_merge_leads_to_where_it_goes_on(source: Ticket, mihai: Client) -> None:
    answer = mihai.post("/tickets/IT-2/merge/", {"into": "IT-1"}, follow=True)
    assert answer.redirect_chain == [("/tickets/IT-1/", 302)]
    assert "IT-2 goes on here." in answer.content.decode()


@pytest.mark.parametrize("typed", ["it-1", " IT-1 ", "IT- 1"])
def test_the_number_may_be_typed_as_people_type(source: Ticket, mihai: Client, typed: str) -> None:
    assert post(mihai, typed)[0] == 302


@pytest.mark.parametrize(
    "state",
    [State.OPEN, State.WAITING_REQUESTER, State.WAITING_THIRD_PARTY, State.WAITING_APPROVAL],
)
def test_a_ticket_is_merged_from_every_state_of_the_work(
    source: Ticket, company: Company, mihai: Client, state: State
) -> None:
    actions.set_state(source, state, by=company.mihai, at=MONDAY + 20 * MINUTE)
    assert post(mihai, "IT-1")[0] == 302
    assert state_of(source)[:2] == (State.CLOSED, Outcome.DUPLICATE)


def test_a_solved_ticket_is_merged_and_closes_no_more_by_itself(
    source: Ticket, company: Company, mihai: Client
) -> None:
    actions.resolve(source, by=company.mihai, at=MONDAY + 20 * MINUTE)
    assert post(mihai, "IT-1")[0] == 302
    source.refresh_from_db()
    assert (source.state, source.closes_at) == (State.CLOSED, None)


def test_both_logs_tell_of_the_merge(merged: Ticket, target: Ticket) -> None:
    told = merged.events.get(kind=Kind.MERGED)
    heard = target.events.get(kind=Kind.MERGE_RECEIVED)
    assert sentence(told) == "Mihai Ionescu merged it into IT-1."
    assert sentence(heard) == "Mihai Ionescu merged IT-2 into this request."
    assert (told.facts["state"], told.facts["outcome"]) == ("closed", "duplicate")
    assert told.facts["was"]["state"] == "new"
    assert (told.at, heard.at) == (NOW, NOW)


def test_the_two_are_linked_as_duplicates(merged: Ticket, target: Ticket, company: Company) -> None:
    link = Link.objects.get()
    assert (link.source, link.kind, link.target) == (merged, Link.Kind.DUPLICATE_OF, target)
    assert link.made_by == company.mihai


# --- Who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["elif_", "olga", "tom", "misaki", "sam"])
@pytest.mark.parametrize("rest", ["merge/", "unmerge/"])
def test_nobody_else_finds_the_way(
    source: Ticket, company: Company, sign_in: SignIn, who: str, rest: str
) -> None:
    client = sign_in(getattr(company, who))
    assert client.post(f"/tickets/IT-2/{rest}", {"into": "IT-1"}).status_code == 404
    assert state_of(source)[0] == State.NEW


def test_an_observer_merges_nothing(source: Ticket, company: Company, sign_in: SignIn) -> None:
    Membership.objects.create(person=company.sam, department=company.it, role=Role.OBSERVER)
    assert post(sign_in(company.sam), "IT-1")[0] == 404
    assert state_of(source)[0] == State.NEW


def test_an_observer_undoes_nothing(merged: Ticket, company: Company, sign_in: SignIn) -> None:
    Membership.objects.create(person=company.sam, department=company.it, role=Role.OBSERVER)
    answer = sign_in(company.sam).post("/tickets/IT-2/unmerge/")
    assert answer.status_code == 422
    assert state_of(merged)[0] == State.CLOSED


def test_a_ticket_that_one_only_observes_takes_nothing_in(
    source: Ticket, make: Make, company: Company, mihai: Client
) -> None:
    make.ticket(service=company.expenses)
    Membership.objects.create(person=company.mihai, department=company.finance, role=Role.OBSERVER)
    status, page = post(mihai, "FIN-1")
    assert status == 422
    assert "You may not do this on this request." in page


@pytest.mark.parametrize("number", ["HR-1", "FIN-1", "IT-99", "x", "💥"])
def test_a_number_out_of_sight_is_no_number(
    source: Ticket, make: Make, company: Company, mihai: Client, number: str
) -> None:
    make.secret()
    make.ticket(service=company.expenses)
    status, page = post(mihai, number)
    assert status == 422
    assert "No ticket with this number at your desks." in page
    assert "Canary" not in page


def test_ones_own_request_elsewhere_is_not_at_ones_desk(
    source: Ticket, make: Make, company: Company, mihai: Client
) -> None:
    make.ticket(by=company.mihai, service=company.expenses)
    assert "No ticket with this number" in post(mihai, "FIN-1")[1]


def test_without_a_number_there_is_nothing_to_do(source: Ticket, mihai: Client) -> None:
    status, page = post(mihai, "")
    assert status == 422
    assert "Give the number of the other request." in page


def test_agents_of_two_desks_merge_across_them(
    source: Ticket, make: Make, company: Company, mihai: Client
) -> None:
    other = make.ticket(service=company.expenses)
    Membership.objects.create(person=company.mihai, department=company.finance, role=Role.AGENT)
    assert post(mihai, "FIN-1")[0] == 302
    source.refresh_from_db()
    assert source.merged_into == other


# --- What is refused ------------------------------------------------------------------------------


def refused(client: Client, into: str, number: str = "IT-2") -> str:
    assert post(client, into, number)[0] == 422
    tree = tree_of(client.post(f"/tickets/{number}/merge/", {"into": into}))
    return " ".join(" ".join(tree.xpath("//*[@role='alert']")[0].itertext()).split())


def test_a_ticket_is_not_merged_into_itself(source: Ticket, mihai: Client) -> None:
    assert "the same request" in refused(mihai, "IT-2")


def test_its_number_from_before_a_move_is_itself_too(
    make: Make, company: Company, mihai: Client
) -> None:
    Membership.objects.create(person=company.mihai, department=company.finance, role=Role.AGENT)
    actions.move(make.ticket(), to=company.finance, by=company.mihai)
    assert "the same request" in refused(mihai, "IT-1", "FIN-1")


def test_what_is_merged_is_not_merged_again(
    merged: Ticket, make: Make, company: Company, mihai: Client
) -> None:
    make.ticket()
    assert "IT-2 is merged already. Undo that first." in refused(mihai, "IT-3")


def test_what_is_closed_is_not_merged(source: Ticket, company: Company, mihai: Client) -> None:
    actions.close(source, by=company.mihai)
    assert "There is nothing left to merge." in refused(mihai, "IT-1")


def test_a_closed_ticket_takes_nothing_in(
    source: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    actions.close(target, by=company.mihai)
    assert "IT-1 is closed." in refused(mihai, "IT-1")


def test_no_circle_is_made(merged: Ticket, mihai: Client) -> None:
    assert "IT-2 is part of IT-1 already." in refused(mihai, "IT-2", "IT-1")


def test_no_circle_is_made_along_a_chain(
    merged: Ticket, target: Ticket, make: Make, company: Company, mihai: Client
) -> None:
    actions.merge(target, into=make.ticket(), by=company.mihai)
    assert "IT-2 is part of IT-3 already." in refused(mihai, "IT-2", "IT-3")


def test_what_went_on_elsewhere_takes_nothing_in(merged: Ticket, make: Make, mihai: Client) -> None:
    make.ticket()
    assert "goes on in another request" in refused(mihai, "IT-2", "IT-3")


def test_confidential_and_plain_stay_apart(
    source: Ticket, make: Make, company: Company, sign_in: SignIn
) -> None:
    make.secret()
    Membership.objects.create(person=company.misaki, department=company.it, role=Role.AGENT)
    misaki = sign_in(company.misaki)
    assert "One of the two is confidential" in refused(misaki, "HR-1")
    assert "One of the two is confidential" in refused(misaki, "IT-2", "HR-1")


def test_confidential_requests_of_two_people_stay_apart(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    make.secret()
    make.secret(by=company.olga)
    assert "of two people" in refused(sign_in(company.misaki), "HR-1", "HR-2")


def test_confidential_services_stay_apart(make: Make, company: Company, sign_in: SignIn) -> None:
    make.secret()
    other = make.secret()
    pay = company.letter
    pay.pk, pay.name = None, "Pay"
    pay.save()
    pay.group.set([company.misaki])
    Ticket.objects.filter(pk=other.pk).update(service=pay)
    assert "to different people" in refused(sign_in(company.misaki), "HR-1", "HR-2")


def test_one_persons_confidential_requests_become_one(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    make.secret()
    twice = make.secret()
    assert post(sign_in(company.misaki), "HR-1", "HR-2")[0] == 302
    assert state_of(twice)[1] == Outcome.DUPLICATE


def test_confidential_cases_about_different_people_stay_apart(
    make: Make, company: Company, sign_in: SignIn
) -> None:
    make.secret(subject_person=company.andreea)
    make.secret()
    assert "not about the same person" in refused(sign_in(company.misaki), "HR-2", "HR-1")


@pytest.mark.parametrize("way", [("IT-1", "IT-2"), ("IT-2", "IT-1")])
def test_who_a_case_is_about_does_not_come_to_follow_it(
    make: Make, company: Company, mihai: Client, way: tuple[str, str]
) -> None:
    make.ticket(by=company.olga)
    make.ticket(subject_person=company.olga)
    assert "is about somebody who follows the other" in refused(mihai, *way)


def test_a_refused_merge_leaves_no_trace(
    source: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    actions.close(target, by=company.mihai, at=NOW)
    before = [source.events.count(), target.events.count()]
    post(mihai, "IT-1")
    assert [source.events.count(), target.events.count()] == before
    assert not Link.objects.exists()
    assert not Participant.objects.exists()


def test_the_database_keeps_a_merge_whole(merged: Ticket) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=merged.pk).update(state="open", is_open=True, outcome="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Ticket.objects.filter(pk=merged.pk).update(merged_into=merged)


# --- Choosing, looking, deciding ------------------------------------------------------------------


def test_the_page_offers_the_requesters_other_open_requests(
    source: Ticket, make: Make, company: Company, mihai: Client
) -> None:
    make.ticket(summary="Battery is hot")
    actions.close(make.ticket(summary="Long over"), by=company.mihai)
    words = words_of(mihai.get("/tickets/IT-2/merge/"))
    assert "IT-3 Battery is hot" in words
    assert "Long over" not in words
    assert "Charger is cold" not in words  # Olga's


def test_the_page_offers_nothing_out_of_sight(
    source: Ticket, make: Make, company: Company, mihai: Client
) -> None:
    make.secret()
    make.ticket(service=company.expenses, summary="A taxi")
    page = mihai.get("/tickets/IT-2/merge/").content.decode()
    assert "A taxi" not in page
    assert "Canary" not in page


def test_a_choice_is_looked_at_before_it_is_made(source: Ticket, mihai: Client) -> None:
    answer = mihai.get("/tickets/IT-2/merge/?into=IT-1")
    words = words_of(answer)
    assert "Merge IT-2 into IT-1?" in words
    assert "Charger is cold" in words
    assert "these people read along in IT-1 and may write there: Elif Yıldız" in words
    assert "You can take this back" in words
    assert state_of(source)[0] == State.NEW


def test_a_look_names_nobody_who_reads_there_already(
    source: Ticket, make: Make, mihai: Client
) -> None:
    make.ticket()
    assert "read along" not in words_of(mihai.get("/tickets/IT-2/merge/?into=IT-3"))


@pytest.mark.parametrize("into", ["IT-2", "IT-99", ""])
def test_a_look_at_what_cannot_be_says_why(source: Ticket, mihai: Client, into: str) -> None:
    assert mihai.get(f"/tickets/IT-2/merge/?into={into}").status_code == 422


def test_the_ticket_leads_to_merging(source: Ticket, mihai: Client) -> None:
    links = tree_of(mihai.get("/tickets/IT-2/")).xpath("//a/@href")
    assert "/tickets/IT-2/merge/" in links


def test_a_closed_ticket_offers_no_merge(source: Ticket, company: Company, mihai: Client) -> None:
    actions.close(source, by=company.mihai)
    links = tree_of(mihai.get("/tickets/IT-2/")).xpath("//a/@href")
    assert "/tickets/IT-2/merge/" not in links


# --- People ---------------------------------------------------------------------------------------


def followers(ticket: Ticket) -> set[Person]:
    return {row.person for row in ticket.participants.all()}


def test_the_sources_people_follow_the_target(
    source: Ticket, target: Ticket, company: Company
) -> None:
    actions.add_participant(source, person=company.tom, by=company.mihai)
    actions.merge(source, into=target, by=company.mihai)
    assert followers(target) == {company.elif_, company.tom}
    assert followers(source) == {company.tom}


def test_who_asked_both_does_not_follow_herself(
    source: Ticket, make: Make, company: Company
) -> None:
    twice = make.ticket()
    actions.merge(twice, into=source, by=company.mihai)
    assert followers(source) == set()


def test_who_filed_for_somebody_else_comes_along(
    target: Ticket, make: Make, company: Company
) -> None:
    source = make.ticket()
    Ticket.objects.filter(pk=source.pk).update(filed_by=company.tom)
    actions.merge(source, into=target, by=company.mihai)
    assert followers(target) == {company.elif_, company.tom}


def test_the_agent_who_took_the_call_does_not(target: Ticket, make: Make, company: Company) -> None:
    source = make.ticket(filed_by=company.jonas, channel=Channel.PHONE)
    actions.merge(source, into=target, by=company.mihai)
    assert followers(target) == {company.elif_}


def test_undoing_takes_along_whom_the_merge_brought(
    merged: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    actions.add_participant(target, person=company.tom, by=company.mihai)
    assert mihai.post("/tickets/IT-2/unmerge/").status_code == 302
    assert followers(target) == {company.tom}


def test_undoing_leaves_whom_somebody_added_meanwhile(
    merged: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    actions.add_participant(target, person=company.elif_, by=company.mihai)
    mihai.post("/tickets/IT-2/unmerge/")
    assert followers(target) == {company.elif_}


def test_undoing_leaves_whom_another_merge_brings_too(
    merged: Ticket, target: Ticket, make: Make, company: Company, mihai: Client
) -> None:
    actions.merge(make.ticket(), into=target, by=company.mihai)
    mihai.post("/tickets/IT-2/unmerge/")
    assert followers(target) == {company.elif_}
    mihai.post("/tickets/IT-3/unmerge/")
    assert followers(target) == set()


def test_who_stopped_following_is_not_brought_back_by_undoing(
    merged: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    actions.remove_participant(target, person=company.elif_, by=company.elif_)
    assert mihai.post("/tickets/IT-2/unmerge/").status_code == 302
    assert followers(target) == set()


# --- Undoing --------------------------------------------------------------------------------------


def test_undoing_brings_everything_back(
    source: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    actions.resolve(source, by=company.mihai, at=MONDAY + 20 * MINUTE)
    before = Ticket.objects.filter(pk=source.pk).values().get()
    actions.merge(source, into=target, by=company.mihai, at=NOW)
    answer = mihai.post("/tickets/IT-2/unmerge/", follow=True)
    assert answer.redirect_chain == [("/tickets/IT-2/", 302)]
    assert "IT-2 goes on by itself again." in answer.content.decode()
    after = Ticket.objects.filter(pk=source.pk).values().get()
    assert {**after, "changed_at": None} == {**before, "changed_at": None}
    assert not Link.objects.exists()


def test_both_logs_tell_of_the_undoing(merged: Ticket, target: Ticket, company: Company) -> None:
    actions.unmerge(merged, by=company.mihai, at=NOW)
    assert sentence(merged.events.get(kind=Kind.UNMERGED)) == (
        "Mihai Ionescu took it out of IT-1 again."
    )
    undone = target.events.get(kind=Kind.MERGE_UNDONE)
    assert sentence(undone) == "Mihai Ionescu took IT-2 out again."


def test_what_is_not_merged_is_not_undone(source: Ticket, mihai: Client) -> None:
    answer = mihai.post("/tickets/IT-2/unmerge/")
    assert answer.status_code == 422
    assert "IT-2 is not merged." in answer.content.decode()


def test_a_later_merge_is_undone_first(
    merged: Ticket, target: Ticket, make: Make, company: Company, mihai: Client
) -> None:
    actions.merge(target, into=make.ticket(), by=company.mihai)
    answer = mihai.post("/tickets/IT-2/unmerge/")
    assert answer.status_code == 422
    assert "IT-1 was merged into another request later. Undo that first." in (
        answer.content.decode()
    )
    mihai.post("/tickets/IT-1/unmerge/")
    assert mihai.post("/tickets/IT-2/unmerge/").status_code == 302


def test_a_merge_may_be_done_and_undone_again_and_again(
    source: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    for _round in range(3):
        assert post(mihai, "IT-1")[0] == 302
        assert mihai.post("/tickets/IT-2/unmerge/").status_code == 302
    assert state_of(source) == (State.NEW, "", True)
    assert followers(target) == set()


def test_a_link_that_was_there_before_stays(
    source: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    Link.objects.create(source=source, target=target, kind=Link.Kind.DUPLICATE_OF)
    actions.merge(source, into=target, by=company.mihai)
    mihai.post("/tickets/IT-2/unmerge/")
    assert Link.objects.count() == 1


def test_a_source_that_moved_meanwhile_is_taken_out_all_the_same(
    merged: Ticket, target: Ticket, company: Company, sign_in: SignIn
) -> None:
    actions.move(merged, to=company.finance, by=company.mihai, at=NOW)
    answer = sign_in(company.tom).post("/tickets/FIN-1/unmerge/")
    assert answer.status_code == 302
    assert target.events.get(kind=Kind.MERGE_UNDONE).facts["source"] == "IT-2"
    assert target.clocks.get(kind="first_response").due_at == MONDAY + timedelta(hours=4)


def test_a_target_that_moved_out_of_sight_gives_the_source_back(
    merged: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    actions.move(target, to=company.finance, by=company.mihai, at=NOW)
    assert mihai.post("/tickets/IT-2/unmerge/").status_code == 302
    assert followers(target) == set()


# --- Clocks ---------------------------------------------------------------------------------------


def due(ticket: Ticket, kind: str) -> Any:
    return ticket.clocks.get(kind=kind).due_at


def test_the_sources_clocks_are_cancelled(merged: Ticket) -> None:
    assert {clock.state for clock in merged.clocks.all()} == {ClockState.CANCELLED}
    merged.refresh_from_db()
    assert merged.next_due_at is None


def test_the_earlier_promise_holds_for_the_target(
    target: Ticket, make: Make, company: Company
) -> None:
    urgent = make.ticket(priority=1, at=MONDAY + 50 * MINUTE)
    promised = due(urgent, "first_response"), due(urgent, "resolution")
    actions.merge(urgent, into=target, by=company.mihai, at=NOW)
    assert (due(target, "first_response"), due(target, "resolution")) == promised
    target.refresh_from_db()
    assert target.next_due_at == promised[0]


def test_a_later_promise_changes_nothing(source: Ticket, target: Ticket, company: Company) -> None:
    before = due(target, "first_response"), due(target, "resolution")
    actions.merge(source, into=target, by=company.mihai, at=NOW)
    assert (due(target, "first_response"), due(target, "resolution")) == before


def test_undoing_gives_both_their_own_promise_back(
    target: Ticket, make: Make, company: Company
) -> None:
    urgent = make.ticket(priority=1, at=MONDAY + 50 * MINUTE)
    before = [due(ticket, "resolution") for ticket in (urgent, target)]
    actions.merge(urgent, into=target, by=company.mihai, at=NOW)
    actions.unmerge(urgent, by=company.mihai, at=NOW + MINUTE)
    assert [due(ticket, "resolution") for ticket in (urgent, target)] == before


def test_what_is_late_makes_the_target_late_from_then_on(
    target: Ticket, make: Make, company: Company
) -> None:
    """Merging hides no broken promise; undoing gives it back to whom it was made."""
    urgent = make.ticket(priority=1, at=MONDAY)
    actions.merge(urgent, into=target, by=company.mihai, at=NOW)
    answer = target.clocks.get(kind="first_response")
    assert (answer.state, answer.breached_at) == (ClockState.BREACHED, NOW)
    actions.unmerge(urgent, by=company.mihai, at=NOW + MINUTE)
    answer.refresh_from_db()
    assert (answer.state, answer.breached_at) == (ClockState.RUNNING, None)
    assert urgent.clocks.get(kind="first_response").breached_at == MONDAY + 30 * MINUTE


def test_nobody_owes_a_new_moment_for_a_merge_that_was_undone(
    target: Ticket, make: Make, company: Company, work_off: Callable[[], None]
) -> None:
    actions.assign(target, to=company.mihai, by=company.mihai, at=MONDAY)
    urgent = make.ticket(priority=1, at=MONDAY)
    actions.merge(urgent, into=target, by=company.mihai, at=NOW)
    work_off()
    assert Slip.objects.open().filter(ticket=target).exists()
    actions.unmerge(urgent, by=company.mihai, at=NOW + MINUTE)
    assert not Slip.objects.open().filter(ticket=target).exists()


def test_what_waited_for_an_answer_owes_nothing_meanwhile(
    target: Ticket, make: Make, company: Company
) -> None:
    urgent = make.ticket(priority=1, at=MONDAY + 50 * MINUTE)
    actions.reply(
        urgent, by=company.mihai, body="Which?", then=State.WAITING_REQUESTER, at=NOW - MINUTE
    )
    actions.merge(urgent, into=target, by=company.mihai, at=NOW)
    assert target.events.get(kind=Kind.MERGE_RECEIVED).facts["owed"] == {}


# --- What the desk sees ---------------------------------------------------------------------------


def test_the_target_tells_what_was_said_on_the_source_in_order(
    source: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    actions.note(source, by=company.jonas, body="A note on the source", at=MONDAY + 20 * MINUTE)
    actions.reply(target, by=company.mihai, body="An answer to Olga", at=MONDAY + 30 * MINUTE)
    actions.merge(source, into=target, by=company.mihai, at=NOW)
    words = words_of(mihai.get("/tickets/IT-1/"))
    said = ["Olga's first words", "Elif's first words", "A note on the source", "An answer to Olga"]
    assert [words.index(each) for each in said] == sorted(words.index(each) for each in said)
    assert words.count("from IT-2") >= 2


def test_nothing_is_copied(merged: Ticket, target: Ticket) -> None:
    assert target.messages.count() == 1
    assert merged.messages.count() == 1
    assert Message.objects.count() == 2


def test_a_chain_is_told_to_its_very_beginning(
    merged: Ticket, target: Ticket, make: Make, company: Company, mihai: Client
) -> None:
    actions.merge(target, into=make.ticket(body="The last word."), by=company.mihai)
    words = words_of(mihai.get("/tickets/IT-3/"))
    assert "Elif's first words" in words
    assert "Olga's first words" in words
    assert "from IT-1" in words
    assert "from IT-2" in words


def test_after_undoing_the_target_is_silent_about_it(
    merged: Ticket, company: Company, mihai: Client
) -> None:
    actions.unmerge(merged, by=company.mihai)
    words = words_of(mihai.get("/tickets/IT-1/"))
    assert "Elif's first words" not in words
    assert "from IT-2" not in words


def test_the_source_says_where_it_goes_on_and_offers_the_way_back(
    merged: Ticket, mihai: Client
) -> None:
    answer = mihai.get("/tickets/IT-2/")
    assert "This goes on in IT-1." in words_of(answer)
    tree = tree_of(answer)
    assert "/tickets/IT-1/" in tree.xpath("//main//a/@href")
    assert tree.xpath("//form[@action='/tickets/IT-2/unmerge/']//button")


def test_the_source_leads_to_the_end_of_the_chain(
    merged: Ticket, target: Ticket, make: Make, company: Company, mihai: Client
) -> None:
    actions.merge(target, into=make.ticket(), by=company.mihai)
    assert "This goes on in IT-3." in words_of(mihai.get("/tickets/IT-2/"))


def test_what_went_out_of_sight_is_not_named(
    merged: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    actions.move(target, to=company.finance, by=company.mihai)
    page = mihai.get("/tickets/IT-2/").content.decode()
    assert "This goes on in another request." in page
    assert "FIN-1" not in page


def test_a_source_that_went_out_of_sight_tells_nothing_on_the_target(
    merged: Ticket, company: Company, mihai: Client
) -> None:
    actions.move(merged, to=company.finance, by=company.mihai)
    words = words_of(mihai.get("/tickets/IT-1/"))
    assert "Elif's first words" not in words


def test_notes_of_another_desk_stay_there(
    target: Ticket, make: Make, company: Company, sign_in: SignIn
) -> None:
    """Tom of Finance follows IT-2 as an employee: he reads its answers, never its notes."""
    bill = make.ticket(service=company.expenses)
    source = make.ticket()
    actions.add_participant(source, person=company.tom, by=company.mihai)
    actions.note(source, by=company.mihai, body="Only for IT")
    Membership.objects.create(person=company.mihai, department=company.finance, role=Role.AGENT)
    actions.merge(source, into=bill, by=company.mihai)
    words = words_of(sign_in(company.tom).get("/tickets/FIN-1/"))
    assert "The light stays off." in words
    assert "Only for IT" not in words


def test_both_pages_name_the_other(merged: Ticket, mihai: Client) -> None:
    for here, there in (("IT-1", "IT-2"), ("IT-2", "IT-1")):
        side = tree_of(mihai.get(f"/tickets/{here}/")).xpath("//*[@id='side']")[0]
        assert f"/tickets/{there}/" in side.xpath(".//a/@href")
        assert "The same as" in side.text_content()


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize(
    ("who", "address"), [("mihai", "/tickets/IT-1/"), ("elif_", "/requests/IT-1/")]
)
def test_many_sources_cost_as_many_queries_as_one(
    merged: Ticket,
    target: Ticket,
    make: Make,
    company: Company,
    sign_in: SignIn,
    who: str,
    address: str,
) -> None:
    client = sign_in(getattr(company, who))
    client.get(address)
    first = queries(client, address)
    deep = make.ticket()
    actions.merge(make.ticket(), into=deep, by=company.mihai)
    for source in (deep, make.ticket(), make.ticket(by=company.tom)):
        actions.reply(source, by=company.mihai, body="Wait.")
        actions.merge(source, into=target, by=company.mihai)
    assert queries(client, address) == first


@pytest.mark.parametrize(
    ("who", "address"), [("mihai", "/tickets/IT-2/merge/"), ("mihai", "/tickets/IT-2/")]
)
def test_many_candidates_and_links_cost_as_many_queries_as_one(
    source: Ticket, make: Make, company: Company, sign_in: SignIn, who: str, address: str
) -> None:
    client = sign_in(getattr(company, who))
    for _n in range(2):
        Link.objects.create(source=make.ticket(), target=source, kind=Link.Kind.FOLLOWS)
    client.get(address)
    first = queries(client, address)
    for _n in range(5):
        Link.objects.create(source=make.ticket(), target=source, kind=Link.Kind.FOLLOWS)
    assert queries(client, address) == first


# --- What employees see ---------------------------------------------------------------------------


def test_the_requester_is_led_to_where_it_goes_on(merged: Ticket, elif_: Client) -> None:
    answer = elif_.get("/requests/IT-2/")
    words = words_of(answer)
    assert "This goes on in IT-1" in words
    assert "Joined with another request" in words
    assert "Ask again" not in words
    assert "/requests/IT-1/" in tree_of(answer).xpath("//main//a/@href")


def test_the_requester_reads_both_on_the_target(merged: Ticket, elif_: Client) -> None:
    words = words_of(elif_.get("/requests/IT-1/"))
    assert "Elif's first words" in words
    assert "from IT-2" in words
    assert "Olga's first words" in words


def test_the_other_requester_does_not_read_what_was_not_written_to_her(
    merged: Ticket, olga: Client
) -> None:
    words = words_of(olga.get("/requests/IT-1/"))
    assert "Olga's first words" in words
    assert "Elif's first words" not in words
    assert "Elif Yıldız" in words  # She reads along now.


def test_notes_stay_with_the_desk(
    source: Ticket, target: Ticket, company: Company, elif_: Client
) -> None:
    actions.note(source, by=company.jonas, body="Only for IT")
    actions.merge(source, into=target, by=company.mihai)
    assert "Only for IT" not in words_of(elif_.get("/requests/IT-1/"))


def test_when_it_was_taken_up_is_the_targets_own(
    source: Ticket, target: Ticket, company: Company, elif_: Client
) -> None:
    actions.assign(source, to=company.mihai, by=company.mihai, at=MONDAY + 20 * MINUTE)
    actions.merge(source, into=target, by=company.mihai, at=NOW)
    assert "Somebody takes it" in words_of(elif_.get("/requests/IT-1/"))


def test_after_undoing_the_requester_reads_her_own_again(
    merged: Ticket, company: Company, elif_: Client
) -> None:
    actions.unmerge(merged, by=company.mihai)
    assert elif_.get("/requests/IT-1/").status_code == 404
    assert "This goes on in" not in words_of(elif_.get("/requests/IT-2/"))


# --- Replies --------------------------------------------------------------------------------------


def test_a_reply_to_the_source_lands_in_the_target(
    merged: Ticket, target: Ticket, elif_: Client
) -> None:
    answer = elif_.post("/requests/IT-2/reply/", {"body": "It is hot now."})
    said = target.messages.latest("pk")
    assert said.body == "It is hot now."
    assert answer["Location"] == f"/requests/IT-1/#m-{said.pk}"
    assert merged.messages.count() == 1


def test_a_reply_lands_at_the_end_of_the_chain(
    merged: Ticket, target: Ticket, make: Make, company: Company, elif_: Client
) -> None:
    end = make.ticket()
    actions.merge(target, into=end, by=company.mihai)
    assert elif_.post("/requests/IT-2/reply/", {"body": "Still."}).status_code == 302
    assert end.messages.latest("pk").body == "Still."


def test_a_reply_reopens_a_solved_target(
    merged: Ticket, target: Ticket, company: Company, elif_: Client
) -> None:
    actions.resolve(target, by=company.mihai)
    elif_.post("/requests/IT-2/reply/", {"body": "Not for me."})
    assert state_of(target)[0] == State.OPEN


def test_a_reply_to_what_is_over_keeps_its_words(
    merged: Ticket, target: Ticket, company: Company, elif_: Client
) -> None:
    actions.close(target, by=company.mihai)
    answer = elif_.post("/requests/IT-2/reply/", {"body": "Too late?"})
    assert answer.status_code == 422
    assert "Too late?" in answer.content.decode()


def test_who_left_the_target_writes_there_no_more(
    merged: Ticket, target: Ticket, company: Company, elif_: Client
) -> None:
    actions.remove_participant(target, person=company.elif_, by=company.mihai)
    assert elif_.post("/requests/IT-2/reply/", {"body": "Hello?"}).status_code == 422
    assert target.messages.count() == 1


def test_what_was_written_before_a_merge_is_shown_once_before_others_read_it(
    source: Ticket, target: Ticket, company: Company, elif_: Client
) -> None:
    seen = tree_of(elif_.get("/requests/IT-2/")).xpath("//input[@name='seen']/@value")[0]
    actions.merge(source, into=target, by=company.mihai)
    sent = {"body": "My phone is 555.", "seen": seen}
    answer = elif_.post("/requests/IT-2/reply/", sent)
    assert answer.status_code == 422
    assert "more people read there" in words_of(answer)
    assert "My phone is 555." in answer.content.decode()
    assert target.messages.count() == 1
    again = tree_of(answer).xpath("//input[@name='seen']/@value")[0]
    assert elif_.post("/requests/IT-2/reply/", {**sent, "seen": again}).status_code == 302
    assert target.messages.latest("pk").body == "My phone is 555."


def test_what_only_the_same_person_reads_is_not_asked_twice(
    source: Ticket, make: Make, company: Company, elif_: Client
) -> None:
    seen = tree_of(elif_.get("/requests/IT-2/")).xpath("//input[@name='seen']/@value")[0]
    own = make.ticket()
    actions.merge(source, into=own, by=company.mihai)
    answer = elif_.post("/requests/IT-2/reply/", {"body": "More.", "seen": seen})
    assert answer.status_code == 302
    assert own.messages.latest("pk").body == "More."


def test_an_agents_answer_lands_in_the_target_too(
    merged: Ticket, target: Ticket, mihai: Client
) -> None:
    answer = mihai.post("/tickets/IT-2/write/", {"kind": "public", "body": "Try another plug."})
    assert answer["Location"] == "/tickets/IT-1/#composer-form"
    assert target.messages.latest("pk").body == "Try another plug."
    assert state_of(target)[0] == State.OPEN


def test_an_agents_answer_from_before_the_merge_is_shown_once(
    source: Ticket, target: Ticket, company: Company, mihai: Client
) -> None:
    seen = tree_of(mihai.get("/tickets/IT-2/")).xpath("//input[@name='seen']/@value")[0]
    actions.merge(source, into=target, by=company.jonas)
    sent = {"kind": "public", "body": "For Elif alone.", "seen": seen, "key": "k1"}
    answer = mihai.post("/tickets/IT-2/write/", sent)
    assert answer.status_code == 422
    assert "more people read there" in words_of(answer)
    tree = tree_of(answer)
    assert tree.xpath("//textarea[@name='body']")[0].text_content().strip() == "For Elif alone."
    assert not tree.xpath("//input[@type='hidden'][@name='kind'][@value='note']")
    sent["seen"] = tree.xpath("//input[@name='seen']/@value")[0]
    assert mihai.post("/tickets/IT-2/write/", sent).status_code == 302
    assert target.messages.latest("pk").body == "For Elif alone."


def test_a_note_stays_where_it_was_written(merged: Ticket, target: Ticket, mihai: Client) -> None:
    mihai.post("/tickets/IT-2/write/", {"kind": "note", "body": "Was the same cable."})
    assert merged.messages.latest("pk").body == "Was the same cable."
    assert "Was the same cable." in words_of(mihai.get("/tickets/IT-1/"))


def test_the_same_click_twice_lands_once(merged: Ticket, target: Ticket, elif_: Client) -> None:
    for _click in range(2):
        elif_.post("/requests/IT-2/reply/", {"body": "Once.", "key": "k"})
    assert target.messages.filter(body="Once.").count() == 1


# --- Telling --------------------------------------------------------------------------------------


def mails(kind: str) -> list[OutboundMail]:
    return list(OutboundMail.objects.filter(kind=kind).order_by("pk"))


def test_the_requester_is_told_by_mail_once(
    merged: Ticket, company: Company, work_off: Callable[[], None]
) -> None:
    work_off()
    work_off()
    [mail] = mails("merged")
    assert (mail.person, mail.ticket) == (company.elif_, merged)
    assert "Elif, we joined your request with IT-1." in mail.text
    assert "Others who asked about it read there too." in mail.text
    assert "/requests/IT-1/" in mail.text
    assert "Charger is cold" not in mail.text
    assert not OutboundMail.objects.filter(kind="merged", person=company.olga).exists()


def test_the_mail_is_in_the_requesters_language(
    source: Ticket, target: Ticket, company: Company, work_off: Callable[[], None]
) -> None:
    Person.objects.filter(pk=company.elif_.pk).update(language="de")
    actions.merge(source, into=target, by=company.mihai)
    work_off()
    [mail] = mails("merged")
    assert mail.headers["Content-Language"] == "de"


def test_who_asked_twice_on_the_page_gets_no_mail(
    source: Ticket, make: Make, company: Company, work_off: Callable[[], None]
) -> None:
    actions.merge(source, into=make.ticket(), by=company.mihai)
    work_off()
    assert mails("merged") == []
    assert Notification.objects.filter(person=company.elif_, event__kind=Kind.MERGED).exists()


def test_who_asked_twice_by_mail_is_told_by_mail(
    target: Ticket, make: Make, company: Company, work_off: Callable[[], None]
) -> None:
    source = make.ticket(by=company.olga, channel=Channel.MAIL)
    actions.merge(source, into=target, by=company.mihai)
    work_off()
    [mail] = mails("merged")
    assert mail.person == company.olga
    assert "Others who asked" not in mail.text


def test_what_was_undone_at_once_is_not_told(
    merged: Ticket, company: Company, work_off: Callable[[], None]
) -> None:
    actions.unmerge(merged, by=company.mihai)
    work_off()
    assert mails("merged") == mails("unmerged") == []


def test_taking_back_what_was_told_is_told(
    merged: Ticket, company: Company, work_off: Callable[[], None]
) -> None:
    work_off()
    actions.unmerge(merged, by=company.mihai)
    work_off()
    [mail] = mails("unmerged")
    assert mail.person == company.elif_
    assert "Elif, IT-2 goes on by itself again." in mail.text
    assert "/requests/IT-2/" in mail.text


def test_who_merges_their_own_request_needs_no_mail(
    target: Ticket, make: Make, company: Company, work_off: Callable[[], None]
) -> None:
    own = make.ticket(by=company.mihai)
    actions.merge(own, into=target, by=company.mihai)
    work_off()
    assert mails("merged") == []


def test_the_owners_of_both_are_told(
    source: Ticket, target: Ticket, company: Company, work_off: Callable[[], None]
) -> None:
    for ticket in (source, target):
        actions.assign(ticket, to=company.jonas, by=company.jonas)
    actions.merge(source, into=target, by=company.mihai)
    work_off()
    told = Notification.objects.filter(person=company.jonas)
    kinds = set(told.values_list("event__kind", flat=True))
    assert {Kind.MERGED, Kind.MERGE_RECEIVED} <= kinds


# --- Figures --------------------------------------------------------------------------------------


def fact(ticket: Ticket) -> TicketFact:
    rollup.measure(rollup.with_log().filter(pk=ticket.pk), at=MONDAY + timedelta(days=7))
    return TicketFact.objects.get(pk=ticket.pk)


def test_a_merged_ticket_counts_as_a_duplicate_and_never_as_solved(merged: Ticket) -> None:
    found = fact(merged)
    assert (found.outcome, found.is_open) == (Outcome.DUPLICATE, False)
    assert (found.solved_at, found.solution_decided_at) == (None, None)
    assert (found.answer_state, found.answer_decided_at) == ("cancelled", None)


def test_a_ticket_solved_before_it_was_merged_is_no_solution_either(
    source: Ticket, target: Ticket, company: Company
) -> None:
    actions.resolve(source, by=company.mihai, at=MONDAY + 20 * MINUTE)
    actions.merge(source, into=target, by=company.mihai, at=NOW)
    assert fact(source).solved_at is None


def test_a_merge_that_was_undone_does_not_count(merged: Ticket, company: Company) -> None:
    actions.unmerge(merged, by=company.mihai, at=NOW + MINUTE)
    actions.resolve(merged, by=company.mihai, at=NOW + 30 * MINUTE)
    found = fact(merged)
    assert (found.outcome, found.solved_at) == (Outcome.SOLVED, NOW + 30 * MINUTE)
    assert found.solution_business == 80 * 60


# --- Asking again ---------------------------------------------------------------------------------


def ask_again(client: Client, company: Company, address: str) -> Any:
    form = tree_of(client.get(address)).xpath("//main//form[@method='post']")[0]
    sent = {field.name: field.value for field in form.inputs if field.name and field.value}
    sent |= {"category": "unsure", "summary": "Again", "body": "It is back."}
    sent.pop("cannot_wait", None)
    return client.post(f"/ask/{company.laptop.pk}/", sent)


def test_asking_again_links_the_two(
    source: Ticket, company: Company, elif_: Client, mihai: Client
) -> None:
    actions.close(source, by=company.mihai)
    again = next(
        href
        for href in tree_of(elif_.get("/requests/IT-2/")).xpath("//a/@href")
        if "follows" in href
    )
    assert ask_again(elif_, company, again).status_code == 302
    link = Link.objects.get()
    assert (link.source.number, link.kind, link.target) == ("IT-3", Link.Kind.FOLLOWS, source)
    assert link.made_by == company.elif_
    assert "Follows" in words_of(mihai.get("/tickets/IT-3/side/"))
    assert "Followed by" in words_of(mihai.get("/tickets/IT-2/side/"))


def test_asking_again_about_what_one_may_not_see_links_nothing(
    make: Make, company: Company, elif_: Client
) -> None:
    make.ticket(by=company.olga)
    assert ask_again(elif_, company, f"/ask/{company.laptop.pk}/?follows=IT-1").status_code == 302
    assert not Link.objects.exists()


def test_words_that_came_too_late_are_linked_too(
    source: Ticket, company: Company, elif_: Client
) -> None:
    actions.close(source, by=company.mihai)
    late = elif_.post("/requests/IT-2/reply/", {"body": "One more thing."})
    form = tree_of(late).xpath("//form[.//input[@name='carry']]")[0]
    sent = {field.name: field.value for field in form.inputs if field.name and field.value}
    carried = elif_.post(form.get("action"), sent)
    form = tree_of(carried).xpath("//main//form[@method='post']")[0]
    sent = {field.name: field.value for field in form.inputs if field.name and field.value}
    sent.pop("cannot_wait", None)
    answer = elif_.post(f"/ask/{company.laptop.pk}/", {**sent, "category": "unsure"})
    assert answer.status_code == 302
    assert Link.objects.get().target == source


def test_a_linked_ticket_out_of_sight_is_not_named(
    source: Ticket, make: Make, mihai: Client
) -> None:
    Link.objects.create(source=source, target=make.secret(), kind=Link.Kind.FOLLOWS)
    side = mihai.get("/tickets/IT-2/side/").content.decode()
    assert "HR-1" not in side
    assert "Follows" not in side


def test_two_tickets_are_linked_in_one_way_once(source: Ticket, target: Ticket) -> None:
    Link.objects.create(source=source, target=target, kind=Link.Kind.RELATED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Link.objects.create(source=source, target=target, kind=Link.Kind.RELATED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Link.objects.create(source=source, target=source, kind=Link.Kind.RELATED)
