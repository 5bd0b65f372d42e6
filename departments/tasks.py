"""What workers do for the installation itself."""

from celery import shared_task

from departments.actions import pulse
from departments.models import Heartbeat


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
