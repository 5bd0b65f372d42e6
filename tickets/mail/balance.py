"""Where every letter ended: the balance that must come out even."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from departments.models import Person
from tickets.models import InboundMail

DAYS = 30
Outcome = InboundMail.Outcome
# What needs a hand stands first.
ORDER = (
    Outcome.QUARANTINED,
    Outcome.STORED,
    Outcome.TICKET,
    Outcome.REPLY,
    Outcome.FOLDED,
    Outcome.BOUNCE,
    Outcome.DUPLICATE,
    Outcome.REJECTED,
)


@dataclass(frozen=True)
class Line:
    """One outcome and how many letters ended so."""

    outcome: str
    label: str
    count: int


@dataclass(frozen=True)
class Balance:
    """Received, and its parts; the difference is nothing, or something is lost."""

    received: int
    lines: list[Line]

    @property
    def difference(self) -> int:
        return self.received - sum(line.count for line in self.lines)


def balance(person: Person, now: datetime | None = None) -> Balance:
    """The letters of the last days that this person may see, by outcome."""
    since = (now or timezone.now()) - timedelta(days=DAYS)
    letters = InboundMail.objects.visible_to(person).filter(received_at__gte=since)
    counted = dict(letters.values_list("outcome").annotate(Count("pk")).order_by())
    lines = [Line(each, str(each.label), counted.get(each, 0)) for each in ORDER]
    return Balance(letters.count(), lines)
