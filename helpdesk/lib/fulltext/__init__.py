"""Full-text search in every language, the same on both databases; see docs/decisions/search.md."""
