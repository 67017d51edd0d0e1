"""Notes as the database itself writes them: the list that programs ask for all the time, in one statement.

Its rows are those of ``serializers.AnnotationSerializer``, field for field: a new field there is a new one here.
"""

from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import TextField, UUIDField
from django.db.models.expressions import RawSQL
from django.utils import timezone

from generations.models.seen import Somebody, compiled_for
from reviews.api.serializers import AnnotationSerializer, ShapeSerializer
from reviews.models import Annotation, Attachment, Shape
from reviews.models.annotation import AnnotationQuerySet
from sorahub.accounts.models import Person, User
from sorahub.lib.compiled import Compiled, Later
from sorahub.lib.row_json import DIALECTS
from sorahub.pagination import KeysetPagination

ON_A_PAGE = KeysetPagination.page_size


def written_now() -> bool:
    """Whether the database can write what this request is answered: it writes times in UTC alone."""
    return timezone.get_current_timezone_name() == "UTC"


def one(note: Annotation) -> str:
    """Return a note, be it deleted, as JSON, for who has just been found to read it; one that came with it is not asked for."""
    return str(note.__dict__.get("shown") or _one().ask(pk=note.pk)[0]["json"])


@cache
def _one() -> Compiled[Any]:
    return Compiled(_written(Annotation.objects.all()).filter(pk=Later("pk", UUIDField())).order_by())


@cache
def notes() -> Any:
    """Return the notes there are as ``{"id": …, "json": text}``, to be narrowed and ordered."""
    return _written(Annotation.objects.standing())


def _written(rows: AnnotationQuerySet) -> Any:
    json = RawSQL(shown(), [], TextField())  # noqa: S611 (names of tables and columns, no value)
    return rows.annotate(json=json).values("id", "json")


def notes_on(user: User, clip: UUID) -> list[str] | None:
    """Return the notes on a clip that the account may read as JSON, the newest first; None when one page does not hold them."""
    if not compiled_for(user):
        rows = list(notes().visible_to(user).filter(clip=clip).order_by("-id")[: ON_A_PAGE + 1])
    else:
        rows = _notes_on(user.kind).ask(user=user.pk, clip=clip)
    return [row["json"] for row in rows] if len(rows) <= ON_A_PAGE else None


@cache
def _notes_on(kind: str) -> Compiled[Any]:
    """The same for every account of a kind: what its members see differs by who they are alone, never by the time of day."""
    somebody: Any = Somebody(kind)
    rows = notes().visible_to(somebody).filter(clip=Later("clip", UUIDField()))
    return Compiled(rows.order_by("-id")[: ON_A_PAGE + 1])


@cache
def shown() -> str:
    """Return the SQL that writes one row of the notes' table as JSON text."""
    written = DIALECTS[connection.vendor]
    note, user, person = (model._meta.db_table for model in (Annotation, User, Person))
    name = f"SELECT person.name FROM {user} AS writer JOIN {person} AS person ON person.id = writer.person_id"  # noqa: S608
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
