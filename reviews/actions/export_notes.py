"""Take notes away: as a file at once, or as a PDF with frames that a job makes. Only what the person may read is in it.

Notes are working talk: no clearance is asked for words. The frames of a PDF are none of the material: at review size, with
"For review only" burnt in, for everybody, and guests' from their marked copy. So it asks no clearance either; that it was
taken, by whom, with which hash and of which bytes the frames are, is ledgered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from generations.actions import checks
from generations.models import Clip
from reviews.interchange import formats, gathering, making
from reviews.models import Review
from sorahub.accounts.models import User
from sorahub.jobs import queue
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, NotFound
from sorahub.lib.ids import uuid7

KIND = "notes.sheet"
OPEN = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True)
class Sheet:
    """How a PDF stands: ``making``, ``ready``, ``failed`` or ``gone`` (made over a day ago)."""

    id: UUID
    state: str
    done: int
    of: int
    words: str
    title: str
    clip: Clip | None
    review: Review | None
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True)
class SheetGrant:
    """A PDF that may leave now."""

    path: Path
    filename: str
    sha256: str


def export_notes(
    *,
    actor: User,
    of: Clip | Review,
    format: str,
    filters: gathering.Filters,
    only: Sequence[UUID] = (),
    start: str | None = None,
    drop: bool = False,
) -> formats.File:
    """Return the notes on a clip, or on a review's clips (``only`` some of them), in a format.

    Raises NotFound, and InvalidInput for a start or drop-frame that does not fit the rate.
    """
    formats.format_named(format)
    _require_seen(actor, of)
    clips = gathering.clips_of(of, actor, only)
    reels = gathering.reels_for(clips, actor, filters)
    lenient = isinstance(of, Review)
    return formats.export(format, f"Notes on {of}", reels, start=start, drop=drop, lenient=lenient)


def request_sheet(*, actor: User, of: Clip | Review, filters: gathering.Filters, only: Sequence[UUID] = ()) -> Job:
    """Have a PDF with frames made; asked again while it is being made, it is the same one. Raises NotFound."""
    _require_seen(actor, of)
    kind = "review" if isinstance(of, Review) else "clip"
    payload: dict[str, Any] = {
        "user": str(actor.pk),
        kind: str(of.pk),
        "only": [str(pk) for pk in only],
        "filters": filters.as_dict(),
    }
    with transaction.atomic():
        waiting = Job.objects.filter(kind=KIND, subject_id=of.pk, state__in=OPEN, payload=payload).first()
        if waiting is not None:
            return waiting
        return queue.enqueue(KIND, key=f"{KIND}:{uuid7()}", payload=payload, subject_id=of.pk, max_attempts=3)


def sheet_of(*, actor: User, pk: UUID) -> Sheet:
    """Return how one's own PDF stands. Raises NotFound for another's, and when its clips are not shown any more."""
    job, order = _own(actor, pk)
    result: dict[str, Any] = job.result if isinstance(job.result, dict) else {}
    state, words = _standing(job, result)
    return Sheet(
        id=job.pk,
        state=state,
        done=int(result.get("done", 0)),
        of=int(result.get("of", 0)),
        words=words,
        title=order.title,
        clip=order.of if isinstance(order.of, Clip) else None,
        review=order.of if isinstance(order.of, Review) else None,
        size=int(result.get("size", 0)),
        sha256=str(result.get("sha256", "")),
    )


def grant_sheet(*, actor: User, pk: UUID) -> SheetGrant:
    """Let one's own PDF go, once, and ledger it. Raises NotFound, and Conflict while it is not ready or when it is gone."""
    job, order = _own(actor, pk)
    result: dict[str, Any] = job.result if isinstance(job.result, dict) else {}
    state, words = _standing(job, result)
    if state != "ready":
        raise Conflict(words or "This PDF is not ready.", code=f"sheet-{state}")
    with transaction.atomic():
        record.append(
            kind="notes.exported",
            actor=actor.pk,
            client=order.of.project.client_id,
            subject=order.of,
            body={
                "sheet": str(job.pk),
                "sha256": str(result["sha256"]),
                "size": int(result["size"]),
                "clips": list(result.get("clips", [])),
            },
        )
    return SheetGrant(making.file_of(job), str(result["name"]), str(result["sha256"]))


def _standing(job: Job, result: dict[str, Any]) -> tuple[str, str]:
    if job.state in (JobState.FAILED, JobState.DEAD):
        told = job.error_message if job.state == JobState.FAILED else ""
        return "failed", told or "The PDF could not be made. Try again; if it fails again, tell the administrator."
    if job.state != JobState.SUCCEEDED or "sha256" not in result:
        return "making", ""
    if not making.file_of(job).is_file():
        return "gone", "PDFs are kept for a day. Have it made again."
    return "ready", ""


def _own(actor: User, pk: UUID) -> tuple[Job, making.Order]:
    job = Job.objects.filter(pk=pk, kind=KIND, payload__user=str(actor.pk)).first()
    if job is None:
        raise NotFound("There is no such PDF.")
    order = making.order_of(job)
    seen = {clip.pk for clip in gathering.clips_of(order.of, actor, order.only)}
    if order.only and not set(order.only) <= seen:
        raise NotFound("Some of these clips are not shown to you any more.")
    return job, order


def _require_seen(actor: User, of: Clip | Review) -> None:
    rows = Review.objects.all() if isinstance(of, Review) else Clip.objects.all()
    checks.require_seen(actor, rows, of)
