"""Business time per CPU second (workload W8): ours, businesstimedelta, business-duration."""

import json
import random
import sys
import time as clock
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import businesstimedelta
import pytz  # type: ignore[import-untyped]  # what businesstimedelta asks for
from business_duration import businessDuration

from departments.hours import Hours, microseconds

# Monday to Friday 9 to 17, 12 holidays a year, starts anywhere in 2026, 30 to 4,800 minutes added,
# pairs up to 30 days apart.
OPENS, CLOSES = time(9), time(17)
HOLIDAYS = [
    date(year, month, day)
    for year in (2025, 2026, 2027)
    for month, day in [
        (1, 1), (1, 6), (4, 3), (4, 6), (5, 1), (5, 14),
        (5, 25), (6, 4), (10, 3), (11, 2), (12, 25), (12, 28),
    ]
]  # fmt: skip
ROUNDS = 3
OURS, THEIRS, BULK = 20_000, 200, 200_000  # questions a round
GOALS = {"add_vs_businesstimedelta": 100, "count_vs_businesstimedelta": 100, "bulk": 2_000_000}


@dataclass
class Workload:
    starts: list[datetime]
    ends: list[datetime]
    works: list[timedelta]


def workload(size: int, seed: int) -> Workload:
    chance = random.Random(seed)
    year = datetime(2026, 1, 1, tzinfo=UTC)
    starts = [year + timedelta(minutes=chance.randrange(365 * 1440)) for _ in range(size)]
    ends = [start + timedelta(minutes=chance.randrange(30 * 1440)) for start in starts]
    works = [timedelta(minutes=chance.randint(30, 4800)) for _ in range(size)]
    return Workload(starts, ends, works)


def their_rules(zone: str) -> businesstimedelta.Rules:
    """The same calendar in businesstimedelta's terms."""
    tz = pytz.timezone(zone)
    work = businesstimedelta.WorkDayRule(
        start_time=OPENS, end_time=CLOSES, working_days=[0, 1, 2, 3, 4], tz=tz
    )
    holidays = businesstimedelta.HolidayRule(dict.fromkeys(HOLIDAYS, "holiday"), tz=tz)
    return businesstimedelta.Rules([work, holidays])


def our_hours(zone: str) -> Hours:
    return Hours(zone, {day: [(OPENS, CLOSES)] for day in range(5)}, closed=HOLIDAYS)


def their_add(rules: businesstimedelta.Rules, start: datetime, work: timedelta) -> datetime:
    result: datetime = start + businesstimedelta.BusinessTimeDelta(rules, timedelta=work)
    return result


def their_count(rules: businesstimedelta.Rules, start: datetime, end: datetime) -> timedelta:
    result: timedelta = rules.difference(start, end).timedelta
    return result


def duration(start: datetime, end: datetime) -> timedelta:
    """business-duration knows no zones: it is given UTC without a zone."""
    minutes = businessDuration(
        start.replace(tzinfo=None), end.replace(tzinfo=None), OPENS, CLOSES, holidaylist=HOLIDAYS
    )
    return timedelta(minutes=round(minutes))


Question = Callable[[], object]


def per_cpu_second(questions: dict[str, tuple[Question, int]]) -> dict[str, float]:
    """The best of the rounds; all sides take turns, so that other work disturbs them alike."""
    best = dict.fromkeys(questions, float("inf"))
    for _ in range(ROUNDS):
        for name, (ask, size) in questions.items():
            begin = clock.process_time()
            ask()
            best[name] = min(best[name], (clock.process_time() - begin) / size)
    return {name: 1 / seconds for name, seconds in best.items()}


def all_of(ask: Callable[..., object], *columns: Sequence[object]) -> Question:
    return lambda: [ask(*row) for row in zip(*columns, strict=True)]


def measured() -> dict[str, float]:
    hours, rules = our_hours("Europe/Berlin"), their_rules("Europe/Berlin")
    many, few, bulk = workload(OURS, 1), workload(THEIRS, 2), workload(BULK, 3)
    starts, ends = [*map(microseconds, bulk.starts)], [*map(microseconds, bulk.ends)]
    add, count = partial(their_add, rules), partial(their_count, rules)
    return per_cpu_second(
        {
            "add": (all_of(hours.add, many.starts, many.works), OURS),
            "count": (all_of(hours.count, many.starts, many.ends), OURS),
            "bulk": (lambda: hours.count_many(starts, ends), BULK),
            "businesstimedelta_add": (all_of(add, few.starts, few.works), THEIRS),
            "businesstimedelta_count": (all_of(count, few.starts, few.ends), THEIRS),
            "business_duration_count": (all_of(duration, few.starts, few.ends), THEIRS),
        }
    )


def first_question() -> float:
    """Milliseconds of CPU until a new calendar has answered once, its table built."""
    start, work = datetime(2026, 3, 27, 15, tzinfo=UTC), timedelta(hours=8)
    best = float("inf")
    for _ in range(10):
        begin = clock.process_time()
        our_hours("Europe/Berlin").add(start, work)
        best = min(best, clock.process_time() - begin)
    return best * 1000


def agreement() -> dict[str, str]:
    """How often the answers are the same, microsecond for microsecond, where both have one."""
    tasks = workload(THEIRS, 4)
    berlin, rules = our_hours("Europe/Berlin"), their_rules("Europe/Berlin")
    utc = our_hours("UTC")
    pairs = list(zip(tasks.starts, tasks.ends, strict=True))
    works = list(zip(tasks.starts, tasks.works, strict=True))
    same = {
        "businesstimedelta_add": [berlin.add(*w) == their_add(rules, *w) for w in works],
        "businesstimedelta_count": [berlin.count(*p) == their_count(rules, *p) for p in pairs],
        "business_duration_count": [utc.count(*p) == duration(*p) for p in pairs],
        "bulk": [
            timedelta(microseconds=bulk) == berlin.count(*pair)
            for pair, bulk in zip(pairs, in_bulk(berlin, tasks), strict=True)
        ],
    }
    return {name: f"{sum(answers)}/{len(answers)}" for name, answers in same.items()}


def in_bulk(hours: Hours, tasks: Workload) -> list[int]:
    return hours.count_many([*map(microseconds, tasks.starts)], [*map(microseconds, tasks.ends)])


def main() -> int:
    rates, agrees = measured(), agreement()
    ratios = {
        "add_vs_businesstimedelta": rates["add"] / rates["businesstimedelta_add"],
        "count_vs_businesstimedelta": rates["count"] / rates["businesstimedelta_count"],
        "count_vs_business_duration": rates["count"] / rates["business_duration_count"],
        "bulk_vs_business_duration": rates["bulk"] / rates["business_duration_count"],
    }
    reached = {name: (ratios | rates)[name] >= goal for name, goal in GOALS.items()}
    cold = first_question()
    for name, rate in rates.items():
        print(f"{name:26} {rate:12,.0f} a CPU second")
    for name, ratio in ratios.items():
        print(f"{name:26} {ratio:12,.0f} times")
    for name, share in agrees.items():
        print(f"{'agrees: ' + name:32} {share}")
    print(f"first question of a calendar {cold:.1f} ms of CPU")
    result = {
        "per_cpu_second": {name: round(rate) for name, rate in rates.items()},
        "ratios": {name: round(ratio, 1) for name, ratio in ratios.items()},
        "agreement": agrees,
        "first_question_ms": round(cold, 2),
        "goals_reached": reached,
    }
    print(json.dumps(result))
    return 0 if all(a.split("/")[0] == a.split("/")[1] for a in agrees.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
