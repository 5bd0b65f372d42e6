"""Business time against the minute-by-minute reference, and the laws it must obey."""

from bisect import bisect
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from departments.hours import DayHours, Hours, Version, microseconds
from tests.departments.slow_hours import SlowHours

ZONES = [
    "Europe/Istanbul",
    "Europe/Bucharest",
    "Europe/Berlin",
    "Asia/Tokyo",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",  # changes its clock at midnight
    "Pacific/Apia",  # left out a whole day
]
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
against_the_reference = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
laws = settings(max_examples=30, deadline=None)


@cache
def days_of_change(tz: str) -> list[date]:
    """The days on which the zone changes its clock, found by looking at every noon."""
    noons = [datetime(2005, 1, 1, 12, tzinfo=ZoneInfo(tz)) + n * DAY for n in range(365 * 25)]
    return [b.date() for a, b in pairwise(noons) if a.utcoffset() != b.utcoffset()]


def days_near(tz: str) -> st.SearchStrategy[date]:
    """Days around a change of the clock more often than not."""
    anywhere = st.dates(date(2005, 1, 1), date(2029, 12, 31))
    changes = days_of_change(tz)
    return st.one_of(st.sampled_from(changes), anywhere) if changes else anywhere


edges = st.one_of(  # clocks change at night
    st.builds(time, st.integers(0, 3), st.sampled_from([0, 15, 30, 45])),
    st.builds(time, st.integers(0, 23)),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
)
day_hours: st.SearchStrategy[list[tuple[time, time]]] = st.lists(
    st.tuples(edges, edges), max_size=2
)
weeks = st.one_of(
    day_hours.map(lambda every_day: dict.fromkeys(range(7), every_day)),
    st.dictionaries(st.integers(0, 6), day_hours),
)
open_weeks = weeks.filter(lambda week: any(week.values()))
durations = st.one_of(
    st.integers(0, 2 * 24 * 60).map(lambda n: timedelta(minutes=n)),
    st.timedeltas(timedelta(0), 2 * DAY),
)


@dataclass
class Case:
    hours: Hours
    slow: SlowHours
    instants: list[datetime]


@st.composite
def cases(draw: st.DrawFn, tz: str) -> Case:
    around = draw(days_near(tz))
    nearby = st.integers(-3, 3).map(lambda n: around + n * DAY)
    week = draw(weeks)
    closed = draw(st.sets(nearby, max_size=1))
    special: dict[date, DayHours] = {
        day: draw(day_hours) for day in draw(st.sets(nearby, max_size=1))
    }
    midnight = datetime.combine(around, time(0), tzinfo=UTC)
    offsets = st.one_of(
        st.timedeltas(-2 * DAY, 2 * DAY),
        st.integers(-48 * 4, 48 * 4).map(lambda n: n * timedelta(minutes=15)),
    )
    return Case(
        Hours(tz, week, closed=closed, special=special),
        SlowHours(around, tz, week, closed, special),
        [midnight + offset for offset in draw(st.lists(offsets, min_size=2, max_size=2))],
    )


@pytest.mark.parametrize("tz", ZONES)
@against_the_reference
@given(data=st.data())
def test_every_answer_is_that_of_the_minute_by_minute_reference(
    tz: str, data: st.DataObject
) -> None:
    case = data.draw(cases(tz))
    work = data.draw(durations.filter(bool))
    for at in case.instants:
        assert case.hours.is_open(at) == case.slow.is_open(at)
        for end in case.instants:
            if at <= end:
                assert case.hours.count(at, end) == case.slow.count(at, end)
        if opening := case.slow.next_opening(at):
            assert case.hours.next_opening(at) == opening
        if later := case.slow.add(at, work):
            assert case.hours.add(at, work) == later
        if earlier := case.slow.subtract(at, work):
            assert case.hours.subtract(at, work) == earlier


@dataclass
class Year:
    """Any calendar, and an instant somewhere in it."""

    hours: Hours
    at: datetime


@st.composite
def years(draw: st.DrawFn) -> Year:
    tz = draw(st.sampled_from(ZONES))
    day = draw(days_near(tz))
    nearby = st.integers(-40, 40).map(lambda n: day + n * DAY)
    versions = [
        Version(since, draw(st.sampled_from(ZONES)), draw(open_weeks))
        for since in draw(st.sets(nearby, max_size=2))
    ]
    special = draw(st.dictionaries(nearby, day_hours, max_size=3))
    closed = draw(st.sets(nearby, max_size=3))
    hours = Hours(tz, draw(open_weeks), closed=closed, special=special, versions=versions)
    midnight = datetime.combine(day, time(0), tzinfo=UTC)
    return Year(hours, midnight + draw(st.timedeltas(-20 * DAY, 20 * DAY)))


spans = st.timedeltas(timedelta(0), 30 * DAY)


@laws
@given(years(), durations)
def test_what_was_added_is_what_is_counted(year: Year, work: timedelta) -> None:
    end = year.hours.add(year.at, work)
    assert year.hours.count(year.at, end) == work


@laws
@given(years(), durations.filter(bool))
def test_the_end_found_is_the_earliest(year: Year, work: timedelta) -> None:
    end = year.hours.add(year.at, work)
    assert year.hours.count(year.at, end - MICROSECOND) == work - MICROSECOND


@laws
@given(years(), durations)
def test_what_was_subtracted_is_what_is_counted(year: Year, work: timedelta) -> None:
    start = year.hours.subtract(year.at, work)
    assert year.hours.count(start, year.at) == work


@laws
@given(years(), durations.filter(bool))
def test_subtracting_takes_back_what_was_added_from_an_open_instant(
    year: Year, work: timedelta
) -> None:
    start = year.hours.next_opening(year.at)
    assert year.hours.subtract(year.hours.add(start, work), work) == start


@laws
@given(years(), durations, durations)
def test_adding_twice_is_adding_the_sum(year: Year, one: timedelta, two: timedelta) -> None:
    hours = year.hours
    assert hours.add(hours.add(year.at, one), two) == hours.add(year.at, one + two)


@laws
@given(years(), durations)
def test_adding_less_than_nothing_is_subtracting(year: Year, work: timedelta) -> None:
    assert year.hours.add(year.at, -work) == year.hours.subtract(year.at, work)
    assert year.hours.subtract(year.at, -work) == year.hours.add(year.at, work)


@laws
@given(years(), spans, spans)
def test_counts_of_parts_sum_up_to_the_whole(year: Year, one: timedelta, two: timedelta) -> None:
    a, b, c = year.at, year.at + one, year.at + one + two
    count = year.hours.count
    assert count(a, b) + count(b, c) == count(a, c)
    assert count(c, a) == -count(a, c)
    assert timedelta(0) <= count(a, b) <= one


@laws
@given(years(), spans, durations, durations)
def test_later_or_longer_never_ends_earlier(
    year: Year, wait: timedelta, work: timedelta, more: timedelta
) -> None:
    assume(work)
    end = year.hours.add(year.at, work)
    assert end <= year.hours.add(year.at + wait, work)
    assert end <= year.hours.add(year.at, work + more)


@laws
@given(years(), spans)
def test_intervals_are_ordered_apart_and_sum_up_to_the_count(year: Year, span: timedelta) -> None:
    found = list(year.hours.intervals(year.at, year.at + span))
    flat = [edge for interval in found for edge in interval]
    assert all(a < b for a, b in pairwise(flat))
    total = sum((closes - opens for opens, closes in found), timedelta(0))
    assert total == year.hours.count(year.at, year.at + span)


@laws
@given(years(), spans)
def test_open_next_opening_and_closing_tell_the_same_story(year: Year, span: timedelta) -> None:
    hours, at = year.hours, year.at + span
    flat = [edge for pair in hours.intervals(at - DAY, at + DAY) for edge in pair]
    assert hours.is_open(at) == bool(bisect(flat, at) % 2)
    assert hours.is_open(at) == (hours.next_opening(at) == at)
    closes = hours.closes_at(at)
    assert not closes or (hours.is_open(at) and hours.is_open(closes - MICROSECOND))
    assert not closes or not hours.is_open(closes)


@laws
@given(years(), st.lists(st.tuples(spans, spans), max_size=5))
def test_the_bulk_form_agrees_with_single_counts(
    year: Year, pairs: list[tuple[timedelta, timedelta]]
) -> None:
    starts = [year.at + a for a, _ in pairs]
    ends = [year.at + b for _, b in pairs]
    single = [year.hours.count(a, b) for a, b in zip(starts, ends, strict=True)]
    bulk = year.hours.count_many([*map(microseconds, starts)], [*map(microseconds, ends)])
    assert bulk == [count // MICROSECOND for count in single]


@laws
@given(years(), st.lists(st.timedeltas(-900 * DAY, 900 * DAY), min_size=2, max_size=4))
def test_answers_do_not_depend_on_what_was_asked_before(year: Year, jumps: list[timedelta]) -> None:
    asked_before = [year.hours.count(year.at, year.at + jump) for jump in jumps]
    assert [year.hours.count(year.at, year.at + jump) for jump in jumps] == asked_before
