"""The days that a recurrence rule names (RFC 5545, section 3.3.10); pure, no Django.

Rules come from strangers, and the libraries for them look for the next match without an end: a
day that never comes, like 30 February, keeps them busy for seconds, an interval of 0 for ever. So
here whole days are enough, every day that is looked at is counted, and the count has a limit.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count as numbers
from typing import Literal

Every = Literal["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]

MAX_INTERVAL = 9999
YEAR = range(1, 13)


class TooMuch(Exception):
    """So many days would have to be looked at that this is no calendar of people."""


@dataclass
class Budget:
    """How many days may still be looked at, by all rules together."""

    left: int

    def spend(self, days: int) -> None:
        self.left -= days
        if self.left < 0:
            raise TooMuch


@dataclass(frozen=True)
class Rule:
    """A rule of whole days. Empty sets limit nothing; ValueError for what makes no sense."""

    every: Every
    interval: int = 1
    count: int | None = None
    until: date | None = None
    months: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()  # negative: from the end
    year_days: frozenset[int] = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()  # Monday is 0; the n-th, or 0 for each
    positions: frozenset[int] = frozenset()  # among the days of one period
    week_start: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.interval <= MAX_INTERVAL or (self.count is not None and self.count < 1):
            raise ValueError("interval or count")
        if not self.months <= {*YEAR} or not self.positions.isdisjoint({0}):
            raise ValueError("months or positions")
        if self.every in {"DAILY", "WEEKLY"} and any(nth for _day, nth in self.weekdays):
            raise ValueError("A weekday is the n-th of a month or year only.")

    def completed(self, start: date) -> "Rule":
        """With what the first day says where the rule says nothing."""
        if self.month_days or self.year_days or self.weekdays or self.every == "DAILY":
            return self
        values = {**self.__dict__}
        if self.every == "WEEKLY":
            return Rule(**values | {"weekdays": frozenset({(start.weekday(), 0)})})
        values["month_days"] = frozenset({start.day})
        if self.every == "YEARLY" and not self.months:
            values["months"] = frozenset({start.month})
        return Rule(**values)

    def fits(self, day: date) -> bool:
        if self.months and day.month not in self.months:
            return False
        if self.month_days:
            length = monthrange(day.year, day.month)[1]
            if not self.month_days & {day.day, day.day - length - 1}:
                return False
        if self.year_days and not self.year_days & set(_places_in_year(day)):
            return False
        return not self.weekdays or not self.weekdays.isdisjoint(self._names_of(day))

    def _names_of(self, day: date) -> Iterator[tuple[int, int]]:
        """Monday, the third Monday, the last but one Monday."""
        weekday = day.weekday()
        yield weekday, 0
        if self.every == "YEARLY" and not self.months:
            place, from_end = _places_in_year(day)
        else:
            place, from_end = day.day, day.day - monthrange(day.year, day.month)[1] - 1
        yield weekday, (place + 6) // 7
        yield weekday, -((6 - from_end) // 7)


def dates(rule: Rule, start: date, first: date, last: date, budget: Budget) -> Iterator[date]:
    """Every day of the rule from `first` to `last`, both included, in order.

    `start` is the first of all, whether the rule names it or not, and counts as one. Raises
    TooMuch when the budget is spent.
    """
    rule = rule.completed(start)
    end = min(last, rule.until or last)
    if first <= start <= last:
        yield start
    counted = 1
    for period in _periods(rule, start, start if rule.count else first, end):
        budget.spend(len(period))
        for day in _chosen(rule, period):
            if day <= start:
                continue
            counted += 1
            if day > end or (rule.count and counted > rule.count):
                return
            if day >= first:
                yield day


def _chosen(rule: Rule, period: list[date]) -> list[date]:
    fitting = [day for day in period if rule.fits(day)]
    if not rule.positions:
        return fitting
    size = len(fitting)
    places = {n - 1 if n > 0 else size + n for n in rule.positions}
    return [fitting[n] for n in sorted(places) if 0 <= n < size]


def _periods(rule: Rule, start: date, since: date, end: date) -> Iterator[list[date]]:
    """The days of each period of the rule that may matter from `since` to `end`."""
    if rule.every in {"DAILY", "WEEKLY"}:
        yield from _short_periods(rule, start, since, end)
        return
    months = 12 if rule.every == "YEARLY" else 1
    origin = (start.year * 12 + start.month - 1) // months
    ahead = (since.year * 12 + since.month - 1) // months - origin
    for n in numbers(max(0, ahead // rule.interval)):
        period = origin + n * rule.interval
        year, month = divmod(period * months, 12)
        if (year, month + 1) > (end.year, end.month):
            return
        of_year = sorted(rule.months) or YEAR
        yield [
            date(year, number, day + 1)
            for number in (of_year if rule.every == "YEARLY" else [month + 1])
            for day in range(monthrange(year, number)[1])
        ]


def _short_periods(rule: Rule, start: date, since: date, end: date) -> Iterator[list[date]]:
    length = 7 if rule.every == "WEEKLY" else 1
    origin = start.toordinal() - ((start.weekday() - rule.week_start) % 7 if length == 7 else 0)
    step = length * rule.interval
    for n in numbers(max(0, (since.toordinal() - origin) // step)):
        begins = origin + n * step
        if begins > end.toordinal():
            return
        yield [date.fromordinal(day) for day in range(max(1, begins), begins + length)]


def _places_in_year(day: date) -> tuple[int, int]:
    """Which day of its year this is, from the beginning and from the end."""
    place = (day - date(day.year, 1, 1)) // timedelta(days=1) + 1
    return place, place - (366 if monthrange(day.year, 2)[1] == 29 else 365) - 1
