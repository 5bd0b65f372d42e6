"""One sender's flood does not hold up the letters of others.

Nudges wait in one line, first come, first served: a thousand of one sender would stand before
the letter of the next, and before the sweep. So only the first few of a sender are nudged at
once; the sweep reads what waits in turns, one of each sender.
"""

import time
from collections import Counter, deque
from threading import Lock
from typing import Any, TypeVar

from django.db.models import F, Model, QuerySet, Window
from django.db.models.functions import RowNumber

Row = TypeVar("Row", bound=Model)
NUDGES, SECONDS = 20, 10.0


class Measure:
    """How many letters of each sender this process stored lately."""

    def __init__(self) -> None:
        self._lately: deque[tuple[float, str]] = deque()
        self._counts: Counter[str] = Counter()
        self._lock = Lock()

    def is_full(self, sender: str) -> bool:
        """Whether the sender has had their share; else this letter is counted."""
        now = time.monotonic()
        with self._lock:
            while self._lately and self._lately[0][0] < now - SECONDS:
                self._counts[self._lately.popleft()[1]] -= 1
            self._counts += Counter()  # Forgets whoever has none.
            if self._counts[sender] >= NUDGES:
                return True
            self._lately.append((now, sender))
            self._counts[sender] += 1
            return False


def in_turns(waiting: "QuerySet[Row]", whose: str, *order: str) -> "QuerySet[Row]":
    """The first one of each, then the second one of each, and so on."""
    turn = Window(RowNumber(), partition_by=[F(whose)], order_by=order)
    turns: Any = waiting.annotate(turn=turn)
    ordered: QuerySet[Row] = turns.order_by("turn", *order)
    return ordered
