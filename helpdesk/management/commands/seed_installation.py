"""Makes the few rows without which an empty installation cannot work."""

from argparse import ArgumentParser
from datetime import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from departments.actions import timing
from departments.calendar_rules import CalendarRules
from departments.models import Department, Installation, Priority, TargetKind
from departments.promise_rules import PromiseRules, TargetRule
from tickets.models import Mailbox

# First answer and solution in business minutes, a cautious beginning. Next answers are as fast
# as first ones.
TARGETS = {
    Priority.URGENT: (60, 480),
    Priority.HIGH: (240, 960),
    Priority.NORMAL: (480, 2400),
    Priority.LOW: (960, 4800),
}


class Command(BaseCommand):
    """What `script/run --no-demo` calls at every start; administrators change the rows later."""

    help = "Make office hours, a promise and one desk that reads what comes in, if there is none."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--once", action="store_true", help="do nothing if there is one already"
        )

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if not Installation.objects.exists():
            make()
            self.stdout.write(
                "Made office hours, a promise and the department “Help desk”. "
                "`script/manage createsuperuser` makes the first administrator."
            )
        elif not once:
            raise CommandError("This installation has its defaults already.")


@transaction.atomic
def make() -> None:
    week = {day: ((time(9), time(17)),) for day in range(5)}
    calendar = timing.found_calendar("Office hours", CalendarRules("UTC", week))
    kinds = (TargetKind.FIRST_RESPONSE, TargetKind.NEXT_RESPONSE, TargetKind.RESOLUTION)
    targets = tuple(
        TargetRule(priority, kind, minutes)
        for priority, (answer, solution) in TARGETS.items()
        for kind, minutes in zip(kinds, (answer, answer, solution), strict=True)
    )
    policy = timing.found_policy("Standard", PromiseRules(targets))
    desk = Department.objects.create(
        name="Help desk",
        slug="help-desk",
        prefix="HD",
        icon="inbox",
        email=settings.DEFAULT_FROM_EMAIL,
    )
    Mailbox.objects.create(address=settings.DEFAULT_FROM_EMAIL, name="Help desk", desk=desk)
    Installation.objects.create(pk=1, calendar=calendar, sla_policy=policy, triage=desk)
