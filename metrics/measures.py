"""What the dashboard shows: figures of one desk and period, in a constant number of queries."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from departments.models import Department, Person
from metrics.models import TicketFact
from metrics.periods import Period
from tickets.models import ClockState, Ticket
from tickets.models.ticket import WAITING

# Groups smaller than this say too much about one person where requests are confidential.
SMALLEST_SECRET_GROUP = 5
AGE_BANDS = (1, 3, 7, 28)  # Days; the last band is open.


def percentile(values: Sequence[float], share: float) -> float | None:
    """Linear interpolation between the closest ranks (as `percentile_cont` in SQL)."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


@dataclass(frozen=True)
class Spread:
    """How a duration is spread, in minutes: half within, nine of ten within, on average."""

    count: int
    median: float | None
    ninth: float | None
    average: float | None

    @classmethod
    def of(cls, seconds: Iterable[int | None]) -> "Spread":
        minutes = [value / 60 for value in seconds if value is not None]
        average = sum(minutes) / len(minutes) if minutes else None
        return cls(len(minutes), percentile(minutes, 0.5), percentile(minutes, 0.9), average)


@dataclass(frozen=True)
class Kept:
    """Promises kept and missed."""

    kept: int
    missed: int

    @property
    def decided(self) -> int:
        return self.kept + self.missed

    @property
    def percent(self) -> float | None:
        return 100 * self.kept / self.decided if self.decided else None

    @classmethod
    def of(cls, states: Iterable[str]) -> "Kept":
        counts = Counter(states)
        return cls(counts[ClockState.MET], counts[ClockState.BREACHED])


Decision = tuple[datetime, str]  # When a promise was decided, and how.
Duration = tuple[datetime, int | None, int | None, str]  # Reached at, business, calendar, state.


@dataclass(frozen=True)
class Target:
    """Answers or solutions of a period."""

    durations: Sequence[Duration]
    decisions: Sequence[Decision]

    @property
    def business(self) -> Spread:
        return Spread.of(row[1] for row in self.durations)

    @property
    def calendar(self) -> Spread:
        return Spread.of(row[2] for row in self.durations)

    @property
    def kept(self) -> Kept:
        return Kept.of(state for _at, state in self.decisions)

    def within(self, period: Period) -> "Target":
        def inside(at: datetime) -> bool:
            return period.start <= at < period.end

        return Target(
            [row for row in self.durations if inside(row[0])],
            [row for row in self.decisions if inside(row[0])],
        )

    def kept_by_bucket(self, period: Period) -> list[Kept]:
        days = [(period.local_day(at), state) for at, state in self.decisions]
        return [
            Kept.of(state for day, state in days if first <= day <= last)
            for first, last in period.buckets()
        ]


def target(desk: Department, period: Period, name: str) -> Target:
    """`name` is *answer* or *solution*; two queries."""
    reached = {"answer": "answered_at", "solution": "solved_at"}[name]
    facts = TicketFact.objects.filter(desk=desk)
    inside = (period.start, period.end)
    durations = facts.filter(**{f"{reached}__gte": inside[0], f"{reached}__lt": inside[1]})
    decisions = facts.filter(
        **{f"{name}_decided_at__gte": inside[0], f"{name}_decided_at__lt": inside[1]}
    )
    return Target(
        list(
            durations.values_list(reached, f"{name}_business", f"{name}_calendar", f"{name}_state")
        ),
        list(decisions.values_list(f"{name}_decided_at", f"{name}_state")),
    )


def arrivals(desk: Department, period: Period) -> Counter[tuple[int, int]]:
    """Requests by (weekday, hour) in the period's zone."""
    opened = TicketFact.objects.filter(
        desk=desk, opened_at__gte=period.start, opened_at__lt=period.end
    )
    local = (at.astimezone(period.zone) for at in opened.values_list("opened_at", flat=True))
    return Counter((at.weekday(), at.hour) for at in local)


@dataclass(frozen=True)
class OpenTicket:
    """An unfinished ticket, as the backlog counts it."""

    opened_at: datetime
    assignee: int | None
    is_waiting: bool
    is_late: bool


def backlog(desk: Department, now: datetime) -> list[OpenTicket]:
    """What is unfinished now."""
    rows = Ticket.objects.filter(desk=desk, is_open=True).values_list(
        "opened_at", "assignee", "state", "next_due_at"
    )
    return [
        OpenTicket(opened, assignee, state in WAITING, due is not None and due < now)
        for opened, assignee, state, due in rows
    ]


def by_age(rows: Iterable[OpenTicket], now: datetime) -> list[int]:
    """How many are in each age band, youngest first."""
    counts = [0] * (len(AGE_BANDS) + 1)
    for row in rows:
        days = (now - row.opened_at) / timedelta(days=1)
        counts[sum(days >= edge for edge in AGE_BANDS)] += 1
    return counts


@dataclass(frozen=True)
class Load:
    """Unfinished tickets of one person (or of nobody)."""

    person: Person | None
    active: int
    waiting: int
    late: int

    @property
    def total(self) -> int:
        return self.active + self.waiting + self.late


def by_agent(rows: Sequence[OpenTicket]) -> list[Load]:
    """Who has how many, most first; late ones are counted as late only."""
    people = Person.objects.in_bulk({row.assignee for row in rows if row.assignee})
    loads = []
    for key in {row.assignee for row in rows}:
        own = [row for row in rows if row.assignee == key]
        late = sum(row.is_late for row in own)
        waiting = sum(row.is_waiting and not row.is_late for row in own)
        loads.append(Load(people.get(key or 0), len(own) - late - waiting, waiting, late))
    return sorted(loads, key=lambda load: (-load.total, load.person.name if load.person else ""))


def is_secret(desk: Department) -> bool:
    """Whether small groups of this desk must not be shown."""
    return TicketFact.objects.filter(desk=desk, is_confidential=True).exists()
