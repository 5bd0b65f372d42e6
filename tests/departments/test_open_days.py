"""Opening days, counted by hand and against a reference that walks from day to day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.hours import Hours, HoursError
from departments.open_days import (
    end_of_open_day,
    nth_open_day,
    opening_after,
    same_time_on_open_day,
)

DAY = timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Hours(
    "Europe/Berlin",
    {day: [(time(9), time(12, 30)), (time(13, 30), time(17))] for day in range(5)},
    closed=[date(2026, 4, 3), date(2026, 4, 6)],  # Good Friday and Easter Monday
    special={date(2026, 4, 2): [(time(9), time(12))]},
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("since", "days", "day"),
    [
        ("2026-03-23 10:00", 1, "2026-03-24"),
        ("2026-03-23 23:59", 1, "2026-03-24"),
        ("2026-03-27 10:00", 1, "2026-03-30"),  # over the weekend on which the clock changes
        ("2026-04-01 10:00", 1, "2026-04-02"),
        ("2026-04-02 10:00", 1, "2026-04-07"),  # over Easter
        ("2026-04-04 10:00", 1, "2026-04-07"),  # on a day off
        ("2026-04-02 10:00", 5, "2026-04-13"),
        ("2026-04-02 10:00", 0, "2026-04-02"),
    ],
)
def test_the_day_on_which_the_count_begins_is_not_counted(since: str, days: int, day: str) -> None:
    assert nth_open_day(OFFICE, BERLIN, at(since), days) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("since", "days", "end"),
    [
        ("2026-03-23 10:00", 1, "2026-03-24 17:00"),
        ("2026-04-01 10:00", 1, "2026-04-02 12:00"),  # a short day
        ("2026-03-27 16:00", 1, "2026-03-30 17:00"),
    ],
)
def test_a_window_ends_when_the_desk_closes(since: str, days: int, end: str) -> None:
    assert end_of_open_day(OFFICE, BERLIN, at(since), days) == at(end)


@pytest.mark.parametrize(
    ("since", "days", "expected"),
    [
        ("2026-03-23 10:00", 1, "2026-03-24 10:00"),
        ("2026-03-23 13:00", 1, "2026-03-24 13:30"),  # a lunch hour
        ("2026-03-23 20:00", 1, "2026-03-25 09:00"),  # after hours: the next time somebody is there
        ("2026-03-23 06:00", 1, "2026-03-24 09:00"),
        ("2026-04-01 15:00", 1, "2026-04-07 09:00"),  # the short day is over by then
    ],
)
def test_the_same_hour_some_days_on_or_the_next_opening(
    since: str, days: int, expected: str
) -> None:
    assert same_time_on_open_day(OFFICE, BERLIN, at(since), days) == at(expected)


def test_a_desk_that_never_closes_ends_its_day_at_midnight() -> None:
    always = Hours.always("Europe/Berlin")
    assert end_of_open_day(always, BERLIN, at("2026-03-23 10:00"), 1) == at("2026-03-25 00:00")


def test_a_night_belongs_to_both_its_days() -> None:
    nights = Hours("Europe/Berlin", {0: [(time(22), time(6))]})
    assert nth_open_day(nights, BERLIN, at("2026-03-23 10:00"), 1) == date(2026, 3, 24)
    assert end_of_open_day(nights, BERLIN, at("2026-03-23 10:00"), 1) == at("2026-03-24 06:00")


@pytest.mark.parametrize("count", [end_of_open_day, same_time_on_open_day])
def test_a_calendar_that_opens_no_more_counts_days_of_the_wall(count: Any) -> None:
    never = Hours("Europe/Berlin", {})
    assert count(never, BERLIN, at("2026-03-23 10:00"), 3) == at("2026-03-26 10:00")


def test_there_is_no_opening_after_the_last() -> None:
    with pytest.raises(HoursError):
        opening_after(Hours("Europe/Berlin", {}), BERLIN, date(2026, 3, 23))


# --- Against the reference ------------------------------------------------------------------------

ZONES = [
    "Europe/Istanbul", "Europe/Berlin", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe",
    "America/Sao_Paulo",
]  # fmt: skip
PAIRS = st.tuples(st.integers(0, 23), st.integers(0, 24)).map(
    lambda pair: (time(pair[0]), time(pair[1] % 24))
)
WEEKS = st.dictionaries(st.integers(0, 6), st.lists(PAIRS, min_size=1, max_size=2), min_size=1)
SINCE = st.integers(0, 38 * 1440).map(
    lambda minutes: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
OFF = st.lists(st.dates(date(2026, 2, 20), date(2026, 4, 20)), max_size=12)


def open_days(hours: Hours, zone: ZoneInfo, since: datetime) -> list[tuple[date, datetime]]:
    """Each opening day after `since` with its last open minute's end, found minute by minute."""
    found: list[tuple[date, datetime]] = []
    day = since.astimezone(zone).date() + DAY
    while len(found) < 4:
        start = datetime.combine(day, time(), zone).astimezone(UTC)
        end = datetime.combine(day + DAY, time(), zone).astimezone(UTC)
        minutes = [
            start + n * timedelta(minutes=30) for n in range((end - start) // timedelta(minutes=30))
        ]
        if there := [minute for minute in minutes if hours.is_open(minute)]:
            found.append((day, there[-1] + timedelta(minutes=30)))
        day += DAY
    return found


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    week=WEEKS,
    off=OFF,
    since=SINCE,
    days=st.integers(1, 4),
)
def test_counting_agrees_with_walking_from_day_to_day(
    zone: ZoneInfo, week: Any, off: list[date], since: datetime, days: int
) -> None:
    hours = Hours(str(zone), week, closed=off)
    try:
        hours.next_opening(datetime(2026, 5, 1, tzinfo=UTC))
    except HoursError:  # Only hours that a change of clocks swallows.
        return
    day, end = open_days(hours, zone, since)[days - 1]
    assert nth_open_day(hours, zone, since, days) == day
    assert end_of_open_day(hours, zone, since, days) == end
    again = same_time_on_open_day(hours, zone, since, days)
    assert hours.is_open(again)
    assert again >= datetime.combine(day, time(), zone)
