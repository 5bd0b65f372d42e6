"""Who is on call at a desk: now, in a stretch, and where nobody is."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Prefetch, QuerySet

from departments import rota as rules
from departments.models import (
    Absence,
    Department,
    Membership,
    Person,
    Rota,
    RotaLayer,
    RotaOverride,
    RotaSeat,
)
from departments.permissions import ON_CALL_ROLES
from departments.rota import Why

DAYS_AHEAD = 28
DAY = timedelta(days=1)


@dataclass(frozen=True)
class OnCall:
    """Somebody who can be called now, and in which layer."""

    layer: RotaLayer
    person: Person


@dataclass(frozen=True)
class Shift:
    """A stretch of a layer: who is on call (None: nobody), whose turn it would be, and why."""

    start: datetime
    end: datetime
    person: Person | None
    planned: Person | None
    why: Why


@dataclass(frozen=True)
class Line:
    """A layer with its shifts, without hole or overlap."""

    layer: RotaLayer
    shifts: list[Shift]


@dataclass(frozen=True)
class Gap:
    """Nobody is on call: in this layer, or (None) in no layer at all."""

    layer: RotaLayer | None
    start: datetime
    end: datetime


@dataclass(frozen=True)
class RotaGaps:
    """A rota with everything that its leads should know beforehand."""

    rota: Rota
    gaps: list[Gap]


@dataclass(frozen=True)
class _Plan:
    """One layer as the rules want it, and the people behind the numbers."""

    layer: RotaLayer
    turns: rules.Layer
    covers: Sequence[rules.Override]
    absences: Sequence[rules.Absence]
    people: dict[int, Person]

    def person_at(self, at: datetime) -> Person | None:
        return self._person(rules.on_call(self.turns, self.covers, self.absences, at))

    def line(self, start: datetime, end: datetime) -> Line:
        shifts = [
            Shift(one.start, one.end, self._person(one.person), self._person(one.planned), one.why)
            for one in rules.shifts(self.turns, self.covers, self.absences, start, end)
        ]
        return Line(self.layer, shifts)

    def _person(self, number: int | None) -> Person | None:
        return None if number is None else self.people[number]


# --- What paging asks -----------------------------------------------------------------------


def people_on_call(desk: Department, at: datetime) -> list[OnCall]:
    """Whom to call, in the order of the layers; a layer without anybody is left out."""
    layers = RotaLayer.objects.filter(rota__department=desk)
    called = [(plan.layer, plan.person_at(at)) for plan in _plans(layers, at, at)]
    return [OnCall(layer, person) for layer, person in called if person is not None]


def wait_minutes(desk: Department) -> int:
    """How long a layer has to answer before the next one is called."""
    return _rota_of(desk).wait_minutes


def rounds(desk: Department) -> int:
    """How often all layers are called before we give up."""
    return _rota_of(desk).rounds


def _rota_of(desk: Department) -> Rota:
    """The desk's rota, or what one begins with."""
    return Rota.objects.filter(department=desk).first() or Rota(department=desk)


def rotas_with_gaps(now: datetime, days: int = DAYS_AHEAD) -> list[RotaGaps]:
    """Every rota in which a stretch ahead is held by nobody, with its gaps."""
    end = now + days * DAY
    rotas = Rota.objects.select_related("department").order_by(
        "department__order", "department__name", "pk"
    )
    lines: dict[Rota, list[Line]] = {rota: [] for rota in rotas}
    for plan in _plans(RotaLayer.objects.filter(rota__in=list(lines)), now, end):
        lines[plan.layer.rota].append(plan.line(now, end))
    found = [RotaGaps(rota, gaps_in(layers, now, end)) for rota, layers in lines.items()]
    return [one for one in found if one.gaps]


# --- What pages show ------------------------------------------------------------------------


def calendar_of(rota: Rota, start: datetime, end: datetime) -> list[Line]:
    """The shifts of all layers in [start, end), in the order of the layers."""
    plans = _plans(RotaLayer.objects.filter(rota=rota), start, end)
    return [plan.line(start, end) for plan in plans]


def gaps_ahead(rota: Rota, now: datetime, days: int = DAYS_AHEAD) -> list[Gap]:
    """Stretches without anybody: first those that no layer holds, then those of single layers."""
    end = now + days * DAY
    return gaps_in(calendar_of(rota, now, end), now, end)


def gaps_in(lines: Sequence[Line], start: datetime, end: datetime) -> list[Gap]:
    """The same from lines that are known already."""
    nobody = rules.gaps([line.shifts for line in lines], start, end)
    found = [Gap(None, one.start, one.end) for one in nobody]
    if len(lines) > 1:  # The gaps of the only layer are those of the rota.
        found += [
            Gap(line.layer, one.start, one.end)
            for line in lines
            for one in rules.gaps([line.shifts], start, end)
            if one not in nobody
        ]
    return found


# --- From rows to rules ---------------------------------------------------------------------


def _plans(layers: QuerySet[RotaLayer], start: datetime, end: datetime) -> list[_Plan]:
    """The layers with all that matters in [start, end]; five queries for any number of them."""
    covers = RotaOverride.objects.filter(ends_at__gt=start, starts_at__lte=end)
    rows = list(
        layers.select_related("rota__department")
        .order_by("rota", "position")
        .prefetch_related(
            Prefetch("seats", RotaSeat.objects.order_by("position")),
            Prefetch("overrides", covers.order_by("made_at", "pk")),
        )
    )
    teams = _teams({row.rota.department_id for row in rows})
    members = {person for team in teams.values() for person in team}
    absences = absences_between(members, start, end)
    return [_plan(row, teams[row.rota.department_id], absences) for row in rows]


def _teams(desks: set[int]) -> defaultdict[int, dict[int, Person]]:
    """The agents and leads of each desk, who alone can be on call there."""
    members = Membership.objects.filter(
        department__in=desks, role__in=ON_CALL_ROLES, person__is_active=True
    )
    teams: defaultdict[int, dict[int, Person]] = defaultdict(dict)
    for member in members.select_related("person"):
        teams[member.department_id][member.person_id] = member.person
    return teams


def absences_between(people: Iterable[int], start: datetime, end: datetime) -> list[Absence]:
    """Those that may touch the stretch, wherever in the world the people's days begin."""
    first, last = start.astimezone(UTC).date() - DAY, end.astimezone(UTC).date() + DAY
    found = Absence.objects.filter(person__in=people, ends_on__gte=first, starts_on__lte=last)
    return list(found.order_by("made_at", "pk"))


def _plan(row: RotaLayer, team: dict[int, Person], absences: Iterable[Absence]) -> _Plan:
    seats = tuple(one.person_id if one.person_id in team else None for one in row.seats.all())
    return _Plan(
        layer=row,
        turns=turns_of(row, seats or (None,)),
        covers=[
            rules.Override(one.starts_at, one.ends_at, one.person_id)
            for one in row.overrides.all()
            if one.person_id in team
        ],
        absences=[_absence(one, team) for one in absences if one.person_id in team],
        people=team,
    )


def turns_of(row: RotaLayer, people: tuple[int | None, ...]) -> rules.Layer:
    """The layer's turns with these people in order."""
    return rules.Layer(
        position=row.position,
        people=people,
        zone=row.time_zone,
        handover="daily" if row.handover == RotaLayer.Handover.DAILY else "weekly",
        weekday=row.weekday,
        at=row.at,
        starts_on=row.starts_on,
    )


def _absence(one: Absence, team: dict[int, Person]) -> rules.Absence:
    """The days as instants. A deputy from elsewhere cannot be called by this desk."""
    start, end = rules.days(team[one.person_id].time_zone, one.starts_on, one.ends_on)
    deputy = one.deputy_id if one.deputy_id in team else None
    return rules.Absence(one.person_id, start, end, deputy)
