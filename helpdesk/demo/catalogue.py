"""What the departments of Aldera publish and promise, and when they are open."""

from datetime import date, time
from typing import Any, NamedTuple

from departments.calendar_rules import CalendarRules, DayOff
from departments.models import Priority, TargetKind
from departments.promise_rules import PromiseRules, TargetRule
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


def calendar(desk: dict[str, Any], years: range) -> CalendarRules:
    """When this desk is open; Friday may differ, and every zone has its own days off."""
    week = {
        day: tuple(
            (time.fromisoformat(opens), time.fromisoformat(closes))
            for opens, closes in (desk.get("friday", desk["week"]) if day == 4 else desk["week"])
        )
        for day in range(5)
    }
    closures = tuple(
        DayOff(date.fromisoformat(f"{year}-{day}"), name)
        for year in years
        for day, name in CLOSURES[desk["zone"]].items()
    )
    return CalendarRules(desk["zone"], week, closures)


def promise(row: dict[str, Any]) -> PromiseRules:
    """The minutes of a row, by priority: first answer, next answer, workaround, solution.

    A zero promises nothing.
    """
    return PromiseRules(
        tuple(
            TargetRule(priority, kind, minutes, name in row.get("day_and_night", ()))
            for name, priority in PRIORITIES.items()
            for kind, minutes in zip(TargetKind.values, row[name], strict=True)
            if minutes
        )
    )


def behind_mailbox(desk: str) -> str:
    """The service to which mail for this desk goes; empty where the desk sorts it."""
    return next((box.get("service", "") for box in MAILBOXES if box["name"] == desk), "")
