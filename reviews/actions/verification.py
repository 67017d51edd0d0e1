"""Are the stored bytes still the clip's bytes? Small files are hashed on the spot, large ones by a job; a mismatch quarantines."""

from datetime import UTC, datetime, timedelta
from os import stat_result
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generations.models import Clip, Pulse
from reviews.actions import incidents
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


def is_verified(clip: Clip) -> bool:
    """Say whether signing may rely on the bytes: small files are hashed while signing, large ones within the last 24 hours."""
    try:
        return clip.size <= INLINE_BYTES or _hashed_since(clip, _fresh(clip))
    except NotFound:
        return False


def require_verified(clip: Clip) -> None:
    """Hash a small file now; for a large one rely on a job's hash of the last 24 hours, or ask for one.

    A hash counts only while the file has not been written, moved or touched since. Raises Refused (quarantined) on a
    mismatch, NotFound when the file is gone, Unavailable while a large file is being hashed. Not inside a transaction.
    """
    _require_hashed(clip, _fresh(clip))


def require_untouched(clip: Clip) -> None:
    """Ask whether the stored file still has the size of the clip and was not written since; hash it when in doubt.

    Raises Refused (quarantined) on a mismatch, NotFound when the file is gone, Unavailable while a large file is hashed.
    """
    if _stored(clip).st_size != clip.size:
        quarantine(clip)
        raise _mismatch()
    changed = _changed_at(clip)
    if changed > clip.created_at:
        _require_hashed(clip, changed)


def request_verification(clip: Clip) -> Job:
    """Have a job hash the file; asked again within the same hour about an unchanged file, it is the same job."""
    hour = timezone.now().strftime("%Y-%m-%dT%H")
    key = f"{KIND}:{clip.pk}:{hour}:{_stored(clip).st_ctime_ns}"
    with transaction.atomic():
        return queue.enqueue(KIND, key=key, payload={"clip": str(clip.pk)}, subject_id=clip.pk)


def verify_now(clip: Clip) -> bool:
    """Read the whole file and say whether it is still the clip's; if not, quarantine the clip. NotFound when it is gone."""
    if storage.verify(clip.storage_key, settings.MEDIA_ROOT, clip.sha256):
        return True
    quarantine(clip)
    return False


def quarantine(clip: Clip, actor: User | None = None) -> None:
    """Take a clip out of use since its stored bytes are not its own, and open an incident; the ledger says so once."""
    with transaction.atomic():
        if Clip.objects.filter(pk=clip.pk, quarantined_at=None).update(quarantined_at=timezone.now()):
            Pulse.objects.bump(clip.project)
            by: UUID | None = actor.pk if actor else None
            body = {"clip_sha256": clip.sha256}
            record.append(kind="clip.quarantined", actor=by, client=clip.project.client_id, subject=clip, body=body)
            incidents.bytes_changed(clip, actor)
    clip.refresh_from_db(fields=["quarantined_at"])


def _require_hashed(clip: Clip, since: datetime) -> None:
    if clip.size <= INLINE_BYTES:
        if not verify_now(clip):
            raise _mismatch()
    elif not _hashed_since(clip, since):
        request_verification(clip)
        raise Unavailable("The file is being hashed anew: try again in a minute.", code="bytes-not-verified")


def _hashed_since(clip: Clip, since: datetime) -> bool:
    """Whether a job began after that moment and found the clip's own bytes."""
    done = Job.objects.filter(kind=KIND, subject_id=clip.pk, state=JobState.SUCCEEDED, result__matches=True)
    return done.filter(started_at__gt=since).exists()


def _fresh(clip: Clip) -> datetime:
    return max(timezone.now() - FRESH, _changed_at(clip))


def _changed_at(clip: Clip) -> datetime:
    """When the stored file's bytes or attributes last changed: the inode's own clock, which nobody sets back."""
    return datetime.fromtimestamp(_stored(clip).st_ctime, UTC)


def _stored(clip: Clip) -> stat_result:
    try:
        return storage.path_for(clip.storage_key, settings.MEDIA_ROOT).stat()
    except FileNotFoundError as error:
        message = "The original is missing from storage: restore it from a backup."
        raise NotFound(message, code="original-missing") from error


def _mismatch() -> Refused:
    found = reason("quarantined")
    return Refused(found.message, code=found.code, reasons=[found.as_dict()])
