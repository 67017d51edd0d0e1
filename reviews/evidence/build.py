"""The job that makes a bundle: written, signed, verified, and only then in its place. Restartable at any instruction.

Each attempt works in a folder of its own; the finished file takes its place in the transaction that says so.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from generations.models import Pulse
from reviews.evidence import gather, verify
from reviews.evidence.bag import Bag
from reviews.evidence.filling import fill
from reviews.evidence.issuing import Issued, keep_bundled
from reviews.evidence.progress import NotWanted, Progress, expected_bytes, wanted
from reviews.evidence.workplace import workplace
from reviews.models import Bundle, SignOff
from sorahub.jobs.errors import LeaseLost
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.ledger import record
from sorahub.lib import signing, storage
from sorahub.lib.errors import Conflict, DomainError, NotFound

SPARE = 64 * 1024 * 1024
"""Bytes that must stay free on the disk beside a bundle."""


def build(job: Job) -> Json:
    """Make the bundle that the job names; one that is finished or not wanted any more is left alone. A failure that stays is
    written on the bundle's row.

    Raises what the job's runner understands: Refused for damaged bytes, NotFound for lost access or a missing file,
    Conflict for a bundle that does not verify or does not fit on the disk, Unavailable (retryable) when the disk does not take it.
    """
    bundle = Bundle.objects.select_related("clip__project", "created_by").get(pk=str(job.payload["bundle"]))
    if bundle.state in {Bundle.State.REQUESTED, Bundle.State.FAILED}:
        with (
            suppress(NotWanted),
            _failure_written(job, bundle),
            workplace(job, bundles(), bundle.pk, what="bundle") as place,
        ):
            _make(job, bundle, place / f"{bundle.pk}.zip")
    return {"bundle": str(bundle.pk), "sha256": bundle.sha256}


def bundles() -> Path:
    """Where bundles lie, as ``<id>.zip``."""
    return Path(settings.MEDIA_ROOT) / "bundles"


def _make(job: Job, bundle: Bundle, archive: Path) -> None:
    progress = Progress(job, bundle, total=expected_bytes(bundle))
    _require_room(progress.total)
    progress.tell()
    bundle.checkpoint = gather.checkpoint_for(bundle)
    try:
        with Bag(archive, str(bundle.pk), progress.wrote) as bag:
            issued = fill(bag, bundle, bundle.checkpoint)
    except SignOff.DoesNotExist as error:
        raise NotFound("The person who asked for it may not see this sign-off any more.") from error
    progress.tell()
    _require_sound(archive)
    bundle.sha256, bundle.size = storage.sha256_of(archive), archive.stat().st_size
    _finish(job, bundle, archive, issued)


def _require_room(expected: int) -> None:
    """Say before anything is written that it will not fit."""
    bundles().mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(bundles()).free
    if free < expected + SPARE:
        words = f"The bundle needs about {filesizeformat(expected)}, and the disk has {filesizeformat(free)} left."
        raise Conflict(f"{words} Free some space, then ask for it again.", code="disk-full")


def _require_sound(archive: Path) -> None:
    """Let the bundle's own verifier read the zip as its receiver will."""
    faults = verify.verify(archive, signing.public_keys("record")[-1].raw.hex())
    if faults:
        words = f"The bundle did not verify: {faults[0].item}: {faults[0].what}"
        raise Conflict(words, code="bundle-unsound")


def _finish(job: Job, bundle: Bundle, archive: Path, issued: Sequence[Issued]) -> None:
    """Move the file and say so in one transaction: a slower attempt can neither replace nor announce it."""
    bundle.storage_key = f"bundles/{bundle.pk}.zip"
    bundle.state, bundle.verified_at = Bundle.State.READY, timezone.now()
    bundle.error_code = bundle.error_message = ""
    names = ("storage_key", "sha256", "size", "state", "verified_at", "error_code", "error_message", "checkpoint")
    with job.fenced():
        if not wanted(bundle).update(**{name: getattr(bundle, name) for name in names}):
            raise NotWanted
        archive.replace(bundles() / archive.name)
        Pulse.objects.bump(bundle.clip.project)
        keep_bundled(bundle, issued)
        record.append(
            kind="evidence.sealed",
            actor=bundle.created_by_id,
            client=bundle.clip.project.client_id,
            subject=bundle,
            body={
                "clip_sha256": bundle.clip.sha256,
                "variant": str(bundle.variant),
                "bundle_sha256": bundle.sha256,
                "size": bundle.size,
            },
        )


@contextmanager
def _failure_written(job: Job, bundle: Bundle) -> Iterator[None]:
    """Write on the row why there will be no bundle: a rule's no at once, anything else after the last attempt."""
    last = job.attempt >= job.max_attempts
    ending: tuple[str, str] | None = (
        ("bundle-failed", "The bundle could not be made: the job tells why.") if last else None
    )
    try:
        yield
        ending = None
    except (LeaseLost, NotWanted):
        ending = None
        raise
    except DomainError as error:
        ending = (error.code, error.message) if last or not error.retryable else None
        raise
    finally:
        if ending:
            values = {"state": Bundle.State.FAILED, "error_code": ending[0], "error_message": ending[1]}
            Bundle.objects.filter(pk=bundle.pk, state=Bundle.State.REQUESTED).update(**values)
            Pulse.objects.bump(bundle.clip.project)
