"""From calendar rows to business hours that can count, kept per calendar version."""

from collections import OrderedDict, defaultdict
from datetime import date, time
from threading import Lock

from departments.hours import Hours
from departments.models import Calendar

# Hours are immutable and expensive to build; a changed calendar has a new version.
_kept: OrderedDict[tuple[int, int], Hours] = OrderedDict()
_lock = Lock()
KEPT_AT_MOST = 500

Intervals = list[tuple[time, time]]


def hours_of(calendar: Calendar) -> Hours:
    """The opening hours of this calendar, in its own time zone."""
    key = (calendar.pk, calendar.version)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    built = build(calendar)
    with _lock:
        _kept[key] = built
        while len(_kept) > KEPT_AT_MOST:
            _kept.popitem(last=False)
    return built


def build(calendar: Calendar) -> Hours:
    week: dict[int, Intervals] = defaultdict(list)
    for row in calendar.opening_hours.all():
        week[row.weekday].append((row.opens, row.closes))
    special: dict[date, Intervals] = defaultdict(list)
    for opening in calendar.special_openings.all():
        special[opening.on].append((opening.opens, opening.closes))
    closed = [closure.on for closure in calendar.closures.all()]
    return Hours(calendar.time_zone, dict(week), closed=closed, special=dict(special))
