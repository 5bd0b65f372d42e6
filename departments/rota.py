"""Who is on call: recurring turns, covers and absences as one line of shifts.

The meanings:

- A layer is a list of people who take turns. The first turn begins with the day `starts_on`; each
  further one with a hand-over on a later day: every day, or every week on `weekday`, when the clock
  of the layer's own zone shows `at`. A turn lasts until the next one begins.
- Where the clock jumps over that time, the hand-over is at the jump; where it shows it twice, it
  is the first of the two.
- A cover (`Override`) wins over the turn; of several at once the last in the list wins.
- Who is absent is not on call, whether by turn, by cover or as a deputy: their deputy is, or the
  deputy's deputy. A chain that ends with nobody, or in a circle, leaves a gap.
- A person of None is a seat whose person has left; their turn is a gap.

Instants go in and out as aware datetimes, out in UTC. All stretches are half open, [start, end).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

from departments.hours import instant
from departments.hours_zones import MIDNIGHT, UNIX_DAY, opening

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
DAY, WEEK = 1, 7


class RotaError(ValueError):
    """A rota that makes no sense, or a question it cannot answer."""


class Why(StrEnum):
    """Why this person is on call, or nobody."""

    TURN = "turn"
    COVER = "cover"
    DEPUTY = "deputy"
    AWAY = "away"  # nobody: whose turn or cover it is, is absent without a deputy
    VACANT = "vacant"  # nobody: the seat's person has left
    NOT_STARTED = "not_started"  # nobody yet


@dataclass(frozen=True)
class Layer:
    """Who takes turns, and when they hand over."""

    position: int
    people: tuple[int | None, ...]
    zone: str
    handover: Literal["daily", "weekly"]
    weekday: int  # of a weekly hand-over; 0 is Monday
    at: time
    starts_on: date

    def __post_init__(self) -> None:
        if not self.people:
            raise RotaError("A layer needs at least one person who takes turns.")
        if self.handover not in {"daily", "weekly"}:
            raise RotaError(f"{self.handover!r} is no hand-over; it is daily or weekly.")
        if self.weekday not in range(7):
            raise RotaError(f"{self.weekday!r} is no weekday; 0 is Monday, 6 is Sunday.")
        if self.at.tzinfo is not None:
            raise RotaError("The time of a hand-over is a time of the layer's zone; give none.")
        if not FIRST_DAY <= self.starts_on <= LAST_DAY:
            raise RotaError("A layer starts in the years 1990 to 2100.")
        _zone(self.zone)

    def begins(self, number: int) -> datetime:
        """The instant at which the turn with this number begins; the first is number 0."""
        if not number:
            return local(self.zone, self.starts_on, MIDNIGHT)
        days = self._first_handover + (number - 1) * self._step
        return local(self.zone, self.starts_on + timedelta(days=days), self.at)

    def number_at(self, at: datetime) -> int:
        """The number of the turn at this instant; -1 before the first."""
        at = at.astimezone(UTC)
        days = (at.astimezone(_zone(self.zone)).date() - self.starts_on).days
        # One more than can have begun, whatever a change of the clock does to the local day.
        number = max(0, (days - self._first_handover) // self._step + 2)
        while number >= 0 and self.begins(number) > at:
            number -= 1
        return number

    def person(self, number: int) -> int | None:
        return self.people[number % len(self.people)]

    @property
    def _step(self) -> int:
        return DAY if self.handover == "daily" else WEEK

    @property
    def _first_handover(self) -> int:
        """Days from `starts_on` to the first hand-over after it."""
        if self.handover == "daily":
            return DAY
        return (self.weekday - self.starts_on.weekday() - 1) % 7 + 1


@dataclass(frozen=True)
class Override:
    """A person takes over whatever falls into this stretch."""

    start: datetime
    end: datetime
    person: int

    def __post_init__(self) -> None:
        _check_stretch(self.start, self.end, "A cover")


@dataclass(frozen=True)
class Absence:
    """A person is away, with or without somebody who stands in."""

    person: int
    start: datetime
    end: datetime
    deputy: int | None = None

    def __post_init__(self) -> None:
        _check_stretch(self.start, self.end, "An absence")


@dataclass(frozen=True)
class Shift:
    """A stretch with one answer: `person` is on call (None: nobody), `planned` has the turn."""

    start: datetime
    end: datetime
    person: int | None
    planned: int | None
    why: Why


@dataclass(frozen=True)
class Gap:
    """A stretch in which nobody is on call."""

    start: datetime
    end: datetime


class Held(Protocol):
    """A stretch that somebody holds, or nobody (None)."""

    @property
    def start(self) -> datetime: ...
    @property
    def end(self) -> datetime: ...
    @property
    def person(self) -> object: ...


def local(zone: str, on: date, at: time) -> datetime:
    """The first instant of this day at which the zone's clock shows `at` or later."""
    return instant(opening(_zone(zone), on.toordinal() - UNIX_DAY, at))


def days(zone: str, first: date, last: date) -> tuple[datetime, datetime]:
    """The stretch from the beginning of the first to the end of the last day, both included."""
    return local(zone, first, MIDNIGHT), local(zone, last + timedelta(days=1), MIDNIGHT)


def shifts(
    layer: Layer,
    overrides: Sequence[Override],
    absences: Sequence[Absence],
    start: datetime,
    end: datetime,
) -> list[Shift]:
    """All of [start, end) in order, without a hole and without an overlap.

    A shift never goes beyond a hand-over, so the same person may have several in a row.
    """
    _check_question(start, end)
    found: list[Shift] = []
    for turn in _turns(layer, start.astimezone(UTC), end.astimezone(UTC)):
        found += _settled(turn, overrides, absences)
    return found


def on_call(
    layer: Layer, overrides: Sequence[Override], absences: Sequence[Absence], at: datetime
) -> int | None:
    """Who is on call at this instant, or None."""
    _check_question(at, at)
    at = at.astimezone(UTC)
    number = layer.number_at(at)
    planned = layer.person(number) if number >= 0 else None
    return _answer(planned, Why.TURN, overrides, absences, at)[0]


def gaps(lines: Iterable[Iterable[Held]], start: datetime, end: datetime) -> list[Gap]:
    """The stretches of [start, end) in which no line has a person; of one line, its own gaps."""
    _check_question(start, end)
    held = sorted((one.start, one.end) for line in lines for one in line if one.person is not None)
    found, reached, end = [], start.astimezone(UTC), end.astimezone(UTC)
    for begins, ends in held:
        if reached < begins and reached < end:
            found.append(Gap(reached, min(begins, end)))
        reached = max(reached, ends)
    return [*found, Gap(reached, end)] if reached < end else found


def _turns(layer: Layer, start: datetime, end: datetime) -> Iterator[Shift]:
    """The turns within [start, end) as planned, and the time before the first."""
    number = layer.number_at(start)
    while start < end:
        until = min(layer.begins(number + 1), end)
        planned = layer.person(number) if number >= 0 else None
        why = Why.NOT_STARTED if number < 0 else Why.VACANT if planned is None else Why.TURN
        if start < until:  # Where the clock leaves out a whole day, its turn has no length.
            yield Shift(start, until, planned, planned, why)
        start, number = max(start, until), number + 1


def _settled(
    turn: Shift, overrides: Sequence[Override], absences: Sequence[Absence]
) -> list[Shift]:
    """One turn after covers and absences; neighbours with the same answer are one shift."""
    stretches: list[Override | Absence] = [*overrides, *absences]
    edges = {edge.astimezone(UTC) for one in stretches for edge in (one.start, one.end)}
    cuts = sorted(edge for edge in edges if turn.start < edge < turn.end)
    found: list[Shift] = []
    for start, end in zip([turn.start, *cuts], [*cuts, turn.end], strict=True):
        person, why = _answer(turn.planned, turn.why, overrides, absences, start)
        if found and (found[-1].person, found[-1].why) == (person, why):
            start = found.pop().start
        found.append(Shift(start, end, person, turn.planned, why))
    return found


def _answer(
    planned: int | None,
    why: Why,
    overrides: Sequence[Override],
    absences: Sequence[Absence],
    at: datetime,
) -> tuple[int | None, Why]:
    person = planned
    for cover in overrides:
        if cover.start <= at < cover.end:
            person, why = cover.person, Why.COVER
    if person is None:
        return None, why
    present = _present(person, absences, at)
    if present is None:
        return None, Why.AWAY
    return present, why if present == person else Why.DEPUTY


def _present(person: int, absences: Sequence[Absence], at: datetime) -> int | None:
    """The person, or who stands in for them at the end of the chain of deputies."""
    away = {one.person: one.deputy for one in absences if one.start <= at < one.end}
    asked: set[int] = set()
    while person in away:
        deputy = away[person]
        asked.add(person)
        if deputy is None or deputy in asked:
            return None
        person = deputy
    return person


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise RotaError(f"{name!r} is no time zone of the IANA data base.") from None


def _check_stretch(start: datetime, end: datetime, what: str) -> None:
    _check_aware(start, end)
    # In UTC: two times of one zone are compared by what its clock shows.
    if not start.astimezone(UTC) < end.astimezone(UTC):
        raise RotaError(f"{what} ends after it starts; this one would end at {end}.")


def _check_question(start: datetime, end: datetime) -> None:
    _check_aware(start, end)
    if end.astimezone(UTC) < start.astimezone(UTC):
        raise RotaError(f"The stretch ends at {end}, before it starts.")
    if not (FIRST_DAY.year <= start.year and end.year <= LAST_DAY.year):
        raise RotaError("Rotas are known for the years 1990 to 2100 only.")


def _check_aware(*instants: datetime) -> None:
    for at in instants:
        if at.utcoffset() is None:
            raise RotaError(f"{at!r} has no time zone; give an aware datetime.")
