"""Rows: what we already know, and what readers said of it."""

from knowledge_base.models.article import Article, Revision, Translation
from knowledge_base.models.search_row import SearchRow
from knowledge_base.models.vote import Vote

__all__ = ["Article", "Revision", "SearchRow", "Translation", "Vote"]
