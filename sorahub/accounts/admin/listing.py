"""Long lists: the keys of one page are found first, then the rows of those keys with all that is shown of them."""

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest


class KeyedList(ChangeList):
    """Sorts and skips keys alone, so that the last page of a hundred thousand rows is as light as the first.

    What a list joins and annotates is asked for the rows of the page, not for all those before it. In one statement with a
    subquery PostgreSQL joined the whole tables; in two it does not.
    """

    def get_results(self, request: HttpRequest) -> None:
        """Read the rows of the page, in the list's order. Raises IncorrectLookupParameters as Django's does."""
        super().get_results(request)
        page: Any = self.result_list
        keys = list(page.values_list("pk", flat=True))
        rows = self.queryset.in_bulk(keys)
        self.result_list = [rows[key] for key in keys if key in rows]
