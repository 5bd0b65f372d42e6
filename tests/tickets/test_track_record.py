"""What the last 90 days would have kept: the arithmetic against real clocks, and the log read."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.actions import timing
from departments.hours import Hours
from departments.models import Category, Department, Installation, Priority, Service, TargetKind
from departments.promise_rules import USUAL_PAUSES
from tests.cast import OFFICE_HOURS, PROMISES, Company
from tests.conftest import MONDAY, Make
from tickets import actions
from tickets.models import Outcome, State, Ticket
from tickets.segments import Moment, Rule, read, spans
from tickets.shares import REAL_DAY, WORKING_DAY, Record, Sample, round_targets, sample
from tickets.track_record import TrackRecord, track_record

OFFICE = Hours("Europe/Istanbul", {day: [(time(9), time(17))] for day in range(5)})
ANSWER, NEXT, WORKAROUND, SOLUTION = TargetKind.values
NORMAL_ANSWER = (Priority.NORMAL, ANSWER)
NOW = MONDAY + timedelta(days=30)


def minutes(*numbers: float) -> list[Sample]:
    return [Sample(timedelta(minutes=number)) for number in numbers]


def running(*numbers: float) -> list[Sample]:
    return [Sample(timedelta(minutes=number), has_ended=False) for number in numbers]


# --- The arithmetic ---------------------------------------------------------------------------

CASES = [
    # clocks that ended, clocks that still run, promise: kept, of how many
    ([], [], 60, 0, 0),
    ([30, 60, 90], [], 60, 2, 3),
    ([60], [], 60, 1, 1),
    ([60.001], [], 60, 0, 1),
    ([30], [20], 60, 1, 1),  # Still running, not late yet: says nothing.
    ([30], [90], 60, 1, 2),
    ([], [90], 60, 0, 1),
    ([], [90], 120, 0, 0),
]


@pytest.mark.parametrize(("ended", "open_", "promised", "kept", "n"), CASES)
def test_a_share_counts_what_decides(
    ended: list[float], open_: list[float], promised: int, kept: int, n: int
) -> None:
    share = Record([*minutes(*ended), *running(*open_)]).share_kept(promised)
    assert (share.kept, share.n) == (kept, n)


SAMPLES = st.lists(
    st.builds(Sample, st.integers(0, 6000).map(lambda n: timedelta(minutes=n / 2)), st.booleans()),
    max_size=80,
)


@given(SAMPLES, st.integers(1, 4000))
def test_a_share_is_what_counting_one_by_one_gives(samples: list[Sample], promised: int) -> None:
    share, budget = Record(samples).share_kept(promised), timedelta(minutes=promised)
    kept = [one for one in samples if one.has_ended and one.needs <= budget]
    missed = [one for one in samples if one.needs > budget]
    assert (share.kept, share.n) == (len(kept), len(kept) + len(missed))


@given(SAMPLES, st.integers(1, 3000), st.integers(0, 3000))
def test_a_longer_promise_never_holds_worse(
    samples: list[Sample], promised: int, more: int
) -> None:
    record = Record(samples)
    short, long = record.share_kept(promised), record.share_kept(promised + more)
    if long.n:
        assert short.share <= long.share


@given(SAMPLES, st.integers(1, 3000), st.sampled_from([WORKING_DAY, REAL_DAY]))
def test_the_nearest_that_holds_holds_and_no_shorter_one_does(
    samples: list[Sample], promised: int, day: int
) -> None:
    record, offered = Record(samples), round_targets(day)
    found = record.nearest_that_holds(promised, day)
    between = [one for one in offered if promised <= one < (found or offered[-1] + 1)]
    assert not any(record.share_kept(one).holds() for one in between)
    if found is not None:
        assert record.share_kept(found).holds()
        assert found in offered
        assert found >= promised


def test_nineteen_say_nothing_twenty_do() -> None:
    assert not Record(minutes(*[30] * 19)).share_kept(60).is_enough
    assert Record(minutes(*[30] * 20)).share_kept(60).is_enough


def test_too_few_propose_nothing() -> None:
    assert Record(minutes(*[30] * 19)).nearest_that_holds(15) is None


def test_nine_of_ten_are_enough() -> None:
    record = Record(minutes(*[30] * 18, 100, 500))
    assert record.share_kept(60).holds()
    assert not Record(minutes(*[30] * 17, 100, 100, 500)).share_kept(60).holds()


def test_the_proposal_is_a_round_number() -> None:
    record = Record(minutes(*[90] * 20))
    assert record.nearest_that_holds(15) == 120


def test_nothing_holds_when_too_much_took_too_long() -> None:
    assert Record(minutes(*[30] * 10, *[10**6] * 10)).nearest_that_holds(15) is None


@pytest.mark.parametrize("day", [WORKING_DAY, REAL_DAY])
def test_round_promises_rise_and_know_the_length_of_a_day(day: int) -> None:
    offered = round_targets(day)
    assert offered == sorted(set(offered))
    assert offered[:5] == [15, 30, 60, 120, 240]
    assert {day, 2 * day, 3 * day, 5 * day, 10 * day} <= set(offered)


# --- A sample is what a real clock would have said --------------------------------------------


def at(hours: float) -> datetime:
    return datetime(2026, 3, 9, 6, tzinfo=UTC) + timedelta(hours=hours)


HAPPENINGS = st.lists(
    st.tuples(
        st.integers(0, 4 * 24 * 4).map(lambda quarters: quarters / 4),
        st.sampled_from(
            [
                {"answers": True},
                {"asks": True},
                {"waives": True},
                {"eases": True},
                {"state": "open"},
                {"state": "waiting_requester"},
                {"state": "waiting_approval"},
                {"state": "resolved"},
                {"state": "closed", "cancels": True},
            ]
        ),
    ),
    max_size=7,
)


@given(HAPPENINGS, st.sampled_from([ANSWER, WORKAROUND, SOLUTION]), st.integers(1, 160))
def test_a_sample_decides_as_the_clock_itself_would(
    happened: list[tuple[float, dict[str, Any]]], kind: str, quarters: int
) -> None:
    history = [Moment(at(0), state="new")]
    history += [Moment(at(when), **what) for when, what in sorted(happened, key=lambda h: h[0])]
    budget = timedelta(minutes=15 * quarters)
    pauses = USUAL_PAUSES if kind == SOLUTION else frozenset({"waiting_approval"})
    rule = Rule(kind, budget, OFFICE, pauses)
    stretches, stopped, cancelled = spans(rule, history)
    has_ended = stopped is not None and not cancelled
    found = sample(rule, stretches, stopped, at(100), has_ended=has_ended)
    said = read(rule, history, at(100)).state
    is_late = found.needs > budget
    assert is_late is (said == "breached")
    assert (found.has_ended and not is_late) is (said == "met")


def test_an_answer_after_closing_time_is_late_where_the_last_open_minute_was_used() -> None:
    rule = Rule(ANSWER, timedelta(hours=8), OFFICE, frozenset())
    history = [Moment(at(0), state="new"), Moment(at(10), answers=True)]
    stretches, stopped, _cancelled = spans(rule, history)
    found = sample(rule, stretches, stopped, at(100), has_ended=True)
    assert found.needs > timedelta(hours=8)
    assert found.needs < timedelta(hours=8, seconds=1)


# --- The log ----------------------------------------------------------------------------------


def answered(make: Make, after: float, **fields: Any) -> Ticket:
    """A ticket of Monday morning, answered after so many minutes."""
    opened = fields.pop("at", MONDAY)
    ticket = make.ticket(at=opened, **fields)
    cast = make.company
    by = {cast.hr: cast.misaki, cast.finance: cast.tom}.get(ticket.desk, cast.mihai)
    actions.reply(ticket, by=by, body="On it.", at=opened + timedelta(minutes=after))
    return ticket


def record(company: Company, **more: Any) -> TrackRecord:
    given = {"policy": company.policy, "desk": None, "pauses": USUAL_PAUSES, "now": NOW, **more}
    return track_record(**given)


def counts(
    found: TrackRecord, slot: tuple[int, str], promised: int, **more: Any
) -> tuple[int, int]:
    share = found.share_kept(slot, promised, **more)
    return share.kept, share.n


def test_answers_are_counted_in_working_time(company: Company, make: Make) -> None:
    for after in (10, 50, 90):
        answered(make, after)
    found = record(company)
    assert counts(found, NORMAL_ANSWER, 60) == (2, 3)
    assert found.requests == 3


def test_the_night_counts_only_around_the_clock(company: Company, make: Make) -> None:
    answered(make, 24 * 60)  # Tuesday at the same hour: eight hours of work.
    found = record(company)
    assert counts(found, NORMAL_ANSWER, 8 * 60) == (1, 1)
    assert counts(found, NORMAL_ANSWER, 8 * 60, is_always_open=True) == (0, 1)
    assert counts(found, NORMAL_ANSWER, 24 * 60, is_always_open=True) == (1, 1)


def test_priorities_stand_apart(company: Company, make: Make) -> None:
    answered(make, 10, category=company.battery)  # high
    found = record(company)
    assert counts(found, NORMAL_ANSWER, 60) == (0, 0)
    assert counts(found, (Priority.HIGH, ANSWER), 60) == (1, 1)


def test_what_was_not_promised_then_is_measured_too(company: Company, make: Make) -> None:
    ticket = answered(make, 10)
    actions.reply(ticket, by=company.elif_, body="And now?", at=MONDAY + timedelta(hours=1))
    actions.reply(ticket, by=company.mihai, body="Wait.", at=MONDAY + timedelta(hours=3))
    actions.resolve(
        ticket, by=company.mihai, outcome=Outcome.SOLVED, at=MONDAY + timedelta(hours=4)
    )
    found = record(company)
    assert counts(found, (Priority.NORMAL, NEXT), 119) == (0, 1)
    assert counts(found, (Priority.NORMAL, NEXT), 120) == (1, 1)
    assert counts(found, (Priority.NORMAL, WORKAROUND), 240) == (1, 1)
    assert counts(found, (Priority.NORMAL, SOLUTION), 239) == (0, 1)


def test_an_answer_still_owed_counts_against_what_it_exceeds(company: Company, make: Make) -> None:
    make.ticket()
    found = track_record(company.policy, None, USUAL_PAUSES, MONDAY + timedelta(hours=2))
    assert counts(found, NORMAL_ANSWER, 60) == (0, 1)
    assert counts(found, NORMAL_ANSWER, 180) == (0, 0)


def test_a_withdrawn_request_never_counts_as_kept(company: Company, make: Make) -> None:
    ticket = make.ticket()
    actions.withdraw(ticket, by=company.elif_, at=MONDAY + timedelta(minutes=90))
    found = record(company)
    assert counts(found, NORMAL_ANSWER, 60) == (0, 1)
    assert counts(found, NORMAL_ANSWER, 120) == (0, 0)


def held_for_a_day(company: Company, make: Make) -> None:
    ticket = answered(make, 10)
    hours = [MONDAY + timedelta(hours=n) for n in (1, 25, 26)]
    actions.set_state(ticket, State.WAITING_REQUESTER, by=company.mihai, at=hours[0])
    actions.set_state(ticket, State.OPEN, by=company.mihai, at=hours[1])
    actions.resolve(ticket, by=company.mihai, outcome=Outcome.SOLVED, at=hours[2])


def test_what_holds_the_clock_is_what_is_proposed(company: Company, make: Make) -> None:
    held_for_a_day(company, make)
    slot = (Priority.NORMAL, SOLUTION)
    assert counts(record(company), slot, 120) == (1, 1)
    assert counts(record(company, pauses=frozenset()), slot, 120) == (0, 1)


def test_a_first_answer_is_held_by_nothing_that_the_promise_names(
    company: Company, make: Make
) -> None:
    ticket = make.ticket()
    actions.set_state(ticket, State.WAITING_REQUESTER, by=company.mihai, at=MONDAY)
    actions.reply(ticket, by=company.mihai, body="So?", at=MONDAY + timedelta(hours=2))
    assert counts(record(company), NORMAL_ANSWER, 119) == (0, 1)
    assert counts(record(company), NORMAL_ANSWER, 120) == (1, 1)


@pytest.mark.parametrize(("counts_there", "kept"), [(True, 0), (False, 1)])
def test_time_at_suppliers_counts_as_the_service_says(
    company: Company, make: Make, counts_there: bool, kept: int
) -> None:
    Service.objects.update(counts_third_party=counts_there)
    ticket = make.ticket()
    day = timedelta(days=1)
    actions.set_state(ticket, State.WAITING_THIRD_PARTY, by=company.mihai, at=MONDAY)
    actions.resolve(ticket, by=company.mihai, outcome=Outcome.SOLVED, at=MONDAY + day)
    assert counts(record(company), (Priority.NORMAL, SOLUTION), 60) == (kept, 1)


def test_older_requests_do_not_count(company: Company, make: Make) -> None:
    answered(make, 10)
    late = MONDAY + timedelta(days=91)
    assert counts(record(company, now=late), NORMAL_ANSWER, 60) == (0, 0)


def test_each_request_counts_in_the_calendar_it_was_measured_in(
    company: Company, make: Make
) -> None:
    answered(make, 24 * 60)
    all_week = {day: ((time(0), time(0)),) for day in range(7)}
    open_always = type(OFFICE_HOURS)("Europe/Istanbul", all_week)
    timing.change_calendar(company.calendar, open_always, valid_from=None, by=None)
    assert counts(record(company), NORMAL_ANSWER, 8 * 60) == (1, 1)


# --- Whose requests ---------------------------------------------------------------------------


def own_policy(name: str = "Fast", desk: Department | None = None) -> Any:
    return timing.found_policy(name, PROMISES, department=desk)


def test_a_service_with_its_own_promise_leaves_the_house_s(company: Company, make: Make) -> None:
    answered(make, 10)
    answered(make, 10, service=company.expenses)
    fast = own_policy(desk=company.it)
    Service.objects.filter(pk=company.laptop.pk).update(sla_policy=fast)
    assert record(company).requests == 1
    assert counts(record(company, policy=fast), NORMAL_ANSWER, 60) == (1, 1)


def test_a_desk_s_promise_governs_what_has_none_of_its_own(company: Company, make: Make) -> None:
    answered(make, 10)
    answered(make, 10, service=None)
    fast, faster = own_policy("Fast"), own_policy("Faster")
    Department.objects.filter(pk=company.it.pk).update(sla_policy=fast)
    Service.objects.filter(pk=company.laptop.pk).update(sla_policy=faster)
    assert record(company, policy=fast).requests == 1
    assert record(company, policy=faster).requests == 1


def test_a_kind_of_problem_has_the_last_word(company: Company, make: Make) -> None:
    answered(make, 10, category=company.battery)
    answered(make, 10)
    fast = own_policy()
    Category.objects.filter(pk=company.battery.pk).update(sla_policy=fast)
    assert record(company, policy=fast).requests == 1
    assert record(company).requests == 1


def test_a_promise_that_nobody_uses_is_tried_on_the_whole_desk(
    company: Company, make: Make
) -> None:
    answered(make, 10)
    answered(make, 10, service=company.expenses)
    unused = own_policy(desk=company.it)
    found = record(company, policy=unused, desk=company.it)
    assert (found.requests, found.is_own) == (1, False)
    new = record(company, policy=None, desk=None)
    assert (new.requests, new.is_own) == (2, False)


def test_a_promise_in_use_says_so(company: Company, make: Make) -> None:
    assert record(company).is_own


def test_the_newest_are_read_where_there_are_many(
    company: Company, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickets.track_record.NEWEST", 2)
    for number, after in enumerate((300, 20, 10)):
        answered(make, after, at=MONDAY + timedelta(hours=number))
    answered(make, 10, category=company.battery)
    found = record(company)
    assert counts(found, NORMAL_ANSWER, 60) == (2, 2)
    assert counts(found, (Priority.HIGH, ANSWER), 60) == (1, 1)


# --- Confidence -------------------------------------------------------------------------------


def secrets(make: Make, number: int) -> None:
    for _one in range(number):
        answered(make, 10, service=make.company.letter)


def test_confidential_requests_count_as_numbers(company: Company, make: Make) -> None:
    secrets(make, 5)
    found = record(company)
    assert found.may_count(NORMAL_ANSWER)
    assert counts(found, NORMAL_ANSWER, 60) == (5, 5)


def test_of_four_confidential_requests_not_even_the_number_is_told(
    company: Company, make: Make
) -> None:
    secrets(make, 4)
    assert not record(company).may_count(NORMAL_ANSWER)


def test_small_groups_without_secrets_may_be_counted(company: Company, make: Make) -> None:
    answered(make, 10)
    assert record(company).may_count(NORMAL_ANSWER)


# --- Cost -------------------------------------------------------------------------------------


def test_one_request_and_thirty_cost_the_same(
    company: Company, make: Make, django_assert_num_queries: Callable[..., Any]
) -> None:
    answered(make, 10)
    record(company)
    with django_assert_num_queries(8):
        record(company)
    for number in range(29):
        answered(make, 10 + number)
    with django_assert_num_queries(8):
        assert record(company).requests == 30


def test_nothing_to_read_is_no_error(company: Company) -> None:
    found = record(company)
    assert found.requests == 0
    assert counts(found, NORMAL_ANSWER, 60) == (0, 0)
    assert found.nearest_that_holds(NORMAL_ANSWER, 60) is None


def test_the_installation_s_promise_is_found_through_every_desk(
    company: Company, make: Make
) -> None:
    fast = own_policy()
    Installation.objects.update(sla_policy=fast)
    answered(make, 10, service=company.expenses)
    assert record(company, policy=fast).requests == 1
