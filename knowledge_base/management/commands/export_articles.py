"""Writes what readers see of a department's articles into a zip."""

import zipfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from knowledge_base.actions.importing import take_out
from knowledge_base.models import Article


class Command(BaseCommand):
    """`import_articles` reads the same files again."""

    help = "Write the published articles of a department into a zip."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the zip to write")
        parser.add_argument("--department", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        articles = Article.objects.published().filter(department__slug=options["department"])
        count = 0
        with zipfile.ZipFile(options["path"], "w", zipfile.ZIP_DEFLATED) as packed:
            for name, content in take_out(articles.order_by("pk")):
                packed.writestr(name, content)
                count += 1
        self.stdout.write(f"{count} files.")
