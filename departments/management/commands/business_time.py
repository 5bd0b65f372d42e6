"""Answers questions about business time, one JSON line each, from standard input."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand

from departments.hours import Hours

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
PARTS = {"tz", "week", "closed", "special"}
MINUTE = timedelta(minutes=1)


class Command(BaseCommand):
    help = (
        "Reads JSON lines {calendar, op, ...} and writes {result} or {error} lines. op is add "
        "(start, minutes: gives an instant), subtract (start or end, minutes: gives an instant) "
        "or count (start, end: gives minutes). "
        "calendar is {tz, week: {mon: [[opens, closes]]}, closed: [day], special: {day: [...]}}."
    )
    requires_system_checks: list[str] = []  # needs no data base, no cache, no settings

    def handle(self, *args: object, **options: object) -> None:
        for line in sys.stdin.buffer:
            if line.strip():
                self.stdout.write(json.dumps(reply(line)))
                self.stdout.flush()


def reply(line: bytes) -> dict[str, object]:
    """The answer to one line; a bad line never stops the next."""
    try:
        question = json.loads(line)
        return {"result": answer(_mapping(question, "The line"))}
    except KeyError as missing:
        return {"error": f"{missing.args[0]} is missing."}
    except OverflowError:
        return {"error": "A number is too large."}
    except RecursionError:
        return {"error": "The line is nested too deeply."}
    except ValueError as problem:
        return {"error": str(problem)}


def answer(question: Mapping[str, Any]) -> str | int | float:
    """Minutes for a count, an instant with the offset of the calendar's zone for the others."""
    hours, zone = _calendar(json.dumps(question["calendar"], sort_keys=True))
    match question["op"]:
        case "count":
            minutes = hours.count(_instant(question, "start"), _instant(question, "end")) / MINUTE
            return int(minutes) if minutes.is_integer() else minutes
        case "add":
            found = hours.add(_instant(question, "start"), _work(question))
        case "subtract":
            given = "start" if "start" in question else "end"
            found = hours.subtract(_instant(question, given), _work(question))
        case other:
            raise ValueError(f"op {other!r} is none of add, subtract, count.")
    return found.astimezone(zone).isoformat()


@lru_cache(maxsize=64)
def _calendar(text: str) -> tuple[Hours, ZoneInfo]:
    calendar = _mapping(json.loads(text), "calendar")
    if strange := calendar.keys() - PARTS:
        raise ValueError(f"calendar has no {', '.join(sorted(strange))}.")
    week = _mapping(calendar["week"], "week")
    if strange := week.keys() - set(WEEKDAYS):
        raise ValueError(f"{', '.join(sorted(strange))}: weekdays are {', '.join(WEEKDAYS)}.")
    special = _mapping(calendar.get("special") or {}, "special")
    tz = _text(calendar["tz"], "tz")
    hours = Hours(
        tz,
        {WEEKDAYS.index(weekday): _day_hours(pairs) for weekday, pairs in week.items()},
        closed=[_day(day) for day in _list(calendar.get("closed") or [], "closed")],
        special={_day(day): _day_hours(pairs) for day, pairs in special.items()},
    )
    return hours, ZoneInfo(tz)


def _day_hours(pairs: object) -> list[tuple[time, time]]:
    result = []
    for pair in _list(pairs or [], "A day's hours"):
        if len(_list(pair, "A pair of hours")) != 2:
            raise ValueError(f"{pair} is not a pair [opens, closes].")
        opens, closes = (_text(edge, "An hour") for edge in pair)
        # The end of the day is written 24:00 by people, and is the next day's midnight.
        result.append((_time(opens), time(0) if closes in {"24:00", "24:00:00"} else _time(closes)))
    return result


def _time(text: str) -> time:
    wall = time.fromisoformat(text)
    if wall.tzinfo:
        raise ValueError(f"{text} must have no offset; the calendar's zone counts.")
    return wall


def _day(text: object) -> date:
    return date.fromisoformat(_text(text, "A day"))


def _instant(question: Mapping[str, Any], name: str) -> datetime:
    return datetime.fromisoformat(_text(question[name], name))


def _work(question: Mapping[str, Any]) -> timedelta:
    minutes = question["minutes"]
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        raise ValueError(f"minutes must be a number, not {minutes!r}.")
    return timedelta(minutes=minutes)


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, not {value!r}.")
    return value


def _list(value: object, name: str) -> Sequence[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list, not {value!r}.")
    return value


def _mapping(value: object, name: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object, not {value!r}.")
    return value
