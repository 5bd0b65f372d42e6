"""Being away: whole days, with or without a deputy."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from departments import permissions
from departments.models import Absence, Person
from helpdesk.lib.errors import Refused

DAY = timedelta(days=1)
FURTHEST = 366 * 2 * DAY


@transaction.atomic
def set_absence(
    person: Person,
    *,
    by: Person,
    starts_on: date,
    ends_on: date,
    at: datetime,
    deputy: Person | None = None,
) -> Absence:
    """From the first to the last day, both included in the person's zone, they are not on call."""
    _require(by, person)
    person = Person.objects.select_for_update().get(pk=person.pk)
    today = at.astimezone(person.zone).date()
    if ends_on < max(starts_on, today):
        raise Refused(_("Choose a last day that is not over, and not before the first."))
    if ends_on > today + FURTHEST:
        raise Refused(_("Choose days within the next two years."))
    if Absence.objects.filter(
        person=person, starts_on__lte=ends_on, ends_on__gte=starts_on
    ).exists():
        raise Refused(
            _("Some of these days are marked as away already. Withdraw that first."),
            code="away_already",
        )
    if deputy is not None and deputy not in permissions.people_who_may_stand_in(person):
        raise Refused(_("Choose a deputy who works at the same desk."))
    return Absence.objects.create(
        person=person, starts_on=starts_on, ends_on=ends_on, deputy=deputy, made_by=by, made_at=at
    )


@transaction.atomic
def withdraw_absence(absence: Absence, *, by: Person, at: datetime) -> None:
    """They are there again: from today on if it has begun; what is over stays as it was."""
    _require(by, absence.person)
    found = Absence.objects.select_for_update().filter(pk=absence.pk).first()
    if found is None:
        return  # A second click on the same button.
    today = at.astimezone(absence.person.zone).date()
    if found.ends_on < today:
        raise Refused(_("This absence is over already. It stays as it was."))
    if found.starts_on < today:
        found.ends_on = today - DAY
        found.save(update_fields=["ends_on"])
    else:
        found.delete()


def _require(by: Person, person: Person) -> None:
    if not permissions.may_set_absence(by, person):
        raise Refused(
            _("Only they themselves or a lead of their desk may say that somebody is away."),
            code="forbidden",
        )
