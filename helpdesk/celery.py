"""Celery: which task runs when, and the watch that a worker keeps on itself."""

import logging
import os
import threading
import time
from typing import Any

from celery import Celery
from celery.beat import PersistentScheduler
from celery.signals import worker_ready
from django.db import DatabaseError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

app = Celery("helpdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_scheduler = "helpdesk.celery:PulsingScheduler"
app.conf.beat_max_loop_interval = 2
app.conf.beat_schedule = {
    # Every nudge may be lost: this one finds what waits, so nothing waits longer than it ticks.
    "sweep": {"task": "tickets.sweep", "schedule": 5.0, "options": {"expires": 5}},
    # Mailboxes on which no process waits (`fetch_mail`) are emptied once a minute.
    "fetch": {"task": "tickets.fetch_mail", "schedule": 20.0, "options": {"expires": 20}},
    # Apart from the sweep: a paging system may take half a minute to answer.
    "webhooks": {"task": "tickets.call_webhooks", "schedule": 10.0, "options": {"expires": 10}},
    # Hourly, since who reports sick at noon may leave a gap tonight; each gap is told once.
    "gaps": {"task": "tickets.warn_of_gaps", "schedule": 3600.0, "options": {"expires": 3600}},
    # Running clocks follow new hours and promises at once; this finds what no nudge brought.
    "resettle": {"task": "tickets.resettle", "schedule": 20.0, "options": {"expires": 20}},
    # Hourly, because beat may forget when it last ticked; each feed is read once a day.
    "feeds": {
        "task": "departments.refresh_feeds",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    # A new year needs its holidays long before it begins. Hourly for the same reason.
    "holidays": {
        "task": "departments.extend_holidays",
        "schedule": 3600.0,
        "options": {"expires": 3600},
    },
    # Proof that a worker consumes, not only that its process lives.
    "pulse": {"task": "departments.pulse", "schedule": 5.0, "options": {"expires": 15}},
    # The dashboard's rows for tickets that changed while nobody was nudged.
    "measure": {"task": "metrics.measure_changed", "schedule": 60.0, "options": {"expires": 60}},
    # Files of forms that were never sent, and keys of submissions long done.
    "tidy": {"task": "tickets.tidy", "schedule": 3600.0, "options": {"expires": 3600}},
}

log = logging.getLogger(__name__)
DEAF_AFTER = 60.0  # Seconds without one consumed task, while beat is alive, before giving up.


class PulsingScheduler(PersistentScheduler):
    """Beat, showing that it ticks: a row in the database every five seconds."""

    beat_at = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() - self.beat_at > 5:
            self.beat_at = time.monotonic()
            show_pulse("beat")
        return super().tick(*args, **kwargs)


def show_pulse(name: str) -> None:
    """Write a heartbeat; a database that is away is not this process's failure."""
    pulse = app.tasks["departments.show_pulse"]
    try:
        pulse(name)
    except DatabaseError as problem:
        log.warning("pulse.lost name=%s error=%s", name, type(problem).__name__)


@worker_ready.connect
def watch(**_facts: Any) -> None:
    """Start the watchdog: after a broker's restart a worker may look healthy and hear nothing."""
    # The first pulse comes from here, so that the product is ready without waiting for beat's.
    app.tasks["departments.pulse"].apply_async(expires=15)
    threading.Thread(target=listen_for_own_pulse, daemon=True, name="watchdog").start()


def listen_for_own_pulse() -> None:
    started = time.monotonic()
    while True:
        time.sleep(5)
        verdict = app.tasks["departments.is_deaf"]
        try:
            deaf = time.monotonic() - started > DEAF_AFTER and verdict(DEAF_AFTER)
        except DatabaseError:
            continue
        if deaf:
            log.error("worker.deaf seconds=%s", DEAF_AFTER)
            os._exit(3)  # The supervisor starts a fresh one; nothing is lost by ending.
