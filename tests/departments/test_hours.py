"""What business time means, case by case."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from departments.hours import (
    Hours,
    HoursError,
    NaiveInstant,
    NeverOpen,
    OutOfRange,
    Version,
    instant,
    microseconds,
)

BERLIN = "Europe/Berlin"
MICROSECOND = timedelta(microseconds=1)


def hours_of_day(*words: str) -> list[tuple[time, time]]:
    """`09:00-12:30` as a pair of wall-clock times; 24:00 is the next day's midnight."""
    pairs = [word.replace("24:00", "00:00").split("-") for word in words]
    return [(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in pairs]


def weekdays(*words: str) -> dict[int, list[tuple[time, time]]]:
    return dict.fromkeys(range(5), hours_of_day(*words))


def every_day(*words: str) -> dict[int, list[tuple[time, time]]]:
    return dict.fromkeys(range(7), hours_of_day(*words))


def at(text: str, tz: str = BERLIN) -> datetime:
    """A moment by the clock on the wall; an offset written out says which of two is meant."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(tz))


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


# March 2026: the 16th is a Monday; clocks go forward on Sunday the 29th, back on 25 October.
OFFICE_WEEK = weekdays("09:00-17:00")
OFFICE = Hours(BERLIN, OFFICE_WEEK)
WITH_LUNCH = Hours(BERLIN, weekdays("09:00-12:30", "13:30-17:00"))
NIGHT_SHIFT = Hours(BERLIN, weekdays("22:00-06:00"))
ALL_NIGHT = Hours(BERLIN, every_day("00:00-06:00"))
CHRISTMAS = Hours(
    BERLIN,
    weekdays("09:00-17:00"),
    closed=[date(2026, 12, 25), date(2026, 12, 28)],
    special={date(2026, 12, 24): hours_of_day("09:00-12:00")},
)


@pytest.mark.parametrize(
    ("hours", "start", "work", "end"),
    [
        pytest.param(OFFICE, "2026-03-16 09:00", 60, "2026-03-16 10:00", id="within a day"),
        pytest.param(OFFICE, "2026-03-16 03:00", 60, "2026-03-16 10:00", id="before opening"),
        pytest.param(OFFICE, "2026-03-16 16:30", 60, "2026-03-17 09:30", id="over night"),
        pytest.param(OFFICE, "2026-03-20 16:30", 60, "2026-03-23 09:30", id="over a weekend"),
        pytest.param(OFFICE, "2026-03-16 09:00", 480, "2026-03-16 17:00", id="ends at closing"),
        pytest.param(OFFICE, "2026-03-21 11:00", 0, "2026-03-21 11:00", id="nothing added"),
        pytest.param(OFFICE, "2026-03-16 17:00", 0.5, "2026-03-17 09:00:30", id="half a minute"),
        pytest.param(OFFICE, "2026-03-27 16:30", 480, "2026-03-30 16:30", id="over a DST change"),
        pytest.param(OFFICE, "2026-03-16 09:00", 2400, "2026-03-20 17:00", id="a week of work"),
        pytest.param(WITH_LUNCH, "2026-03-16 12:00", 60, "2026-03-16 14:00", id="over lunch"),
        pytest.param(WITH_LUNCH, "2026-03-16 12:45", 15, "2026-03-16 13:45", id="during lunch"),
        pytest.param(WITH_LUNCH, "2026-03-16 12:30", 1, "2026-03-16 13:31", id="at lunch's start"),
        pytest.param(NIGHT_SHIFT, "2026-03-16 23:00", 120, "2026-03-17 01:00", id="past midnight"),
        pytest.param(NIGHT_SHIFT, "2026-03-21 05:00", 120, "2026-03-23 23:00", id="Friday's night"),
        pytest.param(CHRISTMAS, "2026-12-24 11:30", 60, "2026-12-29 09:30", id="over Christmas"),
        pytest.param(CHRISTMAS, "2026-12-24 10:00", 60, "2026-12-24 11:00", id="a short day"),
    ],
)
def test_adding_work(hours: Hours, start: str, work: float, end: str) -> None:
    assert hours.add(at(start), minutes(work)) == at(end)


@pytest.mark.parametrize(
    ("hours", "end", "work", "start"),
    [
        pytest.param(OFFICE, "2026-03-16 11:00", 60, "2026-03-16 10:00", id="within a day"),
        pytest.param(OFFICE, "2026-03-17 09:30", 60, "2026-03-16 16:30", id="over night"),
        pytest.param(OFFICE, "2026-03-17 17:00", 480, "2026-03-17 09:00", id="the latest start"),
        pytest.param(OFFICE, "2026-03-21 11:00", 0, "2026-03-21 11:00", id="nothing subtracted"),
        pytest.param(OFFICE, "2026-03-22 11:00", 60, "2026-03-20 16:00", id="from a weekend"),
        pytest.param(WITH_LUNCH, "2026-03-16 14:00", 60, "2026-03-16 12:00", id="over lunch"),
        pytest.param(NIGHT_SHIFT, "2026-03-17 01:00", 120, "2026-03-16 23:00", id="past midnight"),
        pytest.param(CHRISTMAS, "2026-12-29 09:30", 60, "2026-12-24 11:30", id="over Christmas"),
    ],
)
def test_subtracting_work(hours: Hours, end: str, work: float, start: str) -> None:
    assert hours.subtract(at(end), minutes(work)) == at(start)


@pytest.mark.parametrize(
    ("hours", "start", "end", "expected"),
    [
        pytest.param(OFFICE, "2026-03-16 00:00", "2026-03-17 00:00", 480, id="a day"),
        pytest.param(OFFICE, "2026-03-20 16:00", "2026-03-23 10:00", 120, id="over a weekend"),
        pytest.param(OFFICE, "2026-03-21 00:00", "2026-03-23 00:00", 0, id="a weekend"),
        pytest.param(OFFICE, "2026-03-17 00:00", "2026-03-16 00:00", -480, id="backwards"),
        pytest.param(OFFICE, "2026-03-16 17:00", "2026-03-17 09:00", 0, id="closing to opening"),
        pytest.param(OFFICE, "2026-03-16 16:59:59.5", "2026-03-17 08:00", 1 / 120, id="sub-second"),
        pytest.param(OFFICE, "2026-01-01 00:00", "2027-01-01 00:00", 261 * 480, id="a year"),
        pytest.param(WITH_LUNCH, "2026-03-16 12:45", "2026-03-16 13:15", 0, id="lunch"),
        pytest.param(CHRISTMAS, "2026-12-24 00:00", "2026-12-29 00:00", 180, id="Christmas"),
        pytest.param(ALL_NIGHT, "2026-03-28 00:00", "2026-03-29 00:00", 360, id="usual night"),
        pytest.param(ALL_NIGHT, "2026-03-29 00:00", "2026-03-30 00:00", 300, id="short night"),
        pytest.param(ALL_NIGHT, "2026-10-25 00:00", "2026-10-26 00:00", 420, id="long night"),
        pytest.param(Hours.always(), "2026-03-29 00:00", "2026-03-30 00:00", 1380, id="23 hours"),
    ],
)
def test_counting_open_time(hours: Hours, start: str, end: str, expected: float) -> None:
    assert hours.count(at(start), at(end)) == minutes(expected)


@pytest.mark.parametrize(
    ("day_hours", "expected"),
    [
        ("02:00-03:00", []),
        ("02:10-02:50", []),
        ("01:00-02:30", [("01:00+01:00", "03:00+02:00")]),
        ("02:30-04:00", [("03:00+02:00", "04:00+02:00")]),
        ("01:00-04:00", [("01:00+01:00", "04:00+02:00")]),
        ("03:00-04:00", [("03:00+02:00", "04:00+02:00")]),
    ],
)
def test_on_the_day_that_skips_an_hour(day_hours: str, expected: list[tuple[str, str]]) -> None:
    check_day("2026-03-29", day_hours, expected)


@pytest.mark.parametrize(
    ("day_hours", "expected"),
    [
        ("02:00-03:00", [("02:00+02:00", "03:00+01:00")]),
        ("01:00-02:00", [("01:00+02:00", "02:00+02:00")]),
        ("01:00-02:30", [("01:00+02:00", "02:30+01:00")]),
        ("02:30-04:00", [("02:30+02:00", "04:00+01:00")]),
        ("03:00-04:00", [("03:00+01:00", "04:00+01:00")]),
    ],
)
def test_on_the_day_that_repeats_an_hour(day_hours: str, expected: list[tuple[str, str]]) -> None:
    check_day("2026-10-25", day_hours, expected)


def check_day(day: str, day_hours: str, expected: Sequence[tuple[str, str]]) -> None:
    hours = Hours(BERLIN, every_day(day_hours))
    found = hours.intervals(at(f"{day} 00:00"), at(f"{day} 12:00"))
    assert list(found) == [
        (at(f"{day} {opens}"), at(f"{day} {closes}")) for opens, closes in expected
    ]


def test_lord_howe_changes_its_clock_by_half_an_hour() -> None:
    hours = Hours("Australia/Lord_Howe", every_day("01:00-04:00"))
    october, april = (
        at("2026-10-04", "Australia/Lord_Howe"),
        at("2026-04-05", "Australia/Lord_Howe"),
    )
    assert hours.count(october, october + timedelta(hours=12)) == minutes(150)
    assert hours.count(april, april + timedelta(hours=12)) == minutes(210)


def test_apia_had_no_30_december_2011() -> None:
    hours = Hours("Pacific/Apia", every_day("09:00-17:00"))
    end = hours.add(at("2011-12-29 16:00", "Pacific/Apia"), minutes(120))
    assert end == at("2011-12-31 10:00", "Pacific/Apia")


def test_a_zone_far_from_utc_is_open_by_its_own_clock() -> None:
    tokyo = Hours("Asia/Tokyo", weekdays("09:00-18:00"))
    assert tokyo.add(at("2026-03-20 23:00"), minutes(30)) == at("2026-03-23 09:30", "Asia/Tokyo")


def test_a_question_may_come_in_any_zone_and_the_answer_is_in_utc() -> None:
    end = OFFICE.add(at("2026-03-16 04:30", "America/New_York"), minutes(30))
    assert end == at("2026-03-16 10:00")
    assert end.tzinfo is UTC


def test_overlapping_and_touching_hours_count_once() -> None:
    hours = Hours(BERLIN, weekdays("09:00-13:00", "12:00-15:00", "15:00-17:00"))
    assert list(hours.intervals(at("2026-03-16"), at("2026-03-17"))) == [
        (at("2026-03-16 09:00"), at("2026-03-16 17:00"))
    ]


def test_hours_may_open_and_close_within_a_minute() -> None:
    hours = Hours(BERLIN, weekdays("09:00:10-09:00:12.5"))
    end = hours.add(at("2026-03-16 09:00"), timedelta(seconds=3))
    assert end == at("2026-03-17 09:00:10.5")


def test_two_openings_within_half_an_hour_are_kept_apart() -> None:
    hours = Hours(BERLIN, weekdays("09:00-09:05", "09:10-09:15"))
    assert hours.count(at("2026-03-16 09:02"), at("2026-03-16 09:12")) == minutes(5)
    assert hours.count(at("2026-03-16 09:06"), at("2026-03-16 09:09")) == minutes(0)


def test_a_closed_day_keeps_the_night_that_began_before_it() -> None:
    hours = Hours(BERLIN, weekdays("22:00-06:00"), closed=[date(2026, 3, 18)])
    assert list(hours.intervals(at("2026-03-17 12:00"), at("2026-03-19 12:00"))) == [
        (at("2026-03-17 22:00"), at("2026-03-18 06:00"))
    ]


def test_a_special_opening_wins_over_a_closed_day() -> None:
    day = date(2026, 3, 21)  # a Saturday
    special = {day: hours_of_day("10:00-12:00")}
    hours = Hours(BERLIN, weekdays("09:00-17:00"), closed=[day], special=special)
    assert hours.count(at("2026-03-21"), at("2026-03-22")) == minutes(120)


def test_a_version_counts_from_its_local_day_on() -> None:
    short = Version(date(2026, 3, 17), BERLIN, weekdays("09:00-12:00"))
    hours = Hours(BERLIN, weekdays("09:00-17:00"), versions=[short])
    assert hours.count(at("2026-03-16"), at("2026-03-17")) == minutes(480)
    assert hours.count(at("2026-03-17"), at("2026-03-19")) == minutes(360)


def test_a_version_may_move_the_desk_to_another_zone() -> None:
    moved = Version(date(2026, 3, 17), "America/New_York", weekdays("09:00-17:00"))
    hours = Hours(BERLIN, weekdays("09:00-17:00"), versions=[moved])
    end = hours.add(at("2026-03-16 16:00"), minutes(120))
    assert end == at("2026-03-17 10:00", "America/New_York")


@pytest.mark.parametrize("since", [None, date(1970, 1, 1), date(1600, 1, 1)])
def test_a_version_from_the_beginning_replaces_the_first_hours(since: date | None) -> None:
    short = Version(since, BERLIN, weekdays("09:00-12:00"))
    hours = Hours(BERLIN, weekdays("09:00-17:00"), versions=[short])
    assert hours.count(at("1990-03-19"), at("1990-03-20")) == minutes(180)


def test_versions_may_come_in_any_order() -> None:
    later = Version(date(2026, 3, 18), BERLIN, weekdays("09:00-10:00"))
    sooner = Version(date(2026, 3, 17), BERLIN, weekdays("09:00-11:00"))
    hours = Hours(BERLIN, weekdays("09:00-17:00"), versions=[later, sooner])
    assert hours.count(at("2026-03-16"), at("2026-03-19")) == minutes(480 + 120 + 60)


@pytest.mark.parametrize(
    ("moment", "is_open", "opens", "closes"),
    [
        ("2026-03-16 08:59:59", False, "2026-03-16 09:00", None),
        ("2026-03-16 09:00", True, "2026-03-16 09:00", "2026-03-16 17:00"),
        ("2026-03-16 12:00", True, "2026-03-16 12:00", "2026-03-16 17:00"),
        ("2026-03-16 16:59:59", True, "2026-03-16 16:59:59", "2026-03-16 17:00"),
        ("2026-03-16 17:00", False, "2026-03-17 09:00", None),
        ("2026-03-21 12:00", False, "2026-03-23 09:00", None),
    ],
)
def test_opening_and_closing(moment: str, is_open: bool, opens: str, closes: str | None) -> None:
    assert OFFICE.is_open(at(moment)) == is_open
    assert OFFICE.next_opening(at(moment)) == at(opens)
    assert OFFICE.closes_at(at(moment)) == (closes and at(closes))


def test_intervals_are_cut_to_the_stretch_asked_for() -> None:
    found = list(OFFICE.intervals(at("2026-03-16 10:00"), at("2026-03-17 11:00")))
    assert found == [
        (at("2026-03-16 10:00"), at("2026-03-16 17:00")),
        (at("2026-03-17 09:00"), at("2026-03-17 11:00")),
    ]


@pytest.mark.parametrize("end", ["2026-03-16 12:00", "2026-03-16 10:00", "2026-03-01 00:00"])
def test_an_empty_stretch_has_no_intervals(end: str) -> None:
    assert list(OFFICE.intervals(at("2026-03-16 12:00"), at(end))) == []


def test_around_the_clock_is_open_always_and_never_closes() -> None:
    always, start = Hours.always(BERLIN), at("2026-03-16 03:00")
    assert always.add(start, timedelta(days=400)) == start.astimezone(UTC) + timedelta(days=400)
    assert always.is_open(start)
    assert always.closes_at(start) is None
    assert len(list(always.intervals(start, start + timedelta(days=400)))) == 1


@pytest.mark.parametrize("tz", ["Pacific/Kiritimati", "Pacific/Honolulu", BERLIN, "Asia/Tokyo"])
@pytest.mark.parametrize("words", ["00:00-24:00", "23:59-23:59"])
def test_questions_further_and_further_away_leave_no_seam(tz: str, words: str) -> None:
    hours = Hours(tz, every_day(words))
    for year in (2026, 2024, 2028, 2010, 2040):
        assert hours.is_open(at(f"{year}-03-16"))
    assert len(list(hours.intervals(at("2009-01-01"), at("2042-01-01")))) == 1


def test_around_the_clock_closes_for_a_holiday() -> None:
    hours = Hours(BERLIN, every_day("00:00-24:00"), closed=[date(2027, 12, 25)])
    assert hours.closes_at(at("2026-03-16")) == at("2027-12-25")
    assert hours.closes_at(at("2027-12-26")) is None


def test_bulk_counts_take_and_give_microseconds() -> None:
    days = [microseconds(at(f"2026-03-{day} 10:00")) for day in (16, 17, 20)]
    assert OFFICE.count_many(days, days[::-1]) == [
        4 * 480 * 60_000_000, 0, -4 * 480 * 60_000_000
    ]  # fmt: skip
    assert OFFICE.count_many([], []) == []


def test_microseconds_and_instants_are_two_ways_to_write_the_same() -> None:
    moment = at("2026-03-16 10:00:00.000001")
    assert microseconds(moment) == 1_773_651_600_000_001
    assert instant(1_773_651_600_000_001) == moment


def test_bulk_counts_refuse_lists_that_do_not_pair() -> None:
    with pytest.raises(HoursError, match="2 starts do not pair with 1 ends"):
        OFFICE.count_many([1, 2], [1])


@pytest.mark.parametrize(
    "hours",
    [
        Hours(BERLIN, {}),
        Hours(BERLIN, {0: []}),
        Hours(BERLIN, {6: hours_of_day("02:00-03:00")}, closed=[date(2026, 3, 22)], versions=[
            Version(date(2026, 3, 20), BERLIN, {})
        ]),
    ],
)  # fmt: skip
def test_a_calendar_that_never_opens_says_so(hours: Hours) -> None:
    start = at("2026-03-21 12:00")
    assert hours.count(start, at("2027-03-21")) == minutes(0)
    assert hours.closes_at(start) is None
    with pytest.raises(NeverOpen, match="does not open any more"):
        hours.add(start, minutes(1))
    with pytest.raises(NeverOpen, match="does not open any more"):
        hours.next_opening(start)


def test_before_the_first_opening_there_is_nothing_to_subtract() -> None:
    opened = Version(date(2026, 3, 16), BERLIN, weekdays("09:00-17:00"))
    hours = Hours(BERLIN, {}, versions=[opened])
    assert hours.subtract(at("2026-03-16 11:00"), minutes(120)) == at("2026-03-16 09:00")
    with pytest.raises(NeverOpen, match="was not open before"):
        hours.subtract(at("2026-03-16 11:00"), minutes(121))


def test_a_calendar_open_on_one_day_finds_it_from_afar() -> None:
    hours = Hours(BERLIN, {}, special={date(2031, 5, 5): hours_of_day("09:00-10:00")})
    assert hours.next_opening(at("2026-03-16")) == at("2031-05-05 09:00")
    assert hours.subtract(at("2036-01-01"), minutes(60)) == at("2031-05-05 09:00")
    with pytest.raises(NeverOpen):
        hours.add(at("2026-03-16"), minutes(61))


@pytest.mark.parametrize("moment", ["1989-12-31T23:59:59+00:00", "2101-01-01T00:00:00+00:00"])
def test_instants_outside_of_1990_to_2100_are_refused(moment: str) -> None:
    with pytest.raises(OutOfRange, match="1990 to 2100"):
        OFFICE.add(at(moment), minutes(1))
    with pytest.raises(OutOfRange, match="1990 to 2100"):
        OFFICE.count(at("2026-03-16"), at(moment))


def test_answers_outside_of_1990_to_2100_are_refused() -> None:
    hours = Hours(BERLIN, {0: hours_of_day("09:00-10:00")})
    with pytest.raises(OutOfRange, match="outside"):
        hours.add(at("2099-01-01"), minutes(60 * 120))
    with pytest.raises(OutOfRange, match="outside"):
        hours.subtract(at("1991-01-01"), minutes(60 * 120))


def test_the_very_ends_of_the_range_are_counted() -> None:
    utc = Hours.always()
    first, last = datetime(1990, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC) - MICROSECOND
    assert utc.count(first, last) == last - first
    assert utc.closes_at(last) is None


@pytest.mark.parametrize("question", ["add", "subtract", "count", "is_open", "next_opening"])
def test_a_datetime_without_a_zone_is_refused(question: str) -> None:
    naive = datetime(2026, 3, 16, 9)  # noqa: DTZ001
    rest: dict[str, list[object]] = {
        "add": [minutes(1)],
        "subtract": [minutes(1)],
        "count": [at("2026-03-16")],
    }
    with pytest.raises(NaiveInstant, match="has no time zone"):
        getattr(OFFICE, question)(naive, *rest.get(question, []))


@pytest.mark.parametrize("tz", ["Mars/Olympus", "", "Europe", "../etc/passwd"])
def test_an_unknown_zone_is_refused(tz: str) -> None:
    with pytest.raises(HoursError, match="is no time zone"):
        Hours(tz, {})


def test_strange_weekdays_and_times_with_a_zone_are_refused() -> None:
    with pytest.raises(HoursError, match="0 is Monday, 6 is Sunday"):
        Hours(BERLIN, {7: hours_of_day("09:00-17:00")})
    with pytest.raises(HoursError, match="wall-clock times"):
        Hours(BERLIN, {0: [(time(9, tzinfo=UTC), time(17, tzinfo=UTC))]})


def test_threads_may_share_a_calendar_from_the_first_question_on() -> None:
    shared, alone = Hours(BERLIN, OFFICE_WEEK), Hours(BERLIN, OFFICE_WEEK)
    starts = [at("2010-01-01") + timedelta(days=97 * n) for n in range(100)]
    starts += [at("2009-01-01") - timedelta(days=31 * n) for n in range(100)]
    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(lambda start: shared.add(start, minutes(4800)), starts))
    assert ends == [alone.add(start, minutes(4800)) for start in starts]
