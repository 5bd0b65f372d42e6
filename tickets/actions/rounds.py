"""Keeping the clocks of next answers with their questions, when a message comes or goes.

Each of these clocks belongs to the question it began with. When a message leaves, the clock that
it had started is set aside: its row goes, and what the row said stays in the log, so that moving
the message back restores it with its warning and the steps that were taken.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F

from departments.models import TargetKind
from tickets.models import Clock, Escalation, Ticket, TicketEvent
from tickets.segments import Moment, rounds
from tickets.standing import MOVES

KIND = TargetKind.NEXT_RESPONSE
OUT_OF_THE_WAY = 10_000  # More rounds than any ticket has.
Row = dict[str, Any]


def fit_clocks(ticket: Ticket, history: Sequence[Moment], log: Sequence[TicketEvent]) -> list[Row]:
    """Give every clock the number of its round in `history`; returns those that have none now.

    A round that was set aside by an earlier move of `log` gets its clock again.
    """
    begins = dict(enumerate((history[index].at for index in rounds(history)), start=1))
    kept: dict[int, int] = {}
    aside: list[Clock] = []
    for clock in ticket.clocks.filter(kind=KIND).order_by("number"):
        number = next((n for n, at in begins.items() if at == clock.started_at), 0)
        if number:
            del begins[number]
            kept[clock.pk] = number
        else:
            aside.append(clock)
    rows = [row_of(clock) for clock in aside]
    Clock.objects.filter(pk__in=[clock.pk for clock in aside]).delete()
    _renumber(kept)
    for number, at in begins.items():
        if row := _set_aside(log, at):
            _restore(ticket, number, row)
    return rows


def _renumber(numbers: dict[int, int]) -> None:
    """In two steps: no two clocks of a ticket ever have the same number."""
    Clock.objects.filter(pk__in=numbers).update(number=F("number") + OUT_OF_THE_WAY)
    for pk, number in numbers.items():
        Clock.objects.filter(pk=pk).update(number=number)


def row_of(clock: Clock) -> Row:
    """All that a clock's row says, as JSON."""
    columns = {
        field.attname: getattr(clock, field.attname)
        for field in Clock._meta.concrete_fields
        if field.attname not in {"id", "ticket_id", "number"}
    }
    shown = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in columns.items()
    }
    steps = clock.escalations.order_by("pk").values_list("key", "due_at", "done_at")
    return shown | {"steps": [[key, due.isoformat(), done.isoformat()] for key, due, done in steps]}


def _set_aside(log: Sequence[TicketEvent], began: datetime) -> Row | None:
    """What the log kept of the clock that began at this moment, as it was last."""
    rows: Iterable[Row] = (
        row
        for event in reversed(log)
        if event.kind in MOVES
        for row in event.facts.get("aside", ())
    )
    return next((row for row in rows if row["started_at"] == began.isoformat()), None)


def _restore(ticket: Ticket, number: int, row: Row) -> None:
    fields = {field.attname: field for field in Clock._meta.concrete_fields}
    columns = {name: fields[name].to_python(said) for name, said in row.items() if name in fields}
    clock = Clock.objects.create(ticket=ticket, number=number, **columns)
    Escalation.objects.bulk_create(
        Escalation(
            clock=clock,
            key=key,
            due_at=datetime.fromisoformat(due),
            done_at=datetime.fromisoformat(done),
        )
        for key, due, done in row["steps"]
    )
