"""Articles of the small company."""

from typing import Any

import pytest
from django.db import connection

from departments.models import Person
from helpdesk.lib.fulltext import index
from knowledge_base.actions import writing
from knowledge_base.actions.writing import Words
from knowledge_base.models import Article, Revision, SearchRow
from tests.cast import Company

VPN = Words("Connect to the office VPN", "<h2>Before you begin</h2><p>Open Aldera Connect.</p>")


class Write:
    """Builders: they use the same actions as the product."""

    def __init__(self, company: Company) -> None:
        self.company = company

    def draft(self, words: Words = VPN, *, by: Person | None = None, **values: Any) -> Article:
        """Mihai's draft for IT, unless said otherwise."""
        by = by or self.company.mihai
        desk = values.pop("department", self.company.it)
        return writing.start_article(desk, words, by=by, **values)

    def published(
        self, words: Words = VPN, *, lead: Person | None = None, **values: Any
    ) -> Article:
        """An article that Jonas published, unless said otherwise."""
        article = self.draft(words, **values)
        writing.publish(self.newest(article), by=lead or self.company.jonas)
        return article

    def translated(self, article: Article, language: str, words: Words) -> Revision:
        """Mihai's translation, published by Jonas."""
        revision = writing.save_draft(article, language, words, by=self.company.mihai)
        return writing.publish(revision, by=self.company.jonas)

    def secret(self, words: Words | None = None) -> Article:
        """Published for those who read employment letters: Misaki and Andreea."""
        company = self.company
        return self.published(
            words or Words("Canary-title", "<p>Canary-body</p>", "Canary-lede"),
            by=company.misaki,
            lead=company.andreea,
            department=company.hr,
            confidential_to=company.letter,
        )

    @staticmethod
    def newest(article: Article, language: str = "") -> Revision:
        language = language or article.source_language
        return (
            Revision.objects.filter(
                translation__article=article, translation__language=language
            ).first()
            or Revision()
        )


@pytest.fixture(autouse=True)
def _index(db: None) -> None:
    """What a migration makes; tests without migrations need it as well."""
    index.create(connection, SearchRow._meta.db_table)


@pytest.fixture
def write(company: Company) -> Write:
    return Write(company)
