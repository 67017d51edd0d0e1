"""What every action asks before it writes: may this person see the row, is the project open, is the row sound."""

from collections.abc import Collection
from typing import Protocol

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction

from generations.models import Clip, Project
from generations.models.seen import sees_clip
from sorahub.accounts.models import User
from sorahub.lib.errors import Conflict, InvalidInput, NotFound

_TAKEN = {"unique", "unique_together"}


class Scoped(Protocol):
    """A manager or queryset that knows who may see its rows."""

    def visible_to(self, user: User) -> models.QuerySet[models.Model]:
        """Return the rows that this person may see."""


def require_seen(actor: User, scoped: Scoped, row: models.Model) -> None:
    """Raise NotFound unless the row exists for this person; ``scoped`` is the row's own manager."""
    if not scoped.visible_to(actor).filter(pk=row.pk).exists():
        raise NotFound(f"There is no such {row._meta.verbose_name}.")


def require_clip(actor: User, clip: Clip) -> None:
    """The same for a clip, asked the short way."""
    if not sees_clip(actor, clip):
        raise NotFound("There is no such clip.")


def require_open(project: Project) -> None:
    """Raise Conflict when the project is archived: nothing is made in it any more."""
    if project.archived_at is not None:
        raise Conflict("This project is archived; nothing new is made in it.", code="project-archived")


def require_sound(clip: Clip) -> None:
    """Raise Conflict for a clip that was withdrawn, or whose stored bytes no longer match their hash: it is not worked with."""
    if clip.quarantined_at is not None:
        raise Conflict(
            "This clip is quarantined: its stored bytes no longer match their hash.", code="clip-quarantined"
        )
    if clip.withdrawn_at is not None:
        raise Conflict("This clip is withdrawn.", code="clip-withdrawn")


def words(text: str, field: str, message: str) -> str:
    """Return the text without outer blanks; raise InvalidInput with ``message`` when nothing is left."""
    stripped = text.strip()
    if not stripped:
        raise InvalidInput(message, fields={field: message})
    return stripped


def at_least_one(limit: int | None, field: str) -> None:
    """Raise InvalidInput for a limit that lets nothing through; None is no limit."""
    if limit is not None and limit < 1:
        message = "A limit is a whole number above zero."
        raise InvalidInput(message, fields={field: message})


def insert(row: models.Model, *, known: Collection[str] = ()) -> None:
    """Validate and insert a row: InvalidInput names the wrong fields, Conflict the ones already taken.

    A race that the database decides is a Conflict too. Call it inside the action's transaction. ``known`` names fields that
    the caller looked up or made itself: they, and what is unique with them, are not asked of the database once more.
    """
    _validate(row, known)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(f"There is already such a {row._meta.verbose_name}.", code="taken") from error


def update(row: models.Model, fields: list[str]) -> None:
    """Validate a changed row and write these fields of it; errors as ``insert``."""
    _validate(row)
    try:
        with transaction.atomic():
            row.save(update_fields=fields)
    except IntegrityError as error:
        raise Conflict(f"There is already such a {row._meta.verbose_name}.", code="taken") from error


def _validate(row: models.Model, known: Collection[str] = ()) -> None:
    try:
        row.full_clean(exclude=known)
    except ValidationError as error:
        raise _refusal(error) from error


def _refusal(error: ValidationError) -> InvalidInput | Conflict:
    fields = {
        "" if name == NON_FIELD_ERRORS else name: " ".join(str(each) for each in messages)
        for name, messages in error.message_dict.items()
    }
    message = " ".join(fields.values())
    codes = {each.code for errors in error.error_dict.values() for each in errors}
    if codes <= _TAKEN:
        return Conflict(message, code="taken", fields=fields)
    return InvalidInput(message, fields=fields)
