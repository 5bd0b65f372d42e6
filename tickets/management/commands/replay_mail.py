"""Reads stored letters again, one or a range, after the reader was mended."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from tickets.mail.replay import replay
from tickets.models import InboundMail


def moment(text: str) -> datetime:
    """ISO 8601; without a zone it is UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class Command(BaseCommand):
    """Nothing is doubled: a letter keeps its one ticket, message and line."""

    help = "Read letters again: by their numbers, or all of a range of time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("letters", nargs="*", type=int, metavar="LETTER")
        parser.add_argument("--since", type=moment, metavar="INSTANT", help="received at or after")
        parser.add_argument("--until", type=moment, metavar="INSTANT", help="received before")
        parser.add_argument("--mailbox", metavar="ADDRESS")
        parser.add_argument("--outcome", choices=InboundMail.Outcome.values)
        parser.add_argument("--dry-run", action="store_true", help="only say how many")

    def handle(self, *args: Any, **options: Any) -> None:
        pks = list(self.chosen(options).values_list("pk", flat=True))
        if options["dry_run"]:
            self.stdout.write(f"{len(pks)} letters would be read again.")
            return
        changed, now = 0, timezone.now()
        for pk in pks:
            again = replay(InboundMail.objects.get(pk=pk), now=now)
            if again.is_changed:
                changed += 1
                self.stdout.write(f"letter {pk}: {again.before} -> {again.row.outcome}")
        self.stdout.write(f"{len(pks)} letters read again, {changed} changed.")

    def chosen(self, options: dict[str, Any]) -> Any:
        wanted = {
            "pk__in": options["letters"],
            "received_at__gte": options["since"],
            "received_at__lt": options["until"],
            "mailbox__address": options["mailbox"],
            "outcome": options["outcome"],
        }
        wanted = {name: value for name, value in wanted.items() if value}
        if not wanted:
            raise CommandError("Say which letters: by number, --since, --mailbox or --outcome.")
        return InboundMail.objects.filter(**wanted).exclude(raw=b"").order_by("pk")
