"""Who of Aldera is on call: the rota of a desk, an evening that is covered, a deputy."""

from datetime import datetime, timedelta
from typing import Any

from departments.actions import absences, covers, rota
from departments.models import Department, Person, Role, RotaLayer
from departments.on_call import people_on_call
from departments.rota import local
from helpdesk.demo import people
from helpdesk.demo.company import Company

DAY = timedelta(days=1)
BEGAN = timedelta(weeks=12)


def plan(company: Company, now: datetime) -> None:
    """Make the rotas as their leads would have, long ago and lately."""
    said = people.words("on_call")
    layers = {row["name"]: _layer(company, row, now) for row in said["layer"]}
    for row in said["cover"]:
        _cover(layers[row["layer"]], row, now)
    for row in said["absence"]:
        _absence(layers[row["layer"]], row, now)


def _lead(desk: Department) -> Person:
    return Person.objects.get(memberships__department=desk, memberships__role=Role.LEAD)


def _layer(company: Company, row: dict[str, Any], now: datetime) -> RotaLayer:
    desk = company.desks[row["desk"]]
    lead = _lead(desk)
    return rota.save_layer(
        rota.set_up(desk, by=lead),
        by=lead,
        at=now - BEGAN,
        people=[company.people[key] for key in row["people"]],
        name=row["name"],
        time_zone=row["zone"],
        handover=row["handover"],
        weekday=row["weekday"],
        handover_at=row["at"],
    )


def _cover(layer: RotaLayer, row: dict[str, Any], now: datetime) -> None:
    on = now.date() + DAY * row["day"]
    start = local(layer.time_zone, on, row["from"])
    covers.cover(
        layer,
        by=_lead(layer.rota.department),
        person=_next(layer, start)[1],
        starts_at=start,
        ends_at=local(layer.time_zone, on, row["until"]),
        at=now,
        reason=row["reason"],
    )


def _absence(layer: RotaLayer, row: dict[str, Any], now: datetime) -> None:
    away, deputy = _next(layer, now + DAY * row["day"])
    first = (now + DAY * row["day"]).astimezone(away.zone).date()
    last = first + DAY * (row["days"] - 1)
    absences.set_absence(away, by=away, starts_on=first, ends_on=last, at=now, deputy=deputy)


def _next(layer: RotaLayer, at: datetime) -> tuple[Person, Person]:
    """Who has the turn then, and who comes after them in the order."""
    called = people_on_call(layer.rota.department, at)
    holder = next(one.person for one in called if one.layer == layer)
    order = [seat.person for seat in layer.seats.select_related("person").order_by("position")]
    return holder, order[(order.index(holder) + 1) % len(order)]
