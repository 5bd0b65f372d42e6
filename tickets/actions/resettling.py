"""Running clocks follow when calendars and promises change, or others are chosen for them.

A change waits as a row until all tickets within its reach were looked at: by one worker at a time,
in order of their keys, so that whoever continues knows where the last one stopped. One worker
holds it by a claim that expires.
"""

from collections.abc import Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from departments.models import (
    Calendar,
    CalendarVersion,
    Installation,
    PolicyVersion,
    SLAPolicy,
    TimesChange,
)
from departments.promises import house_asked_once
from helpdesk.lib.background import later, quietly
from tickets import sla
from tickets.actions.chores import BATCH, SECONDS, Chore, attempt, with_promise, work_off
from tickets.models import Clock, FailedChore, Ticket
from tickets.models.ticket import TicketQuerySet

NAME = "resettle"
WINDOW = 40 * BATCH


def resettle(*, now: datetime, seconds: float = SECONDS) -> int:
    """Let running clocks follow what changed; returns on how many tickets this worker looked.

    After `seconds` the rest is left to the next run.
    """
    end = monotonic() + seconds
    looked = work_off([AGAIN], now=now, seconds=seconds)
    for pk in list(TimesChange.objects.waiting(now).values_list("pk", flat=True)):
        if monotonic() > end:
            break
        change = TimesChange.objects.claim(pk, now)
        if change is not None:
            looked += _follow(change, now, end)
    return looked


def settle(ticket: Ticket, now: datetime) -> None:
    sla.settle(ticket, at=now)


def _failed_before(now: datetime) -> QuerySet[FailedChore, int]:
    again = FailedChore.objects.filter(name=NAME, next_at__lte=now).order_by("next_at")
    return again.values_list("ticket_id", flat=True)


AGAIN = Chore(NAME, _failed_before, settle)


def _follow(change: TimesChange, now: datetime, end: float) -> int:
    """Walk on from where the last worker stopped, then let go of the change."""
    looked = 0
    while keys := list(_ahead(change)[:WINDOW]):
        for start in range(0, len(keys), BATCH):
            looked += _look(change, keys[start : start + BATCH], now)
            if monotonic() > end:
                TimesChange.objects.filter(pk=change.pk).update(claimed_at=None)
                return looked
    _finish(change, now)
    return looked


def _ahead(change: TimesChange) -> QuerySet[Ticket, int]:
    tickets = reached(change).filter(pk__gt=change.upto).order_by("pk")
    return tickets.values_list("pk", flat=True)


def _look(change: TimesChange, keys: Sequence[int], now: datetime) -> int:
    """Settle these tickets; what raises is put aside and tried again later."""
    with quietly(), house_asked_once(), transaction.atomic():
        # In the order of their keys, like everybody who holds more than one.
        tickets = Ticket.objects.select_for_update(of=("self",)).filter(pk__in=keys)
        for ticket in with_promise(tickets).order_by("pk"):
            attempt(AGAIN, ticket, now)
        change.upto = keys[-1]
        change.save(update_fields=["upto"])
    later("tickets.react_pending")  # One nudge for all the events of the batch.
    return len(keys)


def _finish(change: TimesChange, now: datetime) -> None:
    """After the first walk everything has moved; after the second, nothing was missed."""
    if change.walked_at is None:
        seen = {"walked_at": now, "upto": 0, "claimed_at": None}
        TimesChange.objects.filter(pk=change.pk).update(**seen)
        return
    TimesChange.objects.filter(pk=change.pk).update(settled_at=now, claimed_at=None)
    made = {"settled_at": None, "made_at__lte": change.made_at}
    if change.calendar_id:
        CalendarVersion.objects.filter(calendar=change.calendar_id, **made).update(settled_at=now)
    if change.policy_id:
        PolicyVersion.objects.filter(policy=change.policy_id, **made).update(settled_at=now)


# --- What a change reaches -------------------------------------------------------------------


def reached(change: TimesChange) -> TicketQuerySet:
    """The open tickets that this change may move. What is solved follows when it is reopened.

    On the first walk all for which it holds, on the second those with a clock that counts by
    something else than what holds now.
    """
    house = Installation.objects.get()
    tickets: Any = Ticket.objects.unfinished().annotate(
        policy_now=Coalesce(
            "category__sla_policy",
            "service__sla_policy",
            "desk__sla_policy",
            Value(house.sla_policy_id),
        ),
        calendar_now=Coalesce("service__calendar", "desk__calendar", Value(house.calendar_id)),
    )
    found: TicketQuerySet = _within(change, tickets)
    return found if change.walked_at is None else found.filter(_is_behind())


def _within(change: TimesChange, tickets: Any) -> Any:  # The plugin forgets what was annotated.
    if change.calendar_id:
        return tickets.filter(calendar_now=change.calendar_id)
    if change.policy_id:
        return tickets.filter(policy_now=change.policy_id)
    if change.category_id:
        return tickets.filter(category=change.category_id)
    if change.service_id:
        return tickets.filter(service=change.service_id)
    return tickets.filter(desk=change.department_id) if change.department_id else tickets


def _is_behind() -> Exists:
    policy = SLAPolicy.objects.filter(pk=OuterRef(OuterRef("policy_now"))).values("current")
    calendar = Calendar.objects.filter(pk=OuterRef(OuterRef("calendar_now"))).values("current")
    clocks = Clock.objects.unstopped().filter(ticket=OuterRef("pk"))
    return Exists(
        clocks.exclude(policy_version=Subquery(policy), calendar_version=Subquery(calendar))
    )
