"""Brings the database up to date and fills it once: with the demo company, or with defaults."""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")


def main() -> None:
    """One process for both steps: starting Django twice is what a person would wait for."""
    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("seed_demo" if settings.DEMO else "seed_installation", once=True)


if __name__ == "__main__":
    main()
