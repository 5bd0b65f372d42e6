"""The moments a desk can choose from for a new promise: open, ahead, a few."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from departments.hours import Hours
from tests.conftest import MONDAY
from tickets.new_moments import Offered, moments_offered

ISTANBUL = ZoneInfo("Europe/Istanbul")
MORNING, AFTERNOON = (time(9), time(12, 30)), (time(13, 30), time(17))
OFFICE = Hours("Europe/Istanbul", {day: [(time(9), time(17))] for day in range(5)})
WITH_LUNCH = Hours("Europe/Istanbul", {day: [MORNING, AFTERNOON] for day in range(5)})
NIGHTS = Hours("Europe/Istanbul", {day: [(time(22), time(6))] for day in range(7)})
NEVER = Hours("Europe/Istanbul", {})
# It opens for a last time this Monday.
LAST_DAY = Hours("Europe/Istanbul", {}, special={date(2026, 3, 9): [(time(9), time(17))]})


def offered(hours: Hours, now: datetime = MONDAY) -> dict[str, str]:
    found = moments_offered(hours, now, ISTANBUL)
    return {one.name: one.words.replace("\xa0", " ") for one in found}


def test_on_a_working_morning() -> None:
    assert offered(OFFICE) == {
        "In one hour of work": "today 11:00",
        "In three hours of work": "today 13:00",
        "Before we close today": "today 17:00",
        "Early on the next working day": "tomorrow 10:00",
        "In three working days": "Thu 10:00",
    }


def test_a_break_for_lunch_is_not_the_end_of_the_day() -> None:
    found = offered(WITH_LUNCH)
    assert found["In three hours of work"] == "today 14:00"
    assert found["Before we close today"] == "today 17:00"
    assert found["Early on the next working day"] == "tomorrow 10:00"


def test_shortly_before_we_close_the_day_is_over() -> None:
    found = offered(OFFICE, MONDAY + timedelta(hours=6, minutes=40))
    assert "Before we close today" not in found
    assert found["In one hour of work"] == "tomorrow 09:45"


def test_on_friday_evening_the_next_day_is_monday() -> None:
    friday = datetime(2026, 3, 13, 15, 0, tzinfo=UTC)
    assert offered(OFFICE, friday)["In one hour of work"] == "Mon 10:00"


def test_moments_are_round() -> None:
    found = moments_offered(OFFICE, MONDAY + timedelta(minutes=7, seconds=13), ISTANBUL)
    assert {one.moment.minute % 15 for one in found} == {0}


def test_a_desk_that_works_at_night_promises_for_the_night() -> None:
    assert offered(NIGHTS) == {
        "In one hour of work": "today 23:00",
        "In three hours of work": "tomorrow 01:00",
        "In one working day": "tomorrow 06:00",
        "In three working days": "Thu 06:00",
    }


def test_around_the_clock_no_day_ends() -> None:
    found = offered(Hours.always())
    assert list(found) == [
        "In one hour of work",
        "In three hours of work",
        "In one working day",
        "In three working days",
    ]


@pytest.mark.parametrize("hours", [NEVER, LAST_DAY])
def test_a_desk_that_closes_for_good_offers_what_it_can(hours: Hours) -> None:
    assert set(offered(hours)) <= {
        "In one hour of work",
        "In three hours of work",
        "Before we close today",
    }


def test_a_choice_carries_its_instant() -> None:
    one = Offered(MONDAY, "Now", "today 10:00")
    assert datetime.fromisoformat(one.value) == MONDAY


@given(st.integers(0, 14 * 24 * 60), st.sampled_from([OFFICE, WITH_LUNCH, NIGHTS]))
def test_every_moment_is_ahead_open_and_offered_once(minutes: int, hours: Hours) -> None:
    now = MONDAY + timedelta(minutes=minutes)
    found = [one.moment for one in moments_offered(hours, now, ISTANBUL)]
    second = timedelta(microseconds=1)
    assert found == sorted(set(found))
    assert found
    assert found[0] > now
    assert all(hours.is_open(moment) or hours.is_open(moment - second) for moment in found)
