"""What workers do for the figures."""

from celery import shared_task

from metrics import rollup


@shared_task(name="metrics.measure")
def measure(ticket_id: int) -> None:
    """One ticket changed: measure it anew."""
    rollup.measure(rollup.with_log().filter(pk=ticket_id))


@shared_task(name="metrics.measure_changed")
def measure_changed() -> None:
    """Measure whatever changed and was not nudged."""
    rollup.measure_changed()
