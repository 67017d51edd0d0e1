"""Notes as the tests write them, and the marks on them."""

from typing import Any
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from generations.models import Clip, Membership
from generations.models.clip import ClipGrant
from reviews.actions.annotate import write_annotation
from reviews.actions.attach import attach_file
from reviews.models import Annotation, Attachment
from sorahub.accounts.models import User
from tests.people import Agency


def note(actor: User, clip: Clip, body: str = "Horizon tilts", **changes: Any) -> Annotation:
    """Write a note on frames 3 to 7."""
    values: dict[str, Any] = {"id": uuid4(), "frame_in": 3, "frame_out": 7, "body": body, **changes}
    return write_annotation(actor=actor, clip=clip, **values)


def shape(kind: str = "arrow", **changes: Any) -> dict[str, Any]:
    """A mark with an id of its own."""
    points = {"pen": [[0.1, 0.2, 0.5]], "text": [[0.5, 0.5]]}.get(kind, [[0, 0], [1, 1]])
    return {"id": str(uuid4()), "kind": kind, "schema": 1, "points": points, "stroke": 0.01, "colour": "red", **changes}


def mention(user: User) -> str:
    """What the page inserts when somebody is chosen after an @."""
    return f"@[{user.get_full_name()}](person:{user.pk})"


def invited(agency: Agency, clip: Clip) -> User:
    """Put the clip before dora."""
    Membership.objects.get_or_create(project=clip.project, user=agency.dora)
    ClipGrant.objects.create(clip=clip, user=agency.dora, granted_by=agency.alice)
    return agency.dora


def attached(actor: User, to: Annotation, name: str = "brief.txt", content: bytes = b"The brief.") -> Attachment:
    """Put a small file beside a note."""
    file = SimpleUploadedFile(name, content)
    return attach_file(actor=actor, annotation=to, id=uuid4(), file=file, original_name=name)
