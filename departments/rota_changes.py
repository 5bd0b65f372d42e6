"""Changing a layer in the middle of a turn, so that nobody is surprised at night."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from departments.rota import Layer

DAY = timedelta(days=1)
A_WEEK_BACK = range(7)


def carried_on(before: Layer, after: Layer, at: datetime) -> Layer:
    """The layer as it will be, with the same person on call at this instant as before.

    They keep their turn until the new hand-over that comes nearest to the old one; then the new
    order goes on after them. Who has no seat any more is followed at once by the next who still
    has one. A layer that has not begun is just what it will be.
    """
    turn = before.number_at(at)
    if turn < 0:
        return after
    old = tuple(before.person(turn + place) for place in range(len(before.people)))
    first = next((after.people.index(one) for one in old if one in after.people), 0)
    order = after.people[first:] + after.people[:first]
    if order == old and replace(after, people=old, starts_on=before.starts_on) == replace(
        before, people=old
    ):
        return before
    # The first turn of a layer begins with its day, so each of these has begun.
    today = at.astimezone(ZoneInfo(after.zone)).date()
    starts = (replace(after, people=order, starts_on=today - DAY * back) for back in A_WEEK_BACK)
    ends = before.begins(turn + 1)
    return min(
        (layer for layer in starts if layer.begins(1) > at),
        key=lambda layer: abs(layer.begins(1) - ends),
    )
