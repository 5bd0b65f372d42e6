"""What an installation of an earlier version becomes."""

from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

pytestmark = pytest.mark.django_db(transaction=True)


def at(*targets: tuple[str, str]) -> Apps:
    """The database as these migrations leave it, and its models."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets))
    return MigrationExecutor(connection).loader.project_state(list(targets)).apps


@pytest.fixture
def newest() -> Any:
    """Whatever a test does, the next one finds all migrations."""
    yield
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


@pytest.mark.usefixtures("newest")
def test_reasons_that_were_kept_as_words_stay_readable() -> None:
    before = at(("tickets", "0001_initial"))
    desk = before.get_model("departments", "Department").objects.create(
        name="IT", slug="it", prefix="IT"
    )
    mailbox = before.get_model("tickets", "Mailbox").objects.create(
        address="helpdesk@aldera.example", name="IT", desk=desk
    )
    letters: Any = before.get_model("tickets", "InboundMail").objects
    letters.create(mailbox=mailbox, raw=b"1", digest="1", reason="unknown sender")
    letters.create(mailbox=mailbox, raw=b"2", digest="2")
    after = at(("tickets", "0002_reasons_as_codes")).get_model("tickets", "InboundMail")
    found = list(after.objects.order_by("digest").values_list("because", flat=True))
    assert found == [[{"code": "said", "text": "unknown sender"}], []]
