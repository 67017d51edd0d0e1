"""End the quarantine of a clip once its own bytes are back. Small files are hashed on the spot, large ones by a job."""

from typing import Any

from django.conf import settings
from django.db import transaction

from generations.actions import checks
from generations.models import Clip, Pulse
from reviews.actions.verification import INLINE_BYTES
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs import queue
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.errors import Conflict
from sorahub.lib.ids import uuid7

KIND = "clip.restore"
_OPEN = (JobState.QUEUED, JobState.RUNNING)
_STILL = "The stored file is still not the clip's: restore the original from a backup, then try again."


def restore_clip(*, actor: User, clip: Clip) -> bool:
    """Hash the stored file anew and end the quarantine if it is the clip's own again; False where a job has yet to hash it.

    Its incident stays open until somebody says how it ended. For legal approvers. Raises Forbidden, NotFound (also when the file
    is gone), Conflict when the clip is in no quarantine, or the bytes are still not its own.
    """
    _require(actor, clip)
    if clip.size > INLINE_BYTES:
        _enqueue(actor, clip)
        return False
    end_quarantine(actor=actor, clip=clip)
    return True


def end_quarantine(*, actor: User, clip: Clip) -> None:
    """Hash the file, whatever its size, and act on it: the part of ``restore_clip`` that takes long. Raises as that does."""
    _require(actor, clip)
    if not storage.verify(clip.storage_key, settings.MEDIA_ROOT, clip.sha256):
        raise Conflict(_STILL, code="still-changed")
    with transaction.atomic():
        if not Clip.objects.filter(pk=clip.pk, quarantined_at=clip.quarantined_at).update(quarantined_at=None):
            raise _not_quarantined()
        Pulse.objects.bump(clip.project)
        body = {"clip_sha256": clip.sha256}
        record.append(kind="clip.restored", actor=actor.pk, client=clip.project.client_id, subject=clip, body=body)
    clip.refresh_from_db(fields=["quarantined_at"])


def standing(clip: Clip) -> str:
    """Say what became of the newest wish to restore a large file that is in quarantine; "" where there is none."""
    if clip.quarantined_at is None:
        return ""
    jobs = Job.objects.filter(kind=KIND, subject_id=clip.pk, created_at__gt=clip.quarantined_at)
    job = jobs.order_by("-created_at").first()
    if job is None:
        return ""
    return "The file is being hashed anew." if job.state in _OPEN else job.error_message


def _require(actor: User, clip: Clip) -> None:
    actor.demand(Permission.HOLD)
    checks.require_seen(actor, Clip.objects.all(), clip)
    if clip.quarantined_at is None:
        raise _not_quarantined()


def _not_quarantined() -> Conflict:
    return Conflict("This clip is in no quarantine.", code="not-quarantined")


def _enqueue(actor: User, clip: Clip) -> None:
    payload: dict[str, Any] = {"clip": str(clip.pk), "user": str(actor.pk)}
    with transaction.atomic():
        Clip.objects.select_for_update(no_key=True).get(pk=clip.pk)
        if not Job.objects.filter(kind=KIND, subject_id=clip.pk, state__in=_OPEN).exists():
            queue.enqueue(KIND, key=f"{KIND}:{uuid7()}", payload=payload, subject_id=clip.pk)
