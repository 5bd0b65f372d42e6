"""Who is on call against somebody who watches the clock, and the laws that shifts obey."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from departments.rota import Absence, Layer, Override, Shift, gaps, on_call, shifts
from tests.departments.slow_rota import answer, watched

ZONES = [
    "Europe/Istanbul",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",  # changes its clock at midnight
    "Pacific/Apia",  # left out a whole day
]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
PEOPLE = [1, 2, 3, 4]
slow = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
laws = settings(max_examples=40, deadline=None)


@cache
def days_of_change(zone: str) -> list[date]:
    noons = [datetime(2010, 1, 1, 12, tzinfo=ZoneInfo(zone)) + n * DAY for n in range(365 * 20)]
    return [b.date() for a, b in pairwise(noons) if a.utcoffset() != b.utcoffset()]


def days_near(zone: str) -> st.SearchStrategy[date]:
    changes = days_of_change(zone)
    return st.sampled_from(changes) if changes else st.just(date(2020, 3, 1))


@st.composite
def layers(draw: Any, zone: str, near: date | None = None) -> Layer:
    """Around a change of the clock, with hand-overs mostly at night."""
    near = near or draw(days_near(zone))
    return Layer(
        position=1,
        people=tuple(draw(st.lists(st.sampled_from([*PEOPLE, None]), min_size=1, max_size=4))),
        zone=zone,
        handover=draw(st.sampled_from(["daily", "weekly"])),
        weekday=draw(st.integers(0, 6)),
        at=draw(
            st.one_of(
                st.builds(time, st.integers(0, 3), st.sampled_from([0, 15, 30, 45])),
                st.builds(time, st.integers(0, 23)),
            )
        ),
        starts_on=near - draw(st.integers(0, 9)) * DAY,
    )


@st.composite
def stretches(draw: Any, plan: Layer, longest: int = 6) -> tuple[datetime, datetime]:
    """Whole minutes near the beginning of the layer."""
    begin = datetime.combine(plan.starts_on, time(0), UTC)
    start = begin + draw(st.integers(-2 * 1440, 12 * 1440)) * MINUTE
    return start, start + draw(st.integers(1, longest * 1440)) * MINUTE


@st.composite
def plans(
    draw: Any, zone: str, near: date | None = None
) -> tuple[Layer, list[Override], list[Absence]]:
    plan = draw(layers(zone, near))
    people = st.sampled_from(PEOPLE)
    covers = draw(st.lists(st.tuples(stretches(plan, 2), people), max_size=3))
    away = draw(st.lists(st.tuples(people, stretches(plan, 4), st.none() | people), max_size=4))
    return (
        plan,
        [Override(start, end, person) for (start, end), person in covers],
        [Absence(person, start, end, deputy) for person, (start, end), deputy in away],
    )


def at(line: list[Shift], moment: datetime) -> Shift:
    (found,) = [one for one in line if one.start <= moment < one.end]
    return found


@pytest.mark.parametrize("zone", ZONES)
@slow
@given(data=st.data())
def test_every_minute_has_the_person_that_the_watcher_sees(zone: str, data: Any) -> None:
    plan, covers, absences = data.draw(plans(zone))
    start, end = data.draw(stretches(plan))
    line = iter(shifts(plan, covers, absences, start, end))
    shift = next(line)
    for minute, turn in watched(plan, start, end):
        if minute >= shift.end:
            shift = next(line)
        assert shift.start <= minute < shift.end
        assert shift.person == answer(plan, turn, covers, absences, minute), minute
        assert shift.planned == (None if turn < 0 else plan.people[turn % len(plan.people)])
    assert next(line, None) is None


@pytest.mark.parametrize("zone", ZONES)
@laws
@given(data=st.data())
def test_shifts_cover_the_stretch_without_hole_or_overlap(zone: str, data: Any) -> None:
    plan, covers, absences = data.draw(plans(zone))
    start, end = data.draw(stretches(plan, 40))
    line = shifts(plan, covers, absences, start, end)
    assert (line[0].start, line[-1].end) == (start, end)
    assert all(one.end == following.start for one, following in pairwise(line))
    assert all(one.start < one.end for one in line)


@pytest.mark.parametrize("zone", ZONES)
@laws
@given(data=st.data())
def test_two_parts_say_what_the_whole_says(zone: str, data: Any) -> None:
    plan, covers, absences = data.draw(plans(zone))
    start, end = data.draw(stretches(plan, 40))
    middle = start + data.draw(st.integers(0, (end - start) // MINUTE)) * MINUTE
    whole = shifts(plan, covers, absences, start, end)
    parts = [
        *shifts(plan, covers, absences, start, middle),
        *shifts(plan, covers, absences, middle, end),
    ]
    assert sum((one.end - one.start for one in parts), timedelta()) == end - start
    for part in parts:
        same = at(whole, part.start)
        assert part.end <= same.end
        assert (part.person, part.planned, part.why) == (same.person, same.planned, same.why)


@pytest.mark.parametrize("zone", ZONES)
@laws
@given(data=st.data())
def test_one_instant_is_answered_as_its_stretch_is(zone: str, data: Any) -> None:
    plan, covers, absences = data.draw(plans(zone))
    start, end = data.draw(stretches(plan))
    for one in shifts(plan, covers, absences, start, end):
        for moment in (one.start, one.end - timedelta(microseconds=1)):
            assert on_call(plan, covers, absences, moment) == one.person


@pytest.mark.parametrize("zone", ZONES)
@laws
@given(data=st.data())
def test_gaps_are_exactly_where_nobody_is_on_call(zone: str, data: Any) -> None:
    near = data.draw(days_near(zone))
    made = [data.draw(plans(zone, near)) for _layer in range(data.draw(st.integers(0, 3)))]
    start, end = data.draw(stretches(made[0][0] if made else Layer(**PLAIN)))
    lines = [shifts(plan, covers, away, start, end) for plan, covers, away in made]
    holes = gaps(lines, start, end)
    assert all(one.end < following.start for one, following in pairwise(holes))
    moments = {start, *(edge for line in lines for one in line for edge in (one.start, one.end))}
    for moment in moments - {end}:
        is_held = any(at(line, moment).person is not None for line in lines)
        assert is_held is not any(one.start <= moment < one.end for one in holes)


PLAIN: dict[str, Any] = {
    "position": 1,
    "people": (1,),
    "zone": "UTC",
    "handover": "daily",
    "weekday": 0,
    "at": time(9),
    "starts_on": date(2026, 3, 9),
}
