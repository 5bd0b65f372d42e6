"""`create_api_token EMAIL`: make a key to the API and print it, once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from departments.actions import tokens
from departments.models import Person
from departments.models.people import plain_address


class Command(BaseCommand):
    help = "Make an API key that acts as this person. It is printed once and cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the person's own address")
        parser.add_argument("--name", default="", help="what the key is for, to know it later")

    def handle(self, *args: Any, **options: Any) -> None:
        email = plain_address(options["email"])
        person = Person.objects.active().filter(email=email).first()
        if person is None:
            raise CommandError(f"Nobody with the address {email} can sign in here.")
        self.stdout.write(tokens.issue(person, name=options["name"]))
