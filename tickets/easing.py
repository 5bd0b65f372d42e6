"""Answers that let people work again: which are marked so, and which may be."""

from collections.abc import Iterable

from tickets.events import Kind
from tickets.models import TicketEvent


def workarounds(log: Iterable[TicketEvent]) -> frozenset[int]:
    """The messages that are marked as a workaround, when they were sent or later."""
    found = set()
    for event in log:
        if event.kind == Kind.WORKAROUND_MARKED:
            found.add(int(event.facts["answer"]))
        elif event.facts.get("workaround") and event.message_id is not None:
            found.add(event.message_id)
    return frozenset(found)


def answers(log: Iterable[TicketEvent]) -> frozenset[int]:
    """The desk's own answers: one of them may be marked."""
    return frozenset(
        event.message_id
        for event in log
        if event.kind == Kind.REPLIED and event.facts.get("by_desk") and event.message_id
    )
