"""Write, resolve, reopen and delete notes on frames. Notes are working talk: they are not ledgered."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import UUIDField
from django.utils import timezone

from generations.actions import checks
from generations.models import Clip
from reviews.actions import at_once, mentions, notices
from reviews.actions.touching import require_annotating, require_own, tell, touch
from reviews.models import Annotation, Category, Notice, Shape, Visibility
from reviews.rules import markdown
from reviews.rules import shapes as drawing
from reviews.rules.typed import tidy
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.lib.compiled import Compiled, Later
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, NotFound

LONGEST_BODY = 20_000
# From the widest circle of readers to the narrowest.
_CIRCLES = [Visibility.CLIENT, Visibility.INTERNAL, Visibility.LEGAL]
_CATEGORIES = tuple(Category.values)


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
    shown: str = "true",
) -> Annotation:
    """Write a note on frames ``[frame_in, frame_out]`` (0-based, inclusive) with its shapes; the id comes from the client.

    The same id again by the same author on the same clip returns the note unchanged. A guest's note is for agency and
    client; a reply hangs under its thread's first note and is never read by more people than that one. Who is named with
    @ must be able to read it, and is told; so is the author of the thread.
    ``shown`` is SQL over a note's row: a note that is written at once comes back with its value as ``shown``.
    Raises Forbidden, NotFound, InvalidInput, and Conflict for an id that is somebody else's or an archived project.
    """
    actor.demand(Permission.ANNOTATE)
    checks.require_clip(actor, clip)
    checks.require_open(clip.project)
    marks = drawing.checked(shapes)
    words = tidy(body)
    check_note(clip, frame_in, frame_out, words, category, drawn=bool(marks))
    if visibility not in _CIRCLES:
        raise InvalidInput("Who reads it?", fields={"visibility": f"Choose one of: {', '.join(Visibility.values)}."})
    root = _thread_of(actor, clip, parent)
    note = Annotation(
        id=id,
        clip=clip,
        clip_sha256=clip.sha256,
        parent=root,
        frame_in=frame_in,
        frame_out=frame_out,
        category=category,
        visibility=_circle(actor, visibility, root),
        author=actor,
    )
    if markdown.mentioned(words) and (known := _stored(note)) is not None:
        return known  # whoever was named then may be gone by now
    note.body, people = mentions.named_in(actor, clip, words)
    return _insert(note, marks, people, shown)


def resolve_annotation(*, actor: User, annotation: Annotation) -> Annotation:
    """Mark a thread as dealt with; guests only their own. Resolving twice keeps the first. Raises Forbidden, NotFound, Conflict."""
    _require_thread(actor, annotation)
    if annotation.resolved_at is not None:
        return annotation
    return _changed(annotation, {"resolved_at": None}, resolved_at=timezone.now(), resolved_by=actor)


def reopen_annotation(*, actor: User, annotation: Annotation) -> Annotation:
    """Take a thread up again; guests only their own. Raises Forbidden, NotFound, Conflict if it is deleted."""
    _require_thread(actor, annotation)
    return _changed(annotation, resolved_at=None, resolved_by=None)


def delete_annotation(*, actor: User, annotation: Annotation) -> Annotation:
    """Hide one's own note; the row stays, replies keep their place. Raises Forbidden, NotFound, Conflict if it is gone already."""
    require_own(actor, annotation)
    return _changed(annotation, deleted_at=timezone.now())


def check_note(clip: Clip, frame_in: int, frame_out: int, body: str, category: str, *, drawn: bool) -> None:
    """Raise InvalidInput, naming every field that is not right, unless a note could be so."""
    problems: dict[str, str] = {}
    if not 0 <= frame_in <= frame_out < clip.frame_count:
        problems["frame_in"] = (
            f"Frames run from 0 to {clip.frame_count - 1}, and the range must not end before it begins."
        )
    if len(body) > LONGEST_BODY or not (body or drawn):
        problems["body"] = f"Write something or draw something; at most {LONGEST_BODY} characters."
    if category not in _CATEGORIES:
        problems["category"] = f"Choose one of: {', '.join(Category.values)}."
    if problems:
        raise InvalidInput("Some of the note is not right.", fields=problems)


def shapes_of(note: Annotation, author: User, marks: Sequence[drawing.Mark], first: int = 0) -> list[Shape]:
    """Return the rows of these marks, lying one over the other from ``first`` on."""
    return [
        Shape(
            id=mark.id,
            annotation=note,
            kind=mark.kind,
            schema=drawing.SCHEMA,
            points=mark.points,
            stroke=mark.stroke,
            colour=mark.colour,
            text=mark.text,
            z=order,
            author=author,
        )
        for order, mark in enumerate(marks, start=first)
    ]


def _thread_of(actor: User, clip: Clip, parent: Annotation | None) -> Annotation | None:
    if parent is None:
        return None
    rows = Annotation.objects.visible_to(actor).standing().filter(clip=clip, pk=parent.pk)
    seen = rows.select_related("author__person", "parent__author__person").first()
    if seen is None:
        raise NotFound("There is no such note on this clip to reply to.")
    return seen.parent or seen


def _circle(actor: User, asked: str, root: Annotation | None) -> str:
    circle = Visibility.CLIENT if actor.kind == Kind.GUEST else Visibility(asked)
    if root is None:
        return circle
    return max(circle, Visibility(root.visibility), key=_CIRCLES.index)


def _stored(note: Annotation) -> Annotation | None:
    known = next(iter(_by_id().ask(pk=note.pk)), None)
    if known and (known.author_id, known.clip_id) != (note.author_id, note.clip_id):
        raise Conflict("This id belongs to another note: make a new one.", code="id-taken", fields={"id": "Taken."})
    return known


@cache
def _by_id() -> Compiled[Annotation]:
    return Compiled(Annotation.objects.filter(pk=Later("pk", UUIDField())).order_by())


def _insert(note: Annotation, marks: Sequence[drawing.Mark], people: Sequence[User], shown: str) -> Annotation:
    drawn = shapes_of(note, note.author, marks)
    try:
        if people or note.parent or not at_once.possible():
            _insert_and_tell(note, drawn, people)
        elif (told := at_once.insert(note, drawn, shown=shown)) is not None:
            note.__dict__["shown"], note._state.adding = told, False
        else:
            return _known(note, "This id is taken: make a new one.")
    except IntegrityError as error:
        return _known(note, "The id of a shape is taken: make a new one.", error)
    return note


def _known(note: Annotation, otherwise: str, error: Exception | None = None) -> Annotation:
    """Return the note of this id that somebody was quicker to write."""
    known = _stored(note)
    if known is None:
        raise Conflict(otherwise, code="id-taken") from error
    return known


def _insert_and_tell(note: Annotation, drawn: Sequence[Shape], people: Sequence[User]) -> None:
    with transaction.atomic():
        note.save(force_insert=True)
        Shape.objects.bulk_create(drawn)
        _tell_people(note, people)
        tell(note)


def _tell_people(note: Annotation, people: Sequence[User]) -> None:
    named = mentions.keep(note, people) if people else []
    notices.notify_of_note(kind=Notice.Kind.MENTION, people=named, note=note, actor=note.author)
    if note.parent is not None:
        unnamed = [user for user in _answered(note.parent) if user not in named and user != note.author]
        answered = [user for user in unnamed if mentions.reads(user, note)]
        notices.notify_of_note(kind=Notice.Kind.REPLY, people=answered, note=note, actor=note.author)


def _answered(root: Annotation) -> list[User]:
    """Whose words a reply in this thread answers: its author's, and those of the note that it was carried from."""
    authors = [root.author]
    if root.carried_from_id is not None:
        authors.append(User.objects.select_related("person").get(annotations=root.carried_from_id))
    return list(dict.fromkeys(authors))


def _require_thread(actor: User, annotation: Annotation) -> None:
    require_annotating(actor, annotation)
    if annotation.parent_id is not None:
        raise InvalidInput("A thread is resolved at its first note.", code="not-a-thread")
    if actor.kind == Kind.GUEST and annotation.author_id != actor.pk:
        raise Forbidden("Guests resolve their own notes.", code="not-yours")


def _changed(annotation: Annotation, only_if: dict[str, Any] | None = None, **values: Any) -> Annotation:
    with transaction.atomic():
        touch(annotation, only_if, **values)
        tell(annotation)
    annotation.refresh_from_db()
    return annotation
