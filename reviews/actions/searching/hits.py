"""What was found, as it is shown: read from the things themselves, each through its own scoped queryset."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from generations.models import Clip, Generation, Project, Prompt, Reference, ReferenceLabel, Shot
from reviews.actions.searching.asking import Found, Row, kinds
from reviews.actions.things import project_of
from reviews.models import Annotation, Findable, Tag, Tagging, TermsVersion
from reviews.rules.search_words import Piece, snippet
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind


@dataclass(frozen=True)
class Hit:
    """A thing that was found. ``title`` and ``passage`` come in pieces, those that were looked for marked; guests
    are not told when a clip was made. ``tags_open``: tags may be taken off it."""

    kind: str
    id: UUID
    thing: Any
    title: list[Piece]
    passage: list[Piece]
    at: Any
    facts: list[str]
    tags: list[Tag] = field(default_factory=list)
    tags_open: bool = False

    @property
    def kind_label(self) -> str:
        """What it is, in one word."""
        return ONE[Findable(self.kind)]


ONE = {
    Findable.PROMPT: "Prompt", Findable.NOTE: "Note", Findable.CLIP: "Clip", Findable.REFERENCE: "Reference", Findable.SHOT: "Shot",
    Findable.PROJECT: "Project", Findable.TERMS: "Terms", Findable.GENERATION: "Generation",
}  # fmt: skip


def hits(user: User, found: Found) -> list[Hit]:
    """Return the page of what was found in its order. What is gone meanwhile, or is not this person's to see, is left out."""
    things = {(kind, thing.pk): thing for kind, ids in kinds(found.page).items() for thing in READ[kind](user, ids)}
    tags = _tags(user, found.page)
    shown = []
    for row in found.page:
        thing = things.get((row.kind, row.object_id))
        if thing is not None:
            title, text, facts = TOLD[row.kind](thing, user)
            hidden = user.kind == Kind.GUEST and row.kind == Findable.CLIP
            shown.append(
                Hit(
                    kind=row.kind,
                    id=row.object_id,
                    thing=thing,
                    title=snippet(title, found.groups, whole=True),
                    passage=snippet(text, found.groups),
                    at=None if hidden else row.at,
                    facts=[fact for fact in facts if fact],
                    tags=(borne := tags.get(row.object_id, [])),
                    tags_open=bool(borne) and project_of(row.kind, thing).archived_at is None,
                )
            )
    return shown


def _tags(user: User, page: Sequence[Row]) -> dict[UUID, list[Tag]]:
    things = [row.object_id for row in page if row.kind in Tagging.KINDS]
    if not things or user.kind == Kind.GUEST:
        return {}
    seen = Tagging.objects.filter(object_id__in=things, tag__in=Tag.objects.visible_to(user).filter(archived_at=None))
    found: dict[UUID, list[Tag]] = {}
    for tagging in seen.select_related("tag"):
        found.setdefault(tagging.object_id, []).append(tagging.tag)
    return found


def _prompt(row: Prompt, user: User) -> tuple[str, str, list[str]]:
    return f"{row.shot} · version {row.version}", row.text, [row.shot.project.name, str(row.created_by)]


def _note(row: Annotation, user: User) -> tuple[str, str, list[str]]:
    frames = (
        f"frame {row.frame_in + 1}"
        if row.frame_in == row.frame_out
        else f"frames {row.frame_in + 1}–{row.frame_out + 1}"
    )
    project = "" if user.kind == Kind.GUEST else row.clip.project.name
    return f"{row.clip}, {frames}", row.body, [project, str(row.author), "resolved" if row.resolved_at else ""]


def _clip(row: Clip, user: User) -> tuple[str, str, list[str]]:
    if user.kind == Kind.GUEST:
        return str(row), "", []
    made = next(iter(row.generations.all()), None)
    prompt = row.declared_prompt or (made.prompt.text if made else "")
    model, route = row.declared_model or (made.model if made else ""), row.declared_route
    text = " · ".join(
        filter(None, (prompt, row.original_name, row.video_codec, row.audio_codec, model, route, row.sha256))
    )
    return str(row), text, [row.project.name, f"{row.width} × {row.height}", model]


def _reference(row: Reference, user: User) -> tuple[str, str, list[str]]:
    size = f"{row.width} × {row.height}" if row.width else ""
    text = " · ".join(
        filter(None, (row.source, row.rights, row.credit, row.licence_number, row.depicted, row.media_type, row.sha256))
    )
    words = ", ".join(each.word for each in row.labels.all() if each.kind == ReferenceLabel.Kind.TAG)
    away = "archived" if row.archived_at else ""
    return str(row), text, [row.project.name, row.get_kind_display(), size, f"tagged {words}" if words else "", away]


def _shot(row: Shot, user: User) -> tuple[str, str, list[str]]:
    return str(row), "", [row.project.name]


def _project(row: Project, user: User) -> tuple[str, str, list[str]]:
    return f"{row.name} ({row.code})", row.brief, [row.client.name, "archived" if row.archived_at else ""]


def _terms(row: TermsVersion, user: User) -> tuple[str, str, list[str]]:
    return str(row), row.text, [f"captured {row.captured_at:%Y-%m-%d}"]


def _generation(row: Generation, user: User) -> tuple[str, str, list[str]]:
    text = " · ".join(filter(None, (row.error_message, row.error_code, row.account.name, row.mode)))
    return f"{row.prompt.shot.code} · {row.model}", text, [row.project.name, row.get_state_display()]


def _generations(user: User) -> QuerySet[Generation]:
    return Generation.objects.visible_to(user).select_related("prompt__shot", "account", "project")


def _references(user: User) -> QuerySet[Reference]:
    return Reference.objects.visible_to(user).select_related("project").prefetch_related("labels")


def _notes(user: User) -> QuerySet[Annotation]:
    return (
        Annotation.objects.visible_to(user).standing().select_related("clip__shot", "clip__project", "author__person")
    )


def _prompts(user: User) -> QuerySet[Prompt]:
    return Prompt.objects.visible_to(user).select_related("shot__project", "created_by__person")


READ: dict[str, Callable[[User, list[UUID]], Any]] = {
    Findable.PROMPT: lambda user, ids: _prompts(user).filter(pk__in=ids),
    Findable.NOTE: lambda user, ids: _notes(user).filter(pk__in=ids),
    Findable.CLIP: lambda user, ids: Clip.objects.visible_to(user).filter(pk__in=ids).for_list().prefetch_related("generations__prompt"),
    Findable.REFERENCE: lambda user, ids: _references(user).filter(pk__in=ids),
    Findable.SHOT: lambda user, ids: Shot.objects.visible_to(user).filter(pk__in=ids).select_related("project"),
    Findable.PROJECT: lambda user, ids: Project.objects.visible_to(user).filter(pk__in=ids).select_related("client"),
    Findable.TERMS: lambda user, ids: TermsVersion.objects.visible_to(user).filter(pk__in=ids).select_related("source").defer("raw"),
    Findable.GENERATION: lambda user, ids: _generations(user).filter(pk__in=ids),
}  # fmt: skip
TOLD: dict[str, Callable[[Any, User], tuple[str, str, list[str]]]] = {
    Findable.PROMPT: _prompt, Findable.NOTE: _note, Findable.CLIP: _clip, Findable.REFERENCE: _reference, Findable.SHOT: _shot,
    Findable.PROJECT: _project, Findable.TERMS: _terms, Findable.GENERATION: _generation,
}  # fmt: skip
