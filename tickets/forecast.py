"""What new hours or a new promise would do to the clocks that run now, before anything is saved.

Read from the log and reckoned in memory; nothing is stored. Many clocks are not read one by one:
a random part of the tickets is, and the numbers are scaled up and said to be about right.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from secrets import randbelow

from django.db.models import Count, F, Prefetch, Q, QuerySet
from django.db.models.functions import Mod

from departments.calendar_rules import CalendarRules
from departments.calendars import hours_at, hours_with
from departments.hours import Hours
from departments.models import Calendar, Person, SLAPolicy, TargetKind
from departments.promise_rules import PromiseRules, TargetRule
from tickets import sla
from tickets.models import Clock, Ticket, TicketEvent
from tickets.models.clock import ClockQuerySet
from tickets.segments import Moment, Reading, Rule, read

READ_AT_MOST = 2000
EXAMPLES = 5
ZERO = timedelta(0)


@dataclass(frozen=True)
class Shift:
    """A clock that would come due at another instant, or would be late as soon as it is saved."""

    ticket: Ticket
    kind: TargetKind
    before: datetime | None  # None: nothing of this kind was promised, or it was held.
    after: datetime | None  # None: it is held.
    is_late: bool

    @property
    def by(self) -> timedelta:
        if self.before is None or self.after is None:
            return ZERO
        return self.after - self.before


@dataclass(frozen=True)
class Impact:
    """What saving would do. Counted are the requests that the reader may know of."""

    total: int  # Clocks that run now by what is to be changed.
    earlier: int = 0
    later: int = 0
    biggest_earlier: timedelta = ZERO
    biggest_later: timedelta = ZERO
    newly_late: int = 0
    started: int = 0  # Clocks that would begin, for kinds of answer not promised before.
    examples: Sequence[Shift] = ()
    read: int = 0  # Of how many clocks the numbers are known.

    @property
    def moved(self) -> int:
        return self.earlier + self.later

    @property
    def biggest(self) -> timedelta:
        return max(self.biggest_earlier, self.biggest_later)

    @property
    def is_estimate(self) -> bool:
        return self.read < self.total


def impact(
    calendar: Calendar,
    rules: CalendarRules,
    valid_from: date | None,
    now: datetime,
    reader: Person | None = None,
) -> Impact:
    """What these rules would do from a day on; HoursError when they make no sense."""
    hours = hours_with(calendar, rules, valid_from)
    clocks = Clock.objects.filter(calendar_version__calendar=calendar, is_always_open=False)

    def rule_of(clock: Clock, ticket: Ticket) -> Rule:
        return replace(sla.rule_for(clock, ticket), hours=hours)

    return _Look(clocks, rule_of, now, reader).impact()


def policy_impact(
    policy: SLAPolicy, rules: PromiseRules, now: datetime, reader: Person | None = None
) -> Impact:
    """What this promise would do, from the start of each clock. A target that is not in it any
    more still holds where it was promised.
    """
    clocks = Clock.objects.filter(policy_version__policy=policy)

    def rule_of(clock: Clock, ticket: Ticket) -> Rule:
        target = rules.by_target.get((ticket.priority, clock.kind))
        if target is None:
            return sla.rule_for(clock, ticket)
        current = clock.calendar_version.calendar.current_id
        assert current is not None  # Every calendar has a version.
        return _promised(target, clock.number, ticket, rules, hours_at(current))

    return _Look(clocks, rule_of, now, reader, rules).impact()


def _promised(
    target: TargetRule, number: int, ticket: Ticket, rules: PromiseRules, hours: Hours
) -> Rule:
    return Rule(
        kind=target.kind,
        budget=timedelta(minutes=target.budget_minutes),
        hours=Hours.always() if target.is_always_open else hours,
        pauses=sla.pauses_of(target.kind, ticket, rules.pauses),
        warn_share=rules.warn_percent / 100,
        number=number,
    )


@dataclass
class _Look:
    """One look at the clocks that run, with the rule by which each would count."""

    clocks: ClockQuerySet
    rule_of: Callable[[Clock, Ticket], Rule]
    now: datetime
    reader: Person | None
    promised: PromiseRules | None = None  # With it, clocks that would begin are looked for too.
    shifts: list[Shift] = field(default_factory=list)
    started: int = 0

    def impact(self) -> Impact:
        in_time = Q(due_at=None) | Q(due_at__gt=self.now)
        clocks = self.clocks.unstopped().filter(in_time, breached_at=None, ticket__is_open=True)
        if self.reader is not None:
            secret = Ticket.objects.visible_to(self.reader).filter(is_confidential=True)
            clocks = clocks.filter(Q(ticket__is_confidential=False) | Q(ticket__in=secret))
        number = clocks.aggregate(all=Count("pk"), running=Count("due_at"))
        looked_at = self._look(_some(clocks, number["all"]))
        running = sum(clock.due_at is not None for clock in looked_at)
        share = number["all"] / len(looked_at) if looked_at else 1
        return self._counted(number["running"], running, share)

    def _look(self, clocks: QuerySet[Clock]) -> list[Clock]:
        found = list(clocks.select_related("calendar_version__calendar"))
        log = Prefetch("events", TicketEvent.objects.filter(kind__in=sla.MATTERING).order_by("pk"))
        rows = Ticket.objects.select_related("service").prefetch_related(log, "clocks")
        tickets = rows.in_bulk([clock.ticket_id for clock in found])
        histories = {
            key: sla.moments(ticket.events.all(), ticket.requester_id)
            for key, ticket in tickets.items()
        }
        for clock in found:
            ticket, history = tickets[clock.ticket_id], histories[clock.ticket_id]
            self._compare(clock, ticket, sla.history_of(clock, history))
        if self.promised is not None:
            for clock in {clock.ticket_id: clock for clock in found}.values():
                self._start(clock, tickets[clock.ticket_id], histories[clock.ticket_id])
        return found

    def _compare(self, clock: Clock, ticket: Ticket, history: Sequence[Moment]) -> None:
        reading = read(self.rule_of(clock, ticket), history, self.now)
        is_late = reading.breached_at is not None
        if is_late or (clock.due_at and clock.due_at != reading.due_at):
            kind = TargetKind(clock.kind)
            self.shifts.append(Shift(ticket, kind, clock.due_at, reading.due_at, is_late))

    def _start(self, clock: Clock, ticket: Ticket, history: Sequence[Moment]) -> None:
        """Clocks of kinds that were not promised to this ticket before."""
        assert self.promised is not None
        known = {(one.kind, one.number) for one in ticket.clocks.all()}
        current = clock.calendar_version.calendar.current_id
        assert current is not None  # Every calendar has a version.
        for kind, number, since in sla.starts(history):
            target = self.promised.by_target.get((ticket.priority, kind))
            if target is None or (kind, number) in known:
                continue
            rule = _promised(target, number, ticket, self.promised, hours_at(current))
            self._begin(read(rule, history[since:], self.now), ticket, TargetKind(kind))

    def _begin(self, reading: Reading, ticket: Ticket, kind: TargetKind) -> None:
        if reading.stopped_at is None:
            self.started += 1
            if reading.breached_at is not None:
                self.shifts.append(Shift(ticket, kind, None, reading.due_at, is_late=True))

    def _counted(self, total: int, running: int, share: float) -> Impact:
        def scaled(shifts: Iterable[Shift]) -> int:
            return round(share * sum(1 for _shift in shifts))

        earlier = [shift for shift in self.shifts if shift.by < ZERO]
        later = [shift for shift in self.shifts if shift.by > ZERO]
        return Impact(
            total=total,
            earlier=scaled(earlier),
            later=scaled(later),
            biggest_earlier=max((-shift.by for shift in earlier), default=ZERO),
            biggest_later=max((shift.by for shift in later), default=ZERO),
            newly_late=scaled(shift for shift in self.shifts if shift.is_late),
            started=round(share * self.started),
            examples=tuple(self._examples()),
            read=running,
        )

    def _examples(self) -> Iterator[Shift]:
        """Some that the reader may open: those that would be late first, then the farthest."""
        if self.reader is None:
            return
        seen = Ticket.objects.visible_to(self.reader)
        moved = {shift.ticket.pk for shift in self.shifts}
        keys = set(seen.filter(pk__in=moved).values_list("pk", flat=True))
        told: set[int] = set()
        for shift in sorted(self.shifts, key=lambda shift: (not shift.is_late, -abs(shift.by))):
            if shift.ticket.pk in keys - told and len(told) < EXAMPLES:
                told.add(shift.ticket.pk)
                yield shift


def _some(clocks: QuerySet[Clock], number: int) -> QuerySet[Clock]:
    """All of them, or those of a random part of the tickets when they are many."""
    step = -(-number // READ_AT_MOST)
    if step <= 1:
        return clocks
    # By ticket, since the kinds of clocks follow one another in the order of their keys.
    part = Mod(F("ticket"), step)
    return clocks.annotate(part=part).filter(part=randbelow(step))
