"""A rota for tests: IT with two layers, made by its lead through the actions."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from departments.actions import covers, rota
from departments.models import (
    Department,
    Membership,
    Person,
    Role,
    Rota,
    RotaLayer,
    RotaOverride,
)
from tests.cast import Company
from tests.conftest import MONDAY

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ISTANBUL = ZoneInfo("Europe/Istanbul")
# Monday, nine o'clock in Istanbul: when the turns of the first line began.
HANDOVER = datetime(2026, 3, 9, 9, tzinfo=ISTANBUL)


def join(person: Person, desk: Department, role: str = Role.AGENT) -> Person:
    Membership.objects.create(person=person, department=desk, role=role)
    return person


def layer_of(found: Rota, people: list[Person], **said: Any) -> RotaLayer:
    """Weekly turns from Monday nine o'clock in Istanbul on, unless said otherwise."""
    lead = Person.objects.get(memberships__department=found.department, memberships__role=Role.LEAD)
    values: dict[str, Any] = {
        "name": "First line",
        "time_zone": "Europe/Istanbul",
        "handover": "weekly",
        "handover_at": time(9),
        "starts_on": date(2026, 3, 9),
        "by": lead,
        "at": MONDAY,
    }
    return rota.save_layer(found, people=people, **values | said)


class ItRota:
    """Mihai and Olga take turns of a week in the first line; Jonas is the second, always."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.olga = join(company.olga, company.it)
        self.rota = rota.set_up(company.it, by=company.jonas)
        self.first = layer_of(self.rota, [company.mihai, company.olga])
        self.second = layer_of(self.rota, [company.jonas], name="Second line", handover="daily")

    def cover(self, person: Person, start: datetime, end: datetime, **said: Any) -> RotaOverride:
        values: dict[str, Any] = {"layer": self.first, "by": self.company.jonas, "at": MONDAY}
        return covers.cover(person=person, starts_at=start, ends_at=end, **values | said)
