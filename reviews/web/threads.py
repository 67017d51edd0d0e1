"""The threads of a clip as a person may read them: all, a piece of the list, one, or what changed since a cursor.

Four queries, whatever there is: first notes, replies, marks, files; one more where a note was carried, and one for guests.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from generations.models import Clip
from reviews.models import Annotation, Visibility
from reviews.models.annotation import AnnotationQuerySet
from reviews.rules import cursor as cursors
from reviews.rules.cursor import Cursor
from reviews.web.lines import Line, hanging_on, lines_of
from reviews.web.notes import Note, Reader, Reply
from reviews.web.telling import told_about
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind

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
    return _threads(lines_of(_roots(clip, user)), clip, user)


def piece_of(clip: Clip, user: User, after: UUID | None = None) -> Piece:
    """Return the first threads by frame, or the next ones after this one: a page begins with few, the rest follows at once."""
    many = FIRST if after is None else MORE
    rows = _roots(clip, user)
    if after is not None:
        last = Annotation.objects.visible_to(user).filter(clip=clip, pk=after).first()
        rows = rows.filter(_behind(last)) if last else rows.none()
    found = lines_of(rows, many + 1)
    address = reverse("reviews:clip-threads", args=[clip.pk])
    more = f"{address}?after={found[many - 1].id}" if len(found) > many else ""
    return Piece(_threads(found[:many], clip, user), more)


def changes_of(clip: Clip, user: User, since: Cursor, now: datetime) -> Changes:
    """Return the threads in which something that this person sees was touched, and which of those are no more.

    Where a review began or ceased to show the agency's own notes to a guest, those come and go as well.
    """
    internal = shows_internal(clip, user)
    seen = Annotation.objects.visible_to(user).filter(clip=clip, touched_at__gte=since.since)
    rows = list(seen.order_by().values_list("pk", "parent_id", "touched_at"))
    touched = {parent or pk for pk, parent, at in rows if cursors.stamp(pk, at) not in since.known}
    if internal != since.internal:
        touched |= _come(clip, user) if internal else _gone(clip, since)
    following = cursors.following(now, [(pk, at) for pk, _, at in rows], internal=internal)
    if not touched:
        return Changes([], [], following)
    notes = _threads(lines_of(_roots(clip, user).filter(pk__in=touched)), clip, user)
    return Changes(notes, sorted(touched - {note.id for note in notes}), following)


def shows_internal(clip: Clip, user: User) -> bool:
    """Say whether the agency's own notes on this clip are shown to this guest: for others it never changes, and is False."""
    return user.kind == Kind.GUEST and "internal" in told_about([clip], user)


def _come(clip: Clip, user: User) -> set[UUID]:
    """The threads with internal notes that this guest reads from now on."""
    return _heads(Annotation.objects.visible_to(user).standing().filter(clip=clip))


def _gone(clip: Clip, since: Cursor) -> set[UUID]:
    """The threads with internal notes that the page was given when it asked last: none that it never had."""
    there = Q(deleted_at=None) | Q(deleted_at__gt=since.since)
    return _heads(Annotation.objects.filter(there, clip=clip, created_at__lte=since.at))


def _heads(rows: AnnotationQuerySet) -> set[UUID]:
    internal = rows.filter(visibility=Visibility.INTERNAL).order_by()
    return {parent or pk for pk, parent in internal.values_list("pk", "parent_id")}


def single(annotation: Annotation, clip: Clip, user: User) -> Note | None:
    """Return one thread afresh, or None where nothing of it is left."""
    found = lines_of(_roots(clip, user).filter(pk=annotation.pk))
    return next(iter(_threads(found, clip, user)), None)


def single_reply(annotation: Annotation, clip: Clip, user: User) -> Reply | None:
    """Return one reply afresh, or None where it was deleted."""
    found = lines_of(Annotation.objects.visible_to(user).standing().filter(pk=annotation.pk))
    return Reader(user, clip, hanging_on(found, user)).reply(found[0]) if found else None


def _roots(clip: Clip, user: User) -> AnnotationQuerySet:
    """First notes that stand, and deleted ones under which a reply stands."""
    seen = Annotation.objects.visible_to(user).filter(clip=clip)
    answered = Annotation.objects.visible_to(user).standing().filter(parent=OuterRef("pk"))
    return seen.filter(Q(deleted_at=None) | Exists(answered), parent=None)


def _behind(last: Annotation) -> Q:
    later = Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, pk__gt=last.pk)
    return Q(frame_in__gt=last.frame_in) | Q(later, frame_in=last.frame_in)


def _threads(roots: Sequence[Line], clip: Clip, user: User) -> list[Note]:
    if not roots:
        return []
    replies: defaultdict[UUID | None, list[Line]] = defaultdict(list)
    below = Annotation.objects.visible_to(user).standing().filter(clip=clip, parent__in=[root.id for root in roots])
    found = lines_of(below)
    for line in found:
        replies[line.parent].append(line)
    reader = Reader(user, clip, hanging_on([*roots, *found], user))
    return [reader.note(root, replies[root.id]) for root in roots]
