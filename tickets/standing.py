"""What of a ticket's log still stands: the log only grows, and tells also what was taken back.

A merge or a mark as spam that was undone has never been. A message counts on the ticket where it
is now: it left without a trace, and it arrived as if it had always been there.
"""

from collections.abc import Sequence

from tickets.events import Kind
from tickets.models import TicketEvent

MERGING = frozenset({Kind.MERGED, Kind.MERGE_RECEIVED})
UNDOING = frozenset({Kind.UNMERGED, Kind.MERGE_UNDONE})
MOVES = frozenset({Kind.MESSAGE_MOVED_OUT, Kind.MESSAGE_MOVED_IN})


def standing(log: Sequence[TicketEvent]) -> list[TicketEvent]:
    """The events that still count, in the order of the log."""
    undone = {event.facts.get("source", ""): event.pk for event in log if event.kind in UNDOING}
    cleared = max((event.pk for event in log if event.kind == Kind.NOT_SPAM), default=0)
    moved = last_moves(log)
    return [
        event
        for event in log
        if not (came_of_merging(event) and event.pk < undone.get(event.facts.get("source", ""), 0))
        and not (event.kind == Kind.MARKED_SPAM and event.pk < cleared)
        and _is_here(event, moved)
    ]


def came_of_merging(event: TicketEvent) -> bool:
    """A merge, or the breach of a promise that came with it: the source keeps that for itself."""
    is_breach = event.kind == Kind.CLOCK_BREACHED and "source" in event.facts
    return is_breach or event.kind in MERGING


def last_moves(log: Sequence[TicketEvent]) -> dict[int | None, TicketEvent]:
    """Of each message that was moved, what happened to it on this ticket last."""
    return {event.message_id: event for event in log if event.kind in MOVES}


def _is_here(event: TicketEvent, moved: dict[int | None, TicketEvent]) -> bool:
    """Of all moves of a message the last one counts; what it said here, while it is here."""
    last = moved.get(event.message_id)
    if event.kind in MOVES:
        return event is last
    is_gone = last is not None and last.kind == Kind.MESSAGE_MOVED_OUT
    return not (event.kind == Kind.REPLIED and is_gone)
