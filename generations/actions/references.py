"""Add reference files: what is given to a model along with the words, with its source and its rights."""

import warnings
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from PIL import Image, UnidentifiedImageError

from generations.actions import checks
from generations.actions.receiving import FileInput, chunks_of, plain_name
from generations.models import Project, Pulse, Reference
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib import storage
from sorahub.lib.errors import InvalidInput

LARGEST_BYTES = 20 * 1024**2
LARGEST_PIXELS = 50_000_000
FORMATS = {"JPEG": ("image/jpeg", ".jpg"), "PNG": ("image/png", ".png"), "WEBP": ("image/webp", ".webp")}


@dataclass(frozen=True)
class Kept:
    """A verified image in the store."""

    key: str
    sha256: str
    size: int
    media_type: str


def add_reference(
    *, actor: User, project: Project, file: FileInput, original_name: str, source: str, rights: str
) -> Reference:
    """Keep an image (JPEG, PNG, WebP; at most 20 MiB) for use in prompts; the same bytes again return the row there is.

    ``source`` says where it comes from, ``rights`` under which right it is used. Raises Forbidden, NotFound,
    InvalidInput (not such an image, too large, nothing said about rights), Conflict for an archived project.
    """
    actor.demand(Permission.WRITE_PROMPT)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    story = {
        "source": checks.words(source, "source", "Say where this image comes from."),
        "rights": checks.words(rights, "rights", "Say under which right it is used."),
    }
    kept = _keep(file)
    values = {
        "kind": Reference.Kind.IMAGE,
        "size": kept.size,
        "media_type": kept.media_type,
        "storage_key": kept.key,
        "original_name": plain_name(original_name),
        "created_by": actor,
    }
    with transaction.atomic():
        reference, added = Reference.objects.get_or_create(
            project=project, sha256=kept.sha256, defaults={**values, **story}
        )
        if added:
            Pulse.objects.bump(project)
    return reference


def _keep(file: FileInput) -> Kept:
    root = Path(settings.MEDIA_ROOT)
    received = storage.receive(chunks_of(file), max_bytes=LARGEST_BYTES, into=root / "incoming")
    try:
        media_type, suffix = _verified(received.path)
        key = storage.commit(received, root, suffix=suffix)
    finally:
        received.discard()
    return Kept(key, received.sha256, received.size, media_type)


def _verified(path: Path) -> tuple[str, str]:
    """Return media type and suffix of an image that Pillow reads whole. Raises InvalidInput."""
    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(path, formats=tuple(FORMATS)) as image,
        ):
            if image.width * image.height > LARGEST_PIXELS:
                raise _refused("The image has more than 50 million pixels.")
            image.load()
            return FORMATS[str(image.format)]
    except (UnidentifiedImageError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _refused("This is not a JPEG, PNG or WebP image.") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise _refused("The image is damaged.") from error


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, code="not-an-image", fields={"file": message})
