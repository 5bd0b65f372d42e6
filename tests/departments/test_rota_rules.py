"""Who is on call: a table of cases that reads like the documentation, and every refusal."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from departments.rota import (
    Absence,
    Gap,
    Layer,
    Override,
    RotaError,
    Shift,
    Why,
    days,
    gaps,
    local,
    on_call,
    shifts,
)

MIHAI, AYSE, DENIZ, JONAS = 1, 2, 3, 4
MONDAY = date(2026, 3, 9)
DAY = timedelta(days=1)


def layer(**changes: Any) -> Layer:
    """Mihai, Ayşe and Deniz take turns of a week, Mondays at nine in Istanbul (06:00 UTC)."""
    values: dict[str, Any] = {
        "position": 1,
        "people": (MIHAI, AYSE, DENIZ),
        "zone": "Europe/Istanbul",
        "handover": "weekly",
        "weekday": 0,
        "at": time(9),
        "starts_on": MONDAY,
    }
    return Layer(**values | changes)


def utc(text: str) -> datetime:
    """“9 06:00” is the ninth of March 2026, or of the month that is named."""
    return datetime.fromisoformat(text if text.count("-") == 2 else f"2026-03-{text}").replace(
        tzinfo=UTC
    )


def who(plan: Layer, *texts: str) -> list[int | None]:
    return [on_call(plan, [], [], utc(text)) for text in texts]


# --- Turns ------------------------------------------------------------------------------------


def test_a_week_ends_with_the_hand_over_and_the_next_takes_over() -> None:
    assert who(layer(), "09 06:00", "16 05:59:59", "16 06:00", "23 06:00", "30 06:00") == [
        MIHAI,
        MIHAI,
        AYSE,
        DENIZ,
        MIHAI,
    ]


def test_every_day_the_next_takes_over() -> None:
    plan = layer(handover="daily")
    assert who(plan, "09 06:00", "10 05:59", "10 06:00", "11 06:00", "12 06:00") == [
        MIHAI,
        MIHAI,
        AYSE,
        DENIZ,
        MIHAI,
    ]


def test_before_the_first_turn_nobody_is_on_call() -> None:
    assert who(layer(), "08 20:59:59", "2020-01-01 00:00") == [None, None]


def test_the_first_turn_begins_with_its_day_and_not_with_a_hand_over() -> None:
    assert who(layer(), "08 20:59:59", "08 21:00", "09 05:59") == [None, MIHAI, MIHAI]
    daily = layer(handover="daily")
    assert who(daily, "08 21:00", "09 06:00", "10 05:59", "10 06:00") == [MIHAI, MIHAI, MIHAI, AYSE]


def test_a_first_week_that_starts_on_another_day_is_short() -> None:
    plan = layer(starts_on=date(2026, 3, 12))
    assert who(plan, "11 20:59", "11 21:00", "16 05:59", "16 06:00") == [None, MIHAI, MIHAI, AYSE]


def test_a_first_week_that_starts_on_the_day_of_the_hand_over_is_whole() -> None:
    assert layer().begins(1) - layer().begins(0) == timedelta(days=7, hours=9)


def test_one_person_alone_is_always_on_call_from_the_start() -> None:
    plan = layer(people=(JONAS,), handover="daily")
    assert who(plan, "09 06:00", "20 00:00", "2030-01-01 00:00") == [JONAS] * 3


def test_the_turn_of_somebody_who_left_is_a_gap_and_moves_nobody_else() -> None:
    plan = layer(people=(MIHAI, None, DENIZ))
    assert who(plan, "09 06:00", "16 06:00", "23 06:00") == [MIHAI, None, DENIZ]
    (shift,) = shifts(plan, [], [], utc("17 00:00"), utc("18 00:00"))
    assert (shift.why, shift.planned) == (Why.VACANT, None)


@pytest.mark.parametrize("number", [0, 1, 5, 400])
@pytest.mark.parametrize("handover", ["daily", "weekly"])
def test_a_turn_is_found_again_at_its_own_beginning(number: int, handover: str) -> None:
    plan = layer(handover=handover, starts_on=date(2026, 3, 11))
    assert plan.number_at(plan.begins(number)) == number
    assert plan.number_at(plan.begins(number) - timedelta(microseconds=1)) == number - 1


# --- Changes of the clock -----------------------------------------------------------------------

HANDOVERS = [
    # zone, day, local time of the hand-over, its instant
    ("Europe/Istanbul", "2026-03-29", "02:30", "2026-03-28 23:30"),  # no change there any more
    ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29 01:00"),  # skipped: at the jump
    ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29 01:00"),
    ("Europe/Berlin", "2026-03-28", "02:30", "2026-03-28 01:30"),
    ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25 00:30"),  # twice: the first
    ("America/New_York", "2026-03-08", "02:15", "2026-03-08 07:00"),
    ("America/New_York", "2026-11-01", "01:15", "2026-11-01 05:15"),
    ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03 15:30"),  # half an hour is skipped
    ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04 14:45"),
    ("America/Havana", "2026-03-08", "00:00", "2026-03-08 05:00"),  # midnight itself is skipped
    ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30 10:00"),  # the whole day is
]


@pytest.mark.parametrize(("zone", "on", "at", "expected"), HANDOVERS)
def test_a_hand_over_is_at_its_local_time(zone: str, on: str, at: str, expected: str) -> None:
    found = local(zone, date.fromisoformat(on), time.fromisoformat(at))
    assert found == utc(expected)


def test_a_turn_over_a_change_of_the_clock_is_an_hour_longer_or_shorter() -> None:
    plan = layer(zone="Europe/Berlin", handover="daily", starts_on=date(2026, 3, 27))
    found = shifts(plan, [], [], utc("27 08:00"), utc("31 07:00"))
    assert [(one.end - one.start) / timedelta(hours=1) for one in found] == [24, 23, 24, 24]


def test_the_turn_of_a_day_that_the_calendar_left_out_has_no_length() -> None:
    plan = layer(zone="Pacific/Apia", handover="daily", at=time(0), starts_on=date(2011, 12, 29))
    start, end = local(plan.zone, date(2011, 12, 29), time(0)), utc("2011-12-31 10:00")
    found = shifts(plan, [], [], start, end)
    assert [one.person for one in found] == [MIHAI, DENIZ]  # Ayşe's day was never there.
    assert all(one.start < one.end for one in found)


def test_a_day_that_begins_twice_is_handed_over_once() -> None:
    # Newfoundland's clocks went back at 00:01 to 23:01 of the day before.
    plan = layer(zone="America/St_Johns", handover="daily", at=time(0), starts_on=date(2010, 11, 6))
    assert who(plan, "2010-11-07 02:29", "2010-11-07 02:30", "2010-11-07 03:00") == [
        MIHAI,
        AYSE,
        AYSE,
    ]
    assert who(plan, "2010-11-08 03:29", "2010-11-08 03:30") == [AYSE, DENIZ]


def test_days_include_the_last_one_in_the_zone_of_the_person() -> None:
    first, last = date(2026, 3, 28), date(2026, 3, 29)
    assert days("Europe/Berlin", first, last) == (utc("27 23:00"), utc("29 22:00"))


# --- Covers and absences ------------------------------------------------------------------------

TUESDAY = (utc("10 00:00"), utc("11 00:00"))
EVENING = (utc("10 17:00"), utc("10 20:00"))


def line(
    overrides: list[Override] | None = None, absences: list[Absence] | None = None, **plan: Any
) -> list[tuple[str, str, int | None, str]]:
    """The shifts of Tuesday, hours only."""
    found = shifts(layer(**plan), overrides or [], absences or [], *TUESDAY)
    return [(f"{s.start:%H}", f"{s.end:%H}", s.person, s.why) for s in found]


def test_a_cover_wins_over_the_turn() -> None:
    assert line([Override(*EVENING, JONAS)]) == [
        ("00", "17", MIHAI, "turn"),
        ("17", "20", JONAS, "cover"),
        ("20", "00", MIHAI, "turn"),
    ]


def test_a_cover_keeps_whose_turn_it_was() -> None:
    found = shifts(layer(), [Override(*EVENING, JONAS)], [], *EVENING)
    assert found == [Shift(*EVENING, JONAS, MIHAI, Why.COVER)]


def test_of_two_covers_the_later_one_wins_and_the_earlier_keeps_the_rest() -> None:
    earlier = Override(*TUESDAY, JONAS)
    assert line([earlier, Override(*EVENING, DENIZ)]) == [
        ("00", "17", JONAS, "cover"),
        ("17", "20", DENIZ, "cover"),
        ("20", "00", JONAS, "cover"),
    ]


def test_a_cover_fills_the_turn_of_who_left_and_the_time_before_the_first() -> None:
    cover = Override(*EVENING, JONAS)
    assert line([cover], people=(None,))[1] == ("17", "20", JONAS, "cover")
    assert line([cover], starts_on=date(2026, 4, 1)) == [
        ("00", "17", None, "not_started"),
        ("17", "20", JONAS, "cover"),
        ("20", "00", None, "not_started"),
    ]


def test_an_absence_gives_the_turn_to_the_deputy() -> None:
    assert line(absences=[Absence(MIHAI, *EVENING, AYSE)]) == [
        ("00", "17", MIHAI, "turn"),
        ("17", "20", AYSE, "deputy"),
        ("20", "00", MIHAI, "turn"),
    ]


def test_an_absence_without_a_deputy_is_a_gap() -> None:
    assert line(absences=[Absence(MIHAI, *EVENING)])[1] == ("17", "20", None, "away")


def test_an_absence_of_somebody_else_changes_nothing() -> None:
    assert line(absences=[Absence(DENIZ, *EVENING)]) == [("00", "00", MIHAI, "turn")]


def test_the_deputy_of_an_absent_deputy_stands_in() -> None:
    chain = [Absence(MIHAI, *TUESDAY, AYSE), Absence(AYSE, *EVENING, DENIZ)]
    assert line(absences=chain) == [
        ("00", "17", AYSE, "deputy"),
        ("17", "20", DENIZ, "deputy"),
        ("20", "00", AYSE, "deputy"),
    ]


@pytest.mark.parametrize(
    "circle",
    [[(MIHAI, MIHAI)], [(MIHAI, AYSE), (AYSE, MIHAI)], [(MIHAI, AYSE), (AYSE, AYSE)]],
)
def test_deputies_in_a_circle_are_a_gap(circle: list[tuple[int, int]]) -> None:
    absences = [Absence(person, *TUESDAY, deputy) for person, deputy in circle]
    assert line(absences=absences) == [("00", "00", None, "away")]


def test_a_cover_spares_the_deputy_and_an_absence_ends_a_cover_too() -> None:
    away = Absence(MIHAI, *TUESDAY, AYSE)
    assert line([Override(*EVENING, JONAS)], [away])[1] == ("17", "20", JONAS, "cover")
    also_away = Absence(JONAS, *TUESDAY, DENIZ)
    assert line([Override(*EVENING, JONAS)], [away, also_away])[1] == ("17", "20", DENIZ, "deputy")


def test_instants_of_any_zone_are_taken_and_utc_is_given() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start, end = (at.astimezone(berlin) for at in EVENING)
    (shift,) = shifts(layer(), [Override(start, end, JONAS)], [], start, end)
    assert (shift.start, shift.end) == EVENING
    assert shift.start.tzinfo is UTC


def test_a_cover_through_the_hour_that_comes_twice_is_exact() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 10, 25, 2, 30, tzinfo=berlin)
    second = first.replace(fold=1)
    plan = layer(zone="Europe/Berlin", people=(MIHAI,))
    found = shifts(plan, [Override(first, second, JONAS)], [], first - DAY, first + DAY)
    assert [one.end - one.start for one in found if one.person == JONAS] == [timedelta(hours=1)]
    assert on_call(plan, [Override(first, second, JONAS)], [], first) == JONAS
    assert on_call(plan, [Override(first, second, JONAS)], [], second) == MIHAI


# --- Gaps ---------------------------------------------------------------------------------------


def test_a_gap_is_where_no_layer_has_anybody() -> None:
    first = shifts(layer(), [], [Absence(MIHAI, *TUESDAY)], *TUESDAY)
    second = shifts(layer(people=(JONAS,)), [], [Absence(JONAS, *EVENING)], *TUESDAY)
    assert gaps([first], *TUESDAY) == [Gap(*TUESDAY)]
    assert gaps([second], *TUESDAY) == [Gap(*EVENING)]
    assert gaps([first, second], *TUESDAY) == [Gap(*EVENING)]


def test_somebody_who_goes_early_leaves_no_gap_while_another_layer_holds() -> None:
    # Jonas all day, Deniz for two short stretches in between.
    away = [
        Absence(DENIZ, utc("10 02:00"), utc("10 04:00")),
        Absence(DENIZ, utc("10 05:00"), EVENING[0]),
    ]
    long = shifts(layer(people=(JONAS,)), [], [], *TUESDAY)
    short = shifts(layer(people=(DENIZ,)), [], away, *TUESDAY)
    assert gaps([long, short], *TUESDAY) == []


def test_no_layer_at_all_is_one_gap() -> None:
    assert gaps([], *TUESDAY) == [Gap(*TUESDAY)]


def test_a_line_without_holes_has_no_gap() -> None:
    assert gaps([shifts(layer(), [], [], *TUESDAY)], *TUESDAY) == []


def test_neighbouring_gaps_for_different_reasons_are_one() -> None:
    plan = layer(people=(None,), zone="America/New_York", starts_on=date(2026, 3, 10))
    found = shifts(plan, [], [], *TUESDAY)
    assert [one.why for one in found] == [Why.NOT_STARTED, Why.VACANT]
    assert gaps([found], *TUESDAY) == [Gap(*TUESDAY)]


def test_only_what_was_asked_for_is_answered() -> None:
    found = shifts(layer(), [], [Absence(MIHAI, utc("09 00:00"), utc("14 00:00"))], *TUESDAY)
    assert gaps([found], *EVENING) == [Gap(*EVENING)]
    assert gaps([found], EVENING[0], EVENING[0]) == []


# --- What makes no sense ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"people": ()}, "at least one person"),
        ({"handover": "hourly"}, "daily or weekly"),
        ({"weekday": 7}, "0 is Monday"),
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"zone": ""}, "no time zone"),
        ({"zone": "../../etc/passwd"}, "no time zone"),
        ({"zone": "Europe"}, "no time zone"),
        ({"at": time(9, tzinfo=UTC)}, "give none"),
        ({"starts_on": date(1901, 1, 1)}, "1990 to 2100"),
        ({"starts_on": date(9999, 1, 1)}, "1990 to 2100"),
    ],
)
def test_a_layer_that_makes_no_sense_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(RotaError, match=words):
        layer(**changes)


NAIVE = datetime(2026, 3, 9)  # noqa: DTZ001 (what is refused)


@pytest.mark.parametrize(
    "question",
    [
        lambda: Override(NAIVE, EVENING[1], JONAS),
        lambda: Absence(JONAS, EVENING[0], NAIVE),
        lambda: shifts(layer(), [], [], NAIVE, EVENING[1]),
        lambda: on_call(layer(), [], [], NAIVE),
        lambda: gaps([], EVENING[0], NAIVE),
    ],
)
def test_a_time_without_a_zone_is_refused(question: Any) -> None:
    with pytest.raises(RotaError, match="aware"):
        question()


@pytest.mark.parametrize("end", [EVENING[0], EVENING[0] - DAY])
def test_a_cover_or_an_absence_has_a_length(end: datetime) -> None:
    with pytest.raises(RotaError, match="A cover ends after it starts"):
        Override(EVENING[0], end, JONAS)
    with pytest.raises(RotaError, match="An absence ends after it starts"):
        Absence(JONAS, EVENING[0], end)


def test_a_stretch_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(RotaError, match="before it starts"):
        shifts(layer(), [], [], EVENING[1], EVENING[0])


def test_other_centuries_are_refused() -> None:
    with pytest.raises(RotaError, match="1990 to 2100"):
        on_call(layer(), [], [], datetime(1980, 1, 1, tzinfo=UTC))


def test_an_empty_stretch_has_no_shifts() -> None:
    assert shifts(layer(), [], [], EVENING[0], EVENING[0]) == []
