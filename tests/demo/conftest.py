"""The demo company, made once for all tests that only look at it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import override_settings
from pytest_django import DjangoDbBlocker

from helpdesk.demo import seeding

# A Wednesday, 13:20 in Istanbul, 12:20 in Bucharest, 11:20 in Berlin, 10:20 in London.
NOW = datetime(2026, 11, 25, 10, 20, tzinfo=UTC)


class Seeded:
    """What was made, and how many queries that took."""

    def __init__(self) -> None:
        self.queries = 0
        with connection.execute_wrapper(self.count):
            self.made = seeding.seed(NOW)

    def count(self, execute: Any, *question: Any) -> Any:
        self.queries += 1
        return execute(*question)


@pytest.fixture(scope="module")
def aldera(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Seeded]:
    """The whole company. Its rows last as long as the module: look, and change nothing."""
    storage = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path_factory.mktemp("files")), "base_url": None},
    }
    quick = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    here = override_settings(
        STORAGES={"default": storage}, PASSWORD_HASHERS=quick, MAIL_DOMAIN="aldera.example"
    )
    with django_db_blocker.unblock(), here, transaction.atomic():
        yield Seeded()
        transaction.set_rollback(True)
