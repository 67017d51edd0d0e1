"""Cursor pages for the API: ordered by UUIDv7, newest first, so that page 1,000 costs what page 1 costs."""

from rest_framework.pagination import CursorPagination


class KeysetPagination(CursorPagination):
    """``?cursor=…&page_size=…``; answers ``{next, previous, results}``."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
