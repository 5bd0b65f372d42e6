"""Take one letter from standard input, as mail servers hand it to a program."""

import os
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from tickets.mail import receive
from tickets.models import InboundMail


class Command(BaseCommand):
    """Exits as sysexits.h says, so that the mail server keeps, returns or forgets the letter."""

    help = "Store the letter on standard input for a mailbox."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--mailbox", required=True, metavar="ADDRESS")
        parser.add_argument("--sender", default=os.environ.get("SENDER", ""), metavar="ADDRESS")

    def handle(self, *args: Any, **options: Any) -> None:
        raw = sys.stdin.buffer.read(settings.MAIL_MAX_BYTES + 1)
        sys.exit(kept(raw, options["mailbox"], options["sender"], self.stderr))


def kept(raw: bytes, address: str, sender: str, stderr: Any) -> int:
    """Store it; what we answer to the mail server is the exit code."""
    if not raw.strip():
        stderr.write("There is no letter on standard input.")
        return os.EX_NOINPUT
    try:
        mailbox = receive.mailbox_for(address)
        if mailbox is None:
            stderr.write(f"No mailbox has the address {address}.")
            return os.EX_NOUSER
        row = receive.store(mailbox, raw, sender, address)
    except Exception as problem:  # noqa: BLE001 (other codes make mail servers give up)
        stderr.write(f"Not stored, try again later: {type(problem).__name__}")
        return os.EX_TEMPFAIL
    if row.outcome == InboundMail.Outcome.REJECTED:
        stderr.write(row.reason)
        return os.EX_DATAERR
    return os.EX_OK
