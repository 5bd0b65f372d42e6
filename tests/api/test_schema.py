"""The OpenAPI document: in the tree, and true."""

from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.test import Client

from tests.cast import Company

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.yaml"


def test_the_document_in_the_tree_says_what_the_api_does() -> None:
    """After a wanted change: `script/manage spectacular --file docs/openapi.yaml`."""
    made = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=made)
    assert made.getvalue() == DOCUMENT.read_text()


def test_the_schema_is_served_to_people_who_are_signed_in(company: Company) -> None:
    client = Client()
    assert client.get("/api/schema/").status_code == 401
    client.force_login(company.elif_)
    assert b"openapi" in client.get("/api/schema/").content
