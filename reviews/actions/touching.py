"""What every change of a note shares: who may make it, and that open pages learn of it."""

from typing import Any

from django.utils import timezone

from generations.actions import checks
from generations.models import Pulse
from reviews.models import Annotation
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput


def require_annotating(actor: User, annotation: Annotation) -> None:
    """Raise Forbidden for people who do not write notes, NotFound for a note that does not exist for them."""
    actor.demand(Permission.ANNOTATE)
    checks.require_seen(actor, Annotation.objects.all(), annotation)


def require_own(actor: User, annotation: Annotation) -> None:
    """The same, and Forbidden for a note of somebody else's."""
    require_annotating(actor, annotation)
    if annotation.author_id != actor.pk:
        raise Forbidden("Only its author changes a note; reply to it instead.", code="not-yours")


def touch(annotation: Annotation, only_if: dict[str, Any] | None = None, **values: Any) -> None:
    """Change a standing note and move its ``touched_at``, inside the caller's transaction; the row stays locked until its end.

    Raises Conflict when the note was deleted or is not as ``only_if`` says.
    """
    still = Annotation.objects.filter(pk=annotation.pk, deleted_at=None, **(only_if or {}))
    if not still.update(touched_at=timezone.now(), **values):
        raise Conflict("This note has changed or was deleted: load the page again.", code="stale-note")


def tell(annotation: Annotation) -> None:
    """Let open pages ask for what is new: the last thing in a transaction, as everybody waits for this one row."""
    Pulse.objects.bump(annotation.clip.project)


def invalid(field: str, words: str) -> InvalidInput:
    """Make an error about one field of the input."""
    return InvalidInput(words, fields={field: words})
