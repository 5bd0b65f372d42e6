"""Covers: taking over a stretch of a rota, swapping two shifts, taking that back."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from departments import permissions
from departments.models import Person, Rota, RotaLayer, RotaOverride
from departments.on_call import DAYS_AHEAD, Shift, absences_between, calendar_of
from departments.rota import days
from helpdesk.lib.errors import Refused

DAY = timedelta(days=1)
FURTHEST = 366 * DAY
# A shift that begins at the end of what a page shows may go on for a week.
SWAPPED_WITHIN = (DAYS_AHEAD + 9) * DAY


@dataclass(frozen=True)
class Turn:
    """Somebody's shift as the page showed it: a moment of it that has not passed says which."""

    layer: RotaLayer
    moment: datetime
    person: int


@transaction.atomic
def cover(
    layer: RotaLayer,
    *,
    by: Person,
    person: Person,
    starts_at: datetime,
    ends_at: datetime,
    at: datetime,
    reason: str = "",
) -> RotaOverride:
    """The person is on call in this stretch instead of whoever would be.

    Agents take over themselves, leads name anybody of the desk. What is over stays as it was: a
    stretch that began in the past counts from now on.
    """
    rota = _locked(layer.rota)
    _require_may_name(by, person, rota)
    starts_at, ends_at = max(starts_at, at).astimezone(UTC), ends_at.astimezone(UTC)
    if ends_at <= starts_at:
        raise Refused(
            _("This stretch has no time left in it. Choose an end after its beginning and now.")
        )
    if ends_at > at + FURTHEST:
        raise Refused(_("Choose an end within the next year."))
    _require_present(person, starts_at, ends_at)
    return RotaOverride.objects.create(
        layer=layer,
        person=person,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
        made_by=by,
        made_at=at,
    )


@transaction.atomic
def swap(
    one: Turn, other: Turn, *, by: Person, at: datetime, reason: str = ""
) -> tuple[RotaOverride, RotaOverride]:
    """Two people take each other's shift, what is left of it; both covers belong together."""
    rota = _locked(one.layer.rota)
    (mine, given), (theirs, taken) = _held(one, rota, at), _held(other, rota, at)
    _require_may_swap(by, mine, theirs, rota)
    said = {"reason": reason, "made_by": by, "made_at": at}
    first = _covered(one.layer, given, theirs, **said)
    second = _covered(other.layer, taken, mine, **said)
    first.swapped_with, second.swapped_with = second, first
    RotaOverride.objects.bulk_update([first, second], ["swapped_with"])
    return first, second


@transaction.atomic
def cancel_cover(override: RotaOverride, *, by: Person, at: datetime) -> None:
    """Whoever would be on call without it is again, from now on; a swap goes back as a whole."""
    _locked(override.layer.rota)
    found = RotaOverride.objects.select_related("swapped_with").filter(pk=override.pk).first()
    if found is None:
        return  # A second click on the same button.
    if not permissions.may_cancel_cover(by, found):
        raise Refused(
            _("Only those whom it is about, or a lead, may take this back."), code="forbidden"
        )
    both = [one for one in (found, found.swapped_with) if one is not None]
    if found.ends_at <= at:
        raise Refused(_("This is over already. It stays as it was."))
    if found.swapped_with is not None and any(one.starts_at <= at for one in both):
        raise Refused(
            _("One of the swapped shifts has begun. Arrange a cover for the rest instead.")
        )
    for one in both:
        _end(one, at)


def _end(override: RotaOverride, at: datetime) -> None:
    if override.starts_at < at:
        override.ends_at = at
        override.save(update_fields=["ends_at"])
    else:
        override.delete()


def _locked(rota: Rota) -> Rota:
    """The rota, so that nobody else changes its covers until this is done."""
    rotas = Rota.objects.select_related("department").select_for_update(of=("self",))
    return rotas.get(pk=rota.pk)


def _require_may_name(by: Person, person: Person, rota: Rota) -> None:
    permissions.require_cover(by, rota.department)
    if person != by and not permissions.may_plan_rota(by, rota.department):
        raise Refused(_("Only a lead may put somebody else on call."), code="forbidden")
    if person not in permissions.people_who_may_be_on_call(rota.department):
        raise Refused(
            _("%(name)s does not work at this desk, so they cannot be on call for it.")
            % {"name": person.name},
            code="not_at_the_desk",
        )


def _require_may_swap(by: Person, mine: Person, theirs: Person, rota: Rota) -> None:
    if mine == theirs:
        raise Refused(
            _("Both shifts are those of %(name)s. Choose two people.") % {"name": mine.name}
        )
    if permissions.may_plan_rota(by, rota.department):
        return
    permissions.require_cover(by, rota.department)
    if by not in {mine, theirs}:
        raise Refused(_("Choose one of your own shifts to swap."), code="forbidden")


def _covered(layer: RotaLayer, shift: Shift, person: Person, **said: Any) -> RotaOverride:
    _require_present(person, shift.start, shift.end)
    return RotaOverride.objects.create(
        layer=layer, person=person, starts_at=shift.start, ends_at=shift.end, **said
    )


def _require_present(person: Person, start: datetime, end: datetime) -> None:
    for absence in absences_between([person.pk], start, end):
        begins, ends = days(person.time_zone, absence.starts_on, absence.ends_on)
        if begins < end and start < ends:
            raise Refused(
                _("%(name)s is away in that time. Choose somebody else.") % {"name": person.name},
                code="away",
            )


def _held(turn: Turn, rota: Rota, at: datetime) -> tuple[Person, Shift]:
    """The shift that was chosen, if the same person still has it."""
    lines = calendar_of(rota, at, at + SWAPPED_WITHIN)
    for shift in (shift for line in lines if line.layer == turn.layer for shift in line.shifts):
        person = shift.person
        if shift.start <= turn.moment < shift.end and person and person.pk == turn.person:
            return person, shift
    raise Refused(
        _("The rota has changed since you opened the page. Look again, then choose."),
        code="changed_meanwhile",
    )
