"""Warning the leads of a rota beforehand where nobody is on call: once per gap."""

from datetime import datetime

from django.db import transaction

from departments.models import Membership, Person, Role, Rota
from departments.on_call import Gap, RotaGaps, rotas_with_gaps
from tickets.mail import outbound
from tickets.models import GapWarning, Notification

DAYS_AHEAD = 14


def warn_of_gaps(now: datetime) -> int:
    """Tell the leads of every desk about the gaps ahead that are new; returns how many."""
    return sum(_warn(found, now) for found in rotas_with_gaps(now, DAYS_AHEAD))


@transaction.atomic
def _warn(found: RotaGaps, now: datetime) -> int:
    """One mail per lead about everything that is new, and one notice per gap."""
    rota = Rota.objects.select_for_update(of=("self",)).get(pk=found.rota.pk)
    leads = leads_of(rota)
    fresh = [warning for gap in found.gaps if leads and (warning := _kept(rota, gap, now))]
    if fresh:
        for lead in leads:
            outbound.queue_gaps(fresh, to=lead, at=now)
        Notification.objects.bulk_create(
            Notification(person=lead, gap=gap, made_at=now) for lead in leads for gap in fresh
        )
    return len(fresh)


def _kept(rota: Rota, gap: Gap, now: datetime) -> GapWarning | None:
    """A new warning, unless the leads know: a gap that lasts looks a little shorter each day."""
    name = gap.layer.name if gap.layer else ""
    known = GapWarning.objects.filter(desk=rota.department_id, layer_name=name)
    if known.filter(starts_at__lt=gap.end, ends_at__gt=gap.start).exists():
        return None
    return GapWarning.objects.create(
        desk=rota.department, layer_name=name, starts_at=gap.start, ends_at=gap.end, told_at=now
    )


def leads_of(rota: Rota) -> list[Person]:
    """The desk's leads."""
    leads = Membership.objects.filter(
        department=rota.department_id, role=Role.LEAD, person__is_active=True
    )
    return [lead.person for lead in leads.select_related("person").order_by("pk")]
