"""The requests of one person: their own, those they filed for others, those they follow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from departments.models import Person
from tickets.clock_words import ClockView
from tickets.models import Participant, State, Ticket
from tickets.models.slip import with_open_slip
from tickets.models.ticket import TicketQuerySet
from tickets.promise_words import line, seen_by

PAGE = 20


@dataclass(frozen=True)
class Row:
    """One request in a list: what it is, what is promised, who is on it."""

    ticket: Ticket
    promise: ClockView | None
    words: str
    who: Person | None
    who_words: str
    is_own: bool


@dataclass(frozen=True)
class Page:
    """Some rows, and where those before and after them are (query strings, or nothing)."""

    rows: list[Row]
    before: str = ""
    after: str = ""


def involving(person: Person) -> TicketQuerySet:
    """What this person asked for, filed or follows, as far as they may see it."""
    follows = Participant.objects.filter(ticket=OuterRef("pk"), person=person)
    mine = Q(requester=person) | Q(filed_by=person) | Exists(follows)
    return Ticket.objects.visible_to(person).filter(mine)


def with_clocks(tickets: TicketQuerySet) -> TicketQuerySet:
    return with_open_slip(tickets.for_row()).prefetch_related("clocks")


def on_home(person: Person, now: datetime, tz: tzinfo, limit: int = 4) -> list[Row]:
    """The newest requests that are not closed yet; solved ones still wait for a word."""
    tickets = with_clocks(involving(person).exclude(state=State.CLOSED))
    return rows(tickets.order_by("-opened_at", "-pk")[:limit], person, now, tz)


def page(
    person: Person, now: datetime, tz: tzinfo, *, done: bool, cursor: str, back: bool = False
) -> Page:
    """One page of the list, newest first; `cursor` is the id of the row beside it.

    Pages go by the row's place, not by a count, so that each costs the same.
    """
    tickets = involving(person)
    tickets = tickets.filter(state=State.CLOSED) if done else tickets.exclude(state=State.CLOSED)
    beside = _row_at(tickets, cursor)
    if beside is not None:
        way = "gt" if back else "lt"
        further = Q(**{f"opened_at__{way}": beside.opened_at})
        same = Q(opened_at=beside.opened_at, **{f"pk__{way}": beside.pk})
        tickets = tickets.filter(further | same)
    order = ("opened_at", "pk") if back and beside else ("-opened_at", "-pk")
    found = list(with_clocks(tickets).order_by(*order)[: PAGE + 1])
    is_more, found = len(found) > PAGE, found[:PAGE]
    if back and beside:
        found.reverse()
    if not found:
        return Page([])
    has_before = is_more if back and beside else beside is not None
    has_after = bool(back and beside) or is_more
    base = "show=done&" if done else ""
    return Page(
        rows(found, person, now, tz),
        f"{base}before={found[0].pk}" if has_before else "",
        f"{base}after={found[-1].pk}" if has_after else "",
    )


def _row_at(tickets: TicketQuerySet, cursor: str) -> Ticket | None:
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        return None
    return tickets.filter(pk=int(cursor)).first()


def rows(
    tickets: Sequence[Ticket] | TicketQuerySet, person: Person, now: datetime, tz: tzinfo
) -> list[Row]:
    return [row(ticket, person, now, tz) for ticket in tickets]


def row(ticket: Ticket, person: Person, now: datetime, tz: tzinfo) -> Row:
    """One line; needs a ticket from `with_clocks`."""
    shown = seen_by(person, ticket, ticket.clocks.all(), now)
    return Row(
        ticket=ticket,
        promise=shown,
        words=line(shown, ticket, now, tz) if shown else "",
        who=ticket.assignee,
        who_words=who_words(ticket),
        is_own=ticket.requester_id == person.pk,
    )


def who_words(ticket: Ticket) -> str:
    """Who is on it, in a sentence."""
    if ticket.assignee is None:
        if ticket.state == State.CLOSED:
            return ticket.desk.name
        return _("Somebody at %(desk)s will take it") % {"desk": ticket.desk.name}
    names = {"name": ticket.assignee.first_name, "desk": ticket.desk.name}
    if ticket.state == State.WAITING_REQUESTER:
        return _("%(name)s waits for an answer") % names
    if ticket.state in {State.RESOLVED, State.CLOSED}:
        return _("%(name)s from %(desk)s") % names
    return _("%(name)s from %(desk)s is on it") % names
