"""What the room shows of notes: lines turned into what templates/components/note.html and reply.html take."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from generations.models import Clip
from reviews.models import Category, Shape, Visibility
from reviews.rules import markdown
from reviews.rules.plain_words import plain_words
from reviews.web.lines import Beside, Hanging, Line, Mark
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.lib.timecode import Rate, to_timecode

DELETED = "This note was deleted."
LABEL = 80
_ANY = UUID(int=0)
_ICONS: dict[str, str] = {
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
    names_me: bool = False
    source: str = ""
    edit_url: str = ""
    delete_url: str = ""
    attach_url: str = ""
    history_url: str = ""
    attachments: list[File] = field(default_factory=list)

    def __getitem__(self, name: str) -> Any:
        """Let templates find a value at their first try: they ask for items before attributes."""
        return getattr(self, name)


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
    resolved_by: str = ""
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
    """Somebody who reads the notes of a clip: what they are shown of each line, and what they may do with it."""

    def __init__(self, user: User, clip: Clip, hanging: Hanging) -> None:
        self.user = user
        self.rate = Rate(clip.rate_num, clip.rate_den)
        self.guest = user.kind == Kind.GUEST
        self.annotating = user.may(Permission.ANNOTATE)
        self.hanging = hanging

    def note(self, line: Line, replies: Iterable[Line]) -> Note:
        """Turn a thread into what the template shows; a deleted first note keeps its place, not its words."""
        gone = line.deleted is not None
        acting = self.annotating and not gone
        answers = sorted(replies, key=lambda one: (one.created, one.id))
        drawn = [each.id for each in ([] if gone else [line]) + answers]
        return Note(
            **self._written(line),
            frame_in=line.frame_in,
            frame_out=line.frame_out,
            timecode=to_timecode(line.frame_in, self.rate),
            state="resolved" if line.resolved else "open",
            resolved_by=line.resolved_by or "",
            category="" if line.category == Category.GENERAL else str(Category(line.category).label),
            category_key=line.category,
            category_icon=_ICONS.get(line.category, "tag"),
            visibility=self._circle(line),
            resolve_url=_act("resolve", line) if acting and (not self.guest or self._own(line)) else "",
            carry_url=_act("carry", line) if acting else "",
            carried=self._carried(line),
            can_reply=acting,
            shapes=[self._mark(mark) for key in drawn for mark in self.hanging.marks.get(key, [])],
            replies=[self.reply(answer) for answer in answers],
        )

    def reply(self, line: Line) -> Reply:
        """Turn a reply into what the template shows."""
        return Reply(**self._written(line), parent=line.parent)

    def _own(self, line: Line) -> bool:
        return line.author == self.user.pk

    def _written(self, line: Line) -> dict[str, Any]:
        gone, own = line.deleted is not None, self._own(line)
        changing = own and self.annotating and not gone
        body = DELETED if gone else line.body
        return {
            "id": line.id,
            "author": line.author_name,
            "initials": initials(line.author_name),
            "html": markdown.render(body) if body else "",
            "label": _short(plain_words(body)),
            "created": line.created,
            "edited": None if gone else line.edited,
            "mine": own,
            "names_me": "(person:" in body and self.user.pk in markdown.mentioned(body),
            "source": line.body if changing else "",
            "edit_url": _act("edit", line) if changing else "",
            "delete_url": _act("delete", line) if changing else "",
            "attach_url": _act("attach", line) if changing else "",
            "history_url": _act("history", line) if line.edited and not gone and (own or not self.guest) else "",
            "attachments": [] if gone else [self._file(file) for file in self.hanging.files.get(line.id, [])],
        }

    def _file(self, file: Beside) -> File:
        mine = self.annotating and file.author == self.user.pk
        return File(
            id=file.id,
            name=file.name,
            url=reverse("reviews:attachment", args=[file.id, file.name]),
            size=file.size,
            picture=file.media_type.startswith("image/"),
            delete_url=reverse("reviews:attachment-delete", args=[file.id]) if mine else "",
        )

    def _mark(self, mark: Mark) -> dict[str, Any]:
        return {
            "id": str(mark.id),
            "note": str(mark.note),
            "kind": mark.kind,
            "schema": mark.schema,
            "points": mark.points,
            "stroke": float(mark.stroke),
            "colour": mark.colour,
            "text": mark.text,
            "mine": mark.author == self.user.pk,
        }

    def _carried(self, line: Line) -> Carried | None:
        origin = self.hanging.origins.get(line.carried_from) if line.carried_from else None
        if origin is None:
            return Carried("From an earlier take", "") if line.carried_from else None
        page = reverse("reviews:clip", args=[origin.clip_id])
        words = f"From take {origin.clip.take}, by {origin.author.get_full_name()}"
        return Carried(words, f"{page}?frame={origin.frame_in}&note={origin.pk}")

    def _circle(self, line: Line) -> str:
        """Who reads it, unless that is agency and client; a guest who is shown the agency's own notes is told so."""
        if line.visibility == Visibility.CLIENT:
            return ""
        return "The agency's own" if self.guest else str(Visibility(line.visibility).label)


def shape_as_json(shape: Shape, user: User) -> dict[str, Any]:
    """Return a mark as the room's scripts take it; ``note`` is the note that it was drawn on."""
    return {
        "id": str(shape.pk),
        "note": str(shape.annotation_id),
        "kind": shape.kind,
        "schema": shape.schema,
        "points": shape.points,
        "stroke": float(shape.stroke),
        "colour": shape.colour,
        "text": shape.text,
        "mine": shape.author_id == user.pk,
        "deleted": shape.deleted_at is not None,
    }


@lru_cache(maxsize=1_000)
def initials(name: str) -> str:
    """Return the first letters of the first and the last name."""
    words = name.split()
    return "".join(word[0] for word in words[:1] + words[1:][-1:]).upper()


def _short(words: str) -> str:
    return words if len(words) <= LABEL else Truncator(words).chars(LABEL)


def _act(name: str, line: Line) -> str:
    return _pattern(name).replace(str(_ANY), str(line.id))


@cache
def _pattern(name: str) -> str:
    """The address of an act on some note: the resolver is asked once for it, not for each note."""
    return reverse("reviews:attachments" if name == "attach" else f"reviews:annotation-{name}", args=[_ANY])
