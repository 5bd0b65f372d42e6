"""A calendar day by day, and what changed between two versions of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from departments import catalogue
from departments.actions import timing
from departments.calendar_changes import changes
from departments.calendar_days import Daybook, days_off, week_stretches, week_words
from departments.calendar_rules import CalendarRules, DayOff, HolidayChoice, SpecialHours
from departments.models import Calendar
from departments.public_holidays import closures
from tests.cast import OFFICE_HOURS, Company
from tests.conftest import MONDAY

DAY = 24 * 60
FRIDAY = date(2026, 3, 13)
GERMANY = HolidayChoice("DE")
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
weeks = st.dictionaries(st.integers(0, 6), st.lists(st.tuples(times, times), max_size=3).map(tuple))


@pytest.fixture
def in_german() -> Iterator[None]:
    with translation.override("de"):
        yield


def on(day: date, rules: CalendarRules) -> str:
    found = Daybook([(None, rules)]).day(day)
    return " ".join([found.hours_words, *found.names])


# --- One day ------------------------------------------------------------------------------------


def test_a_plain_day_has_the_hours_of_its_weekday() -> None:
    assert on(FRIDAY, OFFICE_HOURS) == "09:00–17:00"
    assert on(FRIDAY + timedelta(days=1), OFFICE_HOURS) == "closed"


def test_a_closure_says_its_name() -> None:
    rules = replace(OFFICE_HOURS, closures=(DayOff(FRIDAY, "Move"),))
    assert on(FRIDAY, rules) == "closed Move"


def test_two_reasons_stand_side_by_side_and_the_same_one_once() -> None:
    days = (
        DayOff(FRIDAY, "Move"),
        DayOff(FRIDAY, "May Day", "feed"),
        DayOff(FRIDAY, "Move", "feed"),
    )
    assert on(FRIDAY, replace(OFFICE_HOURS, closures=days)) == "closed Move May Day"


def test_special_hours_win_over_a_closure() -> None:
    rules = replace(
        OFFICE_HOURS,
        closures=(DayOff(FRIDAY, "Holiday"),),
        special=(SpecialHours(FRIDAY, time(10), time(12), "Stocktaking"),),
    )
    assert on(FRIDAY, rules) == "10:00–12:00 Stocktaking"


def test_special_hours_without_a_name_are_not_called_by_the_closure() -> None:
    special = (SpecialHours(FRIDAY, time(10), time(12)),)
    rules = replace(OFFICE_HOURS, closures=(DayOff(FRIDAY, "Holiday"),), special=special)
    day = Daybook([(None, rules)]).day(FRIDAY)
    assert (day.names, day.is_off, day.is_special) == ([], False, True)


def test_a_day_of_two_versions_follows_the_one_that_holds() -> None:
    closed = replace(OFFICE_HOURS, closures=(DayOff(FRIDAY, "Old"),))
    book = Daybook([(None, closed), (FRIDAY, OFFICE_HOURS)])
    day = book.day(FRIDAY)
    assert (day.hours_words, day.names, day.begins) == ("09:00–17:00", [], True)


def test_a_version_before_its_day_changes_nothing() -> None:
    later = replace(OFFICE_HOURS, week={4: ((time(12), time(13)),)})
    book = Daybook([(None, OFFICE_HOURS), (FRIDAY + timedelta(days=7), later)])
    assert book.day(FRIDAY).hours_words == "09:00–17:00"
    assert book.day(FRIDAY + timedelta(days=7)).hours_words == "12:00–13:00"


@pytest.mark.parametrize(
    ("zone", "day", "shift"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 60),
        ("Europe/Berlin", date(2026, 10, 25), -60),
        ("Australia/Lord_Howe", date(2026, 10, 4), 30),
        ("Europe/Istanbul", date(2026, 3, 29), 0),
    ],
)
def test_a_day_on_which_the_clocks_change_says_by_how_much(
    zone: str, day: date, shift: int
) -> None:
    assert Daybook([(None, replace(OFFICE_HOURS, zone=zone))]).day(day).shift == shift


def test_an_hour_that_comes_twice_is_drawn_once() -> None:
    night = CalendarRules("Europe/Berlin", {6: ((time(1), time(4)),)})
    assert on(date(2026, 10, 25), night) == "01:00–04:00"


@given(weeks, st.integers(0, 400))
def test_the_open_minutes_of_a_day_are_those_of_the_arithmetic(
    week: dict[int, tuple[tuple[time, time], ...]], offset: int
) -> None:
    """Where no clock changes, a day drawn and a day counted are the same."""
    book = Daybook([(None, CalendarRules("Asia/Tokyo", week))])
    day = book.day(FRIDAY + timedelta(days=offset))
    drawn: set[int] = set()
    for start, end in week_stretches(week)[day.on.weekday()]:
        drawn.update(range(start, end))
    counted: set[int] = set()
    for start, end in day.stretches:
        counted.update(range(start, end))
    assert drawn == counted


@given(weeks)
def test_a_week_drawn_stays_within_its_days(week: dict[int, tuple[tuple[time, time], ...]]) -> None:
    for day in week_stretches(week):
        assert all(0 <= start < end <= DAY for start, end in day)


# --- Words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ({}, ""),
        ({0: ((time(9), time(17)),)}, "Mon 09:00–17:00"),
        ({day: ((time(9), time(17)),) for day in range(5)}, "Mon–Fri 09:00–17:00"),
        (
            {day: ((time(13), time(17)), (time(9), time(12))) for day in (0, 1, 5)},
            "Mon–Tue 09:00–12:00, 13:00–17:00, Sat 09:00–12:00, 13:00–17:00",
        ),
        ({day: ((time(0), time(0)),) for day in range(7)}, "Mon–Sun 00:00–24:00"),
        ({4: ((time(22), time(6)),)}, "Fri 22:00–06:00"),
    ],
)
def test_a_week_in_words(week: dict[int, tuple[tuple[time, time], ...]], words: str) -> None:
    assert week_words(CalendarRules("UTC", week)) == words


# --- Holidays in the reader's language ----------------------------------------------------------


def german_holidays() -> CalendarRules:
    days = closures(GERMANY, [2026])
    return replace(OFFICE_HOURS, closures=days, holidays=GERMANY)


def test_a_holiday_is_named_in_the_reader_s_language(in_german: None) -> None:
    assert on(date(2026, 5, 1), german_holidays()).endswith("Erster Mai")


def test_a_closure_of_their_own_keeps_its_words(in_german: None) -> None:
    rules = replace(german_holidays(), closures=(DayOff(FRIDAY, "Umzug"),))
    assert on(FRIDAY, rules).endswith("Umzug")


def test_a_holiday_that_the_library_forgot_keeps_its_words() -> None:
    rules = replace(
        OFFICE_HOURS,
        closures=(DayOff(FRIDAY, "Old feast", "holiday"),),
        holidays=HolidayChoice("XX"),
    )
    assert on(FRIDAY, rules) == "closed Old feast"


def test_the_days_off_ahead_leave_out_days_with_hours_of_their_own() -> None:
    special = (SpecialHours(date(2026, 5, 1), time(9), time(12)),)
    rules = replace(german_holidays(), special=special)
    found = days_off([(None, rules)], date(2026, 4, 1), date(2026, 5, 31))
    assert [off for off, _name in found] == [
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 14),
        date(2026, 5, 25),
    ]


def test_the_days_off_of_a_planned_version_begin_with_it() -> None:
    days = tuple(DayOff(FRIDAY + timedelta(days=n), "x") for n in range(4))
    planned = replace(OFFICE_HOURS, closures=days)
    said = [(None, OFFICE_HOURS), (FRIDAY + timedelta(days=2), planned)]
    found = days_off(said, FRIDAY, FRIDAY + timedelta(days=30))
    assert [off for off, _name in found] == [FRIDAY + timedelta(days=n) for n in (2, 3)]


def test_the_department_s_page_names_holidays_for_its_reader(
    company: Company, in_german: None
) -> None:
    made = timing.found_calendar("Berlin", german_holidays())
    easter = MONDAY.replace(day=20)
    assert any("Karfreitag" in words for words in catalogue.closures_ahead(made, easter))


def test_the_week_of_the_department_s_page_says_why_it_is_closed(company: Company) -> None:
    rules = replace(OFFICE_HOURS, closures=(DayOff(FRIDAY, "Move"),))
    made: Calendar = timing.found_calendar("Moving", rules)
    week = {day.on: day.words for day in catalogue.week(made, MONDAY)}
    assert week[FRIDAY] == "closed, Move"


# --- What changed -------------------------------------------------------------------------------


def changed(**fields: object) -> list[str]:
    return changes(OFFICE_HOURS, replace(OFFICE_HOURS, **fields))  # type: ignore[arg-type]


def test_nothing_changed_says_nothing() -> None:
    assert changed() == []


def test_days_that_changed_alike_stand_together() -> None:
    week = {day: ((time(10), time(16)),) for day in range(4)}
    assert changed(week=week) == [
        "Mon–Thu: 10:00–16:00 instead of 09:00–17:00",
        "Fri: closed instead of 09:00–17:00",
    ]


def test_another_zone_is_told() -> None:
    assert changed(zone="UTC") == ["Time zone UTC instead of Europe/Istanbul"]


def test_holidays_of_a_place_are_told_not_each_of_their_days() -> None:
    by = HolidayChoice("DE", "BY")
    assert changed(holidays=by, closures=closures(by, [2026])) == [
        "Public holidays of Germany, Bayern"
    ]


def test_a_holiday_switched_off_and_on_again_is_told() -> None:
    off = replace(GERMANY, off=frozenset({date(2026, 5, 1)}))
    before, after = replace(OFFICE_HOURS, holidays=GERMANY), replace(OFFICE_HOURS, holidays=off)
    assert changes(before, after) == ["Open on the public holiday Fri 1 May 2026"]
    assert changes(after, before) == ["Closed on the public holiday Fri 1 May 2026"]


def test_no_holidays_any_more() -> None:
    assert changes(replace(OFFICE_HOURS, holidays=GERMANY), OFFICE_HOURS) == [
        "No public holidays any more"
    ]


def test_closures_are_told_by_day_and_many_are_counted() -> None:
    days = tuple(DayOff(FRIDAY + timedelta(days=n)) for n in range(7))
    assert changed(closures=days[:2]) == ["Closed on Fri 13 Mar 2026, Sat 14 Mar 2026"]
    assert changed(closures=days)[0].endswith("Tue 17 Mar 2026 and 2 more")


def test_a_closure_taken_back_is_told() -> None:
    closed = replace(OFFICE_HOURS, closures=(DayOff(FRIDAY, "Move"),))
    assert changes(closed, OFFICE_HOURS) == ["Not closed any more on Fri 13 Mar 2026"]


def test_special_hours_are_told() -> None:
    special = (SpecialHours(FRIDAY, time(9), time(12)),)
    assert changed(special=special) == ["Open on Fri 13 Mar 2026 at 09:00–12:00"]
    assert changes(replace(OFFICE_HOURS, special=special), OFFICE_HOURS) == [
        "No hours of its own any more on Fri 13 Mar 2026"
    ]


def test_days_of_a_feed_are_told_apart() -> None:
    assert changed(closures=(DayOff(FRIDAY, "x", "feed"),)) == [
        "Calendar feed: 1 day off more, Fri 13 Mar 2026"
    ]
