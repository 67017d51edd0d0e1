"""Put files beside one's own note, and take them away again."""

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from generations.actions import checks, filing
from generations.actions.file_kinds import FileKind, named
from generations.actions.receiving import FileInput, plain_name
from reviews.actions.touching import require_own, tell, touch
from reviews.models import Annotation, Attachment
from reviews.rules.typed import one_line
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, Forbidden

MOST = 6
LARGEST = 20 * 1024**2
LONGEST_NAME = 200


def attach_file(*, actor: User, annotation: Annotation, id: UUID, file: FileInput, original_name: str) -> Attachment:
    """Put a file beside one's own note; the id comes from the client, and the same id again returns what there is.

    At most six files of 20 MiB each: PNG, JPEG, WebP, PDF, plain text and CSV. The content decides, and the name gets the
    ending that goes with it. Raises Forbidden, NotFound, InvalidInput, Conflict for a deleted note, an archived project or
    a taken id, Unavailable for a full disk.
    """
    require_own(actor, annotation)
    checks.require_open(annotation.clip.project)
    known = _known(id, annotation)
    if known is not None:
        return known
    _require_room(annotation)
    name = one_line(plain_name(original_name))
    stored = filing.keep(file, name, largest=LARGEST)
    row = Attachment(
        id=id,
        annotation=annotation,
        name=_fitting(named(name, stored.kind), stored.kind),
        media_type=stored.kind.media_type,
        size=stored.received.size,
        sha256=stored.received.sha256,
        storage_key=stored.key,
        author=actor,
    )
    return _insert(row)


def delete_attachment(*, actor: User, attachment: Attachment) -> Attachment:
    """Hide one's own file; its bytes stay. Twice is once. Raises Forbidden, NotFound, Conflict for a deleted note."""
    actor.demand(Permission.ANNOTATE)
    checks.require_seen(actor, Attachment.objects.all(), attachment)
    if attachment.author_id != actor.pk:
        raise Forbidden("Only who put a file there takes it away.", code="not-yours")
    with transaction.atomic():
        if Attachment.objects.filter(pk=attachment.pk, deleted_at=None).update(deleted_at=timezone.now()):
            touch(attachment.annotation)
            tell(attachment.annotation)
    attachment.refresh_from_db()
    return attachment


def path_of(attachment: Attachment) -> Path:
    """Return where the bytes lie. Raises NotFound."""
    return storage.path_for(attachment.storage_key, Path(settings.MEDIA_ROOT))


def _known(id: UUID, annotation: Annotation) -> Attachment | None:
    known = Attachment.objects.filter(pk=id).first()
    if known and (known.author_id, known.annotation_id) != (annotation.author_id, annotation.pk):
        raise Conflict("This id belongs to another file: make a new one.", code="id-taken", fields={"id": "Taken."})
    return known


def _insert(row: Attachment) -> Attachment:
    try:
        with transaction.atomic():
            touch(row.annotation)  # locks the note: of two files at once the second is counted after the first
            _require_room(row.annotation)
            row.save(force_insert=True)
            tell(row.annotation)
    except IntegrityError:
        known = _known(row.pk, row.annotation)
        if known is None:
            raise
        return known
    return row


def _require_room(annotation: Annotation) -> None:
    if annotation.attachments.filter(deleted_at=None).count() >= MOST:
        raise filing.refused(f"A note holds at most {MOST} files: take one away, or write another note.", "too-many")


def _fitting(name: str, kind: FileKind) -> str:
    """Shorten a long name at its front: its ending stays."""
    return name if len(name) <= LONGEST_NAME else name[-LONGEST_NAME:].lstrip(". ") or f"file{kind.suffix}"
