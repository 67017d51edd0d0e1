"""The job that makes a deliverable: label, XMP, Content Credentials, reading it all again, and only then its place.

Restartable at any instruction: each attempt works in a folder of its own, and the finished file takes its place in the transaction
that says so. The original is opened for reading alone, and hashed before and after.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from generations import media
from generations.media.findings import PRESENT, Fate, Findings, fates
from generations.models import Clip, ProvenanceReport, Pulse
from generations.pipeline.derive import judged
from reviews.actions import verification
from reviews.actions.deliverables import append_made, require_still_cleared
from reviews.evidence.intent import AGAIN_AFTER, Intent, intend
from reviews.evidence.workplace import workplace
from reviews.models import Deliverable
from reviews.rules import marking
from reviews.rules.countries import name_of as country
from sorahub.jobs.errors import LeaseLost, Retry
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib import content_signing, storage
from sorahub.lib.errors import Conflict, DomainError

MEDIA_TYPES = {"mp4": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "matroska": "video/x-matroska"}
_SUFFIXES = {"mp4": ".mp4", "mov": ".mov", "webm": ".webm", "matroska": ".mkv"}
_LEASE = 4000.0
_UNKNOWN_SIGNER = "signingCredential.untrusted"


def make(job: Job) -> Json:
    """Make the deliverable that the job names; a finished one is left alone. A failure that stays is written on its row.

    Raises what the job's runner understands: Refused when the clip is not cleared any more, Conflict for damaged bytes, an unfit
    certificate or a file that does not verify, Retry while an authority of time is away, Unavailable when the disk is full.
    """
    row = Deliverable.objects.select_related(
        "clip__project__client", "clip__shot", "sign_off__record_version", "created_by"
    )
    wanted = row.get(pk=str(job.payload["deliverable"]))
    if wanted.state == Deliverable.State.READY:
        return {"deliverable": str(wanted.pk), "sha256": wanted.sha256}
    with _failure_written(job, wanted), workplace(job, folder(), wanted.pk, what="deliverable") as place:
        job.renew(_LEASE)
        require_still_cleared(wanted.created_by, wanted)
        _require_own_bytes(wanted.clip)
        plan, source = intend(wanted), _original(wanted.clip)
        before = _found_in_source(wanted.clip, source)
        finished = _write(wanted, plan, source, place)
        _read_again(wanted, plan, before, finished)
        _require_own_bytes(wanted.clip)
        _finish(job, wanted, finished)
    return {"deliverable": str(wanted.pk), "sha256": wanted.sha256}


def _write(wanted: Deliverable, plan: Intent, source: Path, place: Path) -> Path:
    """Label and mark a copy, then sign it; say each step on the row. Returns the finished file."""
    clip = wanted.clip
    marked = place / "marked"
    probe = media.Probe.from_json(clip.probe) if clip.probe.get("container") else None
    name = Path(clip.storage_key).name
    done = media.mark(source, marked, name=name, probe=probe, labels=plan.labels, xmp=plan.xmp)
    container = str(done["container"])
    wanted.media_type, wanted.labels = MEDIA_TYPES[container], list(plan.labels)
    wanted.steps = [*_steps(wanted, plan, done)]
    wanted.credentials = {"signer": "", "why_not": _why_not(plan, container)}
    marked = marked.rename(marked.with_suffix(_SUFFIXES[container]))  # c2pa goes by it
    finished = place / f"{wanted.pk}{_SUFFIXES[container]}"
    if wanted.credentials["why_not"] or plan.signer is None:
        return marked.rename(finished)
    _seal(wanted, plan, marked, source, finished, container)
    return finished


def _seal(wanted: Deliverable, plan: Intent, marked: Path, source: Path, finished: Path, container: str) -> None:
    signer, roots = plan.signer, content_signing.anchors()
    if signer is None:
        return
    manifest = marking.manifest(
        plan.licence, title=file_title(wanted), media_type=wanted.media_type, kind=plan.kind, labels=plan.labels
    )
    tsa = settings.C2PA_TSA_URL
    said = {"chain": signer.chain, "key": signer.key, "algorithm": signer.algorithm, "tsa": tsa}
    try:
        media.seal(
            marked, source, finished, container=container, manifest=manifest, signer=said,
            anchors=roots.public, own_anchors=roots.own,
        )  # fmt: skip
    except media.MediaError as error:
        if error.code == "time_authority":
            raise Retry("time-authority-away", error.message, after=AGAIN_AFTER) from error
        raise
    stamped = f", its time attested by {tsa}" if tsa else ", without an attested time"
    wanted.credentials = {"signer": signer.in_words(), "test": signer.test, "tsa": tsa, "why_not": ""}
    words = f"Content Credentials were signed by {signer.in_words()}{stamped}; the source is their ingredient."
    wanted.steps = [*wanted.steps, {"step": "sealed", "words": words}]


def file_title(wanted: Deliverable) -> str:
    """The title in the credentials: which deliverable of which clip, without a client's words."""
    return f"Deliverable {wanted.pk} of clip {wanted.source_sha256[:12]}"


def _steps(wanted: Deliverable, plan: Intent, done: dict[str, Any]) -> Iterator[dict[str, str]]:
    for label in plan.labels:
        span = f"for {label['seconds']} s" if label["seconds"] else "to the end"
        words = f"The label “{label['text']}” was burned into the picture ({label['position']}), from second {label['start']} {span}."
        yield {"step": "labelled", "words": words}
    if done["encoded"]:
        yield {
            "step": "encoded",
            "words": "The picture was encoded anew for the label (H.264, CRF 16); sound is copied.",
        }
    else:
        yield {
            "step": "copied",
            "words": "No label is asked for: picture and sound are the source’s own, byte for byte.",
        }
    if wanted.sign_off.record_version.disclosure.strip():
        words = "The record’s own words on disclosure are not burned in: see to them where it is shown."
        yield {"step": "disclosure", "words": words}
    if done["xmp"]:
        kept = "" if done["xmp_carried"] else " The source’s own XMP could not be read, and was not carried over."
        yield {"step": "described", "words": f"The licence and the source type were written as XMP (IPTC, PLUS).{kept}"}
    else:
        words = "No XMP was written: this kind of file has no place for it. Deliver MP4 or MOV to have it."
        yield {"step": "undescribed", "words": words}


def _why_not(plan: Intent, container: str) -> str:
    if container not in {"mp4", "mov"}:
        return "Content Credentials cannot be put into WebM or Matroska files: this file leaves without them. Deliver MP4 or MOV."
    if plan.signer is None:
        return "No certificate is set up (SORAHUB_C2PA_CERT): this file leaves without Content Credentials of ours."
    return ""


def _found_in_source(clip: Clip, source: Path) -> Findings:
    """What was found at ingest, kept for ever; a clip whose report is not there yet is looked at now."""
    report = ProvenanceReport.objects.filter(clip=clip).first()
    return Findings.of_report(report) if report else Findings.of_file(judged(source))


def _read_again(wanted: Deliverable, plan: Intent, before: Findings, finished: Path) -> None:
    """Read the finished file as a stranger would, every ingredient too; refuse it unless it says what was written."""
    found = judged(finished, flat=plan.signer is not None)
    after = Findings.of_file(found)
    signed = not wanted.credentials["why_not"]
    if signed:
        _require_sound(after, plan)
    if wanted.media_type in {MEDIA_TYPES["mp4"], MEDIA_TYPES["mov"]} and (
        after.fields.get("plus:LicenseID") != plan.licence.number or after.source_types == ()
    ):
        raise Conflict("What was written as XMP cannot be read back.", code="deliverable-unsound")
    became = fates(before, after, f"the making of the deliverable for {country(wanted.territory)}")
    wanted.marks = [each.as_dict() for each in [*became, *_about_ingredients(after)]]
    wanted.credentials |= {
        "state": after.state,
        "trusted_by": after.credentials.get("trusted_by", ""),
        "failures": after.credentials.get("failures", []),
        "trust": found["trust"],
        "tools": found["tools"],
    }


def _require_sound(after: Findings, plan: Intent) -> None:
    own = [each for each in after.credentials.get("failures") or [] if each["where"] == "active"]
    wrong = [each["code"] for each in own if each["code"] != _UNKNOWN_SIGNER]
    manifest = after.manifests.get(after.active) or {}
    said = [each.get("data") for each in manifest.get("assertions") or [] if each.get("label") == marking.CLEARANCE]
    if after.state not in PRESENT - {"present_invalid"} or wrong or said != [marking.clearance(plan.licence)]:
        words = f"The finished file does not verify: {', '.join(wrong) or after.state}."
        raise Conflict(words, code="deliverable-unsound")
    if not manifest.get("ingredients"):
        raise Conflict("The finished file does not name its source.", code="deliverable-unsound")


def _about_ingredients(after: Findings) -> Iterator[Fate]:
    """A parent that was tampered with leaves the file's own state untouched: it is named."""
    for each in after.credentials.get("failures") or []:
        if each["where"] != "active" and each["code"] != _UNKNOWN_SIGNER:
            words = f"Credentials of an ingredient ({each['where']}) do not verify: {each['code']}."
            yield Fate("Ingredient", "broken", words)


def _require_own_bytes(clip: Clip) -> None:
    if not verification.verify_now(clip):
        raise Conflict("The original’s bytes are not its own: nothing is made of them.", code="original-damaged")


def _original(clip: Clip) -> Path:
    return storage.path_for(clip.storage_key, Path(settings.MEDIA_ROOT))


def folder() -> Path:
    """Where deliverables lie: ``<id>.mp4``."""
    return Path(settings.MEDIA_ROOT) / "deliverables"


def _finish(job: Job, wanted: Deliverable, finished: Path) -> None:
    """Move the file and say so in one transaction: a slower attempt can neither replace nor announce it."""
    wanted.sha256, wanted.size = storage.sha256_of(finished), finished.stat().st_size
    wanted.storage_key = f"deliverables/{finished.name}"
    wanted.state, wanted.verified_at = Deliverable.State.READY, timezone.now()
    wanted.error_code = wanted.error_message = ""
    with job.fenced():
        finished.chmod(0o444)
        finished.replace(folder() / finished.name)
        wanted.save(
            update_fields=[
                "storage_key", "media_type", "sha256", "size", "labels", "steps", "marks", "credentials", "state",
                "verified_at", "error_code", "error_message",
            ]
        )  # fmt: skip
        Pulse.objects.bump(wanted.clip.project)
        append_made(wanted)


@contextmanager
def _failure_written(job: Job, wanted: Deliverable) -> Iterator[None]:
    """Write on the row why there will be no file: a rule's no at once, anything else after the last attempt; meanwhile, what it waits for."""
    last = job.attempt >= job.max_attempts
    ending: tuple[str, str] | None = (
        ("deliverable-failed", "It could not be made: the job tells why.") if last else None
    )
    waits = ("", "")
    try:
        yield
        ending = None
    except LeaseLost:
        ending = None
        raise
    except DomainError as error:
        waits = (error.code, error.message)
        ending = waits if last or not error.retryable else None
        raise
    finally:
        found = ending or waits
        if found[0]:
            rows = Deliverable.objects.filter(pk=wanted.pk, state=Deliverable.State.REQUESTED)
            state = Deliverable.State.FAILED if ending else Deliverable.State.REQUESTED
            rows.update(state=state, error_code=found[0], error_message=found[1])
            Pulse.objects.bump(wanted.clip.project)
