"""The threads of a clip as a person may read them: all, a piece of the list, one, or what changed since a cursor.

Few queries, whatever there is: first notes, replies, marks, files, and where copies come from.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from generations.models import Clip
from reviews.models import Annotation
from reviews.models.annotation import AnnotationQuerySet
from reviews.rules import cursor as cursors
from reviews.rules.cursor import Cursor
from reviews.web.notes import Note, Reader
from sorahub.accounts.models import User

FIRST = 60
MORE = 200


@dataclass(frozen=True)
class Piece:
    """A piece of the list, and where the next one is (empty at the end)."""

    notes: list[Note]
    more_url: str


@dataclass(frozen=True)
class Changes:
    """What an open page puts in place and takes away, and its next cursor."""

    notes: list[Note]
    gone: list[UUID]
    cursor: Cursor


def notes_of(clip: Clip, user: User) -> list[Note]:
    """Return all threads on this clip that the person may read, by frame."""
    return _threads(list(_roots(clip, user).for_thread()), clip, user)


def piece_of(clip: Clip, user: User, after: UUID | None = None) -> Piece:
    """Return the first threads by frame, or the next ones after this one: a page begins with few, the rest follows at once."""
    many = FIRST if after is None else MORE
    rows = _roots(clip, user)
    if after is not None:
        last = Annotation.objects.visible_to(user).filter(clip=clip, pk=after).first()
        rows = rows.filter(_behind(last)) if last else rows.none()
    found = list(rows.for_thread()[: many + 1])
    address = reverse("reviews:clip-threads", args=[clip.pk])
    more = f"{address}?after={found[many - 1].pk}" if len(found) > many else ""
    return Piece(_threads(found[:many], clip, user), more)


def changes_of(clip: Clip, user: User, since: Cursor, now: datetime) -> Changes:
    """Return the threads in which something that this person sees was touched, and which of those are no more."""
    seen = Annotation.objects.visible_to(user).filter(clip=clip, touched_at__gte=since.since)
    rows = list(seen.order_by().values_list("pk", "parent_id", "touched_at"))
    touched = {parent or pk for pk, parent, at in rows if cursors.stamp(pk, at) not in since.known}
    following = cursors.following(now, [(pk, at) for pk, _, at in rows])
    if not touched:
        return Changes([], [], following)
    notes = _threads(list(_roots(clip, user).filter(pk__in=touched).for_thread()), clip, user)
    return Changes(notes, sorted(touched - {note.id for note in notes}), following)


def single(annotation: Annotation, clip: Clip, user: User) -> Note | None:
    """Return one thread afresh, or None where nothing of it is left."""
    rows = list(_roots(clip, user).filter(pk=annotation.pk).for_thread())
    return next(iter(_threads(rows, clip, user)), None)


def _roots(clip: Clip, user: User) -> AnnotationQuerySet:
    """First notes that stand, and deleted ones under which a reply stands."""
    seen = Annotation.objects.visible_to(user).filter(clip=clip)
    answered = Annotation.objects.visible_to(user).standing().filter(parent=OuterRef("pk"))
    return seen.filter(Q(deleted_at=None) | Exists(answered), parent=None)


def _behind(last: Annotation) -> Q:
    later = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk)
    return Q(frame_in__gt=last.frame_in) | Q(later, frame_in=last.frame_in)


def _threads(roots: Sequence[Annotation], clip: Clip, user: User) -> list[Note]:
    if not roots:
        return []
    replies: defaultdict[UUID | None, list[Annotation]] = defaultdict(list)
    below = Annotation.objects.visible_to(user).standing().filter(clip=clip, parent__in=[root.pk for root in roots])
    for row in below.for_thread():
        replies[row.parent_id].append(row)
    reader = Reader(user, clip, _origins(roots, user))
    return [reader.note(root, replies[root.pk]) for root in roots]


def _origins(roots: Sequence[Annotation], user: User) -> dict[UUID, Annotation]:
    carried = [root.carried_from_id for root in roots if root.carried_from_id]
    if not carried:
        return {}
    rows = Annotation.objects.visible_to(user).standing().filter(pk__in=carried)
    return {row.pk: row for row in rows.select_related("author__person", "clip__shot")}
