"""Files that come in pieces: open a transfer, receive its pieces in any order, finish it, or give it up.

Each piece is checked against its own SHA-256 before it is written to its place in a sparse file, and counts only once it is on the
disk. So a transfer goes on after a lost connection, a reload or a restart of the hub, and asks for nothing twice.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from generations.actions import checks
from generations.actions.receiving import plain_name
from generations.models import Project, Transfer
from generations.models.transfer import in_some_days
from generations.pipeline import transferring
from generations.pipeline.places import transfer_path
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs.queue import enqueue
from sorahub.lib import storage
from sorahub.lib.errors import Conflict, Forbidden, InvalidInput, Unavailable

KIB, MIB = 1024, 1024**2
SMALLEST_CHUNK, USUAL_CHUNK, LARGEST_CHUNK = 64 * KIB, 4 * MIB, 8 * MIB
CHECKED_AT_ONCE = 32 * MIB
"""Up to this size the whole is hashed in the request that finishes it; beyond, by a job."""
LARGEST_REFERENCE = 200 * MIB
MOST_FILES = 20_000
State = Transfer.State
PERMISSIONS: Mapping[str, Permission] = MappingProxyType(
    {Transfer.Purpose.FOOTAGE: Permission.UPLOAD, Transfer.Purpose.REFERENCE: Permission.WRITE_PROMPT}
)


def open_transfer(
    *,
    actor: User,
    project: Project,
    purpose: str,
    original_name: str,
    size: int,
    sha256: str = "",
    folder: str = "",
    fingerprint: str = "",
    chunk_size: int = USUAL_CHUNK,
) -> Transfer:
    """Begin to receive a file, or return the one of this ``fingerprint`` that is on its way already: send what it says is missing.

    Raises Forbidden, NotFound, InvalidInput (no name, empty, too large, a piece of a size that is not taken), Conflict for an archived
    project or more on its way than one person may have, Unavailable when the disk has no room for it.
    """
    actor.demand(PERMISSIONS.get(purpose, Permission.UPLOAD))
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    _check_sizes(purpose, size, chunk_size)
    known = _known(actor, project, purpose, fingerprint, size)
    if known is not None:
        return known
    _check_room(actor, size)
    name = checks.words(plain_name(original_name), "original_name", "Say what the file is called.")
    row = Transfer(
        project=project,
        purpose=purpose,
        original_name=name,
        folder=_plain_folder(folder),
        size=size,
        sha256=_digest(sha256, "sha256") if sha256 else "",
        fingerprint=fingerprint[:64],
        chunk_size=chunk_size,
        created_by=actor,
    )
    with transaction.atomic():
        checks.insert(row, known={"project", "created_by", "id"})
    return row


def receive_chunk(*, actor: User, transfer: Transfer, offset: int, sha256: str, body: bytes) -> Transfer:
    """Put one piece in its place. The same piece again changes nothing; pieces may come in any order.

    Raises Forbidden, NotFound, InvalidInput for a piece that lies or ends elsewhere than pieces do, ``Incomplete`` for bytes that are not
    those of ``sha256``, Conflict for other bytes than came before, or when the transfer is over, Unavailable for a full disk.
    """
    _require_own(actor, transfer)
    piece = _piece(transfer, offset, len(body))
    digest = _digest(sha256, "sha256")
    if hashlib.sha256(body).hexdigest() != digest:
        raise storage.Incomplete("This piece is not the one announced; send it again.", code="hash-mismatch")
    _require_open(transfer)
    if _has(transfer, piece):
        _require_same(transfer, offset, len(body), digest)
        return transfer
    _put(transfer, offset, body)
    with transaction.atomic():
        row = Transfer.objects.select_for_update().get(pk=transfer.pk)
        _require_open(row)
        row.received = _with(row.received, piece)
        row.received_bytes = _bytes_in(row)
        row.touched_at, row.expires_at = timezone.now(), in_some_days()
        row.save(update_fields=["received", "received_bytes", "touched_at", "expires_at"])
    return row


def finish_transfer(*, actor: User, transfer: Transfer) -> Transfer:
    """Say that all pieces are sent: the whole is hashed, large ones by job "transfer.check". Asked again, it answers how that went.

    Raises Forbidden, NotFound, Conflict while pieces are missing.
    """
    _require_own(actor, transfer)
    if transfer.state == State.CHECKING and transfer.size <= CHECKED_AT_ONCE:
        transferring.check(transfer)  # whoever began to may have been killed, and no job of theirs goes on
    if transfer.state in (State.CHECKING, State.READY, State.REFUSED):
        return transfer
    _require_open(transfer)
    if transfer.missing:
        raise Conflict(f"{len(transfer.missing)} parts of this file have not come yet.", code="pieces-missing")
    with transaction.atomic():
        if not _move(transfer, State.OPEN, State.CHECKING):
            raise Conflict("This transfer was finished or given up by somebody else.", code="transfer-over")
        if transfer.size > CHECKED_AT_ONCE:
            payload = {"transfer": str(transfer.pk)}
            enqueue("transfer.check", key=f"transfer.check:{transfer.pk}", payload={**payload}, subject_id=transfer.pk)
            return transfer
    transferring.check(transfer)
    return transfer


def abandon_transfer(*, actor: User, transfer: Transfer) -> Transfer:
    """Give a transfer up and free its room; one that is over stays as it is. Raises Forbidden, NotFound, Conflict while it is checked."""
    _require_own(actor, transfer)
    with transaction.atomic():
        moved = any(_move(transfer, state, State.ABANDONED) for state in (State.OPEN, State.READY))
        if not moved and transfer.state == State.CHECKING:
            raise Conflict("This file is being checked; try again in a moment.", code="transfer-busy")
    if moved:
        transferring.discard(transfer)
    return transfer


def ready_file(*, actor: User, transfer: Transfer, purpose: str) -> Path:
    """Where the bytes of a finished transfer lie, for the one who sent them and for what they were sent for.

    Raises NotFound, Forbidden, Conflict when it is not finished or was used.
    """
    _require_own(actor, transfer)
    if transfer.purpose != purpose:
        raise Conflict("This file was sent for something else.", code="other-purpose")
    if transfer.state != State.READY:
        raise Conflict(f"This file is not ready: {transfer.get_state_display().lower()}.", code="transfer-not-ready")
    return transfer_path(transfer)


def take(transfer: Transfer) -> None:
    """Mark a finished transfer as used, inside the transaction that uses it. Raises Conflict when somebody else was quicker.

    Its file is the caller's to move or to discard (``transferring.discard``) after the commit; the sweeper removes what is forgotten.
    """
    if not _move(transfer, State.READY, State.TAKEN):
        raise Conflict("This file was used or given up by somebody else.", code="transfer-over")


def _check_sizes(purpose: str, size: int, chunk_size: int) -> None:
    if purpose not in Transfer.Purpose.values:
        raise InvalidInput(
            "Say what the file is for.", fields={"purpose": f"One of {', '.join(Transfer.Purpose.values)}."}
        )
    if size < 1:
        raise InvalidInput("The file is empty.", code="empty", fields={"size": "The file is empty."})
    limit = LARGEST_REFERENCE if purpose == Transfer.Purpose.REFERENCE else settings.IMPORT_MAX_BYTES
    if size > limit:
        words = f"The file is larger than the {limit:,} bytes allowed."
        raise InvalidInput(words, code="too-large", fields={"size": words})
    if not SMALLEST_CHUNK <= chunk_size <= LARGEST_CHUNK:
        words = f"A piece has {SMALLEST_CHUNK:,} to {LARGEST_CHUNK:,} bytes."
        raise InvalidInput(words, code="bad-chunk", fields={"chunk_size": words})


def _known(actor: User, project: Project, purpose: str, fingerprint: str, size: int) -> Transfer | None:
    if not fingerprint:
        return None
    own = Transfer.objects.filter(created_by=actor, fingerprint=fingerprint[:64], state__in=Transfer.ON_DISK)
    return own.filter(project=project, purpose=purpose, size=size).order_by("-created_at").first()


def _check_room(actor: User, size: int) -> None:
    rows = Transfer.objects.on_disk()
    own = rows.filter(created_by=actor)
    if (
        own.count() >= MOST_FILES
        or (own.aggregate(all=Sum("size"))["all"] or 0) + size > settings.TRANSFER_PERSON_BYTES
    ):
        words = "You have too much on its way already: import it, or give some of it up."
        raise Conflict(words, code="too-much-on-its-way")
    sums = rows.filter(state=State.OPEN).aggregate(all=Sum("size"), here=Sum("received_bytes"))
    promised = (sums["all"] or 0) - (sums["here"] or 0)
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(root).free - promised - size < settings.DISK_RESERVE_BYTES:
        raise Unavailable(
            "The hub's disk has no room for this file; ask an administrator to make some.", code="disk-full"
        )


def _plain_folder(folder: str) -> str:
    parts = [plain_name(part) for part in folder.replace("\\", "/").split("/")]
    return "/".join(part for part in parts if part not in ("", ".", ".."))[-1000:]


def _digest(text: str, field: str) -> str:
    digest = text.strip().lower()
    if len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise InvalidInput("A SHA-256 has 64 hexadecimal digits.", fields={field: "64 hexadecimal digits."})
    return digest


def _require_own(actor: User, transfer: Transfer) -> None:
    actor.demand(PERMISSIONS.get(transfer.purpose, Permission.UPLOAD))
    checks.require_seen(actor, Transfer.objects.all(), transfer)
    if transfer.created_by_id != actor.pk:
        raise Forbidden("Somebody else is sending this file.", code="not-yours")


def _require_open(transfer: Transfer) -> None:
    if transfer.state != State.OPEN:
        raise Conflict(f"This transfer takes no more: {transfer.get_state_display().lower()}.", code="transfer-over")


def _piece(transfer: Transfer, offset: int, length: int) -> int:
    piece, beside = divmod(offset, transfer.chunk_size)
    if beside or not 0 <= piece < transfer.pieces:
        words = f"Pieces begin at multiples of {transfer.chunk_size:,} bytes within the file."
        raise InvalidInput(words, code="bad-offset", fields={"offset": words})
    expected = min(transfer.chunk_size, transfer.size - offset)
    if length != expected:
        words = f"The piece at {offset:,} has {expected:,} bytes; {length:,} came."
        raise storage.Incomplete(words, code="length-mismatch")
    return piece


def _has(transfer: Transfer, piece: int) -> bool:
    return any(first <= piece < after for first, after in transfer.received)


def _require_same(transfer: Transfer, offset: int, length: int, digest: str) -> None:
    with transfer_path(transfer).open("rb") as file:
        here = os.pread(file.fileno(), length, offset)
    if hashlib.sha256(here).hexdigest() != digest:
        words = "Other bytes came for this piece before: the file has changed. Give this transfer up and send it anew."
        raise Conflict(words, code="chunk-differs")


def _put(transfer: Transfer, offset: int, body: bytes) -> None:
    """Write the bytes and have them on the disk, in a file that is as long as the whole from the first piece on."""
    path = transfer_path(transfer)
    with storage.disk_errors():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_size != transfer.size:
                os.truncate(handle, transfer.size)
            written = 0
            while written < len(body):
                written += os.pwrite(handle, body[written:], offset + written)
            os.fdatasync(handle)
        finally:
            os.close(handle)


def _with(received: list[list[int]], piece: int) -> list[list[int]]:
    """The runs with one piece more, joined where they touch."""
    runs: list[list[int]] = []
    for first, after in sorted([*received, [piece, piece + 1]]):
        if runs and first <= runs[-1][1]:
            runs[-1][1] = max(after, runs[-1][1])
        else:
            runs.append([first, after])
    return runs


def _bytes_in(transfer: Transfer) -> int:
    return transfer.size - sum(after - first for first, after in transfer.missing)


def _move(transfer: Transfer, old: str, new: str) -> bool:
    moved = Transfer.objects.filter(pk=transfer.pk, state=old).update(state=new, touched_at=timezone.now())
    if moved:
        transfer.state = new
    return bool(moved)
