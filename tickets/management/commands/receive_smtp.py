"""Listen for letters by SMTP until told to stop."""

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections

from departments.actions import pulse
from departments.models import Heartbeat
from tickets.mail.smtp import Listener

log = logging.getLogger(__name__)
PULSE_SECONDS = 10


class Command(BaseCommand):
    """Runs in the foreground; SIGTERM and SIGINT end it after the letter in hand."""

    help = "Take letters by SMTP from the company's mail server."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=2525)

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_facts: stop.set())
        listener = Listener(options["host"], options["port"])
        listener.start()
        log.info("smtp.listening host=%s port=%s", options["host"], options["port"])
        try:
            show_pulse()
            while not stop.wait(PULSE_SECONDS):
                show_pulse()
        finally:
            listener.stop()


def show_pulse() -> None:
    """Write that we listen; a database that is away only makes us answer “later”."""
    close_old_connections()
    try:
        pulse.beat(Heartbeat.MAIL)
    except DatabaseError as problem:
        log.warning("pulse.lost name=mail error=%s", type(problem).__name__)
