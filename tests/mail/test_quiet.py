"""Quiet hours and the hour of the daily mail: a table, and a slow and obvious reference."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tickets.quiet import QuietTimes

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
NIGHT = (time(22), time(7))
WEEKEND = frozenset({5, 6})
# Clocks go forward and back here: by an hour at 2 and 3, at midnight, by half an hour.
ZONES = {
    name: ZoneInfo(name)
    for name in ("Europe/Berlin", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Beirut", "UTC")
}
CHANGES = [
    datetime(2026, 3, 28, tzinfo=UTC),
    datetime(2026, 10, 24, tzinfo=UTC),
    datetime(2026, 4, 23, tzinfo=UTC),
    datetime(2026, 10, 29, tzinfo=UTC),
    datetime(2026, 4, 4, tzinfo=UTC),
    datetime(2026, 10, 3, tzinfo=UTC),
    datetime(2026, 6, 10, tzinfo=UTC),
]


def berlin(day: int, clock: str, month: int = 3, fold: int = 0) -> datetime:
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN, fold=fold)


@pytest.mark.parametrize(
    ("hours", "days_off", "at", "until"),
    [
        ((None, None), frozenset(), berlin(9, "23:00"), None),
        (NIGHT, frozenset(), berlin(9, "21:59"), None),
        (NIGHT, frozenset(), berlin(9, "22:00"), berlin(10, "07:00")),
        (NIGHT, frozenset(), berlin(10, "06:59"), berlin(10, "07:00")),
        (NIGHT, frozenset(), berlin(10, "07:00"), None),
        ((time(12), time(13)), frozenset(), berlin(9, "12:30"), berlin(9, "13:00")),
        ((None, None), WEEKEND, berlin(14, "10:00"), berlin(16, "00:00")),
        (NIGHT, WEEKEND, berlin(13, "22:30"), berlin(16, "07:00")),  # Friday night to Monday
        (NIGHT, WEEKEND, berlin(14, "12:00"), berlin(16, "07:00")),
        # In the night of the 29th the clock jumps from 2 to 3; in October it shows 2 o'clock twice.
        ((time(22), time(2, 30)), frozenset(), berlin(28, "23:00"), berlin(29, "03:00")),
        (
            (time(22), time(2, 30)),
            frozenset(),
            berlin(24, "23:00", 10),
            berlin(25, "02:30", 10, fold=1),
        ),
    ],
)
def test_mails_go_out_again(
    hours: tuple[time | None, time | None],
    days_off: frozenset[int],
    at: datetime,
    until: datetime | None,
) -> None:
    found = QuietTimes(BERLIN, *hours, days_off).ends(at)
    assert (found and found.astimezone(UTC)) == (until and until.astimezone(UTC))


@cache
def minutes(zone: tzinfo, day: date) -> list[tuple[datetime, datetime]]:
    """Each minute around a day, as an instant and as the clock on the wall shows it."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - DAY
    found = [start + n * MINUTE for n in range(4 * 1440)]
    return [(at, at.astimezone(zone).replace(tzinfo=None, fold=0)) for at in found]


@cache
def slow_stretch(
    zone: tzinfo, day: date, begins: time, ends_on: date, ends: time
) -> tuple[datetime, datetime]:
    """From when the clock first shows the beginning, until it last shows a time before the end."""
    shown = minutes(zone, day)
    first, last = datetime.combine(day, begins), datetime.combine(ends_on, ends)
    return (
        next(at for at, wall in shown if wall >= first),
        next(at for at, wall in reversed(shown) if wall < last) + MINUTE,
    )


def slow_end(
    zone: tzinfo, hours: tuple[time, time] | None, days_off: frozenset[int], at: datetime
) -> datetime | None:
    begun, until = at, at
    while until - begun < 15 * DAY:
        day = until.astimezone(zone).date()
        stretches = []
        for one in (day - DAY, day, day + DAY):
            if one.weekday() in days_off:
                stretches.append(slow_stretch(zone, one, time(0), one + DAY, time(0)))
            if hours:
                over = DAY if hours[0] > hours[1] else timedelta(0)
                stretches.append(slow_stretch(zone, one, hours[0], one + over, hours[1]))
        ends = [end for start, end in stretches if start <= until < end]
        if not ends:
            break
        until = max(ends)
    return until if until > at else None


walls = st.sampled_from(
    [time(0), time(0, 30), time(1), time(2), time(2, 15), time(3), time(7), time(22), time(23, 45)]
)
nights = st.none() | st.tuples(walls, walls).filter(lambda pair: pair[0] != pair[1])
days = st.frozensets(st.integers(0, 6), max_size=3)
instants = st.builds(
    lambda day, minute: day + minute * MINUTE, st.sampled_from(CHANGES), st.integers(0, 2 * 1440)
)


@settings(max_examples=60)
@given(st.sampled_from(sorted(ZONES)), nights, days, instants)
def test_it_is_what_a_look_at_every_minute_finds(
    name: str, night: tuple[time, time] | None, off: frozenset[int], at: datetime
) -> None:
    zone = ZONES[name]
    quiet = QuietTimes(zone, night and night[0], night and night[1], off)
    assert quiet.ends(at) == slow_end(zone, night, off, at)


@given(st.sampled_from(sorted(ZONES)), nights, st.frozensets(st.integers(0, 6)), instants)
def test_the_end_of_the_quiet_is_not_quiet(
    name: str, night: tuple[time, time] | None, off: frozenset[int], at: datetime
) -> None:
    quiet = QuietTimes(ZONES[name], night and night[0], night and night[1], off)
    until = quiet.ends(at)
    assert until is None or (until > at and quiet.ends(until) is None)


@given(
    st.sampled_from(sorted(ZONES)), walls, st.frozensets(st.integers(0, 6), max_size=6), instants
)
def test_the_daily_mail_comes_once_on_each_day_that_is_not_off(
    name: str, wall: time, off: frozenset[int], at: datetime
) -> None:
    quiet, zone = QuietTimes(ZONES[name], days_off=off), ZONES[name]
    moments = [quiet.next_daily(wall, at)]
    for _day in range(9):
        moments.append(quiet.next_daily(wall, moments[-1][1]))
    told = [day for day, _instant in moments]
    wanted = [told[0] + n * DAY for n in range((told[-1] - told[0]).days + 1)]
    assert told == [day for day in wanted if day.weekday() not in off]
    assert all(instant > at for _day, instant in moments)
    shown = [instant.astimezone(zone) for _day, instant in moments]
    assert all(
        local.date() == day and local.time() >= wall for local, day in zip(shown, told, strict=True)
    )


def test_a_mail_just_before_the_hour_comes_with_the_daily_mail_of_today() -> None:
    quiet = QuietTimes(BERLIN)
    assert quiet.next_daily(time(8), berlin(9, "07:59"))[1] == berlin(9, "08:00")
    assert quiet.next_daily(time(8), berlin(9, "08:00"))[1] == berlin(10, "08:00")


def test_who_has_no_hour_left_is_not_kept_waiting() -> None:
    quiet = QuietTimes(BERLIN, days_off=frozenset(range(7)))
    assert quiet.ends(berlin(9, "10:00")) is None
