"""Recomputes every clock from the log and tells where the stored one differs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tickets.verification import differences


class Command(BaseCommand):
    """Changes nothing. The exit code is 1 when anything differs."""

    help = "Recompute all clocks from the event log; print differences and exit 1 on any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="only these tickets")

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for difference in differences(now=timezone.now(), numbers=options["numbers"]):
            self.stdout.write(str(difference))
            found += 1
        if found:
            self.stderr.write(f"{found} differences.")
            raise SystemExit(1)
        self.stdout.write("Every clock says what the log says.")
