"""Saying how two tickets belong together."""

from datetime import datetime

from departments.models import Person
from tickets.models import Link, Ticket


def link(source: Ticket, target: Ticket, kind: Link.Kind, *, by: Person, at: datetime) -> bool:
    """Link two tickets inside the caller's transaction; whether that was news."""
    _link, is_new = Link.objects.get_or_create(
        source=source, target=target, kind=kind, defaults={"made_by": by, "made_at": at}
    )
    return is_new


def unlink(source: Ticket, target: Ticket, kind: Link.Kind) -> None:
    Link.objects.filter(source=source, target=target, kind=kind).delete()
