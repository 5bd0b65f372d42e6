"""Ninety days of requests before today: who asks, when, and how the desk answers.

The days count from today's date, so seeding twice on one day tells the same history.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import cycle, islice
from random import Random
from zoneinfo import ZoneInfo

from departments.hours import Hours
from departments.models import Person
from helpdesk.demo import people
from helpdesk.demo.catalogue import DESKS
from helpdesk.demo.company import Company
from helpdesk.demo.plot import Plot
from helpdesk.demo.stage import Case
from helpdesk.demo.stories import Story, stories_of

DAYS = 90
# How many requests each desk gets in all.
ASKED = {"it": 132, "facilities": 56, "hr": 42, "finance": 38, "legal": 20}
WEEKDAYS = (1.45, 1.1, 1.0, 0.95, 0.8, 0.08, 0.07)
# For each hour of the day, how many ask then.
HOURS = (
    *(0.1, 0.1, 0, 0, 0, 0.1, 0.2, 0.8, 2.2, 5, 6, 4.4),
    *(2, 3.4, 4.4, 3.8, 2.8, 1.4, 0.7, 0.5, 0.5, 0.4, 0.3, 0.2),
)
MONDAY_TEN = 2.2  # The busiest hour of the week is so many times busier still.
BAD_DAY, BAD_DAY_WEIGHT = 37, 3.5  # So many days ago something large broke.
# Her open requests are told one by one in words/today.toml; she asks for nothing else lately.
SPECIAL, LATELY = "elif", timedelta(days=12)
RARELY = 0.3  # So often beside the others does the head of everybody ask.
# A desk that would not be ready before today is tried again, working faster.
PACES = (1.0, 0.4, 0.12)


def cases(company: Company, now: datetime) -> list[Case]:
    """All requests of the past days; everything that happens in them is over before today."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found: list[Case] = []
    for desk in DESKS:
        # The same day gives the same stories; no secret depends on this chance.
        rng = Random(f"{desk['slug']} {today:%Y-%m-%d}")  # noqa: S311
        found += desk_cases(company, desk, today, rng)
    return found


def desk_cases(
    company: Company, desk: dict[str, str], today: datetime, rng: Random
) -> Iterator[Case]:
    told = stories_of(desk["slug"])
    rng.shuffle(told)
    tellings = islice(cycle(told), ASKED[desk["slug"]])
    askers = Askers(company, rng)
    dates = days(rng, company.hours(desk["slug"]), desk, today)
    for count, (day, story) in enumerate(zip(dates, tellings, strict=True)):
        is_lately = today - day <= LATELY
        asker = askers.choose(story, absent=SPECIAL if is_lately else "")
        at = moment(rng, day, asker.time_zone if story.lang == "ja" else desk["zone"])
        if at >= today:
            continue
        for pace in PACES:
            plot = Plot(company, rng, story, asker, at, pace)
            case = plot.case(telling=count // len(told), before=today)
            if case is not None:
                yield case
                break


def days(rng: Random, hours: Hours, desk: dict[str, str], today: datetime) -> list[datetime]:
    """The day (midnight) of each request, the earliest first."""
    past = [today - timedelta(days=ago) for ago in range(1, DAYS + 1)]
    weights = []
    for ago, day in enumerate(past, start=1):
        is_open = hours.count(day, day + timedelta(days=1)) > timedelta(0)
        weight = WEEKDAYS[day.weekday()] if is_open else WEEKDAYS[-1]
        is_bad = ago == BAD_DAY and desk["slug"] == "it"
        weights.append(weight * (BAD_DAY_WEIGHT if is_bad else 1))
    return sorted(rng.choices(past, weights, k=ASKED[desk["slug"]]))


def moment(rng: Random, day: datetime, zone: str) -> datetime:
    """An instant of this day at which people ask: mostly mornings, Monday's most of all."""
    busier = MONDAY_TEN if day.weekday() == 0 else 1
    weights = [weight * (busier if hour == 10 else 1) for hour, weight in enumerate(HOURS)]
    hour = rng.choices(range(24), weights)[0]
    at = time(hour, rng.randrange(60), rng.randrange(60), tzinfo=ZoneInfo(zone))
    return datetime.combine(day.date(), at).astimezone(UTC)


class Askers:
    """Who asks next: somebody who speaks so, does not work at that desk, and did not just ask."""

    def __init__(self, company: Company, rng: Random) -> None:
        self.company, self.rng = company, rng
        self.lately: list[str] = []

    def choose(self, story: Story, absent: str) -> Person:
        busy = {story.desk, story.to}
        able = [
            key
            for key, colleague in people.PEOPLE.items()
            if colleague.speaks == story.lang
            and key != absent
            and not any(key in people.DESKS.get(desk, ()) for desk in busy)
        ]
        fresh = [key for key in able if key not in self.lately] or able
        weights = [RARELY if self.company.is_chief(key) else 1 for key in fresh]
        chosen = self.rng.choices(fresh, weights)[0]
        self.lately = [*self.lately, chosen][-4:]
        return self.company.people[chosen]
