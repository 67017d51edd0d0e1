"""Add reference files: what is given to a model along with the words, with its source and its rights."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction

from generations import media
from generations.actions import checks
from generations.actions.receiving import FileInput, chunks_of, plain_name, size_of
from generations.media import MediaError, ReferenceProbe
from generations.models import Project, Pulse, Reference
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib import storage
from sorahub.lib.errors import InvalidInput, Unavailable

MEBIBYTE = 1024**2
LARGEST = {"image": 50 * MEBIBYTE, "video": 64 * MEBIBYTE, "audio": 50 * MEBIBYTE}
LARGEST_BYTES = max(LARGEST.values())
MACHINE = frozenset({"timeout", "crashed", "memory", "disk_full"})


@dataclass(frozen=True)
class Kept:
    """A verified file in the store."""

    key: str
    sha256: str
    size: int
    facts: ReferenceProbe


def add_reference(
    *, actor: User, project: Project, file: FileInput, original_name: str, source: str, rights: str
) -> Reference:
    """Keep an image, a video or sound for use in prompts; the same bytes again return the row there is.

    Taken are JPEG, PNG and WebP up to 50 MiB and 50 million pixels, MP4, MOV and WebM up to 64 MiB, MP3, WAV, M4A, AAC,
    OGG and FLAC up to 50 MiB; content decides, and the name must agree. ``source`` says where the file comes from,
    ``rights`` under which right it is used.

    It is hashed and measured at once, in a confined process that has ten seconds: 64 MiB of video took 0.7 s in all, an
    image of 50 million pixels 1.4 s. One provider would take 200 MB of video, which is too long for a request; a
    reference lasts a few seconds and fits. Raises Forbidden, NotFound, InvalidInput (another kind of file, damaged, too
    large, nothing said about rights), Conflict for an archived project, Unavailable when this machine could not look.
    """
    actor.demand(Permission.WRITE_PROMPT)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    story = {
        "source": checks.words(source, "source", "Say where this file comes from."),
        "rights": checks.words(rights, "rights", "Say under which right it is used."),
    }
    name = plain_name(original_name)
    kept = _keep(file, name)
    with transaction.atomic():
        reference, added = Reference.objects.get_or_create(
            project=project,
            sha256=kept.sha256,
            defaults={**_columns(kept), **story, "original_name": name, "created_by": actor},
        )
        if added:
            Pulse.objects.bump(project)
    return reference


def _columns(kept: Kept) -> dict[str, object]:
    facts = kept.facts
    return {
        "kind": facts.kind,
        "size": kept.size,
        "media_type": facts.media_type,
        "storage_key": kept.key,
        "width": facts.width,
        "height": facts.height,
        "duration_ms": facts.duration_ms,
        "rate_num": facts.rate_num,
        "rate_den": facts.rate_den,
    }


def _keep(file: FileInput, name: str) -> Kept:
    if size_of(file) > LARGEST_BYTES:
        raise _too_large("file", LARGEST_BYTES)
    root = Path(settings.MEDIA_ROOT)
    received = storage.receive(chunks_of(file), max_bytes=LARGEST_BYTES, into=root / "incoming")
    try:
        facts = _measured(received.path, name)
        if received.size > LARGEST[facts.kind]:
            raise _too_large(facts.kind, LARGEST[facts.kind])
        key = storage.commit(received, root, suffix=facts.suffix)
    finally:
        received.discard()
    return Kept(key, received.sha256, received.size, facts)


def _measured(path: Path, name: str) -> ReferenceProbe:
    try:
        return media.probe_reference(path, name)
    except MediaError as error:
        code = error.code.replace("_", "-")
        if error.code in MACHINE:
            raise Unavailable(error.message, code=code) from error
        raise InvalidInput(error.message, code=code, fields={"file": error.message}) from error


def _too_large(kind: str, limit: int) -> InvalidInput:
    message = f"A reference {kind} may have at most {limit // MEBIBYTE} MiB; cut or compress it."
    return InvalidInput(message, code="too-large", fields={"file": message})
