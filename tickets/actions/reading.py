"""Having read: notices that need no more attention."""

from django.utils import timezone

from departments.models import Person
from tickets.models import Notification, Ticket


def mark_read(ticket: Ticket, *, by: Person) -> None:
    """Opening a ticket reads its notices."""
    Notification.objects.filter(person=by, ticket=ticket, read_at=None).update(
        read_at=timezone.now()
    )


def mark_all_read(*, by: Person) -> None:
    Notification.objects.filter(person=by, read_at=None).update(read_at=timezone.now())
