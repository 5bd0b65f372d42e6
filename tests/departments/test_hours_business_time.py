"""The business_time command: one JSON question a line, one JSON answer a line."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

CALENDAR = {
    "tz": "Europe/Berlin",
    "week": {
        day: [["09:00", "12:30"], ["13:30", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")
    },
    "closed": ["2026-12-25"],
    "special": {"2026-12-24": [["09:00", "12:00"]]},
}
ADD = {"calendar": CALENDAR, "op": "add", "start": "2026-03-27T16:30:00+01:00", "minutes": 480}


Ask = Callable[..., list[Any]]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    def ask(*lines: object) -> list[Any]:
        texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\n".join(texts))))
        output = io.StringIO()
        call_command("business_time", stdout=output)
        return [json.loads(line) for line in output.getvalue().splitlines()]

    return ask


def test_adding_answers_with_an_instant_in_the_calendars_zone(ask: Ask) -> None:
    assert ask(ADD) == [{"result": "2026-03-31T09:30:00+02:00"}]


@pytest.mark.parametrize("name", ["start", "end"])
def test_subtracting_answers_with_an_instant_too(ask: Ask, name: str) -> None:
    question = {"calendar": CALENDAR, "op": "subtract", name: "2026-03-31T07:30:00Z"}
    assert ask(question | {"minutes": 480}) == [{"result": "2026-03-27T16:30:00+01:00"}]


@pytest.mark.parametrize(
    ("end", "minutes"),
    [
        ("2026-03-27T17:00:00+01:00", "30"),
        ("2026-03-31T09:30:00+02:00", "480"),
        ("2026-03-27T16:30:30+01:00", "0.5"),
        ("2026-03-27T12:00:00+01:00", "-210"),
        ("2026-03-29T12:00:00+02:00", "30"),
    ],
)
def test_counting_answers_with_minutes(ask: Ask, end: str, minutes: str) -> None:
    [answer] = ask(ADD | {"op": "count", "end": end})
    assert json.dumps(answer["result"]) == minutes


def test_closed_and_special_days_count(ask: Ask) -> None:
    count = ADD | {
        "op": "count",
        "start": "2026-12-24T00:00+01:00",
        "end": "2026-12-26T00:00+01:00",
    }
    assert ask(count) == [{"result": 180}]


def test_a_day_may_last_until_24_o_clock(ask: Ask) -> None:
    calendar = {"tz": "Asia/Tokyo", "week": {"fri": [["22:00", "24:00"]]}}
    late = {"start": "2026-03-27T23:00:00+09:00", "end": "2026-03-28T09:00:00+09:00"}
    assert ask({"calendar": calendar, "op": "count"} | late) == [{"result": 60}]


def test_minutes_may_have_a_fraction(ask: Ask) -> None:
    assert ask(ADD | {"minutes": 0.25}) == [{"result": "2026-03-27T16:30:15+01:00"}]


def test_empty_lines_are_passed_over(ask: Ask) -> None:
    assert len(ask(b"", ADD, b"  ", b"")) == 1


BAD_LINES: list[tuple[str, object, str]] = [
    ("no JSON", b"{bad", "property name"),
    ("no UTF-8", b'{"op": "\xff"}', "decode"),
    ("no object", [1], "must be an object"),
    ("too deep", b"[" * 100_000, "nested"),
    ("no calendar", {"op": "add"}, "calendar is missing"),
    ("no op", {"calendar": CALENDAR}, "op is missing"),
    ("no minutes", {key: ADD[key] for key in ("calendar", "op", "start")}, "minutes is missing"),
    ("a strange op", ADD | {"op": "divide"}, "none of add"),
    ("a list for op", ADD | {"op": ["add"]}, "none of add"),
    ("a naive start", ADD | {"start": "2026-03-27T16:30:00"}, "no time zone"),
    ("a start that is no time", ADD | {"start": "soon"}, "soon"),
    ("a number for start", ADD | {"start": 5}, "start must be text"),
    ("words for minutes", ADD | {"minutes": "480"}, "must be a number"),
    ("a truth for minutes", ADD | {"minutes": True}, "must be a number"),
    ("no number of minutes", ADD | {"minutes": float("nan")}, "NaN"),
    ("endless minutes", ADD | {"minutes": float("inf")}, "too large"),
    ("very many minutes", ADD | {"minutes": 10**30}, "too large"),
    ("minutes beyond the range", ADD | {"minutes": 10**8}, "1990 to 2100"),
    ("a start beyond the range", ADD | {"start": "1900-01-01T00:00:00Z"}, "1990 to 2100"),
]
BAD_PARTS: list[tuple[str, object, str]] = [
    ("tz", "Mars/Olympus", "no time zone"),
    ("tz", "\ud800", "no time zone"),
    ("tz", None, "tz must be text"),
    ("week", {"monday": []}, "weekdays are mon"),
    ("week", [], "week must be an object"),
    ("week", {}, "does not open"),
    ("week", {"mon": [["09:00"]]}, "not a pair"),
    ("week", {"mon": ["09:00-17:00"]}, "must be a list"),
    ("week", {"mon": [["25:00", "26:00"]]}, "hour"),
    ("week", {"mon": [["24:00", "24:00"]]}, "hour"),
    ("week", {"mon": [["09:00Z", "17:00Z"]]}, "no offset"),
    ("week", {"mon": [[9, 17]]}, "must be text"),
    ("closed", "2026-12-25", "must be a list"),
    ("closed", ["Christmas"], "Christmas"),
    ("special", {"2026-13-01": []}, "month"),
    ("holidays", "DE", "calendar has no holidays"),
]


@pytest.mark.parametrize(
    ("line", "error"),
    [pytest.param(line, error, id=name) for name, line, error in BAD_LINES]
    + [
        pytest.param(ADD | {"calendar": CALENDAR | {part: value}}, error, id=f"{part} {value}")
        for part, value, error in BAD_PARTS
    ],
)
def test_a_bad_line_gets_an_error_and_the_next_its_answer(
    ask: Ask, line: object, error: str
) -> None:
    refused, answered = ask(line, ADD)
    assert error in refused["error"]
    assert answered == {"result": "2026-03-31T09:30:00+02:00"}


def test_the_command_needs_no_database(ask: Ask) -> None:
    """This test asks for no database; pytest-django would refuse the first query."""
    assert ask(ADD)[0]["result"]
