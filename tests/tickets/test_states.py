"""The state machine, routing, and the ends of a ticket."""

from datetime import timedelta

import pytest

from departments.models import Category, Membership, Priority, Role
from helpdesk.lib.errors import Refused
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.actions import timekeeping
from tickets.events import Kind
from tickets.models import Outcome, Participant, State, Ticket
from tickets.models.ticket import MOVES, UNFINISHED, WAITING

HOUR = timedelta(hours=1)


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("after", list(State))
def test_only_the_moves_of_the_table_are_possible(before: State, after: State) -> None:
    ticket = Ticket(state=before, is_open=before in UNFINISHED)
    if after in MOVES[before]:
        ticket.move_to(after)
        assert (ticket.state, ticket.is_open) == (after, after in UNFINISHED)
    else:
        with pytest.raises(Refused):
            ticket.move_to(after)


def test_closed_is_final() -> None:
    assert not MOVES[State.CLOSED]


def test_nothing_becomes_new_again() -> None:
    assert all(State.NEW not in after for after in MOVES.values())


@pytest.mark.parametrize("state", sorted(WAITING - {State.SCHEDULED}))
def test_a_hold_and_a_resume(make: Make, company: Company, state: State) -> None:
    ticket = actions.set_state(make.ticket(), state, by=company.mihai, at=MONDAY + HOUR)
    assert (ticket.state, ticket.is_open, ticket.is_waiting) == (state, True, True)
    ticket = actions.set_state(ticket, State.OPEN, by=company.mihai, at=MONDAY + 2 * HOUR)
    assert ticket.events.latest("pk").kind == Kind.RESUMED


def test_nothing_is_put_off_without_a_date(make: Make, company: Company) -> None:
    with pytest.raises(Refused, match="Say until when"):
        actions.set_state(make.ticket(), State.SCHEDULED, by=company.mihai)


@pytest.mark.parametrize("state", [State.RESOLVED, State.CLOSED, State.NEW])
def test_holding_is_not_a_way_to_end(make: Make, company: Company, state: State) -> None:
    with pytest.raises(Refused):
        actions.set_state(make.ticket(), state, by=company.mihai)


def test_solved_closes_after_the_window(make: Make, company: Company) -> None:
    ticket = actions.resolve(make.ticket(), by=company.mihai, at=MONDAY)
    assert ticket.closes_at == MONDAY + timedelta(days=7)
    timekeeping.sweep(now=MONDAY + timedelta(days=7, hours=5))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.outcome) == (State.CLOSED, Outcome.SOLVED)
    assert ticket.closed_at == MONDAY + timedelta(days=7)


def test_the_window_is_the_services(make: Make, company: Company) -> None:
    company.laptop.reopen_days = 2
    company.laptop.save()
    ticket = actions.resolve(make.ticket(), by=company.mihai, at=MONDAY)
    assert ticket.closes_at == MONDAY + timedelta(days=2)


def test_not_solved_yet_goes_on(make: Make, company: Company) -> None:
    ticket = actions.resolve(make.ticket(), by=company.mihai, at=MONDAY)
    ticket = actions.reopen(ticket, by=company.elif_, at=MONDAY + HOUR)
    assert (ticket.state, ticket.closes_at, ticket.outcome) == (State.OPEN, None, "")
    assert timekeeping.sweep(now=MONDAY + HOUR) == 0


def test_yes_solved_closes_at_once(make: Make, company: Company) -> None:
    ticket = actions.resolve(make.ticket(), by=company.mihai, at=MONDAY, outcome=Outcome.WORKAROUND)
    ticket = actions.confirm(ticket, by=company.elif_, at=MONDAY + HOUR)
    assert (ticket.state, ticket.outcome) == (State.CLOSED, Outcome.WORKAROUND)


def test_saying_yes_twice_is_no_error(make: Make, company: Company) -> None:
    ticket = actions.resolve(make.ticket(), by=company.mihai, at=MONDAY)
    for _click in range(2):
        ticket = actions.confirm(ticket, by=company.elif_, at=MONDAY + HOUR)
    assert ticket.state == State.CLOSED


def test_there_is_nothing_to_confirm_before_it_is_solved(make: Make, company: Company) -> None:
    with pytest.raises(Refused):
        actions.confirm(make.ticket(), by=company.elif_)


@pytest.mark.parametrize("who", ["mihai", "jonas", "olga", "tom"])
def test_only_the_requester_confirms_or_withdraws(make: Make, company: Company, who: str) -> None:
    ticket = actions.resolve(make.ticket(), by=company.mihai, at=MONDAY)
    for verb in (actions.confirm, actions.withdraw):
        with pytest.raises(Refused):
            verb(ticket, by=getattr(company, who))


def test_a_withdrawn_request_cancels_its_clocks(make: Make, company: Company) -> None:
    ticket = actions.withdraw(make.ticket(), by=company.elif_, at=MONDAY + HOUR)
    assert {clock.state for clock in ticket.clocks.all()} == {"cancelled"}
    assert Ticket.objects.get(pk=ticket.pk).next_due_at is None


def test_an_observer_works_nothing(make: Make, company: Company) -> None:
    Membership.objects.create(person=company.olga, department=company.it, role=Role.OBSERVER)
    ticket = make.ticket()
    assert Ticket.objects.worked_by(company.olga).filter(pk=ticket.pk).exists()
    with pytest.raises(Refused):
        actions.assign(ticket, to=company.mihai, by=company.olga)


def test_a_ticket_goes_only_to_people_of_its_desk(make: Make, company: Company) -> None:
    with pytest.raises(Refused, match="does not work at this desk"):
        actions.assign(make.ticket(), to=company.tom, by=company.jonas)


def test_a_confidential_ticket_goes_only_to_its_group(make: Make, company: Company) -> None:
    Membership.objects.create(person=company.olga, department=company.hr, role=Role.AGENT)
    with pytest.raises(Refused):
        actions.assign(make.secret(), to=company.olga, by=company.misaki)


def test_who_was_slower_is_told_who_has_it(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.assign(ticket, to=company.jonas, by=company.jonas, expected=0)
    with pytest.raises(Refused, match="Jonas Bauer has it now"):
        actions.assign(ticket, to=company.mihai, by=company.mihai, expected=0)


def test_a_ticket_can_be_put_back(make: Make, company: Company) -> None:
    ticket = actions.assign(make.ticket(), to=company.mihai, by=company.mihai)
    assert actions.assign(ticket, to=None, by=company.mihai).assignee is None


def test_a_higher_priority_is_reckoned_from_the_original_start(
    make: Make, company: Company
) -> None:
    ticket = actions.change_priority(
        make.ticket(), Priority.URGENT, by=company.mihai, at=MONDAY + timedelta(minutes=20)
    )
    clock = ticket.clocks.get(kind="first_response")
    assert clock.due_at == MONDAY + timedelta(minutes=30)


def test_a_breach_stays_when_the_promise_gets_longer(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    timekeeping.sweep(now=MONDAY + HOUR)
    actions.change_priority(ticket, Priority.LOW, by=company.mihai, at=MONDAY + 2 * HOUR)
    clock = ticket.clocks.get(kind="first_response")
    assert (clock.state, clock.breached_at) == ("breached", MONDAY + timedelta(minutes=30))


def test_a_pause_is_not_forgotten_when_the_priority_changes(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.set_state(ticket, State.WAITING_REQUESTER, by=company.mihai, at=MONDAY)
    actions.set_state(ticket, State.OPEN, by=company.mihai, at=MONDAY + 3 * HOUR)
    actions.change_priority(ticket, Priority.URGENT, by=company.mihai, at=MONDAY + 4 * HOUR)
    clock = ticket.clocks.get(kind="resolution")  # four hours, one of them used
    assert clock.due_at == MONDAY + 7 * HOUR


def test_a_category_of_another_service_is_refused(make: Make, company: Company) -> None:
    taxi = Category.objects.create(service=company.expenses, name="Taxi")
    with pytest.raises(Refused):
        actions.change_category(make.ticket(), taxi, by=company.mihai)


def test_a_moved_ticket_keeps_its_story_and_answers_to_both_numbers(
    make: Make, company: Company
) -> None:
    ticket = actions.move(make.ticket(), to=company.finance, by=company.mihai, at=MONDAY + HOUR)
    assert (ticket.number, ticket.desk) == ("FIN-1", company.finance)
    for number in ("IT-1", "it-1", "FIN-1"):
        assert Ticket.objects.numbered(number).get() == ticket


def test_who_gave_a_ticket_away_sees_it_no_more(make: Make, company: Company) -> None:
    ticket = actions.move(make.ticket(), to=company.finance, by=company.mihai)
    assert not Ticket.objects.visible_to(company.mihai).filter(pk=ticket.pk).exists()
    assert Ticket.objects.visible_to(company.tom).filter(pk=ticket.pk).exists()


def test_leaving_a_confidential_desk_asks_first(make: Make, company: Company) -> None:
    ticket = make.secret()
    with pytest.raises(Refused) as refusal:
        actions.move(ticket, to=company.it, by=company.misaki)
    assert refusal.value.code == "confirm"
    moved = actions.move(ticket, to=company.it, by=company.misaki, may_leave_confidential=True)
    assert not moved.is_confidential


def test_moving_to_a_confidential_service_closes_the_doors(make: Make, company: Company) -> None:
    ticket = actions.move(make.ticket(), to=company.hr, service=company.letter, by=company.mihai)
    assert ticket.is_confidential
    assert not Ticket.objects.visible_to(company.mihai).filter(pk=ticket.pk).exists()


def test_a_colleague_is_added_once_and_removed(make: Make, company: Company) -> None:
    ticket = make.ticket()
    for _click in range(2):
        actions.add_participant(ticket, person=company.olga, by=company.elif_)
    assert Participant.objects.count() == 1
    actions.remove_participant(ticket, person=company.olga, by=company.olga)
    assert not Ticket.objects.visible_to(company.olga).exists()


def test_a_participant_invites_nobody(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.add_participant(ticket, person=company.olga, by=company.elif_)
    with pytest.raises(Refused):
        actions.add_participant(ticket, person=company.tom, by=company.olga)


def test_the_subject_of_a_case_is_never_let_in(make: Make, company: Company) -> None:
    ticket = make.secret(by=company.olga, subject_person=company.misaki)
    assert not Ticket.objects.visible_to(company.misaki).exists()
    with pytest.raises(Refused):
        actions.add_participant(ticket, person=company.misaki, by=company.andreea)


def test_nobody_works_on_their_own_confidential_request(make: Make, company: Company) -> None:
    ticket = make.secret(by=company.misaki)
    assert not Ticket.objects.worked_by(company.misaki).exists()
    with pytest.raises(Refused):
        actions.note(ticket, by=company.misaki, body="mine")


VISIBLE = {
    "ordinary": {"elif_", "mihai", "jonas"},
    "secret": {"elif_", "misaki", "andreea"},
}


@pytest.mark.parametrize("kind", VISIBLE)
@pytest.mark.parametrize(
    "who", ["elif_", "mihai", "jonas", "misaki", "andreea", "tom", "sam", "olga"]
)
def test_exactly_these_see_a_ticket(make: Make, company: Company, kind: str, who: str) -> None:
    ticket = make.ticket() if kind == "ordinary" else make.secret()
    seen = Ticket.objects.visible_to(getattr(company, who)).filter(pk=ticket.pk).exists()
    assert seen is (who in VISIBLE[kind])
