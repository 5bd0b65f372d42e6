"""Queues: which tickets a desk's page lists, in which order, and how many there are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from departments.models import Department, Person
from departments.when import ago_words, moment_words
from tickets.clock_words import most_pressing, view
from tickets.models import Notification, Slip, Ticket
from tickets.models.slip import THEIR_TURN, open_slip_of, waits_for_requester, with_open_slip
from tickets.models.ticket import WAITING, TicketQuerySet
from tickets.paging import CHANGED, DUE, NEWEST, OLDEST, PRIORITY, Sort

# Numbers beyond this are shown as “999+”: counting further costs more than it says.
COUNTED_AT_MOST = 1000
SOON = timedelta(hours=1)


class CappedCount(Subquery):
    """How many rows a query finds, counted up to its own limit."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) _counted)"
    output_field = models.IntegerField()

    def __init__(self, queryset: models.QuerySet[Any]) -> None:
        super().__init__(queryset.order_by().values("pk")[:COUNTED_AT_MOST])


def count_words(count: int) -> str:
    return str(count) if count < COUNTED_AT_MOST else f"{COUNTED_AT_MOST - 1}+"


class View(models.TextChoices):
    """The lists of a desk."""

    OPEN = "open", pgettext_lazy("queue", "All open")
    MINE = "mine", pgettext_lazy("queue", "My tickets")
    UNASSIGNED = "unassigned", pgettext_lazy("queue", "Unassigned")
    DUE = "due", pgettext_lazy("queue", "Due today")
    WAITING = "waiting", pgettext_lazy("queue", "Waiting for people")
    OWING = "owing", pgettext_lazy("queue", "New promise owed")
    ALL = "all", pgettext_lazy("queue", "All, also solved")

    def heading(self, desk: Department) -> str:
        """The page's heading."""
        words = {
            View.OPEN: _("%(desk)s, all open"),
            View.MINE: _("%(desk)s, my tickets"),
            View.UNASSIGNED: _("%(desk)s, unassigned"),
            View.DUE: _("%(desk)s, due today"),
            View.WAITING: _("%(desk)s, waiting for people"),
            View.OWING: _("%(desk)s, new promise owed"),
            View.ALL: _("%(desk)s, all tickets"),
        }
        return words[self] % {"desk": desk.name}


def midnight(now: datetime) -> datetime:
    """The end of the reader's day."""
    here = timezone.localtime(now)
    return timezone.make_aware(datetime.combine(here.date() + timedelta(days=1), time.min))


def in_view(tickets: TicketQuerySet, shown: str, person: Person, now: datetime) -> TicketQuerySet:
    """The part of a desk's tickets that a view lists."""
    unfinished = tickets.unfinished()
    silent = Slip.objects.open().filter(promised_at=None, ticket=OuterRef("pk"))
    return {
        View.OPEN.value: unfinished,
        View.MINE.value: unfinished.filter(assignee=person),
        View.UNASSIGNED.value: unfinished.unassigned(),
        View.DUE.value: unfinished.filter(next_due_at__lt=midnight(now)),
        View.WAITING.value: unfinished.filter(state__in=WAITING),
        View.OWING.value: unfinished.exclude(THEIR_TURN).filter(Exists(silent)),
        View.ALL.value: tickets,
    }[shown]


def sorts_of(shown: str) -> dict[str, Sort]:
    """The orders a view offers, its own first. Solved tickets have nothing due."""
    if shown == View.ALL:
        offered = [CHANGED, NEWEST, OLDEST]
    else:
        offered = [DUE, PRIORITY, NEWEST, OLDEST, CHANGED]
    return {sort.key: sort for sort in offered}


GROUPS = {
    "late": pgettext_lazy("queue", "Late"),
    "hour": pgettext_lazy("queue", "Due in the next hour"),
    "today": pgettext_lazy("queue", "Later today"),
    "later": pgettext_lazy("queue", "Tomorrow and later"),
    "held": pgettext_lazy("queue", "Clock held, waiting for someone"),
}


def group_of(due: datetime | None, now: datetime) -> str:
    if due is None:
        return "held"
    if due < now:
        return "late"
    if due < now + SOON:
        return "hour"
    return "today" if due < midnight(now) else "later"


def count_groups(tickets: TicketQuerySet, now: datetime) -> dict[str, int]:
    """How many tickets each group has, and `total`, in one limited look along the due order."""
    hour = now + SOON
    night = max(midnight(now), hour)
    some = tickets.order_by(*DUE.order())[:COUNTED_AT_MOST]
    found: dict[str, int] = some.aggregate(
        total=Count("pk"),
        late=Count("pk", filter=Q(next_due_at__lt=now)),
        hour=Count("pk", filter=Q(next_due_at__gte=now, next_due_at__lt=hour)),
        today=Count("pk", filter=Q(next_due_at__gte=hour, next_due_at__lt=night)),
        later=Count("pk", filter=Q(next_due_at__gte=night)),
        held=Count("pk", filter=Q(next_due_at=None)),
    )
    return found


def count_all(tickets: TicketQuerySet) -> dict[str, int]:
    return {"total": tickets.order_by()[:COUNTED_AT_MOST].count()}


@dataclass(frozen=True)
class Row:
    """One ticket as templates/parts/queue_row.html shows it."""

    number: str
    url: str
    summary: str
    requester: Person
    service: str
    state: str
    state_words: str
    priority: int
    priority_words: str
    clock_state: str
    clock_words: str
    clock_percent: int
    assignee: Person | None
    changed_at: datetime
    unread: bool
    tags: Sequence[str]
    take_url: str = ""


@dataclass(frozen=True)
class Group:
    """Rows under one heading; without a title the list is not grouped."""

    title: str
    count: str
    rows: Sequence[Row]


def listed(tickets: TicketQuerySet, person: Person) -> TicketQuerySet:
    """With everything that a row shows, in a constant number of queries."""
    unread = Notification.objects.filter(person=person, ticket=OuterRef("pk"), read_at=None)
    shown = with_open_slip(tickets.for_row()).prefetch_related("clocks")
    return shown.annotate(is_unread=Exists(unread))


def row(ticket: Ticket, now: datetime, *, may_take: bool) -> Row:
    pressing = most_pressing(ticket.clocks.all())
    clock = view(pressing, ticket, now) if pressing else None
    tags = [*([_("cannot wait")] if ticket.cannot_wait else []), *promise_tags(ticket, now)]
    is_free = may_take and ticket.assignee is None and ticket.is_open
    return Row(
        number=ticket.number,
        url=ticket.get_desk_url(),
        summary=ticket.summary,
        requester=ticket.requester,
        service=ticket.service.name if ticket.service else "",
        state=ticket.state,
        state_words=_("Waiting") if ticket.is_waiting else ticket.get_state_display(),
        priority=ticket.priority,
        priority_words=ticket.get_priority_display(),
        clock_state=clock.look if clock else "",
        clock_words=clock.words if clock else "",
        clock_percent=clock.percent if clock else 0,
        assignee=ticket.assignee,
        changed_at=ticket.changed_at,
        unread=bool(getattr(ticket, "is_unread", False)),
        tags=[*tags, _("confidential")] if ticket.is_confidential else tags,
        take_url=reverse("desk_assign", args=[ticket.number]) if is_free else "",
    )


def promise_tags(ticket: Ticket, now: datetime) -> Iterator[str]:
    """What is promised instead of a promise that slipped, or since when that is owed."""
    slip = open_slip_of(ticket)
    if slip is None or not ticket.is_open:
        return
    if slip.promised_at is not None and slip.stands_at(now):
        moment = moment_words(slip.promised_at, now, timezone.get_current_timezone())
        yield pgettext("new promise", "by %(moment)s") % {"moment": moment}
    elif not waits_for_requester(ticket):
        since = slip.promised_at or slip.slipped_at
        yield _("promise owed: %(time)s") % {"time": ago_words(since, now)}


def grouped(
    rows: Sequence[tuple[Ticket, Row]], counts: dict[str, int], now: datetime
) -> list[Group]:
    """Rows in due order, under headings that say how soon."""
    found = []
    for key, members in groupby(rows, lambda pair: group_of(pair[0].next_due_at, now)):
        inside = [row for _ticket, row in members]
        found.append(Group(str(GROUPS[key]), group_count(key, counts, len(inside)), inside))
    return found


def groups_of(
    tickets: Sequence[Ticket],
    sort: Sort,
    counts: dict[str, int],
    now: datetime,
    *,
    may_take: bool,
) -> list[Group]:
    """The rows of a page: in due order under headings, in any other order as one list."""
    rows = [(ticket, row(ticket, now, may_take=may_take)) for ticket in tickets]
    if sort == DUE:
        return grouped(rows, counts, now)
    return [Group("", "", [row for _ticket, row in rows])] if rows else []


def group_count(key: str, counts: dict[str, int], shown: int) -> str:
    """The size of a group. Where the look ended inside it, at least so many."""
    known = counts.get(key, 0)
    reached = [name for name in GROUPS if counts.get(name)]
    is_cut = counts["total"] >= COUNTED_AT_MOST and key not in reached[:-1]
    return f"{max(known, shown)}+" if is_cut else str(known)


def desk_tickets(desk: Department, person: Person) -> TicketQuerySet:
    """What this person reads at this desk as its member."""
    return Ticket.objects.worked_by(person).filter(desk=desk)
