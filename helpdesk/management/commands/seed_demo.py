"""Makes the demo company in an empty installation."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from departments.models import Installation
from helpdesk.demo import people
from helpdesk.demo.seeding import seed

SIGN_INS = "demo-sign-ins.txt"


class Command(BaseCommand):
    """`script/manage seed_demo`; `script/run` calls it with --once at every start."""

    help = "Make the demo company Aldera with ninety days of requests, in an empty installation."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="do nothing if there is one already"
        )
        parser.add_argument("--sign-ins", action="store_true", help="only print who can sign in")

    def handle(self, *args: Any, once: bool, sign_ins: bool, **options: Any) -> None:
        if sign_ins:
            self.stdout.write(people.sign_ins())
        elif not Installation.objects.exists():
            self.make()
        elif not once:
            raise CommandError(
                "There is a company here already. The demo is made in an empty installation: "
                "choose another data folder or database."
            )

    def make(self) -> None:
        """Fill it, say how much was made, and leave the sign-ins where script/run finds them."""
        self.stdout.write("Making the demo company Aldera (once; this takes some seconds) …")
        started = time.monotonic()
        made = seed(timezone.now())
        (settings.DATA / SIGN_INS).write_text(f"{people.sign_ins()}\n", encoding="utf-8")
        self.stdout.write(
            f"{made.people} people, {made.services} services, {made.tickets} requests of which "
            f"{made.open_tickets} are open, in {time.monotonic() - started:.1f} s."
        )
