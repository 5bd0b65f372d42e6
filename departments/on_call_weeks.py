"""The page about a rota: who is on call now, the weeks ahead day by day, and where nobody is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from departments.models import (
    Absence,
    Department,
    Person,
    Rota,
    RotaLayer,
    RotaOverride,
    RotaSeat,
)
from departments.on_call import DAYS_AHEAD, Gap, Line, Shift, calendar_of, gaps_in
from departments.permissions import is_about, may_cover, may_plan_rota
from departments.rota import Why, days
from departments.when import day_words, moment_words

DAY = timedelta(days=1)
WEEK = 7
GAPS_TOLD = 6


@dataclass(frozen=True)
class Holder:
    """Who is on call in a layer now (nobody: None), and until when."""

    layer: RotaLayer
    shift: Shift
    until: datetime | None  # None: for longer than the page looks ahead.
    words: str


@dataclass(frozen=True)
class Entry:
    """A shift within one day."""

    shift: Shift
    since: datetime | None  # None: it goes on from the day before.
    is_mine: bool
    words: str


@dataclass(frozen=True)
class Cell:
    """What one layer has on one day of the reader."""

    day: str
    entries: list[Entry]
    is_as_before: bool  # All day whoever was it the evening before.


@dataclass(frozen=True)
class Row:
    """One layer through a week."""

    layer: RotaLayer
    cells: list[Cell]


@dataclass(frozen=True)
class Week:
    """Seven days of all layers, each day in words."""

    days: list[str]
    rows: list[Row]


@dataclass(frozen=True)
class Cover:
    """Something arranged besides the turns."""

    override: RotaOverride
    may_cancel: bool


@dataclass(frozen=True)
class Page:
    """Everything that the page shows, except its forms."""

    desk: Department
    rota: Rota
    holders: list[Holder]
    weeks: list[Week]
    gaps: list[tuple[Gap, str]]
    more_gaps: int
    mine: list[tuple[RotaLayer, Shift]]
    shifts: list[tuple[RotaLayer, Shift]]
    covers: list[Cover]
    absences: list[Absence]


def page(rota: Rota, reader: Person, now: datetime) -> Page:
    """The rota in four weeks of the reader's days, beginning with what is left of today."""
    today = now.astimezone(reader.zone).date()
    bounds = [days(reader.time_zone, on, on) for on in _days_from(today, DAYS_AHEAD)]
    start, end = bounds[0][0], bounds[-1][1]
    lines = [_ahead(line, now) for line in calendar_of(rota, start, end)]
    gaps = gaps_in(lines, now, end)
    held = sorted(
        ((line.layer, one) for line in lines for one in line.shifts if one.person is not None),
        key=lambda one: (one[1].start, one[0].position),
    )
    return Page(
        desk=rota.department,
        rota=rota,
        holders=[_holder(line, end) for line in lines],
        weeks=[
            _week(lines, _day_words(today, n), bounds[n : n + WEEK], reader)
            for n in range(0, DAYS_AHEAD, WEEK)
        ],
        gaps=[(gap, gap_words(gap, now, reader.zone)) for gap in gaps[:GAPS_TOLD]],
        more_gaps=len(gaps[GAPS_TOLD:]),
        mine=[one for one in held if one[1].person == reader],
        shifts=held,
        covers=_covers(rota, reader, now),
        absences=_absences(rota, reader, now),
    )


def layers_of(rota: Rota | None) -> list[RotaLayer]:
    """The layers in the order in which they are called, each with its people."""
    if rota is None:
        return []
    seats = Prefetch("seats", RotaSeat.objects.select_related("person").order_by("position"))
    return list(rota.layers.order_by("position").prefetch_related(seats))


def absences_ahead(person: Person, now: datetime) -> list[Absence]:
    """When this person is or will be away."""
    today = now.astimezone(person.zone).date()
    return list(person.absences.filter(ends_on__gte=today).select_related("deputy", "made_by"))


def why_words(shift: Shift) -> str:
    """Why it is not simply the turn of this person; empty when it is."""
    planned = shift.planned.first_name if shift.planned else ""
    if shift.why == Why.COVER:
        is_other = planned and shift.planned != shift.person
        return _("covers for %(name)s") % {"name": planned} if is_other else _("covers")
    if shift.why == Why.DEPUTY:
        return _("deputy for %(name)s") % {"name": planned} if planned else _("deputy")
    if shift.why == Why.AWAY:
        return _("%(name)s is away") % {"name": planned} if planned else _("away")
    if shift.why == Why.VACANT:
        return _("whose turn it is has left the desk")
    return _("has not begun") if shift.why == Why.NOT_STARTED else ""


def gap_words(gap: Gap, now: datetime, tz: tzinfo, lang: str | None = None) -> str:
    """“Nobody is on call from Tue 14:00 to Wed 09:00.”, or of which layer nobody is."""
    words = {
        "start": moment_words(gap.start, now, tz, lang),
        "end": moment_words(gap.end, now, tz, lang),
    }
    if gap.layer is None:
        if gap.start <= now:
            return _("Nobody is on call until %(end)s.") % words
        return _("Nobody is on call from %(start)s to %(end)s.") % words
    words["layer"] = gap.layer.name
    if gap.start <= now:
        return _("“%(layer)s” has nobody until %(end)s.") % words
    return _("“%(layer)s” has nobody from %(start)s to %(end)s.") % words


def handover_words(layer: RotaLayer) -> str:
    """“Changes every Monday at 09:00, Europe/Istanbul”, in the layer's own time."""
    words = {
        "weekday": layer.get_weekday_display(),
        "time": layer.at.strftime("%H:%M"),
        "zone": layer.time_zone.replace("_", " "),
    }
    if layer.handover == RotaLayer.Handover.DAILY:
        return _("Changes every day at %(time)s, %(zone)s") % words
    return _("Changes every %(weekday)s at %(time)s, %(zone)s") % words


def ladder_words(rota: Rota) -> str:
    """After how long the next layer is called, and how often all of them are."""
    wait = ngettext(
        "Who does not answer within %(n)s minute is followed by the next layer.",
        "Who does not answer within %(n)s minutes is followed by the next layer.",
        rota.wait_minutes,
    ) % {"n": rota.wait_minutes}
    times = ngettext(
        "All layers are called %(n)s time.", "All layers are called %(n)s times.", rota.rounds
    ) % {"n": rota.rounds}
    return f"{wait} {times}"


def _ahead(line: Line, now: datetime) -> Line:
    """Without what is over today."""
    return Line(line.layer, [shift for shift in line.shifts if shift.end > now])


def _holder(line: Line, end: datetime) -> Holder:
    shift, until = line.shifts[0], line.shifts[0].end
    for following in line.shifts[1:]:
        if following.person != shift.person:
            break
        until = following.end
    return Holder(line.layer, shift, until if until < end else None, why_words(shift))


def _days_from(first: date, count: int) -> list[date]:
    return [first + DAY * n for n in range(count)]


def _day_words(today: date, first: int) -> list[str]:
    return [day_words(on, today) for on in _days_from(today + DAY * first, WEEK)]


def _week(
    lines: list[Line], week: list[str], bounds: list[tuple[datetime, datetime]], reader: Person
) -> Week:
    rows = [
        Row(
            line.layer,
            [_cell(line, day, *stretch, reader) for day, stretch in zip(week, bounds, strict=True)],
        )
        for line in lines
    ]
    return Week(week, rows)


def _cell(line: Line, day: str, start: datetime, end: datetime, reader: Person) -> Cell:
    shifts = [one for one in line.shifts if one.start < end and start < one.end]
    entries = [
        Entry(
            shift=shift,
            since=shift.start if shift.start > start else None,
            is_mine=shift.person == reader,
            words=why_words(shift),
        )
        for shift in shifts
    ]
    return Cell(day, entries, is_as_before=len(shifts) == 1 and shifts[0].start < start)


def _covers(rota: Rota, reader: Person, now: datetime) -> list[Cover]:
    """What is arranged and not over, the next first."""
    found = RotaOverride.objects.filter(layer__rota=rota, ends_at__gt=now)
    related = ("layer__rota__department", "person", "made_by", "swapped_with")
    leads, works = may_plan_rota(reader, rota.department), may_cover(reader, rota.department)
    return [
        Cover(one, leads or (works and is_about(reader, one)))
        for one in found.select_related(*related).order_by("starts_at", "pk")
    ]


def _absences(rota: Rota, reader: Person, now: datetime) -> list[Absence]:
    """Who of the desk is or will be away, as far as the reader may change it."""
    desk = Absence.objects.visible_to(reader).filter(
        person__memberships__department=rota.department_id, ends_on__gte=now.date()
    )
    return list(desk.select_related("person", "deputy").order_by("starts_on", "pk"))
