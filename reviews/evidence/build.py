"""The job that makes a bundle: folder, signature, verification, zip, and only then its place. Restartable at any instruction.

Each attempt works in a folder of its own; the finished files take their place in the transaction that says so.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from generations.models import Pulse
from reviews.evidence import gather, verify
from reviews.evidence.bag import pack
from reviews.evidence.filling import fill
from reviews.evidence.issuing import keep_bundled
from reviews.models import Bundle, SignOff
from sorahub.jobs.errors import LeaseLost
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.ledger import record
from sorahub.lib import signing, storage
from sorahub.lib.errors import Conflict, DomainError, NotFound, Unavailable


def build(job: Job) -> Json:
    """Make the bundle that the job names; a finished one is left alone. A failure that stays is written on the bundle's row.

    Raises what the job's runner understands: Refused for damaged bytes, NotFound for lost access or a missing file,
    Conflict for a bundle that does not verify, Unavailable (retryable) when the disk does not take it.
    """
    bundle = Bundle.objects.select_related("clip__project", "created_by").get(pk=str(job.payload["bundle"]))
    if bundle.state == Bundle.State.READY:
        return {"bundle": str(bundle.pk), "sha256": bundle.sha256}
    with _failure_written(job, bundle), _workplace(job, bundle) as place:
        root, archive = place / str(bundle.pk), place / f"{bundle.pk}.zip"
        fill(root, _evidence(bundle))
        _require_sound(root)
        pack(root, archive, str(bundle.pk))
        bundle.sha256, bundle.size = storage.sha256_of(archive), archive.stat().st_size
        _finish(job, bundle, root, archive)
    return {"bundle": str(bundle.pk), "sha256": bundle.sha256}


def bundles() -> Path:
    """Where bundles lie: ``<id>.zip``, and the same as a folder ``<id>``."""
    return Path(settings.MEDIA_ROOT) / "bundles"


def _evidence(bundle: Bundle) -> gather.Evidence:
    try:
        return gather.gather(bundle)
    except SignOff.DoesNotExist as error:
        raise NotFound("The person who asked for it may not see this sign-off any more.") from error


def _require_sound(root: Path) -> None:
    faults = verify.verify(root, signing.public_keys("record")[-1].raw.hex())
    if faults:
        words = f"The bundle did not verify: {faults[0].item}: {faults[0].what}"
        raise Conflict(words, code="bundle-unsound")


def _finish(job: Job, bundle: Bundle, root: Path, archive: Path) -> None:
    """Move the files and say so in one transaction: a slower attempt can neither replace nor announce them."""
    bundle.storage_key = f"bundles/{bundle.pk}.zip"
    bundle.state, bundle.verified_at = Bundle.State.READY, timezone.now()
    bundle.error_code = bundle.error_message = ""
    with job.fenced():
        _replace(root, bundles() / root.name, aside=root.with_name("replaced"))
        archive.replace(bundles() / archive.name)
        bundle.save(
            update_fields=["storage_key", "sha256", "size", "state", "verified_at", "error_code", "error_message"]
        )
        Pulse.objects.bump(bundle.clip.project)
        keep_bundled(bundle, bundles() / root.name)
        record.append(
            kind="evidence.sealed",
            actor=bundle.created_by_id,
            client=bundle.clip.project.client_id,
            subject=bundle,
            body={"clip_sha256": bundle.clip.sha256, "bundle_sha256": bundle.sha256, "size": bundle.size},
        )


def _replace(source: Path, target: Path, *, aside: Path) -> None:
    """Rename a folder to its place; what an attempt that died left there goes aside and away with the workplace."""
    if target.exists():
        target.rename(aside)
    source.rename(target)


@contextmanager
def _workplace(job: Job, bundle: Bundle) -> Iterator[Path]:
    """An empty folder for this attempt on the same disk; what earlier attempts left is removed."""
    prefix = f".making-{bundle.pk}-"
    for leftover in bundles().glob(f"{prefix}*"):
        shutil.rmtree(leftover, ignore_errors=True)
    place = bundles() / f"{prefix}{job.attempt}"
    try:
        place.mkdir(parents=True)
        yield place
    except OSError as error:
        raise Unavailable(f"The bundle could not be written: {error}", code="bundle-not-written") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


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
    except LeaseLost:
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
