"""What becomes of transfers without anybody asking: the forgotten ones are given up, and bytes that belong to nobody are removed."""

import time
from uuid import UUID

from django.utils import timezone

from generations.models import Transfer
from generations.models.transfer import in_some_days
from generations.pipeline.places import transfer_path, transfers_folder
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib import storage

State = Transfer.State
AT_ONCE = 1000
GRACE_SECONDS = 3600.0
"""A file may be older than its row's last news by as much as its use takes to commit."""


def discard(transfer: Transfer) -> None:
    """Remove a transfer's bytes; safe to repeat."""
    transfer_path(transfer).unlink(missing_ok=True)


def check_transfer(job: Job) -> Json:
    """Job "transfer.check": hash a large file that has come whole."""
    transfer = Transfer.objects.get(pk=job.payload["transfer"])
    if transfer.state == State.CHECKING:
        check(transfer)
    return transfer.state


def check(transfer: Transfer) -> None:
    """Hash the whole file and settle whether it is what was announced."""
    path = transfer_path(transfer)
    if not path.exists():
        _settle(transfer, State.REFUSED, "The bytes are no longer there; send the file again.")
        return
    found = storage.sha256_of(path)
    if transfer.sha256 and found != transfer.sha256:
        words = f"The whole file is not the one announced: it hashes to {found}. Send it again."
        _settle(transfer, State.REFUSED, words, found)
        return
    _settle(transfer, State.READY, "", found)


def _settle(transfer: Transfer, state: str, words: str, found: str = "") -> None:
    rows = Transfer.objects.filter(pk=transfer.pk, state=State.CHECKING)
    rows.update(state=state, words=words, found_sha256=found, expires_at=in_some_days())
    transfer.refresh_from_db()
    if state == State.REFUSED:
        discard(transfer)


def sweep() -> dict[str, int]:
    """Give up what nobody has gone on with until its day, and remove the files of all that are over."""
    states = [State.OPEN, State.CHECKING, State.READY]
    late = Transfer.objects.filter(state__in=states, expires_at__lt=timezone.now())
    ids = list(late.values_list("pk", flat=True)[:AT_ONCE])
    given_up = late.filter(pk__in=ids).update(state=State.ABANDONED)
    return {"given_up": given_up, "removed": _remove_files()}


def _remove_files() -> int:
    oldest = time.time() - GRACE_SECONDS
    files = {path.name: path for path in transfers_folder().glob("*")}
    ids = {UUID(name): path for name, path in files.items() if _is_uuid(name)}
    alive = set(Transfer.objects.on_disk().filter(pk__in=ids).values_list("pk", flat=True))
    over = [path for pk, path in ids.items() if pk not in alive and path.stat().st_mtime < oldest]
    for path in over:
        path.unlink(missing_ok=True)
    return len(over)


def _is_uuid(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True
