"""Keep reference files: what is given to a model along with the words, with its source and its rights."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from django.conf import settings
from django.db import transaction

from generations import media
from generations.actions import checks, reference_facts
from generations.actions.receiving import FileInput, chunks_of, plain_name, size_of
from generations.actions.reference_facts import Facts, More
from generations.media import MediaError, ReferenceProbe
from generations.media.calls import REFERENCE_LIMITS
from generations.media.child import Limits
from generations.models import Project, Pulse, Reference
from generations.pipeline import reference_previews
from generations.pipeline.reference_previews import MACHINE
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, InvalidInput, Unavailable

MEBIBYTE = 1024**2
LARGEST = {"image": 50 * MEBIBYTE, "video": 64 * MEBIBYTE, "audio": 50 * MEBIBYTE}
LARGEST_IN_PIECES = {**LARGEST, "video": 200 * MEBIBYTE}
"""What a job measures may be larger than what a request does: as much as the largest place of the catalogue takes."""


@dataclass(frozen=True)
class Kept:
    """A verified file in the store."""

    key: str
    sha256: str
    size: int
    facts: ReferenceProbe


@dataclass(frozen=True)
class Added:
    """What became of a file that was given: its row; whether that is new; a row of the same client that has the same bytes."""

    reference: Reference
    new: bool
    elsewhere: Reference | None = None

    def words(self) -> str:
        """Say it to the person."""
        if not self.new:
            told = f"The same file is here already, as {self.reference}: its source and rights stay as they were first given."
            return f"{told} It is archived; bring it back to use it." if self.reference.archived_at else told
        told = f"{self.reference} can be used in this project’s prompts now."
        if self.elsewhere is None:
            return told
        where = self.elsewhere.project
        return f"{told} The same file is in {where} too, as {self.elsewhere}: its licence was taken over where you gave none."


def add_reference(
    *,
    actor: User,
    project: Project,
    file: FileInput,
    original_name: str,
    source: str,
    rights: str,
    **facts: Unpack[More],
) -> Reference:
    """Keep an image, a video or sound for use in prompts; the same bytes again return the row there is.

    Taken are JPEG, PNG and WebP up to 50 MiB and 50 million pixels, MP4, MOV and WebM up to 64 MiB, MP3, WAV, M4A, AAC,
    OGG and FLAC up to 50 MiB; content decides, and the name must agree. ``source`` says where the file comes from,
    ``rights`` under which right it is used; ``facts`` are licence, depicted persons, roles and tags.

    It is hashed and measured at once, in a confined process that has ten seconds: 64 MiB of video took 0.7 s in all, an
    image of 50 million pixels 1.4 s. What is larger comes in pieces (``take_transfer``) and is measured by a job. Raises
    Forbidden, NotFound, InvalidInput (another kind of file, damaged, too large, nothing said about rights), Conflict for an
    archived project, Unavailable when this machine could not look.
    """
    said: Facts = {"source": source, "rights": rights, **facts}
    return receive_reference(actor=actor, project=project, file=file, original_name=original_name, facts=said).reference


def receive_reference(*, actor: User, project: Project, file: FileInput, original_name: str, facts: Facts) -> Added:
    """The same, and say whether the bytes were here or elsewhere in the client's library before."""
    require_keeper(actor, project)
    reference_facts.judge(facts)
    name = plain_name(original_name)
    kept = keep(file, name)
    return write(actor, project, kept, name, facts)


def require_keeper(actor: User, project: Project) -> None:
    """Raise Forbidden, NotFound or Conflict unless this person may keep files in this project, which is open."""
    actor.demand(Permission.WRITE_PROMPT)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)


def write(actor: User, project: Project, kept: Kept, name: str, facts: Mapping[str, Any]) -> Added:
    """Write the row of stored bytes, unless the project has one. Permission and project are the caller's to check."""
    if present := Reference.objects.filter(project=project, sha256=kept.sha256).first():
        return Added(present, new=False)
    others = Reference.objects.visible_to(actor).filter(project__client=project.client_id, sha256=kept.sha256)
    elsewhere = others.select_related("project").order_by("-id").first()
    if elsewhere is not None:
        facts = {**_licence_of(elsewhere), **facts}
    row = Reference(project=project, sha256=kept.sha256, original_name=name, created_by=actor, **_columns(kept))
    if elsewhere is not None:
        row.preview_key = elsewhere.preview_key
        row.from_clip_id, row.from_frame = elsewhere.from_clip_id, elsewhere.from_frame
    return Added(*_inserted(row, facts), elsewhere=elsewhere)


def _inserted(row: Reference, facts: Mapping[str, Any]) -> tuple[Reference, bool]:
    """Insert a row with what is said about it; where somebody was faster, theirs stands."""
    reference_facts.apply(row, facts)
    with transaction.atomic():
        try:
            checks.insert(row)
        except Conflict:
            return Reference.objects.get(project=row.project_id, sha256=row.sha256), False
        reference_facts.write_labels(row, facts)
        reference_previews.ask_for(row)
        Pulse.objects.bump(row.project)
    return row, True


def _licence_of(row: Reference) -> dict[str, Any]:
    """What the library knows about a file beyond source and rights, which are said anew for each project."""
    columns = {name: getattr(row, name) for name in reference_facts.COLUMNS if name not in reference_facts.NEEDED}
    return {**columns, **reference_facts.labels_of(row)}


def _columns(kept: Kept) -> dict[str, Any]:
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


def keep(
    file: FileInput, name: str, *, largest: Mapping[str, int] = LARGEST, limits: Limits = REFERENCE_LIMITS
) -> Kept:
    """Store a file once it is measured. Raises InvalidInput for one that is not taken, Unavailable when this machine could not look."""
    most = max(largest.values())
    if size_of(file) > most:
        raise too_large("file", most)
    root = Path(settings.MEDIA_ROOT)
    received = storage.receive(chunks_of(file), max_bytes=most, into=root / "incoming")
    try:
        facts = measured(received.path, name, limits)
        if received.size > largest[facts.kind]:
            raise too_large(facts.kind, largest[facts.kind])
        key = storage.commit(received, root, suffix=facts.suffix)
    finally:
        received.discard()
    return Kept(key, received.sha256, received.size, facts)


def measured(path: Path, name: str, limits: Limits = REFERENCE_LIMITS) -> ReferenceProbe:
    """Measure a file where it lies; errors as ``keep``."""
    with media_errors():
        return media.probe_reference(path, name, limits)


@contextmanager
def media_errors() -> Iterator[None]:
    """Turn what media say into Unavailable where it is about this machine, and into InvalidInput where it is about the file."""
    try:
        yield
    except MediaError as error:
        code = error.code.replace("_", "-")
        if error.code in MACHINE:
            raise Unavailable(error.message, code=code) from error
        raise InvalidInput(error.message, code=code, fields={"file": error.message}) from error


def too_large(kind: str, limit: int) -> InvalidInput:
    """The refusal of a file that is larger than references of its kind may be."""
    message = f"A reference {kind} may have at most {limit // MEBIBYTE} MiB; cut or compress it."
    return InvalidInput(message, code="too-large", fields={"file": message})
