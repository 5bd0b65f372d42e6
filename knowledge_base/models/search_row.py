"""What can be found: articles, services and tickets, one row for each in each language."""

from helpdesk.lib.fulltext.rows import IndexedText


class SearchRow(IndexedText):
    """Written by what follows from a change, never by hand; it can be rebuilt at any time."""
