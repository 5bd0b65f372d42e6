"""The stretch of days a dashboard speaks of, cut at midnight in the desk's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

PRESETS = (7, 30, 90)
LONGEST = 366


@dataclass(frozen=True)
class Period:
    """Whole days from `first` to `last`, both included, in `zone`."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time.min, self.zone)

    @property
    def end(self) -> datetime:
        """Half open: the first instant that no longer belongs to it."""
        return datetime.combine(self.last + timedelta(days=1), time.min, self.zone)

    def before(self) -> "Period":
        """The period of the same length just before."""
        return Period(
            self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.zone
        )

    def local_day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def buckets(self) -> list[tuple[date, date]]:
        """Days for up to two weeks, else weeks counted back from the last day.

        A few days that are left over count with the week after them: a point in a line that
        stands for two days would look as weighty as one that stands for seven.
        """
        step = 1 if self.days <= 14 else 7
        ends = range(0, self.days, step)
        weeks = [
            (
                max(self.last - timedelta(days=n + step - 1), self.first),
                self.last - timedelta(days=n),
            )
            for n in ends
        ]
        if len(weeks) > 1 and (weeks[-1][1] - weeks[-1][0]).days + 1 < step / 2:
            rest = weeks.pop()
            weeks[-1] = (rest[0], weeks[-1][1])
        return weeks[::-1]


def last_days(days: int, today: date, zone: ZoneInfo) -> Period:
    return Period(today - timedelta(days=days - 1), today, zone)
