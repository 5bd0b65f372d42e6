"""Changing a layer in mid-turn: who is on call now stays, and the order goes on after them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from departments.rota import Layer, on_call
from departments.rota_changes import carried_on

MIHAI, AYSE, DENIZ, JONAS = 1, 2, 3, 4
BEFORE = Layer(
    position=1,
    people=(MIHAI, AYSE, DENIZ),
    zone="Europe/Istanbul",
    handover="weekly",
    weekday=0,
    at=time(9),
    starts_on=date(2026, 3, 9),
)
# Wednesday of Ayşe's week, which goes from Monday 16 to Monday 23 March, 06:00 UTC.
WEDNESDAY = datetime(2026, 3, 18, 12, tzinfo=UTC)


def changed(now: datetime = WEDNESDAY, **changes: Any) -> Layer:
    return carried_on(BEFORE, replace(BEFORE, **changes), now)


def people_after(layer: Layer, at: datetime = WEDNESDAY, turns: int = 4) -> list[int | None]:
    number = layer.number_at(at)
    return [layer.person(number + n) for n in range(turns)]


def test_a_layer_that_stays_as_it_is_is_left_alone() -> None:
    assert changed() == BEFORE
    assert changed(people=(AYSE, DENIZ, MIHAI)) == BEFORE  # The same circle.


def test_somebody_new_at_the_end_does_not_move_the_present() -> None:
    after = changed(people=(MIHAI, AYSE, DENIZ, JONAS))
    assert people_after(after) == [AYSE, DENIZ, JONAS, MIHAI]
    assert after.begins(1) == datetime(2026, 3, 23, 6, tzinfo=UTC)


def test_another_order_goes_on_after_the_one_on_call() -> None:
    assert people_after(changed(people=(DENIZ, AYSE, MIHAI))) == [AYSE, MIHAI, DENIZ, AYSE]


def test_who_loses_their_seat_is_followed_by_the_next_of_the_old_order() -> None:
    assert people_after(changed(people=(MIHAI, DENIZ))) == [DENIZ, MIHAI, DENIZ, MIHAI]


def test_with_nobody_left_of_the_old_ones_the_first_begins() -> None:
    assert people_after(changed(people=(JONAS, 9)))[:2] == [JONAS, 9]


def test_a_vacant_seat_is_nobody_to_go_on_with() -> None:
    before = replace(BEFORE, people=(None, None))
    assert people_after(carried_on(before, replace(BEFORE, people=(JONAS,)), WEDNESDAY))[0] == JONAS


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"at": time(17)}, "2026-03-23T14:00"),
        ({"weekday": 2, "at": time(18)}, "2026-03-25T15:00"),  # Not today: too far from Monday.
        ({"weekday": 4}, "2026-03-20T06:00"),  # Friday is nearer to Monday than the next one.
        ({"handover": "daily"}, "2026-03-19T06:00"),  # The last one that can be is tomorrow's.
        ({"zone": "Europe/Berlin"}, "2026-03-23T08:00"),
    ],
)
def test_the_turn_ends_at_the_new_hand_over_nearest_to_the_old(
    changes: dict[str, Any], end: str
) -> None:
    after = changed(**changes)
    assert after.begins(after.number_at(WEDNESDAY) + 1) == datetime.fromisoformat(end + "Z")


def test_a_later_hour_on_the_day_of_the_hand_over_does_not_cut_the_turn_that_just_began() -> None:
    noon = datetime(2026, 3, 16, 9, tzinfo=UTC)
    after = changed(noon, at=time(17))
    assert people_after(after, noon)[0] == AYSE
    assert after.begins(1) == datetime(2026, 3, 23, 14, tzinfo=UTC)


def test_a_layer_that_has_not_begun_is_just_what_it_will_be() -> None:
    after = replace(BEFORE, people=(DENIZ, MIHAI), starts_on=date(2026, 5, 1))
    assert carried_on(BEFORE, after, datetime(2026, 3, 1, tzinfo=UTC)) == after


hours = st.integers(0, 60 * 24).map(lambda n: WEDNESDAY + timedelta(hours=n))
orders = st.lists(st.sampled_from([1, 2, 3, 4, 5]), min_size=1, max_size=5, unique=True).map(tuple)
zones = st.sampled_from(["Europe/Istanbul", "Europe/Berlin", "Australia/Lord_Howe", "UTC"])


@st.composite
def any_layer(draw: Any) -> Layer:
    return replace(
        BEFORE,
        people=draw(orders),
        zone=draw(zones),
        handover=draw(st.sampled_from(["daily", "weekly"])),
        weekday=draw(st.integers(0, 6)),
        at=time(draw(st.integers(0, 23))),
    )


@given(before=any_layer(), after=any_layer(), at=hours)
def test_nobody_with_a_seat_is_relieved_by_a_change(before: Layer, after: Layer, at: Any) -> None:
    now = on_call(before, [], [], at)
    assume(now in after.people)
    assert on_call(carried_on(before, after, at), [], [], at) == now


@given(before=any_layer(), after=any_layer(), at=hours)
def test_the_new_order_is_kept_as_a_circle(before: Layer, after: Layer, at: Any) -> None:
    made = carried_on(before, after, at)
    first = after.people.index(made.people[0])
    assert made.people == after.people[first:] + after.people[:first]


@given(before=any_layer(), after=any_layer(), at=hours)
def test_a_change_leaves_no_gap_and_ends_within_a_week(
    before: Layer, after: Layer, at: Any
) -> None:
    made = carried_on(before, after, at)
    number = made.number_at(at)
    assert number >= 0
    assert at < made.begins(number + 1) <= at + timedelta(days=14)


@given(before=any_layer(), after=any_layer(), at=hours)
def test_saving_the_same_twice_changes_nothing(before: Layer, after: Layer, at: Any) -> None:
    made = carried_on(before, after, at)
    assert carried_on(made, replace(made, people=after.people), at) == made
