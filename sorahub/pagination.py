"""Cursor pages for the API: ordered by UUIDv7, newest first, so that page 1,000 costs what page 1 costs."""

import json
from collections.abc import Iterable
from uuid import UUID

from django.http import HttpResponse
from rest_framework.exceptions import NotFound
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request

from sorahub.lib.errors import InvalidInput


class KeysetPagination(CursorPagination):
    """``?cursor=…&page_size=…``; answers ``{next, previous, results}``."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Return where the page begins. Raises InvalidInput for a cursor that no answer of ours has held."""
        if not request.query_params.get(self.cursor_query_param):
            return None
        try:
            cursor = super().decode_cursor(request)
        except NotFound:
            cursor = None
        if cursor is None or not _is_id(str(cursor.position)):
            message = "Follow next and previous as they are: cursors are not made by hand."
            raise InvalidInput(message, fields={self.cursor_query_param: message})
        return cursor

    def get_page_size(self, request: Request) -> int:
        """Return how many rows a page has; more than the most there is means the most. Raises InvalidInput."""
        asked = request.query_params.get(self.page_size_query_param, str(self.page_size))
        if not asked.isdecimal() or not asked.strip("0"):
            message = f"A page has between 1 and {self.max_page_size} rows."
            raise InvalidInput(message, fields={self.page_size_query_param: message})
        return min(int(asked[:9]), self.max_page_size)

    def passed_on(self, rows: Iterable[str]) -> HttpResponse:
        """Answer with the page that has been taken, whose rows are JSON already."""
        return passed_on(rows, self.get_next_link(), self.get_previous_link())


def passed_on(rows: Iterable[str], after: str | None = None, before: str | None = None) -> HttpResponse:
    """Answer with a page whose rows are JSON already, and where the pages after and before it are."""
    links = json.dumps({"next": after, "previous": before})
    return HttpResponse(f'{links[:-1]}, "results": [{", ".join(rows)}]}}', content_type="application/json")


def _is_id(position: str) -> bool:
    try:
        UUID(position)
    except ValueError:
        return False
    return True
