"""What the review room shows: the file that this person may watch, and the notes that they may read."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from generations.models import Clip, Rendition
from generations.web.showing import player_extras
from reviews.models import Annotation, Visibility
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.lib.timecode import Rate, to_timecode

PROXIES = {Kind.GUEST: Rendition.Kind.GUEST_PROXY}


@dataclass(frozen=True)
class Picture:
    """What the player plays. ``src`` is empty while the file is still being made; then ``waiting`` says so."""

    src: str = ""
    first_num: int = 0
    first_den: int = 1
    poster: str = ""
    waiting: str = ""


def picture(clip: Clip, user: User) -> Picture:
    """Choose the file: guests the watermarked proxy, the project's people the original if it is scrub-safe, else its proxy.

    Expects ``clip.renditions`` prefetched.
    """
    kinds = {rendition.kind for rendition in clip.renditions.all()}
    poster = rendition_url(clip, Rendition.Kind.POSTER) if Rendition.Kind.POSTER in kinds else ""
    original = reverse("generations:clip-original", args=[clip.pk])
    if user.kind != Kind.GUEST and clip.scrub_safe:
        return Picture(original, clip.first_time_num, clip.first_time_den, poster)
    wanted = PROXIES.get(Kind(user.kind), Rendition.Kind.PROXY)
    if wanted in kinds:
        return Picture(rendition_url(clip, wanted), poster=poster)
    words = "The review copy is being prepared. This page shows it as soon as it is there."
    return Picture(poster=poster, waiting=words)


def rendition_url(clip: Clip, kind: str) -> str:
    """Return the address of a clip's rendition."""
    return reverse("generations:clip-rendition", args=[clip.pk, kind])


def poster_url(clip: Clip) -> str:
    """Return the address of the poster, or nothing; expects ``clip.renditions`` prefetched."""
    has = any(rendition.kind == Rendition.Kind.POSTER for rendition in clip.renditions.all())
    return rendition_url(clip, Rendition.Kind.POSTER) if has else ""


def player_context(clip: Clip, user: User, frame: int = 0) -> dict[str, Any]:
    """Return what components/player.html takes, and ``picture`` for the page round it."""
    chosen = picture(clip, user)
    return {
        "picture": chosen,
        "src": chosen.src,
        "poster": chosen.poster,
        "first_num": chosen.first_num,
        "first_den": chosen.first_den,
        "rate_num": clip.rate_num,
        "rate_den": clip.rate_den,
        "frame_count": clip.frame_count,
        "initial_frame": min(max(frame, 0), clip.frame_count - 1),
        **player_extras(clip),
    }


@dataclass(frozen=True)
class Reply:
    """A reply as components/reply.html takes it."""

    id: UUID
    parent: UUID
    author: str
    initials: str
    body: str
    created: datetime


@dataclass(frozen=True)
class Note:
    """A thread as components/note.html takes it."""

    id: UUID
    frame_in: int
    frame_out: int
    timecode: str
    author: str
    initials: str
    body: str
    created: datetime
    state: str
    category: str
    visibility: str
    resolve_url: str
    can_reply: bool
    mine: bool
    shapes: list[dict[str, Any]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)


def notes_of(clip: Clip, user: User) -> list[Note]:
    """Return the threads on this clip that the person may read, by frame. Two queries."""
    rows = list(Annotation.objects.visible_to(user).filter(clip=clip).for_thread())
    replies: defaultdict[UUID, list[Annotation]] = defaultdict(list)
    for row in rows:
        if row.parent_id and row.deleted_at is None:
            replies[row.parent_id].append(row)
    roots = [row for row in rows if row.parent_id is None and (row.deleted_at is None or replies[row.pk])]
    return [note_of(row, clip, user, replies[row.pk]) for row in roots]


def single_note(annotation: Annotation, clip: Clip, user: User) -> Note:
    """Return one thread afresh."""
    row = Annotation.objects.visible_to(user).for_thread().get(pk=annotation.pk)
    replies = Annotation.objects.visible_to(user).standing().filter(parent=annotation).for_thread()
    return note_of(row, clip, user, replies)


def note_of(row: Annotation, clip: Clip, user: User, replies: Iterable[Annotation]) -> Note:
    """Turn rows into what the template shows; a deleted first note keeps its place, not its words."""
    gone = row.deleted_at is not None
    own = row.author_id == user.pk
    annotating = user.may(Permission.ANNOTATE)
    resolvable = annotating and not gone and (own or user.kind != Kind.GUEST)
    return Note(
        id=row.pk,
        frame_in=row.frame_in,
        frame_out=row.frame_out,
        timecode=to_timecode(row.frame_in, Rate(clip.rate_num, clip.rate_den)),
        author=row.author.get_full_name(),
        initials=initials(row.author),
        body="This note was deleted." if gone else row.body,
        created=row.created_at,
        state="resolved" if row.resolved_at else "open",
        category="" if row.category == "general" else row.get_category_display(),
        visibility=_circle(row, user),
        resolve_url=reverse("reviews:annotation-resolve", args=[row.pk]) if resolvable else "",
        can_reply=annotating and not gone,
        mine=own,
        shapes=[] if gone else [_shape(shape) for shape in row.shapes.all()],
        replies=[reply_of(reply) for reply in sorted(replies, key=lambda one: (one.created_at, one.pk))],
    )


def reply_of(row: Annotation) -> Reply:
    """Turn a reply's row into what the template shows."""
    parent = row.parent_id or row.pk
    return Reply(row.pk, parent, row.author.get_full_name(), initials(row.author), row.body, row.created_at)


def initials(user: User) -> str:
    """Return the first letters of the first and the last name."""
    words = user.person.name.split()
    return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()


def _circle(row: Annotation, user: User) -> str:
    if user.kind == Kind.GUEST or row.visibility == Visibility.CLIENT:
        return ""
    return str(Visibility(row.visibility).label)


def _shape(shape: Any) -> dict[str, Any]:
    return {
        "id": str(shape.pk),
        "kind": shape.kind,
        "schema": shape.schema,
        "points": shape.points,
        "stroke": float(shape.stroke),
        "colour": shape.colour,
    }
