"""Figures: every number on the dashboard, recounted by hand."""

import statistics
from collections import Counter
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.models import Priority
from metrics import measures, rollup
from metrics.charts import _level, durations, heat
from metrics.measures import Kept, Spread, percentile
from metrics.models import TicketFact
from metrics.periods import Period, last_days
from tests.cast import Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.models import Outcome, State, Ticket

ISTANBUL = ZoneInfo("Europe/Istanbul")
WEEK = Period(date(2026, 3, 9), date(2026, 3, 15), ISTANBUL)
MINUTE = timedelta(minutes=1)


def fact(ticket: Ticket) -> TicketFact:
    rollup.measure(rollup.with_log().filter(pk=ticket.pk), at=MONDAY + timedelta(days=7))
    return TicketFact.objects.get(pk=ticket.pk)


def test_the_first_human_answer_counts(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY + 30 * MINUTE)
    actions.reply(ticket, by=company.mihai, body="More", at=MONDAY + 60 * MINUTE)
    found = fact(ticket)
    assert (found.answer_business, found.answer_calendar) == (1800, 1800)
    assert found.answer_state == "met"


def test_the_requesters_own_words_are_no_answer(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.elif_, body="Any news?", at=MONDAY + 30 * MINUTE)
    assert fact(ticket).answered_at is None


def test_a_note_is_no_answer(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.note(ticket, by=company.mihai, body="Hm", at=MONDAY + 30 * MINUTE)
    assert fact(ticket).answered_at is None


def test_nights_are_calendar_time_and_not_business_time(make: Make, company: Company) -> None:
    ticket = make.ticket(at=MONDAY + 9 * 60 * MINUTE)  # 19:00 in Istanbul
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY + 23 * 60 * MINUTE + 10 * MINUTE)
    found = fact(ticket)
    assert (found.answer_business, found.answer_calendar) == (600, 50_400 + 600)


def test_waiting_for_the_requester_is_not_counted_as_work(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(
        ticket, by=company.mihai, body="?", at=MONDAY + 10 * MINUTE, then=State.WAITING_REQUESTER
    )
    actions.reply(ticket, by=company.elif_, body="!", at=MONDAY + 100 * MINUTE)
    actions.resolve(ticket, by=company.mihai, at=MONDAY + 120 * MINUTE)
    found = fact(ticket)
    assert (found.solution_business, found.solution_calendar) == (1800, 7200)


@pytest.mark.parametrize("outcome", [Outcome.DUPLICATE, Outcome.SPAM])
def test_a_ticket_that_was_no_request_is_no_solution(
    make: Make, company: Company, outcome: Outcome
) -> None:
    ticket = make.ticket()
    actions.close(ticket, by=company.mihai, outcome=outcome, at=MONDAY + 5 * MINUTE)
    found = fact(ticket)
    assert (found.solved_at, found.solution_decided_at) == (None, None)


def test_a_withdrawn_ticket_is_no_solution_and_breaks_no_promise(
    make: Make, company: Company
) -> None:
    ticket = make.ticket()
    actions.withdraw(ticket, by=company.elif_, at=MONDAY + 5 * MINUTE)
    found = fact(ticket)
    assert (found.solved_at, found.answer_decided_at, found.answered_at) == (None, None, None)


def test_an_answer_still_counts_when_the_ticket_is_withdrawn_later(
    make: Make, company: Company
) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY + 3 * MINUTE)
    actions.withdraw(ticket, by=company.elif_, at=MONDAY + 5 * MINUTE)
    assert fact(ticket).answer_business == 180


def test_a_missed_promise_is_decided_at_the_instant_of_due(make: Make, company: Company) -> None:
    ticket = make.ticket(priority=Priority.URGENT)
    actions.reply(ticket, by=company.mihai, body="Sorry", at=MONDAY + 45 * MINUTE)
    found = fact(ticket)
    assert (found.answer_state, found.answer_decided_at) == ("breached", MONDAY + 30 * MINUTE)


def test_reopening_takes_the_solution_back_until_it_is_solved_again(
    make: Make, company: Company
) -> None:
    ticket = make.ticket()
    actions.resolve(ticket, by=company.mihai, at=MONDAY + 10 * MINUTE)
    actions.reopen(ticket, by=company.elif_, at=MONDAY + 60 * MINUTE)
    assert fact(ticket).solved_at is None
    actions.resolve(ticket, by=company.mihai, at=MONDAY + 70 * MINUTE)
    assert fact(ticket).solution_business == 20 * 60


def test_measuring_twice_changes_nothing(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY + 30 * MINUTE)
    first = TicketFact.objects.filter(pk=fact(ticket).pk).values().get()
    assert TicketFact.objects.filter(pk=fact(ticket).pk).values().get() == first


def test_what_changed_is_measured_without_a_nudge(make: Make, company: Company) -> None:
    ticket = make.ticket()
    assert rollup.measure_changed() == 1
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY + 30 * MINUTE)
    rollup.measure_changed()
    assert TicketFact.objects.get(pk=ticket.pk).answer_business == 1800


def test_a_ticket_belongs_to_the_period_in_which_it_was_answered(
    make: Make, company: Company
) -> None:
    ticket = make.ticket(at=MONDAY - timedelta(days=3))
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY)
    fact(ticket)
    assert measures.target(company.it, WEEK, "answer").business.count == 1
    assert measures.target(company.it, WEEK.before(), "answer").business.count == 0


def test_another_desk_sees_nothing_of_it(make: Make, company: Company) -> None:
    ticket = make.ticket()
    actions.reply(ticket, by=company.mihai, body="Hi", at=MONDAY)
    fact(ticket)
    assert measures.target(company.finance, WEEK, "answer").business.count == 0


def test_arrivals_are_counted_in_the_zone_of_the_desk(make: Make, company: Company) -> None:
    fact(make.ticket(at=MONDAY + 15 * 60 * MINUTE))  # 22:00 UTC on Monday: Tuesday 01:00
    assert measures.arrivals(company.it, WEEK) == Counter({(1, 1): 1})


@pytest.mark.parametrize(
    ("hours", "band"),
    [(1, 0), (23, 0), (24, 1), (71, 1), (72, 2), (167, 2), (168, 3), (671, 3), (672, 4)],
)
def test_backlog_bands_begin_at_whole_days(
    make: Make, company: Company, hours: int, band: int
) -> None:
    make.ticket()
    now = MONDAY + timedelta(hours=hours)
    counts = measures.by_age(measures.backlog(company.it, now), now)
    assert counts.index(1) == band


def test_the_backlog_counts_waiting_and_not_solved(make: Make, company: Company) -> None:
    waiting, solved = make.ticket(), make.ticket()
    actions.set_state(waiting, State.WAITING_THIRD_PARTY, by=company.mihai, at=MONDAY)
    actions.resolve(solved, by=company.mihai, at=MONDAY)
    assert [row.is_waiting for row in measures.backlog(company.it, MONDAY)] == [True]


def test_work_per_person_splits_active_waiting_and_late(make: Make, company: Company) -> None:
    for priority in (Priority.URGENT, Priority.LOW):
        actions.assign(make.ticket(priority=priority), to=company.mihai, by=company.jonas)
    make.ticket()
    loads = measures.by_agent(measures.backlog(company.it, MONDAY + 60 * MINUTE))
    assert [(load.person, load.active, load.late) for load in loads] == [
        (company.mihai, 1, 1),
        (None, 1, 0),
    ]


FLOATS = st.lists(st.floats(0, 1e6), min_size=2, max_size=50)


@given(FLOATS)
def test_the_median_agrees_with_the_textbook(values: list[float]) -> None:
    assert percentile(values, 0.5) == pytest.approx(statistics.median(values))


@given(FLOATS)
def test_the_ninth_decile_agrees_with_the_textbook(values: list[float]) -> None:
    textbook = statistics.quantiles(values, n=10, method="inclusive")[-1]
    assert percentile(values, 0.9) == pytest.approx(textbook)


def test_nothing_has_no_median() -> None:
    assert Spread.of([]) == Spread(0, None, None, None)


def test_one_value_is_every_share_of_itself() -> None:
    assert percentile([7.0], 0.9) == 7.0


def test_running_and_cancelled_promises_are_left_out_of_the_share() -> None:
    assert Kept.of(["met", "met", "met", "breached", "running", "cancelled"]).percent == 75


def test_no_decided_promise_has_no_share() -> None:
    assert Kept.of(["running"]).percent is None


@given(st.integers(1, 366))
def test_buckets_cover_every_day_of_the_period_once(days: int) -> None:
    period = last_days(days, date(2026, 3, 31), ISTANBUL)
    covered = [
        first + timedelta(days=n)
        for first, last in period.buckets()
        for n in range((last - first).days + 1)
    ]
    assert covered == [period.first + timedelta(days=n) for n in range(days)]


@pytest.mark.parametrize(("days", "first"), [(30, 9), (33, 5), (28, 7), (10, 1)])
def test_days_that_are_left_over_make_no_week_of_their_own(days: int, first: int) -> None:
    period = last_days(days, date(2026, 3, 9), ZoneInfo("Europe/Istanbul"))
    begins, ends = period.buckets()[0]
    assert (ends - begins).days + 1 == first


def test_days_are_cut_at_local_midnight_also_when_the_clock_changes() -> None:
    berlin = Period(date(2026, 3, 29), date(2026, 3, 29), ZoneInfo("Europe/Berlin"))
    assert berlin.end - berlin.start == timedelta(hours=24)  # wall time
    assert (berlin.end.timestamp() - berlin.start.timestamp()) == 23 * 3600


@given(st.integers(0, 1000), st.integers(1, 1000))
def test_a_heat_level_is_one_of_six(count: int, highest: int) -> None:
    assert 0 <= _level(min(count, highest), highest) <= 5


def test_the_peak_has_the_only_ring() -> None:
    chart = heat(Counter({(0, 10): 5, (1, 9): 2}), {(0, 9), (0, 10)})
    assert [(m["weekday"], m["hour"]) for m in chart.marks if m["is_peak"]] == [(0, 10)]


def test_every_answer_stands_in_exactly_one_bar() -> None:
    rows = [(MONDAY, seconds, seconds, "met") for seconds in (1, 900, 901, 10**6)]
    chart = durations(measures.Target(rows, []))
    assert sum(mark["count"] for mark in chart.marks) == 4
    assert [mark["count"] for mark in chart.marks][:2] == [2, 1]
