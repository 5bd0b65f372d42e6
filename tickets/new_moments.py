"""Moments that a desk can promise anew: in its opening hours, a few to choose from."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from django.utils.translation import gettext as _

from departments.hours import Hours, HoursError
from departments.when import moment_words

STEP = timedelta(minutes=15)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
WORKING_DAY = 8 * HOUR
SOONEST = timedelta(minutes=30)
LOOKED_AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class Offered:
    """A moment with its name, “at the end of the day”, and its time, “today 17:00”."""

    moment: datetime
    name: str
    words: str

    @property
    def value(self) -> str:
        return self.moment.isoformat()


def moments_offered(hours: Hours, now: datetime, tz: tzinfo) -> list[Offered]:
    """Each moment once, soonest first; empty for a desk that never opens again."""
    found: dict[datetime, str] = {}
    try:
        for moment, name in _named(hours, now, tz):
            found.setdefault(moment, name)
    except HoursError:
        pass  # It opens no further than this.
    return [
        Offered(moment, name, moment_words(moment, now, tz))
        for moment, name in sorted(found.items())
    ]


def _named(hours: Hours, now: datetime, tz: tzinfo) -> Iterator[tuple[datetime, str]]:
    yield _added(hours, now, HOUR), _("In one hour of work")
    yield _added(hours, now, 3 * HOUR), _("In three hours of work")
    if not hours.is_open(now) or hours.closes_at(now) is not None:
        yield from _by_day(hours, now, tz)
    yield _added(hours, now, WORKING_DAY), _("In one working day")
    yield _added(hours, now, 3 * WORKING_DAY), _("In three working days")


def _by_day(hours: Hours, now: datetime, tz: tzinfo) -> Iterator[tuple[datetime, str]]:
    """When the desk closes today, and soon after it opens on the next day, as the reader has it."""
    tomorrow = now.astimezone(tz).date() + timedelta(days=1)
    midnight = datetime.combine(tomorrow, time.min, tz).astimezone(UTC)
    closings = [closes for _opens, closes in hours.intervals(now, midnight)]
    if closings and now + SOONEST <= closings[-1] < midnight:
        yield closings[-1], _("Before we close today")
    mornings = hours.intervals(midnight, midnight + LOOKED_AHEAD)
    for opens, _closes in mornings:
        yield _added(hours, opens, HOUR), _("Early on the next working day")
        return


def _added(hours: Hours, start: datetime, work: timedelta) -> datetime:
    """The next quarter of an hour at which so much was worked; closing time stays as it is."""
    moment = hours.add(start, work)
    past = (moment - EPOCH) % STEP
    rounded = moment + (STEP - past) if past else moment
    return rounded if hours.is_open(rounded) else moment
