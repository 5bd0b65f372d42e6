"""What share of past clocks a promise would have kept: pure arithmetic on what they took.

No Django here. Each clock of the past becomes a `Sample`, all of one kind a `Record`, which answers
for any proposed promise. A clock that did not end in an answer (it still runs, or was withdrawn)
says only that promises up to what it took were missed; of longer ones it says nothing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tickets.segments import Rule, Span, passing, used

TOO_FEW = 20
WANTED = 0.9
HOUR, WORKING_DAY, REAL_DAY = 60, 8 * 60, 24 * 60
DAYS = (1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90)
MINUTE, INSTANT = timedelta(minutes=1), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Sample:
    """One clock of the past: every budget shorter than `needs` would have been missed."""

    needs: timedelta
    has_ended: bool = True  # Else nobody knows whether a longer budget would have been kept.


def sample(
    rule: Rule,
    stretches: Sequence[Span],
    stopped: datetime | None,
    now: datetime,
    *,
    has_ended: bool,
) -> Sample:
    """What the clock with these stretches needed, in the hours of the rule."""
    took = used(rule, stretches, stopped or now)
    due = passing(rule, stretches, took)
    # Late by closed time alone is late: the answer came at 20:00, the budget ended at 17:00.
    in_time = stopped is not None and (due is None or due >= stopped)
    return Sample(took if in_time else took + INSTANT, has_ended)


@dataclass(frozen=True, slots=True)
class Share:
    """How many of `n` clocks would have kept a promise."""

    kept: int
    n: int

    @property
    def share(self) -> float:
        return self.kept / self.n if self.n else 0.0

    @property
    def is_enough(self) -> bool:
        """Fewer say nothing about the next ones."""
        return self.n >= TOO_FEW

    def holds(self, wanted: float = WANTED) -> bool:
        return self.is_enough and self.share >= wanted


class Record:
    """The clocks of one kind and priority."""

    def __init__(self, samples: Iterable[Sample] = ()) -> None:
        samples = list(samples)
        self._ended = sorted(one.needs for one in samples if one.has_ended)
        self._open = sorted(one.needs for one in samples if not one.has_ended)

    def __len__(self) -> int:
        return len(self._ended) + len(self._open)

    def share_kept(self, minutes: int) -> Share:
        """Of the clocks that decide about a promise of so many minutes: how many kept it."""
        budget = minutes * MINUTE
        missed_open = len(self._open) - bisect_right(self._open, budget)
        return Share(bisect_right(self._ended, budget), len(self._ended) + missed_open)

    def nearest_that_holds(
        self, minutes: int, day: int = WORKING_DAY, wanted: float = WANTED
    ) -> int | None:
        """The shortest round promise of at least so many minutes that would have held."""
        offered = round_targets(day)
        longer = offered[bisect_left(offered, minutes) :]
        return next((one for one in longer if self.share_kept(one).holds(wanted)), None)


def round_targets(day: int) -> list[int]:
    """What people promise, in minutes: a quarter of an hour, 1 hour, 3 days."""
    hours = [15, 30, *(n * HOUR for n in (1, 2, 4, 8, 12))]
    return [*(one for one in hours if one < day), *(n * day for n in DAYS)]
