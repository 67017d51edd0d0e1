"""Notes, their marks and their files as plain tuples: a list of a thousand is read in few queries, without a thousand models."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from reviews.models import Annotation, Attachment, Shape
from reviews.models.annotation import AnnotationQuerySet
from sorahub.accounts.models import User


class Line(NamedTuple):
    """A note or a reply."""

    id: UUID
    parent: UUID | None
    author: UUID
    author_name: str
    frame_in: int
    frame_out: int
    body: str
    category: str
    visibility: str
    carried_from: UUID | None
    created: datetime
    edited: datetime | None
    resolved: datetime | None
    resolved_by: str | None
    deleted: datetime | None


class Mark(NamedTuple):
    """A mark that is there."""

    id: UUID
    note: UUID
    kind: str
    schema: int
    points: list[list[float]]
    stroke: Decimal
    colour: str
    text: str
    author: UUID


class Beside(NamedTuple):
    """A file that is there."""

    id: UUID
    note: UUID
    name: str
    media_type: str
    size: int
    author: UUID


@dataclass(frozen=True)
class Hanging:
    """What hangs on notes, by their ids. ``origins`` are the notes that copies were carried from, as far as one sees them."""

    marks: dict[UUID, list[Mark]] = field(default_factory=dict)
    files: dict[UUID, list[Beside]] = field(default_factory=dict)
    origins: dict[UUID, Annotation] = field(default_factory=dict)


def lines_of(rows: AnnotationQuerySet, most: int | None = None) -> list[Line]:
    """Read the rows in their order. One query."""
    found = rows.values_list(
        "pk", "parent_id", "author_id", "author__person__name", "frame_in", "frame_out", "body", "category", "visibility",
        "carried_from_id", "created_at", "edited_at", "resolved_at", "resolved_by__person__name", "deleted_at",
    )  # fmt: skip
    return [Line(*each) for each in found[:most]]


def hanging_on(notes: Sequence[Line], user: User) -> Hanging:
    """Read what hangs on these notes, which this person sees. Two queries, and one more where a note was carried."""
    ids = [note.id for note in notes]
    carried = {note.carried_from for note in notes if note.carried_from}
    return Hanging(_marks(ids), _files(ids), _origins(carried, user) if carried else {})


def _marks(notes: Collection[UUID]) -> dict[UUID, list[Mark]]:
    rows = Shape.objects.filter(annotation__in=notes, deleted_at=None)
    found = rows.values_list(
        "pk", "annotation_id", "kind", "schema", "points", "stroke", "colour", "text", "author_id"
    )  # fmt: skip
    return _by_note([Mark(*each) for each in found])


def _files(notes: Collection[UUID]) -> dict[UUID, list[Beside]]:
    rows = Attachment.objects.filter(annotation__in=notes, deleted_at=None)
    found = rows.values_list("pk", "annotation_id", "name", "media_type", "size", "author_id")
    return _by_note([Beside(*each) for each in found])


def _origins(carried: Collection[UUID], user: User) -> dict[UUID, Annotation]:
    rows = Annotation.objects.visible_to(user).standing().filter(pk__in=carried)
    return {row.pk: row for row in rows.select_related("author__person", "clip__shot").defer("clip__probe")}


def _by_note(rows: Sequence[Any]) -> dict[UUID, list[Any]]:
    grouped: defaultdict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.note].append(row)
    return dict(grouped)
