"""What the departments of Aldera publish and promise, and when they are open."""

from collections.abc import Iterator
from datetime import date, time
from typing import Any, NamedTuple

from departments.models import Priority
from helpdesk.demo.people import words

CATALOGUE = words("catalogue")
SERVICES: list[dict[str, Any]] = CATALOGUE["service"]
DESKS: list[dict[str, Any]] = CATALOGUE["desk"]
TEAMS: list[dict[str, Any]] = CATALOGUE["team"]
MAILBOXES: list[dict[str, str]] = CATALOGUE["mailbox"]
PROMISES: list[dict[str, Any]] = CATALOGUE["promise"]
CLOSURES: dict[str, dict[str, str]] = CATALOGUE["closures"]
PRIORITIES = {priority.name.lower(): priority for priority in Priority}


class Kind(NamedTuple):
    """A category of a service: its group, its name, a hint, and its own priority."""

    group: str
    name: str
    hint: str = ""
    priority: str = ""


def kinds(service: dict[str, Any]) -> list[Kind]:
    return [Kind(*row) for row in service["categories"]]


def opening_hours(desk: dict[str, Any]) -> Iterator[tuple[int, time, time]]:
    """Weekday, opening and closing of every interval; Friday may differ."""
    for day in range(5):
        intervals = desk.get("friday", desk["week"]) if day == 4 else desk["week"]
        for opens, closes in intervals:
            yield day, time.fromisoformat(opens), time.fromisoformat(closes)


def closures(zone: str, years: range) -> list[tuple[date, str]]:
    """The days on which a desk in this zone is closed, and why."""
    return [
        (date.fromisoformat(f"{year}-{day}"), name)
        for year in years
        for day, name in CLOSURES[zone].items()
    ]


def behind_mailbox(desk: str) -> str:
    """The service to which mail for this desk goes; empty where the desk sorts it."""
    return next((box.get("service", "") for box in MAILBOXES if box["name"] == desk), "")
