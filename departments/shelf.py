"""The publishing studio's pages: what a desk has on its shelf, and how people see it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from departments.calendars import rules_of
from departments.catalogue import answer_at, categories_of, installation
from departments.models import Calendar, Category, Department, Membership, Service, SLAPolicy
from departments.promises import PromiseLine, in_words, promise_of

State = Service.State
ORDER = (State.PUBLISHED, State.DRAFT, State.RETIRED)


@dataclass(frozen=True)
class Row:
    """A service on the shelf."""

    service: Service
    first_answer: str  # in words, at its default priority; empty: none is promised
    kinds: int
    has_readers: bool


@dataclass
class Board:
    """The services in one state."""

    state: str
    label: str
    rows: list[Row] = field(default_factory=list)


def boards(department: Department) -> list[Board]:
    """The department's services by state; the same number of queries for any number of them."""
    found = {state: Board(state.value, str(state.label)) for state in ORDER}
    fallback = installation()
    at_desk = Membership.objects.filter(
        person=OuterRef("person"), department=department, person__is_active=True
    )
    readers = Service.group.through.objects.filter(Exists(at_desk), service=OuterRef("pk"))
    services = (
        Service.objects.filter(department=department)
        .select_related("owner", "calendar", "sla_policy")
        .prefetch_related("audience")
        .annotate(
            kinds=Count("categories", filter=Q(categories__is_retired=False)),
            is_read=Exists(readers),
        )
    )
    service: Any  # The plugin cannot name a service with two annotations.
    for service in services:
        lines = in_words(promise_of(department, service, fallback))
        words = next(line for line in lines if line.priority == service.default_priority)
        has_readers = service.is_read or not service.is_confidential
        row = Row(service, words.first_answer, service.kinds, has_readers)
        found[State(service.state)].rows.append(row)
    return [board for board in found.values() if board.rows]


@dataclass(frozen=True)
class Group:
    """A category with what is below it, as a list to choose from shows them."""

    category: Category
    kinds: list[Category]


def groups(service: Service, *, with_retired: bool = False) -> list[Group]:
    """The two levels of categories, in order; one query."""
    if with_retired:
        rows = list(service.categories.select_related("parent", "sla_policy"))
    else:
        rows = categories_of(service)
    return [
        Group(row, [kind for kind in rows if kind.parent_id == row.pk])
        for row in rows
        if row.parent_id is None
    ]


@dataclass(frozen=True)
class Preview:
    """What those who ask see of a service."""

    groups: list[Group]
    lines: list[PromiseLine]
    policy: SLAPolicy
    calendar: Calendar
    answer_at: datetime | None

    @property
    def has_next_answer(self) -> bool:
        return any(line.next_answer for line in self.lines)

    @property
    def has_workaround(self) -> bool:
        return any(line.workaround for line in self.lines)

    @property
    def zone(self) -> str:
        """The time zone of the opening hours."""
        return rules_of(self.calendar).zone

    @property
    def kinds(self) -> int:
        """How many categories can be chosen."""
        return sum(1 + len(group.kinds) for group in self.groups)


def preview(service: Service, now: datetime) -> Preview:
    fallback = installation()
    promise = promise_of(service.department, service, fallback)
    return Preview(
        groups(service),
        in_words(promise),
        promise.policy,
        promise.calendar,
        answer_at(service.department, service, fallback, now),
    )
