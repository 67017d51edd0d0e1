"""Edit one's own note: its words, what it is about, its frames. What it said before is kept."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from reviews.actions import mentions, notices
from reviews.actions.annotate import check_note
from reviews.actions.touching import require_own, tell, touch
from reviews.models import Annotation, Notice, Wording
from reviews.rules.typed import tidy
from sorahub.accounts.models import User
from sorahub.lib.errors import Conflict

_FIELDS = ("body", "category", "frame_in", "frame_out")


def edit_annotation(
    *,
    actor: User,
    annotation: Annotation,
    body: str | None = None,
    category: str | None = None,
    frame_in: int | None = None,
    frame_out: int | None = None,
) -> Annotation:
    """Change what is given of one's own note; what it said until now is kept as a Wording, and nothing changes for nothing.

    Who is newly named with @ must be able to read it, and is told. Of two edits at once both are kept, in their order.
    Raises Forbidden for another's note, NotFound, InvalidInput, Conflict if it is deleted.
    """
    require_own(actor, annotation)
    words, people = (None, []) if body is None else mentions.named_in(actor, annotation.clip, tidy(body))
    said = {"body": words, "category": category, "frame_in": frame_in, "frame_out": frame_out}
    with transaction.atomic():
        now = _locked(annotation)
        before = {name: getattr(now, name) for name in _FIELDS}
        after: dict[str, Any] = {name: before[name] if said[name] is None else said[name] for name in _FIELDS}
        if after != before:
            drawn = bool(after["body"]) or now.shapes.filter(deleted_at=None).exists()
            check_note(annotation.clip, **after, drawn=drawn)
            _keep_former(actor, now, before)
            touch(annotation, edited_at=timezone.now(), **after)
            if words is not None:
                _tell_named(actor, annotation, people)
            tell(annotation)
    annotation.refresh_from_db(fields=[*_FIELDS, "edited_at", "touched_at"])
    return annotation


def _locked(annotation: Annotation) -> Annotation:
    now = Annotation.objects.select_for_update().filter(pk=annotation.pk, deleted_at=None).first()
    if now is None:
        raise Conflict("This note has changed or was deleted: load the page again.", code="stale-note")
    return now


def _keep_former(actor: User, note: Annotation, said: dict[str, Any]) -> None:
    number = 1 + note.wordings.count()
    Wording.objects.create(annotation=note, number=number, replaced_by=actor, **said)


def _tell_named(actor: User, note: Annotation, people: list[User]) -> None:
    new = mentions.keep(note, people)
    notices.notify_of_note(kind=Notice.Kind.MENTION, people=new, note=note, actor=actor)
