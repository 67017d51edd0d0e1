"""Notes as the database itself writes them: the list that programs ask for all the time, in one statement.

Its rows are those of ``serializers.AnnotationSerializer``, field for field: a new field there is a new one here.
"""

from functools import cache
from typing import Any, Self
from uuid import UUID

from django.db import connection
from django.db.models import TextField, UUIDField
from django.db.models.expressions import RawSQL

from generations.models import Membership
from reviews.api.serializers import AnnotationSerializer, ShapeSerializer
from reviews.models import Annotation, Attachment, Shape
from sorahub.accounts.models import Person, User
from sorahub.accounts.roles import Kind
from sorahub.lib.compiled import Compiled, Later
from sorahub.lib.row_json import DIALECTS
from sorahub.pagination import KeysetPagination

FIRST_PAGE = KeysetPagination.page_size + 1
"""So many rows say whether there is a second page."""


class Fetched(list[dict[str, Any]]):
    """Rows as a page begins with them, for a paginator: they are in order already."""

    def order_by(self, *_: str) -> Self:
        """Stay as it is."""
        return self


class Somebody(Later):
    """Any account of one kind, while a queryset is compiled for all of them. ``visible_to`` may ask no more of it."""

    is_authenticated = is_active = True

    def __init__(self, kind: str) -> None:
        super().__init__("user", UUIDField())
        self.kind = kind
        self.memberships = Membership.objects.filter(user=self)


@cache
def notes() -> Any:
    """Return the notes there are as ``{"id": …, "json": text}``, to be narrowed and ordered."""
    return Annotation.objects.standing().annotate(json=RawSQL(_note(), [], TextField())).values("id", "json")


def first_page(user: User, clip: UUID) -> Fetched:
    """Return the newest notes on a clip that the account may read, and one more than the page has room for."""
    if user.kind == Kind.GUEST or not user.is_active:
        rows = notes().visible_to(user).filter(clip=clip).order_by("-id")
        return Fetched(rows[:FIRST_PAGE])
    return Fetched(_first_page(user.kind).ask(user=user.pk, clip=clip))


@cache
def _first_page(kind: str) -> Compiled[Annotation]:
    """The same for every account of a kind: what its members see differs by who they are alone, never by the time of day."""
    rows = notes().visible_to(Somebody(kind)).filter(clip=Later("clip", UUIDField()))
    return Compiled(rows.order_by("-id")[:FIRST_PAGE])


def _note() -> str:
    """The JSON of one row of the notes' table, as text."""
    written = DIALECTS[connection.vendor]
    note, user, person = (model._meta.db_table for model in (Annotation, User, Person))
    name = f"SELECT person.name FROM {user} AS writer JOIN {person} AS person ON person.id = writer.person_id"
    standing = f"annotation_id = {note}.id AND deleted_at IS NULL"
    mark = written.row(Shape, ShapeSerializer.Meta.fields)
    file = written.value(Attachment, "id")
    row = written.row(
        Annotation,
        AnnotationSerializer.Meta.fields,
        author_name=f"({name} WHERE writer.id = {note}.author_id)",
        shapes=written.rows(Shape, mark, where=standing, order=["z", "created_at", "id"]),
        attachments=written.rows(Attachment, file, where=standing, order=["created_at", "id"]),
    )
    return f"CAST({row} AS text)"
