"""Fixtures: the cast, builders of tickets, a worker that works off what waits."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from departments import calendars, promises
from departments.models import Person
from tests import cast
from tests.cast import Company
from tickets import actions
from tickets.mail import intake, outbound
from tickets.models import Ticket
from tickets.reactions import running

# A busy machine is no defect: examples may take their time.
hypothesis.settings.register_profile("house", deadline=None)
hypothesis.settings.load_profile("house")

# A Monday in the middle of a working morning in Istanbul (10:00 there).
MONDAY = datetime(2026, 3, 9, 7, 0, tzinfo=UTC)


def pytest_configure() -> None:
    """Test processes share a Redis and each empties its cache: each has a database in it."""
    if settings.REDIS_URL:
        worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        own = urlsplit(settings.REDIS_URL)._replace(path=f"/{worker + 1}")
        settings.CACHES["default"]["LOCATION"] = own.geturl()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where all tests run on both databases, what neither changes is tried once, on the first:
    pure functions, how pages look, scripts, and the demo (whose journeys run on both).
    """
    if not (os.environ.get("HELPDESK_TESTED_EMBEDDED") and os.environ.get("DATABASE_URL")):
        return
    needs = {"db", "transactional_db", "django_db_setup"}
    marks = ("django_db", "processes", "browser")
    touching: list[pytest.Item] = []
    pure: list[pytest.Item] = []
    for item in items:
        is_marked = any(item.get_closest_marker(mark) for mark in marks)
        asks = needs & set(getattr(item, "fixturenames", ()))
        once = item.get_closest_marker("once")
        (touching if (asks or is_marked) and not once else pure).append(item)
    config.hook.pytest_deselected(items=pure)
    items[:] = touching


@pytest.fixture(autouse=True)
def quiet_place(settings: Settings, tmp_path: Path) -> None:
    """Files go to the test's own folder, nudges to a broker in memory, passwords hash fast."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files"), "base_url": None},
        },
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MAIL_DOMAIN = "aldera.example"
    current_app.conf.update(broker_url="memory://")
    cache.clear()
    translation.deactivate()  # The language of the last page stays with its thread.
    for kept in (calendars.hours_at, calendars.rules_at, calendars.said_upto, promises.rules_at):
        kept.cache_clear()  # Keys of versions come again in the next test.


@pytest.fixture
def company(db: None) -> Company:
    return cast.found()


class Make:
    """Builders: they use the same actions as the product."""

    def __init__(self, company: Company) -> None:
        self.company = company

    def ticket(self, *, by: Person | None = None, **fields: Any) -> Ticket:
        """A laptop ticket of Elif's on Monday morning, unless said otherwise."""
        service = fields.pop("service", self.company.laptop)
        at = fields.pop("at", MONDAY)
        filed_by = fields.pop("filed_by", None)
        key = fields.pop("key", "")
        request = actions.Request(
            **{
                "summary": "Laptop does not charge",
                "body": "The light stays off.",
                "desk": service.department if service else self.company.it,
                "service": service,
                **fields,
            }
        )
        requester = by or self.company.elif_
        return actions.open_ticket(request, requester=requester, by=filed_by, at=at, key=key)

    def secret(self, **fields: Any) -> Ticket:
        """A confidential HR ticket of Elif's."""
        return self.ticket(
            **{
                "service": self.company.letter,
                "summary": "Canary-summary letter",
                "body": "Canary-body words",
                **fields,
            }
        )


@pytest.fixture
def make(company: Company) -> Make:
    return Make(company)


@pytest.fixture
def sign_in() -> Callable[[Person], Client]:
    """A browser in which this person is signed in."""

    def signed_in(person: Person) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return signed_in


@pytest.fixture
def work_off() -> Callable[[], None]:
    """What workers do: letters, events, mail, until nothing waits."""

    def work() -> None:
        for _round in range(5):
            intake.take_in_waiting()
            if not running.react_to_pending():
                break
        outbound.send_queued()

    return work
