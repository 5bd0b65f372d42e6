"""Planning a rota: how a desk is paged, and the layers of people who take turns."""

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from departments import permissions
from departments.models import Department, Person, Rota, RotaLayer, RotaSeat
from departments.on_call import turns_of
from departments.rota import Layer
from departments.rota_changes import carried_on
from helpdesk.lib.errors import Refused
from helpdesk.lib.secrets import seal

SHORTEST_SECRET = 16


@transaction.atomic
def set_up(
    department: Department,
    *,
    by: Person,
    wait_minutes: int = 10,
    rounds: int = 2,
    webhook_url: str = "",
    webhook_secret: str = "",
) -> Rota:
    """How the desk is paged; makes its rota if there is none.

    An empty secret keeps the one that is there, and goes with the address when that is emptied.
    """
    permissions.require_plan_rota(by, department)
    Rota.objects.get_or_create(department=department)
    rota = Rota.objects.select_for_update().get(department=department)
    rota.wait_minutes, rota.rounds, rota.webhook_url = wait_minutes, rounds, webhook_url
    if not webhook_url:
        rota.webhook_secret = ""
    elif 0 < len(webhook_secret) < SHORTEST_SECRET:
        raise Refused(
            _("Choose a secret of at least %(n)s characters, better a random one.")
            % {"n": SHORTEST_SECRET}
        )
    elif webhook_secret:
        rota.webhook_secret = seal(webhook_secret)
    elif not rota.webhook_secret:
        raise Refused(
            _("Enter a secret too: with it the paging system knows that a call is from us."),
            code="no_secret",
        )
    rota.save()
    return rota


@transaction.atomic
def save_layer(
    rota: Rota,
    layer: RotaLayer | None = None,
    *,
    by: Person,
    at: datetime,
    people: Sequence[Person],
    name: str,
    time_zone: str,
    handover: str,
    handover_at: time,
    weekday: int = 0,
    starts_on: date | None = None,
) -> RotaLayer:
    """A layer with its people in the order of their turns; a new one is called last.

    Who is on call in a layer that has begun stays until the next hand-over, whatever changes: the
    order goes on after them, and `starts_on` counts for layers that have yet to begin.
    """
    rota = _locked(rota, by)
    _require_seats(rota, people)
    row = _new_layer(rota) if layer is None else rota.layers.get(pk=layer.pk)
    before = None if layer is None else turns_of(row, _seated(row))
    row.name, row.time_zone, row.handover = name, time_zone, handover
    row.at, row.weekday = handover_at, weekday
    if layer is None:
        row.starts_on = at.astimezone(ZoneInfo(time_zone)).date()
    row.starts_on = starts_on or row.starts_on
    _require_own_name(row)
    turns = turns_of(row, tuple(person.pk for person in people))
    if before is not None:
        turns = carried_on(before, turns, at)
    return _kept(row, turns)


@transaction.atomic
def remove_layer(layer: RotaLayer, *, by: Person) -> None:
    """The layer with its seats and covers is gone; nobody of it is called any more."""
    _locked(layer.rota, by).layers.filter(pk=layer.pk).delete()


def _locked(rota: Rota, by: Person) -> Rota:
    rota = Rota.objects.select_related("department").select_for_update(of=("self",)).get(pk=rota.pk)
    permissions.require_plan_rota(by, rota.department)
    return rota


def _kept(row: RotaLayer, turns: Layer) -> RotaLayer:
    row.starts_on = turns.starts_on
    row.save()
    row.seats.all().delete()
    RotaSeat.objects.bulk_create(
        RotaSeat(layer=row, person_id=person, position=place)
        for place, person in enumerate(turns.people)
        if person is not None
    )
    return row


def _new_layer(rota: Rota) -> RotaLayer:
    last: int = rota.layers.aggregate(last=Max("position"))["last"] or 0
    return RotaLayer(rota=rota, position=last + 1)


def _seated(row: RotaLayer) -> tuple[int | None, ...]:
    return tuple(row.seats.order_by("position").values_list("person_id", flat=True)) or (None,)


def _require_seats(rota: Rota, people: Sequence[Person]) -> None:
    if not people:
        raise Refused(_("Choose at least one person who takes turns."), code="nobody")
    if len(set(people)) < len(people):
        raise Refused(_("Each person takes one turn in a layer; somebody is in it twice."))
    able = set(permissions.people_who_may_be_on_call(rota.department))
    for person in people:
        if person not in able:
            raise Refused(
                _("%(name)s does not work at this desk, so they cannot be on call for it.")
                % {"name": person.name},
                code="not_at_the_desk",
            )


def _require_own_name(row: RotaLayer) -> None:
    if row.rota.layers.filter(name=row.name).exclude(pk=row.pk).exists():
        raise Refused(_("There is a layer with this name already. Choose another."))
