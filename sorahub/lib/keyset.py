"""Keyset pages for lists that people read: by UUIDv7, newest first as a rule, with a link to the next page."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

from sorahub.lib.ids import read_id

M = TypeVar("M", bound=Model)
PAGE_SIZE = 50


@dataclass(frozen=True)
class Page(Generic[M]):
    """Rows and the cursor after which the next page starts (empty on the last page)."""

    items: list[M]
    next_cursor: str

    def __len__(self) -> int:
        return len(self.items)


def page(rows: QuerySet[M], cursor: str = "", size: int = PAGE_SIZE, *, oldest_first: bool = False) -> Page[M]:
    """Return the rows older than ``cursor`` (a row's id), or those newer than it where the oldest come first; a cursor that is no id is
    ignored, as a damaged link should not break a page.
    """
    ordered = rows.order_by("id" if oldest_first else "-id")
    after = read_id(cursor)
    if after is not None:
        ordered = ordered.filter(id__gt=after) if oldest_first else ordered.filter(id__lt=after)
    found = list(ordered[: size + 1])
    more = len(found) > size
    return Page(found[:size], str(found[size - 1].pk) if more else "")
