"""What the room shows of notes: rows turned into what templates/components/note.html and reply.html take."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.safestring import SafeString

from generations.models import Clip
from reviews.models import Annotation, Attachment, Category, Shape, Visibility
from reviews.rules import markdown
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.lib.timecode import Rate, to_timecode

DELETED = "This note was deleted."
_ICONS = {
    Category.PICTURE: "image",
    Category.MOTION: "activity",
    Category.SOUND: "volume-2",
    Category.RIGHTS: "scale",
}


@dataclass(frozen=True)
class File:
    """A file beside a note. ``delete_url`` is empty for whoever did not put it there."""

    id: UUID
    name: str
    url: str
    size: int
    picture: bool
    delete_url: str


@dataclass(frozen=True)
class Carried:
    """Where a linked copy comes from; ``url`` leads to the original."""

    words: str
    url: str


@dataclass(frozen=True)
class Written:
    """What a note and a reply have in common. ``source`` is the Markdown, for who may edit it; the other urls are empty
    where this person may not do that.
    """

    id: UUID
    author: str
    initials: str
    html: SafeString
    label: str
    created: datetime
    edited: datetime | None
    mine: bool
    source: str = ""
    edit_url: str = ""
    delete_url: str = ""
    attach_url: str = ""
    history_url: str = ""
    attachments: list[File] = field(default_factory=list)


@dataclass(frozen=True)
class Reply(Written):
    """A reply as components/reply.html takes it."""

    parent: UUID | None = None


@dataclass(frozen=True)
class Note(Written):
    """A thread as components/note.html takes it."""

    frame_in: int = 0
    frame_out: int = 0
    timecode: str = ""
    state: str = "open"
    resolved_words: str = ""
    category: str = ""
    category_key: str = Category.GENERAL
    category_icon: str = ""
    visibility: str = ""
    resolve_url: str = ""
    carry_url: str = ""
    carried: Carried | None = None
    can_reply: bool = False
    shapes: list[dict[str, Any]] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)


class Reader:
    """Somebody who reads the notes of a clip: what they are shown of a row, and what they may do with it.

    Expects rows ``for_thread``. ``origins`` are the notes that copies were carried from, as far as this person sees them.
    """

    def __init__(self, user: User, clip: Clip, origins: Mapping[UUID, Annotation] | None = None) -> None:
        self.user = user
        self.rate = Rate(clip.rate_num, clip.rate_den)
        self.guest = user.kind == Kind.GUEST
        self.annotating = user.may(Permission.ANNOTATE)
        self.origins = origins or {}

    def note(self, row: Annotation, replies: Iterable[Annotation]) -> Note:
        """Turn a thread into what the template shows; a deleted first note keeps its place, not its words."""
        gone = row.deleted_at is not None
        acting = self.annotating and not gone
        category = Category(row.category)
        answers = sorted(replies, key=lambda one: (one.created_at, one.pk))
        return Note(
            **self._written(row),
            frame_in=row.frame_in,
            frame_out=row.frame_out,
            timecode=to_timecode(row.frame_in, self.rate),
            state="resolved" if row.resolved_at else "open",
            resolved_words=f"Resolved by {row.resolved_by.get_full_name()}" if row.resolved_by else "",
            category="" if category == Category.GENERAL else str(category.label),
            category_key=category.value,
            category_icon=_ICONS.get(category, "tag"),
            visibility=self._circle(row),
            resolve_url=_act("resolve", row) if acting and (not self.guest or self._own(row)) else "",
            carry_url=_act("carry", row) if acting else "",
            carried=self._carried(row),
            can_reply=acting,
            shapes=[self.shape(shape) for one in ([] if gone else [row]) + answers for shape in one.shapes.all()],
            replies=[self.reply(answer) for answer in answers],
        )

    def reply(self, row: Annotation) -> Reply:
        """Turn a reply's row into what the template shows."""
        return Reply(**self._written(row), parent=row.parent_id)

    def shape(self, shape: Shape) -> dict[str, Any]:
        """Return a mark as the room's scripts take it."""
        return {**shape_as_json(shape), "mine": shape.author_id == self.user.pk}

    def _own(self, row: Annotation) -> bool:
        return row.author_id == self.user.pk

    def _written(self, row: Annotation) -> dict[str, Any]:
        gone, own = row.deleted_at is not None, self._own(row)
        changing = own and self.annotating and not gone
        body = DELETED if gone else row.body
        return {
            "id": row.pk,
            "author": row.author.get_full_name(),
            "initials": initials(row.author),
            "html": markdown.render(body) if body else "",
            "label": markdown.plain(body),
            "created": row.created_at,
            "edited": None if gone else row.edited_at,
            "mine": own,
            "source": row.body if changing else "",
            "edit_url": _act("edit", row) if changing else "",
            "delete_url": _act("delete", row) if changing else "",
            "attach_url": reverse("reviews:attachments", args=[row.pk]) if changing else "",
            "history_url": _act("history", row) if row.edited_at and not gone and (own or not self.guest) else "",
            "attachments": [] if gone else self._files(row),
        }

    def _files(self, row: Annotation) -> list[File]:
        return [self._file(file) for file in row.attachments.all() if file.deleted_at is None]

    def _file(self, file: Attachment) -> File:
        mine = self.annotating and file.author_id == self.user.pk
        return File(
            id=file.pk,
            name=file.name,
            url=reverse("reviews:attachment", args=[file.pk, file.name]),
            size=file.size,
            picture=file.media_type.startswith("image/"),
            delete_url=reverse("reviews:attachment-delete", args=[file.pk]) if mine else "",
        )

    def _carried(self, row: Annotation) -> Carried | None:
        origin = self.origins.get(row.carried_from_id) if row.carried_from_id else None
        if origin is None:
            return Carried("Carried from an earlier take", "") if row.carried_from_id else None
        page = reverse("reviews:clip", args=[origin.clip_id])
        words = f"From take {origin.clip.take}, written by {origin.author.get_full_name()}"
        return Carried(words, f"{page}?frame={origin.frame_in}&note={origin.pk}")

    def _circle(self, row: Annotation) -> str:
        if self.guest or row.visibility == Visibility.CLIENT:
            return ""
        return str(Visibility(row.visibility).label)


def shape_as_json(shape: Shape) -> dict[str, Any]:
    """Return a mark as numbers and words; ``note`` is the note that it was drawn on."""
    return {
        "id": str(shape.pk),
        "note": str(shape.annotation_id),
        "kind": shape.kind,
        "schema": shape.schema,
        "points": shape.points,
        "stroke": float(shape.stroke),
        "colour": shape.colour,
        "text": shape.text,
        "deleted": shape.deleted_at is not None,
    }


def initials(user: User) -> str:
    """Return the first letters of the first and the last name."""
    words = user.person.name.split()
    return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()


def _act(name: str, row: Annotation) -> str:
    return reverse(f"reviews:annotation-{name}", args=[row.pk])
