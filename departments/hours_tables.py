"""Open time of one stretch of the calendar, summed beforehand so that a question is a look-up.

All numbers are whole microseconds: instants since 1970-01-01 UTC, totals of open time since the
table's first instant. A total starts at 1, so that it is never 0 (see `_slots`).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

Span = tuple[int, int]

# A slot is 2**31 microseconds, a little under 36 minutes: shifting finds it faster than dividing,
# and only the few slots in which a door opens or closes need a search. A year takes 115 kB.
SLOT = 31
SLOT_MASK = (1 << SLOT) - 1
MIXED = 0


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same open time in order, touching and overlapping spans made one."""
    result: list[Span] = []
    for opens, closes in sorted(spans):
        if result and opens <= result[-1][1]:
            if closes > result[-1][1]:
                result[-1] = (result[-1][0], closes)
        elif closes > opens:
            result.append((opens, closes))
    return result


class Table:
    """Open spans within [first, last); never changed once made, so threads may share it."""

    __slots__ = ("_base", "_slots", "closes", "ends", "first", "last", "opens", "starts", "total")

    def __init__(self, first: int, last: int, spans: Iterable[Span]) -> None:
        self.first, self.last = first, last
        clipped = ((max(opens, first), min(closes, last)) for opens, closes in spans)
        self.opens: list[int] = []
        self.closes: list[int] = []
        self.starts: list[int] = []  # the total when span i opens
        self.ends: list[int] = []  # the total when span i closes
        self.total = 1
        for opens, closes in merged(clipped):
            self.opens.append(opens)
            self.closes.append(closes)
            self.starts.append(self.total)
            self.total += closes - opens
            self.ends.append(self.total)
        self._base = first >> SLOT
        self._slots = self._make_slots()

    def grown(self, first: int, last: int) -> Span:
        """A stretch that holds these instants; at least doubled, so that few steps lead far."""
        length = self.last - self.first
        return (
            min(first, self.first - length) if first < self.first else self.first,
            max(last, self.last + length) if last > self.last else self.last,
        )

    def _make_slots(self) -> list[int]:
        """One number a slot: a total where closed, minus something where open, 0 where mixed.

        In an open slot the total is the instant plus the number, which is negative since totals
        are smaller than instants.
        """
        slots: list[int] = []

        def fill(until: int, number: int) -> None:
            slots.extend([number] * ((until >> SLOT) - self._base - len(slots)))
            if until & SLOT_MASK and len(slots) == (until >> SLOT) - self._base:
                slots.append(MIXED)

        for opens, closes, start in zip(self.opens, self.closes, self.starts, strict=True):
            fill(opens, start)
            fill(closes, start - opens)
        fill(self.last, self.total)
        slots.append(self.total)
        return slots

    def elapsed(self, instant: int) -> int:
        """Total of open time from the first instant until this one, which must be covered."""
        number = self._slots[(instant >> SLOT) - self._base]
        if number > 0:
            return number
        return instant + number if number else self._elapsed_in_mixed_slot(instant)

    def _elapsed_in_mixed_slot(self, instant: int) -> int:
        index = bisect_right(self.opens, instant) - 1
        if index < 0:
            return 1
        return self.starts[index] + min(instant, self.closes[index]) - self.opens[index]

    def counts(self, starts: Sequence[int], ends: Sequence[int]) -> list[int]:
        """Open time of many pairs; `elapsed` written out, since a call costs more than the sum."""
        slots, base, search = self._slots, self._base, self._elapsed_in_mixed_slot
        return [
            (n if (n := slots[(end >> SLOT) - base]) > 0 else end + n if n else search(end))
            - (n if (n := slots[(start >> SLOT) - base]) > 0 else start + n if n else search(start))
            for start, end in zip(starts, ends, strict=True)
        ]

    def earliest(self, total: int) -> int:
        """The first instant at which the total is reached; 1 < total <= self.total."""
        index = bisect_left(self.ends, total)
        return self.closes[index] - (self.ends[index] - total)

    def latest(self, total: int) -> int:
        """The last instant at which the total is not yet passed; 1 <= total < self.total."""
        index = bisect_right(self.ends, total)
        return self.opens[index] + (total - self.starts[index])

    def open_span(self, instant: int) -> Span | None:
        """The span that contains the instant."""
        index = bisect_right(self.opens, instant) - 1
        if index < 0 or self.closes[index] <= instant:
            return None
        return self.opens[index], self.closes[index]

    def next_opening(self, instant: int) -> int | None:
        """When the first span opens after the instant; None where the table ends before."""
        index = bisect_right(self.opens, instant)
        return self.opens[index] if index < len(self.opens) else None

    def spans_within(self, first: int, last: int) -> Iterator[Span]:
        """Open time in order, clipped to [first, last)."""
        if first >= last:
            return
        for index in range(bisect_right(self.closes, first), bisect_left(self.opens, last)):
            yield max(self.opens[index], first), min(self.closes[index], last)
