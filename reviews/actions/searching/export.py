"""What was found, line by line, for a spreadsheet: with tags and the clients' own fields."""

from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from reviews.actions.searching.asking import Found, kinds
from reviews.actions.searching.hits import Hit, hits
from reviews.models import CustomField, CustomValue, Findable
from reviews.rules.search_words import Piece
from sorahub.accounts.models import User
from sorahub.lib.sheets import Cell

HEAD = ("Kind", "Title", "Text", "Made", "Facts", "Tags", "Fields", "Address")


def lines(user: User, found: Found, address: Callable[[Hit], str]) -> Iterator[Sequence[Cell]]:
    """Yield a line for each thing of the page, in its order."""
    fields = _fields(user, found)
    for hit in hits(user, found):
        tags = ", ".join(tag.name for tag in hit.tags)
        facts, said = " / ".join(hit.facts), "; ".join(fields.get(hit.id, []))
        yield (
            hit.kind_label,
            _plain(hit.title),
            _plain(hit.passage),
            hit.at.isoformat() if hit.at else "",
            facts,
            tags,
            said,
            address(hit),
        )


def _fields(user: User, found: Found) -> dict[UUID, list[str]]:
    ids = kinds(found.page)
    things = [*ids.get(Findable.CLIP, []), *ids.get(Findable.SHOT, [])]
    seen = CustomField.objects.visible_to(user).filter(archived_at=None)
    told: dict[UUID, list[str]] = {}
    for value in CustomValue.objects.filter(object_id__in=things, field__in=seen).select_related("field"):
        told.setdefault(value.object_id, []).append(f"{value.field.name}: {value.text}")
    return told


def _plain(pieces: Sequence[Piece]) -> str:
    return "".join(piece.text for piece in pieces)
