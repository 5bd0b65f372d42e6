"""What became of the requests of the last 90 days, as a promise would have met them: from the log.

Numbers only: nobody learns from here which request took how long. Requests of the same priority
are read newest first up to a limit, so that the page costs the same however many there are.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from departments.calendars import hours_at
from departments.hours import Hours
from departments.models import (
    Calendar,
    Category,
    Department,
    Installation,
    Priority,
    Service,
    SLAPolicy,
)
from tickets import sla
from tickets.events import Kind
from tickets.models import Clock, Ticket, TicketEvent
from tickets.models.ticket import TicketQuerySet
from tickets.segments import ZERO, Moment, Rule, Span, spans
from tickets.shares import REAL_DAY, WANTED, WORKING_DAY, Record, Sample, Share, sample

LOOKED_BACK = timedelta(days=90)
NEWEST = 400  # of each priority: about 5,000 clocks in all
# Groups smaller than this say too much about one person where requests are confidential.
SMALLEST_SECRET_GROUP = 5
# Promises missed at the time are no news here: others are tried.
READ = tuple(kind for kind in sla.MATTERING if kind != Kind.CLOCK_BREACHED)
Slot = tuple[int, str]  # priority and kind


@dataclass(frozen=True, slots=True)
class Run:
    """One clock of the past: when it ran, and whether it ended in what it waited for."""

    rule: Rule
    stretches: Sequence[Span]
    stopped: datetime | None
    has_ended: bool

    def sample(self, now: datetime, *, is_always_open: bool) -> Sample:
        rule = replace(self.rule, hours=Hours.always()) if is_always_open else self.rule
        return sample(rule, self.stretches, self.stopped, now, has_ended=self.has_ended)


@dataclass
class TrackRecord:
    """The past by priority and kind of answer, in working time and around the clock."""

    now: datetime
    runs: Mapping[Slot, Sequence[Run]] = field(default_factory=dict)
    secret: frozenset[Slot] = frozenset()  # where confidential requests are among them
    requests: int = 0
    is_own: bool = True  # Else nobody uses the promise yet: all requests of the desk.
    is_cut: bool = False  # There were more; the newest were read.
    _records: dict[tuple[Slot, bool], Record] = field(default_factory=dict)

    def share_kept(self, slot: Slot, minutes: int, *, is_always_open: bool = False) -> Share:
        return self._record(slot, is_always_open).share_kept(minutes)

    def nearest_that_holds(
        self, slot: Slot, minutes: int, *, is_always_open: bool = False, wanted: float = WANTED
    ) -> int | None:
        day = REAL_DAY if is_always_open else WORKING_DAY
        return self._record(slot, is_always_open).nearest_that_holds(minutes, day, wanted)

    def may_count(self, slot: Slot) -> bool:
        """Whether even the number of these requests may be shown."""
        return slot not in self.secret or len(self.runs[slot]) >= SMALLEST_SECRET_GROUP

    @property
    def may_tell_total(self) -> bool:
        return self.requests > 0 and (not self.secret or self.requests >= SMALLEST_SECRET_GROUP)

    def _record(self, slot: Slot, is_always_open: bool) -> Record:
        """Made when it is asked for: of most clocks nobody asks how long they took at night."""
        key = (slot, is_always_open)
        if key not in self._records:
            runs = self.runs.get(slot, ())
            self._records[key] = Record(
                run.sample(self.now, is_always_open=is_always_open) for run in runs
            )
        return self._records[key]


def track_record(
    policy: SLAPolicy | None,
    desk: Department | None,
    pauses: Iterable[str],
    now: datetime,
) -> TrackRecord:
    """The past of everything that uses the policy now; held in the states of `pauses`.

    While nobody uses it (or it is not stored yet), that of the desk, or of the whole house.
    """
    house = Installation.objects.select_related("calendar__current").get()
    recent = Ticket.objects.filter(opened_at__gte=now - LOOKED_BACK, opened_at__lte=now)
    users = _users(policy, house)
    own = policy is not None and bool(users)
    if policy is not None and own:
        recent = _governed(recent.filter(desk__in=users), policy, house)
    elif desk is not None:
        recent = recent.filter(desk=desk)
    by_level = _newest(recent)
    tickets = [ticket for newest in by_level for ticket in newest]
    runs, secret = _read(tickets, frozenset(pauses), house.calendar)
    is_cut = any(len(newest) == NEWEST for newest in by_level)
    return TrackRecord(now, runs, secret, len(tickets), own, is_cut)


def _users(policy: SLAPolicy | None, house: Installation) -> list[int]:
    """The desks some of whose requests the policy may govern."""
    if policy is None:
        return []
    if house.sla_policy_id == policy.pk:
        return list(Department.objects.values_list("pk", flat=True))
    services = Service.objects.filter(
        Q(sla_policy=policy)
        | Q(pk__in=Category.objects.filter(sla_policy=policy).values("service"))
    )
    desks = Department.objects.filter(
        Q(sla_policy=policy) | Q(pk__in=services.values("department"))
    )
    return list(desks.values_list("pk", flat=True))


def _governed(tickets: TicketQuerySet, policy: SLAPolicy, house: Installation) -> TicketQuerySet:
    """As departments/promises.promise_of decides, for many at once."""
    chosen = Coalesce(
        "category__sla_policy",
        "service__sla_policy",
        "desk__sla_policy",
        Value(house.sla_policy_id),
    )
    return tickets.alias(governing=chosen).filter(governing=policy.pk)


def _newest(tickets: TicketQuerySet) -> list[list[Ticket]]:
    """The newest of each priority: the few urgent ones are not drowned by the many others."""
    needed = tickets.select_related("service__calendar__current", "desk__calendar__current")
    needed = needed.order_by("-opened_at", "-pk")
    return [list(needed.filter(priority=level)[:NEWEST]) for level in Priority]


def _read(
    tickets: Sequence[Ticket], pauses: frozenset[str], house: Calendar
) -> tuple[Mapping[Slot, Sequence[Run]], frozenset[Slot]]:
    """Each clock of each ticket, whether it was promised then or not, in one pass."""
    logs, versions = _logs(tickets), _versions(tickets)
    found: dict[Slot, list[Run]] = defaultdict(list)
    secret = set()
    for ticket in tickets:
        if ticket.pk not in logs:
            continue
        hours = hours_at(versions.get(ticket.pk) or _version_now(ticket, house))
        history = sla.moments(logs[ticket.pk], ticket.requester_id)
        for run in _runs(ticket, history, hours, pauses):
            slot = (ticket.priority, run.rule.kind)
            found[slot].append(run)
            if ticket.is_confidential:
                secret.add(slot)
    return found, frozenset(secret)


def _runs(
    ticket: Ticket, history: Sequence[Moment], hours: Hours, pauses: frozenset[str]
) -> Iterator[Run]:
    for kind, number, since in sla.starts(history):
        rule = Rule(kind, ZERO, hours, sla.pauses_of(kind, ticket, pauses), number=number)
        stretches, stopped, was_cancelled = spans(rule, history[since:])
        yield Run(rule, stretches, stopped, stopped is not None and not was_cancelled)


def _logs(tickets: Iterable[Ticket]) -> Mapping[int, list[TicketEvent]]:
    found: dict[int, list[TicketEvent]] = defaultdict(list)
    log = TicketEvent.objects.filter(ticket__in=[one.pk for one in tickets], kind__in=READ)
    for event in log.order_by("pk"):
        found[event.ticket_id].append(event)
    return found


def _versions(tickets: Iterable[Ticket]) -> Mapping[int, int]:
    """The calendar version by which each ticket was counted; where it had several, the newest."""
    clocks = Clock.objects.filter(ticket__in=[one.pk for one in tickets]).order_by("pk")
    return dict(clocks.values_list("ticket", "calendar_version"))


def _version_now(ticket: Ticket, house: Calendar) -> int:
    """A ticket to which nothing was promised has no clock: then the calendar of today."""
    calendar = (ticket.service and ticket.service.calendar) or ticket.desk.calendar or house
    return calendar.version.pk
