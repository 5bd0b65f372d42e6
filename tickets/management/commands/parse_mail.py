"""Show how mails are read: one JSON line a file, without touching the database."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from tickets.mail.letter import Address, Letter
from tickets.mail.limits import Limits
from tickets.mail.parse import parse


class Command(BaseCommand):
    """Never fails for a file: what could not be read is said among its defects."""

    help = "Print one JSON line for each mail file, showing how it would be read."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="a mail as it was received")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in options["files"]:
            letter, problem = _read(Path(name))
            line = {"file": name, **described(letter)}
            line["defects"] += problem
            self.stdout.write(json.dumps(line, ensure_ascii=False))


def _read(path: Path) -> tuple[Letter, list[str]]:
    limits = Limits()
    try:
        with path.open("rb") as file:
            # One byte more than is read, so that a mail that is too big is known as such.
            return parse(file.read(limits.total_bytes + 1), limits), []
    except OSError as problem:
        return Letter(), [f"could not be opened: {problem.strerror}"]


def described(letter: Letter) -> dict[str, Any]:
    """A letter in plain values, files by their size only."""
    bounce = letter.bounce
    return {
        "subject": letter.subject,
        "from": _person(letter.sender) if letter.sender else None,
        "to": [_person(each) for each in letter.to],
        "date": letter.date.isoformat() if letter.date else None,
        "text": letter.text,
        "reply_text": letter.reply_text,
        "html": bool(letter.html),
        "attachments": [
            {
                "name": each.name,
                "type": each.type,
                "size": len(each.content),
                "inline": each.is_inline,
            }
            for each in letter.attachments
        ],
        "automatic": letter.automatic,
        "automatic_reason": letter.automatic_reason,
        "bounce": bounce and {"addresses": list(bounce.addresses), "permanent": bounce.permanent},
        "defects": list(letter.defects),
        "limited": list(letter.limited),
    }


def _person(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}
