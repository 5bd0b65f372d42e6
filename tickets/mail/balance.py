"""Where every letter ended: the balance that must come out even."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import TruncDate
from django.utils import timezone

from departments.models import Person
from tickets.models import InboundMail
from tickets.models.mailbox import InboundMailQuerySet

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
# A letter has only ended where it says so if what it became is there.
PROVEN = (
    Q(outcome=Outcome.TICKET, ticket__isnull=False, message__isnull=False)
    | Q(outcome=Outcome.REPLY, ticket__isnull=False, message__isnull=False)
    | Q(outcome=Outcome.BOUNCE, ticket__isnull=False)
    | Q(outcome__in=[Outcome.QUARANTINED, Outcome.STORED, Outcome.FOLDED])
    | Q(outcome__in=[Outcome.DUPLICATE, Outcome.REJECTED])
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


@dataclass(frozen=True)
class Row:
    """The balance of one day or of one mailbox."""

    label: date | str
    balance: Balance


def balance(person: Person, now: datetime | None = None) -> Balance:
    """The letters of the last days that this person may see, by outcome."""
    return _balance(_counted(_letters(person, now)))


def by_day(
    person: Person, tz: tzinfo, mailbox: int | None = None, now: datetime | None = None
) -> list[Row]:
    """One balance for each day (in `tz`) with letters, newest first; of one mailbox if given."""
    letters = _letters(person, now)
    if mailbox is not None:
        letters = letters.filter(mailbox=mailbox)
    days = _grouped(letters.annotate(day=TruncDate("received_at", tzinfo=tz)), "day")
    return [Row(day, _balance(days[day])) for day in sorted(days, reverse=True)]


def by_mailbox(person: Person, now: datetime | None = None) -> list[Row]:
    """One balance for each mailbox with letters, by address."""
    boxes = _grouped(_letters(person, now), "mailbox__address")
    return [Row(address, _balance(boxes[address])) for address in sorted(boxes)]


def _letters(person: Person, now: datetime | None) -> InboundMailQuerySet:
    since = (now or timezone.now()).astimezone(UTC) - timedelta(days=DAYS)
    return InboundMail.objects.visible_to(person).filter(received_at__gte=since)


def _counted(letters: InboundMailQuerySet, *names: str) -> Iterable[Any]:
    """How many letters ended how: the outcome where it is proven, else nothing."""
    ended = letters.annotate(end=Case(When(PROVEN, then=F("outcome")), default=Value("")))
    return ended.values_list(*names, "end").annotate(count=Count("pk")).order_by()


def _grouped(letters: InboundMailQuerySet, name: str) -> dict[date | str, list[tuple[str, int]]]:
    """End and number of letters, by what `name` names; one query."""
    found: dict[date | str, list[tuple[str, int]]] = defaultdict(list)
    for key, end, count in _counted(letters, name):
        found[key].append((end, count))
    return found


def _balance(counted: Iterable[tuple[str, int]]) -> Balance:
    counts = dict(counted)
    lines = [Line(each, str(each.label), counts.get(each, 0)) for each in ORDER]
    return Balance(sum(counts.values()), lines)
