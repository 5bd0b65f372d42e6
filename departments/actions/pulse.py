"""The pulse of the running product: who was alive when."""

from datetime import timedelta

from django.utils import timezone

from departments.models import Heartbeat


def beat(name: str) -> None:
    """Write down that this part works now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def ages() -> dict[str, float]:
    """Seconds since each part last showed that it works."""
    now = timezone.now()
    return {row.name: (now - row.at).total_seconds() for row in Heartbeat.objects.all()}


def is_worker_deaf(seconds: float) -> bool:
    """Whether beat ticks, and yet no worker has consumed a task for so many seconds."""
    known = ages()
    fresh = timedelta(seconds=20).total_seconds()
    ticking = known.get(Heartbeat.BEAT, seconds) < fresh
    return ticking and known.get(Heartbeat.WORKER, seconds) >= seconds
