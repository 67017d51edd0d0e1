"""Draw on notes, mark by mark: each is saved by itself under an id made by the client, and changed by who drew it alone."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from generations.actions import checks
from reviews.actions.annotate import shapes_of
from reviews.actions.touching import require_annotating, tell, touch
from reviews.models import Annotation, Shape
from reviews.rules import shapes as drawing
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput

_CHANGEABLE = {"points", "stroke", "colour", "text"}


def add_shapes(*, actor: User, annotation: Annotation, shapes: Sequence[Mapping[str, Any]]) -> list[Shape]:
    """Draw these marks on a note that one reads and return them as they are kept; the ids come from the client.

    The same id again by the same person on the same note changes nothing, be it moved or taken away since. New marks lie
    on top of what is there. Raises Forbidden, NotFound, InvalidInput (kinds and schemas that this hub does not know, more
    than a note holds), Conflict for a deleted note, an archived project or an id that is taken.
    """
    require_annotating(actor, annotation)
    checks.require_open(annotation.clip.project)
    marks = drawing.checked(shapes)
    with transaction.atomic():
        touch(annotation)  # locks the note: two who draw at once are counted one after the other
        known = {shape.pk for shape in _kept(actor, annotation, marks)}
        new = [mark for mark in marks if mark.id not in known]
        _require_room(annotation, len(new))
        top = annotation.shapes.aggregate(top=Max("z"))["top"]
        Shape.objects.bulk_create(
            shapes_of(annotation, actor, new, first=0 if top is None else top + 1), ignore_conflicts=True
        )
        kept = {shape.pk: shape for shape in _kept(actor, annotation, marks)}
        tell(annotation)
    return [kept[mark.id] for mark in marks]


def change_shape(*, actor: User, shape: Shape, **values: Any) -> Shape:
    """Give one's own mark other points, stroke, colour or text, whichever are given; it keeps its kind and place.

    Raises Forbidden for another's mark, NotFound, InvalidInput, Conflict when it or its note was deleted.
    """
    _require_own(actor, shape)
    unknown = sorted(set(values) - _CHANGEABLE)
    if unknown or not values:
        raise InvalidInput(
            f"Of a mark can be changed: {', '.join(sorted(_CHANGEABLE))}.", fields={"shapes": "Nothing to change."}
        )
    mark = drawing.changed(shape, values)
    fields = {name: getattr(mark, name) for name in values}
    return _changed(shape, {"deleted_at": None}, **fields, moved_at=timezone.now())


def remove_shape(*, actor: User, shape: Shape) -> Shape:
    """Take one's own mark away; it can be brought back. Twice is once. Raises Forbidden, NotFound, Conflict for a deleted note."""
    _require_own(actor, shape)
    if shape.deleted_at is not None:
        return shape
    return _changed(shape, {}, deleted_at=timezone.now())


def restore_shape(*, actor: User, shape: Shape) -> Shape:
    """Bring back one's own mark, where it was. Raises Forbidden, NotFound, InvalidInput for a full note, Conflict for a deleted one."""
    _require_own(actor, shape)
    if shape.deleted_at is None:
        return shape
    with transaction.atomic():
        touch(shape.annotation)
        _require_room(shape.annotation, 1)
        return _changed(shape, {}, deleted_at=None)


def _kept(actor: User, annotation: Annotation, marks: Sequence[drawing.Mark]) -> list[Shape]:
    """The rows that have these ids; all must be this person's on this note."""
    rows = list(Shape.objects.filter(pk__in=[mark.id for mark in marks]))
    if any((row.author_id, row.annotation_id) != (actor.pk, annotation.pk) for row in rows):
        raise Conflict("The id of a shape is taken: make a new one.", code="id-taken")
    return rows


def _require_room(annotation: Annotation, new: int) -> None:
    if new and annotation.shapes.filter(deleted_at=None).count() + new > drawing.MOST_SHAPES:
        words = f"A note holds at most {drawing.MOST_SHAPES} shapes: take some away, or write another note."
        raise InvalidInput(words, code="too-many-shapes", fields={"shapes": words})


def _require_own(actor: User, shape: Shape) -> None:
    actor.demand(Permission.ANNOTATE)
    checks.require_seen(actor, Shape.objects.all(), shape)
    if shape.author_id != actor.pk:
        raise Forbidden("Only who drew a mark changes it; draw your own beside it.", code="not-yours")


def _changed(shape: Shape, only_if: dict[str, Any], **values: Any) -> Shape:
    with transaction.atomic():
        touch(shape.annotation)
        if not Shape.objects.filter(pk=shape.pk, **only_if).update(**values):
            raise Conflict("This mark was taken away meanwhile: bring it back first.", code="stale-shape")
        tell(shape.annotation)
    shape.refresh_from_db()
    return shape
