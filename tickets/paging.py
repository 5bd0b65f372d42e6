"""Pages that cost the same at any depth: orders, and cursors in place of page numbers."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext_lazy

from tickets.models import Ticket
from tickets.models.ticket import TicketQuerySet

PAGE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MOMENT = 4_000_000_000_000_000  # in microseconds: the year 2096


@dataclass(frozen=True)
class Sort:
    """An order that an index serves, and how a page in it goes on after a row."""

    key: str
    label: object
    field: str
    descends: bool = False

    def order(self) -> list[Any]:
        if self.descends:
            return [F(self.field).desc(), F("pk").desc()]
        return [F(self.field).asc(nulls_last=True), F("pk").asc()]

    def cursor(self, ticket: Ticket) -> str:
        return write_cursor(getattr(ticket, self.field), ticket.pk)

    def after(self, tickets: TicketQuerySet, cursor: str) -> list[TicketQuerySet]:
        """What comes after the row of this cursor, as queries to be read one after the other.

        Each is one range of the index, so page 500 costs what page 1 costs. A cursor that we did
        not write is no cursor: the list begins at its beginning.
        """
        value, is_known, pk = read_cursor(cursor, is_moment=self.field.endswith("_at"))
        if not is_known:
            return [tickets]
        if value is None:
            return [tickets.filter(**{f"{self.field}__isnull": True}, pk__gt=pk)]
        way = "lt" if self.descends else "gt"
        beyond = Q(**{f"{self.field}__{way}": value}) | Q(**{f"pk__{way}": pk})
        found = [tickets.filter(beyond, **{f"{self.field}__{way}e": value})]
        if self.field == DUE.field:
            found.append(tickets.filter(next_due_at=None))
        return found


DUE = Sort("due", gettext_lazy("due first"), "next_due_at")
NEWEST = Sort("newest", gettext_lazy("newest first"), "opened_at", descends=True)
OLDEST = Sort("oldest", gettext_lazy("oldest first"), "opened_at")
CHANGED = Sort("changed", gettext_lazy("recently changed"), "changed_at", descends=True)
PRIORITY = Sort("priority", gettext_lazy("priority"), "priority")


def write_cursor(value: datetime | int | None, pk: int) -> str:
    if isinstance(value, datetime):
        value = (value - EPOCH) // timedelta(microseconds=1)
    return f"{'none' if value is None else int(value)}.{pk}"


def read_cursor(cursor: str, *, is_moment: bool) -> tuple[Any, bool, int]:
    """The value and the row's id in a cursor, and whether it is one at all."""
    written, _dot, number = cursor.partition(".")
    if not number.isdecimal() or len(number) > 18 or len(written) > 18:
        return None, False, 0
    if written == "none" and is_moment:
        return None, True, int(number)
    if not written.isdecimal():
        return None, False, 0
    value = int(written)
    if is_moment and value > LAST_MOMENT:
        return None, False, 0
    return EPOCH + timedelta(microseconds=value) if is_moment else value, True, int(number)


def page_of(tickets: TicketQuerySet, sort: Sort, after: str) -> tuple[list[Ticket], str]:
    """The rows of one page and the cursor of the next, empty on the last page."""
    found: list[Ticket] = []
    for part in sort.after(tickets, after):
        if len(found) <= PAGE:
            found += part.order_by(*sort.order())[: PAGE + 1 - len(found)]
    return found[:PAGE], sort.cursor(found[PAGE - 1]) if len(found) > PAGE else ""
