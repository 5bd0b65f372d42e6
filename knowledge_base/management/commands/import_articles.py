"""Brings articles in from a folder or a zip of Markdown and HTML files."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from departments.models import Department, Person
from helpdesk.lib.errors import Refused
from knowledge_base import article_files
from knowledge_base.actions.importing import bring_in
from knowledge_base.article_files import Unreadable


class Command(BaseCommand):
    """What cannot be read is named, and everything else is brought in."""

    help = "Bring in articles: files like vpn.en.md in a folder or a zip."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="a folder, or a zip")
        parser.add_argument("--department", required=True, metavar="SLUG")
        parser.add_argument("--by", required=True, metavar="E-MAIL", help="who brings them in")
        parser.add_argument("--publish", action="store_true", help="at once, as a lead may")

    def handle(self, *args: Any, **options: Any) -> None:
        department = Department.objects.filter(slug=options["department"]).first()
        person = Person.objects.active().with_address(options["by"]).first()
        if department is None or person is None:
            raise CommandError("There is no such department, or nobody has this address.")
        try:
            brought = bring_in(
                department,
                self.files(options["path"]),
                by=person,
                at=timezone.now(),
                publishes=options["publish"],
            )
        except (Unreadable, Refused, OSError) as problem:
            raise CommandError(str(problem)) from problem
        for line in brought.refused:
            self.stderr.write(line)
        self.stdout.write(f"{brought.made} articles, {brought.translated} translations.")

    def files(self, path: Path) -> Iterator[tuple[str, str]]:
        if path.is_dir():
            yield from article_files.in_folder(path)
            return
        with path.open("rb") as packed:
            yield from article_files.in_zip(packed)
