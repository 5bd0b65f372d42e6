"""Brings the index in line with what readers see, or only tells what differs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from knowledge_base import search
from knowledge_base.actions.indexing import rebuild


class Command(BaseCommand):
    """With --check nothing is written, and a difference ends with exit code 1."""

    help = "Rebuild the index of articles."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only say what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            self.stdout.write(f"{rebuild()} rows written.")
            return
        stale = [f"{each.kind} {each.ref} {each.language}" for each in _stale()]
        for line in stale:
            self.stdout.write(line)
        if stale:
            raise CommandError(f"{len(stale)} rows differ.")
        self.stdout.write("The index says what readers see.")


def _stale() -> Any:
    return search.index().stale(search.entries())
