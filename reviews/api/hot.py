"""Notes as the database itself writes them: the list that programs ask for all the time, in one statement.

Its rows are those of ``serializers.AnnotationSerializer``, field for field: a new field there is a new one here.
"""

from functools import cache
from typing import Any

from django.db import connection
from django.db.models import TextField
from django.db.models.expressions import RawSQL

from reviews.api.serializers import AnnotationSerializer, ShapeSerializer
from reviews.models import Annotation, Attachment, Shape
from reviews.models.annotation import AnnotationQuerySet
from sorahub.accounts.models import Person, User
from sorahub.lib.row_json import DIALECTS


def as_json(notes: AnnotationQuerySet) -> Any:
    """Return the rows as ``{"id": …, "json": text}``; the queryset can still be narrowed and ordered."""
    return notes.annotate(json=RawSQL(_note(connection.vendor), [], TextField())).values("id", "json")


@cache
def _note(vendor: str) -> str:
    """The JSON of one row of the notes' table, as text."""
    written = DIALECTS[vendor]
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
