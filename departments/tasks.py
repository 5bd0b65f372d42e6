"""What workers do for the installation itself."""

from celery import shared_task
from django.utils import timezone

from departments.actions import feeds, horizon, pulse
from departments.models import Calendar, Heartbeat


@shared_task(name="departments.pulse")
def consumed() -> None:
    """Beat sends this; a worker that consumes it shows that work is being done."""
    pulse.beat(Heartbeat.WORKER)


@shared_task(name="departments.show_pulse")
def show_pulse(name: str) -> None:
    pulse.beat(name)


@shared_task(name="departments.is_deaf")
def is_deaf(seconds: float) -> bool:
    return pulse.is_worker_deaf(seconds)


@shared_task(name="departments.refresh_feed")
def refresh_feed(calendar_id: int) -> None:
    """Read the feed of one calendar."""
    for calendar in Calendar.objects.filter(pk=calendar_id):
        feeds.refresh_feed(calendar, timezone.now())


@shared_task(name="departments.refresh_feeds")
def refresh_feeds() -> None:
    """Find the feeds that no nudge read, or that are a day old."""
    feeds.refresh_due_feeds(timezone.now())


@shared_task(name="departments.extend_holidays")
def extend_holidays() -> None:
    """Let calendars know the public holidays of the years ahead."""
    horizon.extend_all_holidays(timezone.now())
