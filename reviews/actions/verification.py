"""Are the stored bytes still the clip's bytes? Small files are hashed on the spot, large ones by a job; a mismatch quarantines."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generations.models import Clip, Pulse
from reviews.rules.reasons import reason
from sorahub.accounts.models import User
from sorahub.jobs import queue
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.errors import NotFound, Refused, Unavailable

KIND = "clip.verify"
INLINE_BYTES = 64 * 1024 * 1024
FRESH = timedelta(hours=24)
_CLOCK_SLACK = timedelta(minutes=1)


def is_verified(clip: Clip) -> bool:
    """Say whether signing may rely on the bytes: small files are hashed while signing, large ones within the last 24 hours."""
    return clip.size <= INLINE_BYTES or _verified_lately(clip)


def require_verified(clip: Clip) -> None:
    """Hash a small file now; for a large one rely on a job's hash of the last 24 hours, or ask for one.

    Raises Refused (quarantined) on a mismatch, Unavailable while a large file is being hashed. Not inside a transaction.
    """
    if clip.size <= INLINE_BYTES:
        if not verify_now(clip):
            raise _mismatch()
    elif not _verified_lately(clip):
        request_verification(clip)
        raise Unavailable("The file is being hashed anew: try again in a minute.", code="bytes-not-verified")


def require_untouched(clip: Clip) -> None:
    """Ask whether the stored file still has the size of the clip and was not written since; hash it when in doubt.

    Raises Refused (quarantined) on a mismatch, NotFound when the file is gone, Unavailable while a large file is hashed.
    """
    try:
        found = storage.path_for(clip.storage_key, settings.MEDIA_ROOT).stat()
    except FileNotFoundError as error:
        raise NotFound(
            "The original is missing from storage: restore it from a backup.", code="original-missing"
        ) from error
    if found.st_size != clip.size:
        quarantine(clip)
        raise _mismatch()
    if found.st_mtime > (clip.created_at + _CLOCK_SLACK).timestamp():
        require_verified(clip)


def request_verification(clip: Clip) -> Job:
    """Have a job hash the file; asked again within the same hour, it is the same job."""
    hour = timezone.now().strftime("%Y-%m-%dT%H")
    with transaction.atomic():
        return queue.enqueue(KIND, key=f"{KIND}:{clip.pk}:{hour}", payload={"clip": str(clip.pk)}, subject_id=clip.pk)


def verify_now(clip: Clip) -> bool:
    """Read the whole file and say whether it is still the clip's; if not, quarantine the clip. NotFound when it is gone."""
    if storage.verify(clip.storage_key, settings.MEDIA_ROOT, clip.sha256):
        return True
    quarantine(clip)
    return False


def quarantine(clip: Clip, actor: User | None = None) -> None:
    """Take a clip out of use since its stored bytes are not its own; the ledger says so once."""
    with transaction.atomic():
        if Clip.objects.filter(pk=clip.pk, quarantined_at=None).update(quarantined_at=timezone.now()):
            Pulse.objects.bump(clip.project)
            by: UUID | None = actor.pk if actor else None
            body = {"clip_sha256": clip.sha256}
            record.append(kind="clip.quarantined", actor=by, client=clip.project.client_id, subject=clip, body=body)
    clip.refresh_from_db(fields=["quarantined_at"])


def _verified_lately(clip: Clip) -> bool:
    done = Job.objects.filter(kind=KIND, subject_id=clip.pk, state=JobState.SUCCEEDED)
    return done.filter(finished_at__gte=timezone.now() - FRESH, result__matches=True).exists()


def _mismatch() -> Refused:
    found = reason("quarantined")
    return Refused(found.message, code=found.code, reasons=[found.as_dict()])
