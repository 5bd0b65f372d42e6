"""Who is on call, slowly and obviously: somebody watches the wall clock, minute by minute."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from departments.rota import Absence, Layer, Override

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def watched(layer: Layer, start: datetime, end: datetime) -> Iterator[tuple[datetime, int]]:
    """Each whole minute of [start, end) with the number of the turn then; -1 before the first.

    The watcher knows what the clock will show at the next hand-over, and strikes it out as soon
    as the clock shows that or more, whatever the clock does afterwards.
    """
    weekdays = set(range(7)) if layer.handover == "daily" else {layer.weekday}
    due, turn = datetime.combine(layer.starts_on, time(0)), -1
    zone = ZoneInfo(layer.zone)
    now = due.replace(tzinfo=UTC) - 2 * DAY
    while now < end:
        while now.astimezone(zone).replace(tzinfo=None) >= due:
            turn, due = turn + 1, datetime.combine(due + DAY, layer.at)
            while due.weekday() not in weekdays:
                due += DAY
        if now >= start:
            yield now, turn
        now += MINUTE


def answer(
    layer: Layer,
    turn: int,
    overrides: Sequence[Override],
    absences: Sequence[Absence],
    at: datetime,
) -> int | None:
    """Who is on call in this turn at this minute: the rules, one after the other."""
    person = None if turn < 0 else layer.people[turn % len(layer.people)]
    covers = [cover for cover in overrides if cover.start <= at < cover.end]
    if covers:
        person = covers[-1].person
    for _link in range(len(absences) + 1):
        now_away = [one for one in absences if one.person == person and one.start <= at < one.end]
        if not now_away:
            return person
        person = now_away[-1].deputy
    return None  # A circle of deputies.
