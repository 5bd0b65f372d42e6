"""Wait on the lines of all mailboxes until told to stop."""

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from tickets.mail import fetch

log = logging.getLogger(__name__)


class Command(BaseCommand):
    """Runs in the foreground; SIGTERM and SIGINT end it. Workers poll what it does not hold."""

    help = "Fetch letters by IMAP the moment they arrive (IDLE)."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="empty every mailbox and end")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"{fetch.fetch_due()} letters fetched.")
            return
        stop = threading.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_facts: stop.set())
        log.info("imap.watching")
        fetch.watch_all(stop)
