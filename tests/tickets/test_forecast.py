"""What new hours or promises would do to running clocks, said before anything is saved."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.actions import timing
from departments.calendar_rules import CalendarRules
from departments.models import Priority, TargetKind
from departments.promise_rules import PromiseRules, TargetRule
from tests.cast import OFFICE_HOURS, PROMISES, Company
from tests.conftest import MONDAY, Make
from tickets import actions, forecast
from tickets.actions import resettling
from tickets.forecast import Impact
from tickets.models import Clock, State, TicketEvent

NOW = MONDAY + timedelta(minutes=30)
FIRST, SOLUTION = TargetKind.FIRST_RESPONSE, TargetKind.RESOLUTION


def open_from(opens: int, closes: int) -> CalendarRules:
    return replace(OFFICE_HOURS, week={day: ((time(opens), time(closes)),) for day in range(5)})


def foresee(
    company: Company, rules: CalendarRules, valid_from: date | None = None, now: datetime = NOW
) -> Impact:
    return forecast.impact(company.calendar, rules, valid_from, now, company.jonas)


def test_the_same_hours_move_nothing(make: Make, company: Company) -> None:
    make.ticket()
    found = foresee(company, OFFICE_HOURS)
    assert (found.total, found.moved, found.newly_late) == (2, 0, 0)


def test_longer_days_bring_clocks_forward(make: Make, company: Company) -> None:
    make.ticket()  # Solved within three days of eight hours, ten from now on.
    found = foresee(company, open_from(9, 19))
    assert (found.earlier, found.later) == (1, 0)
    # Thursday 10:00 becomes Wednesday 14:00.
    assert found.biggest_earlier == timedelta(hours=20)


def test_shorter_days_put_them_off(make: Make, company: Company) -> None:
    make.ticket()
    found = foresee(company, open_from(9, 12))
    # The answer due at 14:00 comes due on Tuesday at 11:00.
    assert (found.earlier, found.later) == (0, 2)
    assert found.biggest_later == found.biggest > timedelta(days=1)


def test_earlier_hours_make_a_clock_late_at_once(make: Make, company: Company) -> None:
    make.ticket(at=MONDAY - timedelta(hours=4))  # At six, three hours before anybody comes.
    found = foresee(company, open_from(6, 17), now=MONDAY + timedelta(hours=1))
    assert found.newly_late == 1


def test_from_tomorrow_only_what_is_due_later_moves(make: Make, company: Company) -> None:
    make.ticket()
    found = foresee(company, open_from(9, 19), date(2026, 3, 10))
    assert (found.total, found.moved) == (2, 1)
    assert found.examples[0].kind == SOLUTION


def test_it_says_what_saving_then_does(make: Make, company: Company) -> None:
    for minutes in (0, 90, 400, 3000):
        make.ticket(at=MONDAY - timedelta(minutes=minutes))
    rules = open_from(10, 15)
    found = foresee(company, rules)
    before = dict(Clock.objects.values_list("pk", "due_at"))
    timing.change_calendar(company.calendar, rules, valid_from=None, by=company.sam, at=NOW)
    resettling.resettle(now=NOW)
    after = dict(Clock.objects.values_list("pk", "due_at"))
    assert found.moved == sum(after[key] != before[key] for key in before)


def test_a_held_clock_is_not_counted_as_running(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Which one?", at=NOW)
    actions.set_state(ticket, by=company.mihai, state=State.WAITING_REQUESTER, at=NOW)
    found = foresee(company, open_from(9, 12))
    assert (found.total, found.moved) == (0, 0)


def test_time_for_which_it_was_held_is_not_counted_again(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Which one?", at=NOW)
    actions.set_state(ticket, by=company.mihai, state=State.WAITING_REQUESTER, at=NOW)
    actions.reply(ticket, by=company.elif_, body="This.", at=NOW + timedelta(hours=3))
    assert foresee(company, OFFICE_HOURS, now=NOW + timedelta(hours=4)).moved == 0


def test_what_is_late_already_stays_so_and_is_not_counted(make: Make, company: Company) -> None:
    ticket = make.ticket()
    now = MONDAY + timedelta(hours=5)
    actions.note(ticket, by=company.mihai, body="Late.", at=now)
    found = foresee(company, open_from(9, 12), now=now)
    assert (found.total, found.moved, found.newly_late) == (1, 1, 0)


def test_what_was_late_and_is_held_now_is_not_late_once_more(make: Make, company: Company) -> None:
    ticket = make.ticket(at=MONDAY)
    late = MONDAY + timedelta(days=7)
    actions.reply(ticket, by=company.mihai, body="Which one?", at=late)
    actions.set_state(ticket, by=company.mihai, state=State.WAITING_REQUESTER, at=late)
    found = foresee(company, open_from(9, 12), now=late + timedelta(hours=1))
    assert (found.total, found.newly_late) == (0, 0)


def test_a_clock_that_runs_day_and_night_knows_no_hours(make: Make, company: Company) -> None:
    always = (TargetRule(Priority.NORMAL, FIRST, 60, is_always_open=True),)
    timing.change_policy(company.policy, PromiseRules(always), by=company.sam, at=MONDAY)
    make.ticket()
    assert foresee(company, open_from(9, 12)).total == 0


def test_clocks_of_another_calendar_are_not_its_business(make: Make, company: Company) -> None:
    own = timing.found_calendar("Finance", OFFICE_HOURS, department=company.finance)
    company.finance.calendar = own
    company.finance.save()
    make.ticket(service=company.expenses)
    assert foresee(company, open_from(9, 12)).total == 0


# --- Who may know ------------------------------------------------------------------------------


def test_what_the_reader_may_not_know_is_not_counted(make: Make, company: Company) -> None:
    make.secret()
    assert foresee(company, open_from(9, 12)).total == 0
    found = forecast.impact(company.calendar, open_from(9, 12), None, NOW, company.andreea)
    assert (found.total, found.later) == (2, 2)


def test_requests_of_other_desks_are_counted_but_not_named(make: Make, company: Company) -> None:
    make.ticket(service=company.expenses)
    found = foresee(company, open_from(9, 12))
    assert (found.total, list(found.examples)) == (2, [])


def test_at_most_five_examples_the_farthest_first(make: Make, company: Company) -> None:
    for minutes in range(7):
        make.ticket(at=MONDAY + timedelta(minutes=minutes))
    found = foresee(company, open_from(9, 12))
    shifts = [shift.by for shift in found.examples]
    assert len({shift.ticket.pk for shift in found.examples}) == 5
    assert shifts == sorted(shifts, reverse=True)


# --- Promises ----------------------------------------------------------------------------------


def foresee_promise(company: Company, *targets: TargetRule, now: datetime = NOW) -> Impact:
    rules = PromiseRules(targets)
    return forecast.policy_impact(company.policy, rules, now, company.jonas)


def test_a_shorter_promise_comes_due_earlier(make: Make, company: Company) -> None:
    make.ticket()
    found = foresee_promise(company, TargetRule(Priority.NORMAL, FIRST, 60))
    assert (found.total, found.earlier, found.later) == (2, 1, 0)
    assert found.biggest == timedelta(hours=3)


def test_a_promise_of_another_priority_moves_nothing(make: Make, company: Company) -> None:
    make.ticket()
    assert foresee_promise(company, TargetRule(Priority.LOW, FIRST, 60)).moved == 0


def test_a_promise_already_over_would_be_late_at_once(make: Make, company: Company) -> None:
    make.ticket()
    found = foresee_promise(company, TargetRule(Priority.NORMAL, FIRST, 20))
    assert found.newly_late == 1
    assert [shift.is_late for shift in found.examples] == [True]


def test_a_new_kind_of_target_starts_clocks(make: Make, company: Company) -> None:
    make.ticket()
    more = TargetRule(Priority.NORMAL, TargetKind.WORKAROUND, 10)
    found = foresee_promise(company, *PROMISES.targets, more)
    assert (found.moved, found.started, found.newly_late) == (0, 1, 1)


def test_other_states_that_hold_are_reckoned_from_the_start(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="It is at the maker.", at=MONDAY)
    actions.set_state(ticket, by=company.mihai, state=State.WAITING_THIRD_PARTY, at=MONDAY)
    actions.set_state(ticket, by=company.mihai, state=State.OPEN, at=MONDAY + timedelta(hours=2))
    rules = replace(PROMISES, pauses=PROMISES.pauses | {"waiting_third_party"})
    now = MONDAY + timedelta(hours=3)
    found = forecast.policy_impact(company.policy, rules, now, company.jonas)
    assert (found.later, found.biggest_later) == (1, timedelta(hours=2))


def test_a_promise_says_what_saving_it_then_does(make: Make, company: Company) -> None:
    for minutes in (0, 90, 400):
        make.ticket(at=MONDAY - timedelta(minutes=minutes))
    rules = PromiseRules(
        (TargetRule(Priority.NORMAL, FIRST, 90), TargetRule(Priority.NORMAL, SOLUTION, 600))
    )
    found = forecast.policy_impact(company.policy, rules, NOW)
    before = dict(Clock.objects.values_list("pk", "due_at"))
    timing.change_policy(company.policy, rules, by=company.sam, at=NOW)
    resettling.resettle(now=NOW)
    after = dict(Clock.objects.values_list("pk", "due_at"))
    assert found.moved == sum(after[key] != before[key] for key in before)
    assert found.newly_late == Clock.objects.exclude(breached_at=None).count()


# --- Many --------------------------------------------------------------------------------------


def test_looking_changes_nothing(make: Make, company: Company) -> None:
    make.ticket()
    before = list(Clock.objects.values()), TicketEvent.objects.count()
    foresee(company, open_from(9, 12))
    assert (list(Clock.objects.values()), TicketEvent.objects.count()) == before


def test_it_asks_as_often_for_ten_tickets_as_for_one(make: Make, company: Company) -> None:
    def asked() -> int:
        foresee(company, open_from(9, 12))
        with CaptureQueriesContext(connection) as queries:
            foresee(company, open_from(9, 12))
        return len(queries)

    make.ticket()
    for_one = asked()
    for _number in range(9):
        make.ticket()
    assert asked() == for_one <= 7


def test_many_clocks_are_estimated_from_some(
    make: Make, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(12):
        make.ticket()
    monkeypatch.setattr(forecast, "READ_AT_MOST", 8)
    found = foresee(company, open_from(9, 12))
    assert (found.total, found.moved, found.is_estimate) == (24, 24, True)
    assert found.read == 8


def test_an_estimate_reads_no_more_than_it_says(
    make: Make, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(10):
        make.ticket()
    monkeypatch.setattr(forecast, "READ_AT_MOST", 4)
    assert 0 < foresee(company, open_from(9, 12)).read <= 4
