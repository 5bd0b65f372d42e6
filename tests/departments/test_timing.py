"""Calendars and promises as versions: nothing is overwritten, each day has its own truth."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.actions import timing
from departments.calendar_rules import (
    CalendarRules,
    DayOff,
    HolidayChoice,
    SpecialHours,
    hours_of_all,
    in_force,
)
from departments.calendars import hours_at, hours_of, rules_of
from departments.models import CalendarVersion, PolicyVersion
from departments.promise_rules import PromiseRules, StepRule, TargetRule
from departments.promises import promise_of
from helpdesk.lib.errors import Refused
from tests.cast import OFFICE_HOURS, PROMISES, Company

HOUR = timedelta(hours=1)
NINE_TO_FIVE = ((time(9), time(17)),)
SHORT = CalendarRules("Europe/Istanbul", {day: ((time(9), time(12)),) for day in range(5)})


def day_of(on: date) -> tuple[datetime, datetime]:
    start = datetime(on.year, on.month, on.day, tzinfo=UTC)
    return start, start + timedelta(days=1)


# --- The documents ----------------------------------------------------------------------------

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))
RULES = st.builds(
    CalendarRules,
    zone=st.sampled_from(["UTC", "Europe/Istanbul", "Australia/Lord_Howe"]),
    week=st.dictionaries(
        st.integers(0, 6), st.tuples(st.tuples(TIMES, TIMES)), min_size=1, max_size=7
    ),
    closures=st.lists(
        st.builds(DayOff, DAYS, st.text(max_size=5), st.sampled_from(["own", "holiday", "feed"])),
        unique_by=lambda off: (off.on, off.source),
    ).map(lambda found: tuple(sorted(found, key=lambda off: (off.on, off.source)))),
    special=st.lists(
        st.builds(SpecialHours, DAYS, TIMES, TIMES, st.text(max_size=5)),
        unique_by=lambda hours: (hours.on, hours.opens),
    ).map(lambda found: tuple(sorted(found, key=lambda hours: (hours.on, hours.opens)))),
    holidays=st.none()
    | st.builds(HolidayChoice, st.just("DE"), st.just("BY"), st.frozensets(DAYS)),
)


@given(RULES)
def test_what_is_stored_is_what_was_said(rules: CalendarRules) -> None:
    assert CalendarRules.from_json(rules.to_json()) == rules


def test_a_promise_is_stored_as_it_was_said() -> None:
    rules = PromiseRules(
        (TargetRule(1, "first_response", 15, True), TargetRule(3, "resolution", 480)),
        (StepRule("a", "resolution", -60, "notify_lead"), StepRule("b", "resolution", 0, "note")),
        warn_percent=60,
        pauses=frozenset({"waiting_requester"}),
    )
    assert PromiseRules.from_json(rules.to_json()) == rules


VERSIONS = st.lists(st.tuples(st.none() | DAYS, RULES), max_size=5)


@given(RULES, VERSIONS)
def test_a_later_version_wins_from_its_day_on(
    first: CalendarRules, later: list[tuple[date | None, CalendarRules]]
) -> None:
    held = in_force([(None, first), *later])
    for on in (date(2026, 1, 1), date(2026, 6, 15), date(2027, 12, 31)):
        said = [rules for since, rules in [(None, first), *later] if (since or date.min) <= on]
        now = [rules for since, rules in held if (since or date.min) <= on]
        assert now[-1] == said[-1]


def test_days_off_count_only_while_their_version_holds() -> None:
    monday, next_monday = date(2026, 3, 9), date(2026, 3, 16)
    first = CalendarRules("UTC", {0: NINE_TO_FIVE}, (DayOff(monday), DayOff(next_monday)))
    hours = hours_of_all([(None, first), (next_monday, CalendarRules("UTC", {0: NINE_TO_FIVE}))])
    assert hours.count(*day_of(monday)) == timedelta(0)
    assert hours.count(*day_of(next_monday)) == 8 * HOUR


# --- Changing them ------------------------------------------------------------------------------


def test_a_new_version_holds_from_its_day_and_the_old_one_before(company: Company) -> None:
    timing.change_calendar(company.calendar, SHORT, valid_from=date(2026, 3, 11), by=company.sam)
    company.calendar.refresh_from_db()
    hours = hours_of(company.calendar)
    assert hours.count(*day_of(date(2026, 3, 10))) == 8 * HOUR
    assert hours.count(*day_of(date(2026, 3, 11))) == 3 * HOUR


def test_what_was_said_before_can_still_be_reckoned(company: Company) -> None:
    before = company.calendar.version.pk
    timing.change_calendar(company.calendar, SHORT, valid_from=None, by=company.sam)
    assert hours_at(before).count(*day_of(date(2026, 3, 10))) == 8 * HOUR


def test_saving_the_same_again_makes_no_version(company: Company) -> None:
    for _again in range(2):
        timing.change_calendar(company.calendar, OFFICE_HOURS, valid_from=None, by=company.sam)
        timing.change_policy(company.policy, PROMISES, by=company.sam)
    assert CalendarVersion.objects.count() == PolicyVersion.objects.count() == 1


def test_who_edits_an_old_version_is_told_once(company: Company) -> None:
    timing.change_calendar(company.calendar, SHORT, valid_from=None, by=company.sam, seen=1)
    with pytest.raises(timing.TimesChanged):
        timing.change_calendar(
            company.calendar, OFFICE_HOURS, valid_from=None, by=company.sam, seen=1
        )
    company.calendar.refresh_from_db()
    assert rules_of(company.calendar) == SHORT


def test_leads_set_the_times_of_their_desk_and_administrators_those_of_the_house(
    company: Company,
) -> None:
    own = timing.found_calendar("IT", OFFICE_HOURS, department=company.it, by=company.jonas)
    timing.change_calendar(own, SHORT, valid_from=None, by=company.jonas)
    for person in (company.mihai, company.sam, company.andreea):
        with pytest.raises(Refused):
            timing.change_calendar(own, OFFICE_HOURS, valid_from=None, by=person)
    with pytest.raises(Refused):
        timing.change_calendar(company.calendar, SHORT, valid_from=None, by=company.jonas)


NEVER = CalendarRules("UTC", {0: ()})
NOWHERE = CalendarRules("Europe/Atlantis", {0: NINE_TO_FIVE})


@pytest.mark.parametrize("rules", [NEVER, NOWHERE])
def test_hours_that_make_no_sense_are_refused(company: Company, rules: CalendarRules) -> None:
    with pytest.raises(Refused):
        timing.change_calendar(company.calendar, rules, valid_from=None, by=company.sam)


ONE = TargetRule(1, "resolution", 60)


@pytest.mark.parametrize(
    "rules",
    [
        PromiseRules((ONE, ONE)),
        PromiseRules((TargetRule(1, "resolution", 0),)),
        PromiseRules((TargetRule(1, "miracle", 60),)),
        PromiseRules((ONE,), warn_percent=0),
        PromiseRules((ONE,), warn_percent=100),
        PromiseRules((ONE,), pauses=frozenset({"open"})),
        PromiseRules((ONE,), (StepRule("a", "resolution", 1, "explode"),)),
        PromiseRules((ONE,), (StepRule("a", "resolution", 1, "note"),) * 2),
    ],
)
def test_promises_that_make_no_sense_are_refused(company: Company, rules: PromiseRules) -> None:
    with pytest.raises(Refused):
        timing.change_policy(company.policy, rules, by=company.sam)


def test_the_kind_of_problem_promises_before_the_service(company: Company) -> None:
    fast = timing.found_policy("Fast", PromiseRules((ONE,)), department=company.it)
    company.battery.sla_policy = fast
    assert promise_of(company.it, company.laptop, category=company.battery).policy == fast
    assert promise_of(company.it, company.laptop).policy == company.policy
