"""Cursor pagination for the API: every page costs the same, however deep."""

from rest_framework.pagination import CursorPagination


class Paged(CursorPagination):
    """Fifty rows a page unless `page_size` says otherwise, at most two hundred."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class Newest(Paged):
    ordering = ("-opened_at", "-pk")


class Oldest(Paged):
    ordering = ("sent_at", "pk")


class ByName(Paged):
    ordering = ("name", "pk")
