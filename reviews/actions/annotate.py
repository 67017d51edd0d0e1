"""Write, edit, resolve and delete notes on frames. Notes are working talk: they are not ledgered."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.models import Annotation, Category, Shape, Visibility
from reviews.rules import shapes as drawing
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound

LONGEST_BODY = 20_000
# From the widest circle of readers to the narrowest.
_CIRCLES = [Visibility.CLIENT, Visibility.INTERNAL, Visibility.LEGAL]


def write_annotation(
    *,
    actor: User,
    clip: Clip,
    id: UUID,
    frame_in: int,
    frame_out: int,
    body: str,
    category: str = Category.GENERAL,
    visibility: str = Visibility.INTERNAL,
    parent: Annotation | None = None,
    shapes: Sequence[Mapping[str, Any]] = (),
) -> Annotation:
    """Write a note on frames ``[frame_in, frame_out]`` (0-based, inclusive) with its shapes; the id comes from the client.

    The same id again by the same author on the same clip returns the note unchanged. A guest's note is for agency and
    client; a reply hangs under its thread's first note and is never read by more people than that one.
    Raises Forbidden, NotFound, InvalidInput, and Conflict for an id that is somebody else's or an archived project.
    """
    actor.demand(Permission.ANNOTATE)
    checks.require_seen(actor, Clip.objects.all(), clip)
    checks.require_open(clip.project)
    marks = drawing.checked(shapes)
    _check_note(clip, frame_in, frame_out, body, category, visibility, drawn=bool(marks))
    root = _thread_of(actor, clip, parent)
    note = Annotation(
        id=id,
        clip=clip,
        clip_sha256=clip.sha256,
        parent=root,
        frame_in=frame_in,
        frame_out=frame_out,
        body=body.strip(),
        category=category,
        visibility=_circle(actor, visibility, root),
        author=actor,
    )
    return _stored(note) or _insert(note, marks)


def edit_annotation(*, actor: User, annotation: Annotation, body: str) -> Annotation:
    """Change the words of one's own note. Raises Forbidden for another's, NotFound, InvalidInput, Conflict if it is deleted."""
    _require_own(actor, annotation)
    if not body.strip() or len(body) > LONGEST_BODY:
        raise _invalid("body", f"Between 1 and {LONGEST_BODY} characters.")
    return _change(annotation, {"deleted_at": None}, body=body.strip(), edited_at=timezone.now())


def resolve_annotation(*, actor: User, annotation: Annotation) -> Annotation:
    """Mark a thread as dealt with; guests only their own. Resolving twice keeps the first. Raises Forbidden, NotFound, Conflict."""
    _require_thread(actor, annotation)
    if annotation.resolved_at is not None:
        return annotation
    open_thread = {"deleted_at": None, "resolved_at": None}
    return _change(annotation, open_thread, resolved_at=timezone.now(), resolved_by=actor)


def reopen_annotation(*, actor: User, annotation: Annotation) -> Annotation:
    """Take a thread up again; guests only their own. Raises Forbidden, NotFound, Conflict if it is deleted."""
    _require_thread(actor, annotation)
    return _change(annotation, {"deleted_at": None}, resolved_at=None, resolved_by=None)


def delete_annotation(*, actor: User, annotation: Annotation) -> Annotation:
    """Hide one's own note; the row stays, replies keep their place. Raises Forbidden, NotFound, Conflict if it is gone already."""
    _require_own(actor, annotation)
    return _change(annotation, {"deleted_at": None}, deleted_at=timezone.now())


def _check_note(
    clip: Clip, frame_in: int, frame_out: int, body: str, category: str, visibility: str, *, drawn: bool
) -> None:
    problems: dict[str, str] = {}
    if not 0 <= frame_in <= frame_out < clip.frame_count:
        problems["frame_in"] = (
            f"Frames run from 0 to {clip.frame_count - 1}, and the range must not end before it begins."
        )
    if len(body) > LONGEST_BODY or not (body.strip() or drawn):
        problems["body"] = f"Write something or draw something; at most {LONGEST_BODY} characters."
    if category not in Category.values:
        problems["category"] = f"Choose one of: {', '.join(Category.values)}."
    if visibility not in Visibility.values:
        problems["visibility"] = f"Choose one of: {', '.join(Visibility.values)}."
    if problems:
        raise InvalidInput("Some of the note is not right.", fields=problems)


def _thread_of(actor: User, clip: Clip, parent: Annotation | None) -> Annotation | None:
    if parent is None:
        return None
    seen = (
        Annotation.objects.visible_to(actor).standing().filter(clip=clip, pk=parent.pk).select_related("parent").first()
    )
    if seen is None:
        raise NotFound("There is no such note on this clip to reply to.")
    return seen.parent or seen


def _circle(actor: User, asked: str, root: Annotation | None) -> str:
    circle = Visibility.CLIENT if actor.kind == Kind.GUEST else Visibility(asked)
    if root is None:
        return circle
    return max(circle, Visibility(root.visibility), key=_CIRCLES.index)


def _stored(note: Annotation) -> Annotation | None:
    known = Annotation.objects.filter(pk=note.pk).first()
    if known and (known.author_id, known.clip_id) != (note.author_id, note.clip_id):
        raise Conflict("This id belongs to another note: make a new one.", code="id-taken", fields={"id": "Taken."})
    return known


def _insert(note: Annotation, marks: Sequence[drawing.Mark]) -> Annotation:
    try:
        with transaction.atomic():
            note.save(force_insert=True)
            Shape.objects.bulk_create(_shapes(note, marks))
            Pulse.objects.bump(note.clip.project)
    except IntegrityError as error:
        known = _stored(note)
        if known is None:
            raise Conflict("The id of a shape is taken: make a new one.", code="id-taken") from error
        return known
    return note


def _shapes(note: Annotation, marks: Sequence[drawing.Mark]) -> list[Shape]:
    return [
        Shape(
            id=mark.id,
            annotation=note,
            kind=mark.kind,
            schema=drawing.SCHEMA,
            points=mark.points,
            stroke=mark.stroke,
            colour=mark.colour,
            z=order,
            author=note.author,
        )
        for order, mark in enumerate(marks)
    ]


def _require_own(actor: User, annotation: Annotation) -> None:
    _require_annotating(actor, annotation)
    if annotation.author_id != actor.pk:
        raise Forbidden("Only its author changes a note; reply to it instead.", code="not-yours")


def _require_thread(actor: User, annotation: Annotation) -> None:
    _require_annotating(actor, annotation)
    if annotation.parent_id is not None:
        raise InvalidInput("A thread is resolved at its first note.", code="not-a-thread")
    if actor.kind == Kind.GUEST and annotation.author_id != actor.pk:
        raise Forbidden("Guests resolve their own notes.", code="not-yours")


def _require_annotating(actor: User, annotation: Annotation) -> None:
    actor.demand(Permission.ANNOTATE)
    checks.require_seen(actor, Annotation.objects.all(), annotation)


def _change(annotation: Annotation, only_if: dict[str, Any], **values: Any) -> Annotation:
    with transaction.atomic():
        if not Annotation.objects.filter(pk=annotation.pk, **only_if).update(**values):
            raise Conflict("This note has changed or was deleted: load the page again.", code="stale-note")
        Pulse.objects.bump(annotation.clip.project)
    annotation.refresh_from_db()
    return annotation


def _invalid(field: str, words: str) -> InvalidInput:
    return InvalidInput(words, fields={field: words})
