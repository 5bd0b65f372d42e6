"""Recurrence rules: a table of the kinds that feeds have, and a library to compare with."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from dateutil import rrule
from hypothesis import assume, given
from hypothesis import strategies as st

from departments.recurrence import Budget, Every, Rule, TooMuch, dates

LIBRARY = {
    "DAILY": rrule.DAILY,
    "WEEKLY": rrule.WEEKLY,
    "MONTHLY": rrule.MONTHLY,
    "YEARLY": rrule.YEARLY,
}
MONDAY, FRIDAY, SUNDAY = 0, 4, 6


def days(
    rule: Rule, start: str, first: str = "2026-01-01", last: str = "2029-12-31", most: int = 100_000
) -> list[str]:
    found = dates(
        rule,
        date.fromisoformat(start),
        date.fromisoformat(first),
        date.fromisoformat(last),
        Budget(most),
    )
    return [on.isoformat() for on in found]


def test_a_holiday_comes_every_year() -> None:
    assert days(Rule("YEARLY"), "1923-10-29", last="2028-12-31") == [
        "2026-10-29",
        "2027-10-29",
        "2028-10-29",
    ]


def test_a_leap_day_comes_every_fourth_year() -> None:
    assert days(Rule("YEARLY"), "2024-02-29", last="2032-12-31") == ["2028-02-29", "2032-02-29"]


def test_the_last_monday_of_may() -> None:
    rule = Rule("YEARLY", months=frozenset({5}), weekdays=frozenset({(MONDAY, -1)}))
    assert days(rule, "2020-05-25", last="2027-12-31") == ["2026-05-25", "2027-05-31"]


def test_the_fourth_thursday_of_november() -> None:
    rule = Rule("YEARLY", months=frozenset({11}), weekdays=frozenset({(3, 4)}))
    assert days(rule, "2020-11-26", last="2027-12-31") == ["2026-11-26", "2027-11-25"]


def test_the_twentieth_monday_of_a_year_without_months() -> None:
    rule = Rule("YEARLY", weekdays=frozenset({(MONDAY, 20)}))
    assert days(rule, "1997-05-19", "1997-01-01", "1999-12-31") == [
        "1997-05-19",
        "1998-05-18",
        "1999-05-17",
    ]


def test_every_second_friday() -> None:
    assert days(Rule("WEEKLY", interval=2), "2026-01-02", last="2026-02-13") == [
        "2026-01-02",
        "2026-01-16",
        "2026-01-30",
        "2026-02-13",
    ]


def test_where_a_week_begins_matters_for_every_second_week() -> None:
    """The example of RFC 5545, 3.8.5.3."""
    rule: dict[str, Any] = {"interval": 2, "count": 4, "weekdays": frozenset({(1, 0), (SUNDAY, 0)})}
    monday = Rule("WEEKLY", week_start=MONDAY, **rule)
    sunday = Rule("WEEKLY", week_start=SUNDAY, **rule)
    window = ("1997-08-05", "1997-01-01", "1998-01-01")
    assert days(monday, *window) == ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]
    assert days(sunday, *window) == ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]


def test_the_last_working_day_of_each_month() -> None:
    workdays = frozenset((day, 0) for day in range(5))
    rule = Rule("MONTHLY", weekdays=workdays, positions=frozenset({-1}))
    assert days(rule, "2026-01-30", last="2026-03-31") == ["2026-01-30", "2026-02-27", "2026-03-31"]


def test_a_thirty_first_skips_the_months_without_one() -> None:
    assert days(Rule("MONTHLY"), "2026-01-31", last="2026-05-31") == [
        "2026-01-31",
        "2026-03-31",
        "2026-05-31",
    ]


def test_friday_the_thirteenth() -> None:
    rule = Rule("MONTHLY", month_days=frozenset({13}), weekdays=frozenset({(FRIDAY, 0)}))
    assert days(rule, "2026-02-13", last="2026-12-31") == ["2026-02-13", "2026-03-13", "2026-11-13"]


def test_the_last_day_of_the_year_counted_from_its_end() -> None:
    rule = Rule("YEARLY", year_days=frozenset({-1}))
    assert days(rule, "2023-12-31", last="2028-12-31") == ["2026-12-31", "2027-12-31", "2028-12-31"]


def test_the_first_day_counts_even_where_the_rule_does_not_name_it() -> None:
    rule = Rule("WEEKLY", count=2, weekdays=frozenset({(MONDAY, 0)}))
    assert days(rule, "2026-01-01") == ["2026-01-01", "2026-01-05"]


def test_a_count_is_counted_from_the_first_day_although_the_window_begins_later() -> None:
    assert days(Rule("YEARLY", count=28), "2000-01-01") == ["2026-01-01", "2027-01-01"]


def test_until_is_the_last_day() -> None:
    assert days(Rule("DAILY", until=date(2026, 1, 2)), "2026-01-01") == ["2026-01-01", "2026-01-02"]


# --- Bounds -----------------------------------------------------------------------------------


def test_a_day_that_never_comes_is_looked_for_in_the_window_only() -> None:
    rule = Rule("DAILY", months=frozenset({2}), month_days=frozenset({30}))
    assert days(rule, "1900-01-01", most=1461) == []


def test_an_old_beginning_costs_nothing() -> None:
    assert days(Rule("YEARLY"), "0001-03-09", most=4 * 31)[0] == "2026-03-09"
    assert days(Rule("DAILY", interval=9999), "0001-01-01", most=2) == ["2026-11-07"]


@pytest.mark.parametrize("every", LIBRARY)
def test_who_asks_for_more_than_the_budget_is_stopped(every: Every) -> None:
    with pytest.raises(TooMuch):
        days(Rule(every, count=10**9), "0001-01-01", most=1000)


@pytest.mark.parametrize(
    "values",
    [
        {"interval": 0},
        {"interval": -1},
        {"interval": 10**12},
        {"count": 0},
        {"months": frozenset({13})},
        {"positions": frozenset({0})},
        {"weekdays": frozenset({(0, 1)})},
    ],
)
def test_a_rule_without_sense_is_none(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"interval|months|weekday"):
        Rule("WEEKLY", **values)


def test_a_year_may_begin_or_end_the_calendar() -> None:
    assert days(Rule("WEEKLY"), "0001-01-01", "0001-01-01", "0001-01-10") == [
        "0001-01-01",
        "0001-01-08",
    ]


# --- The same as the library ------------------------------------------------------------------

SOME_DAYS = st.dates(date(1990, 1, 1), date(2032, 12, 31))


def some(low: int, high: int) -> st.SearchStrategy[frozenset[int]]:
    return st.frozensets(st.integers(low, high).filter(bool), max_size=4)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    every: Every = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    nths = {"MONTHLY": 5, "YEARLY": 10}.get(every, 0)
    nth = draw(st.integers(-nths, nths))
    weekdays = draw(st.frozensets(st.integers(0, 6), max_size=3))
    return Rule(
        every,
        interval=draw(st.integers(1, 5)),
        count=draw(st.none() | st.integers(1, 40)),
        until=draw(st.none() | SOME_DAYS),
        months=draw(some(1, 12)),
        month_days=draw(some(-31, 31) if every != "WEEKLY" else st.just(frozenset())),
        year_days=draw(some(-366, 366) if every == "YEARLY" else st.just(frozenset())),
        weekdays=frozenset((day, nth) for day in weekdays),
        positions=draw(some(-3, 3) if nths else st.just(frozenset())),
        week_start=draw(st.integers(0, 6)),
    )


def by_the_library(rule: Rule, start: date, first: date, last: date) -> list[date]:
    """dateutil, which looks for ever where nothing matches, with our first day among the days."""
    weekday = [rrule.weekday(day, nth or None) for day, nth in rule.weekdays]
    values: dict[str, Any] = {
        "interval": rule.interval,
        "bymonth": sorted(rule.months) or None,
        "bymonthday": sorted(rule.month_days) or None,
        "byyearday": sorted(rule.year_days) or None,
        "byweekday": weekday or None,
        "bysetpos": sorted(rule.positions) or None,
        "wkst": rule.week_start,
        "until": datetime.combine(min(last, rule.until or last), time.min),
    }
    found = rrule.rrule(LIBRARY[rule.every], dtstart=datetime.combine(start, time.min), **values)
    later = [moment.date() for moment in found if moment.date() > start]
    counted = [start, *later][: rule.count]
    return [day for day in counted if first <= day <= last]


@given(rules(), SOME_DAYS, SOME_DAYS, st.integers(0, 2000))
def test_the_library_finds_the_same_days(rule: Rule, start: date, first: date, span: int) -> None:
    last = first + timedelta(days=span)
    far = date(2080, 12, 31)
    endless = Rule(**{**rule.__dict__, "count": None, "until": None})
    assume(
        any(
            day > far - timedelta(days=12_000)
            for day in dates(endless, start, start, far, Budget(10**6))
        )
    )
    found = list(dates(rule, start, first, last, Budget(10**6)))
    assert found == by_the_library(rule, start, first, last)


@given(rules(), SOME_DAYS, SOME_DAYS, st.integers(0, 2000))
def test_a_smaller_window_shows_a_part_of_a_larger_one(
    rule: Rule, start: date, first: date, span: int
) -> None:
    last = first + timedelta(days=span)
    everything = list(dates(rule, start, start, date(2040, 1, 1), Budget(10**6)))
    part = list(dates(rule, start, first, last, Budget(10**6)))
    assert part == [day for day in everything if first <= day <= last]
