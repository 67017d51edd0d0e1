"""Have a job bring terms in: fetch them from their address, or read the text of a PDF, at first or once more. There is no row but the job's."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import models, transaction

from generations.actions import checks
from reviews.actions.capture import LARGEST_BYTES, Document, check
from reviews.interchange import parcels
from reviews.models import TermsSource, TermsVersion
from reviews.rules import extraction
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.jobs import queue
from sorahub.jobs.models import Job, JobState
from sorahub.lib.errors import Conflict, InvalidInput, NotFound
from sorahub.lib.ids import uuid7

KIND = "terms.capture"
FETCH, READ, DRAW = "fetch", "read", "draw"
OPEN = (JobState.QUEUED, JobState.RUNNING)
_DAYS = ("published_on", "effective_from")
_MOMENTS = ("accepted_at", "captured_at")


@dataclass(frozen=True)
class Errand:
    """How a capture by a job stands: ``waiting``, ``working``, ``kept``, ``again`` (the bytes were here already) or ``failed``."""

    id: UUID
    source: TermsSource
    way: str
    address: str
    state: str
    words: str
    tried_at: datetime | None
    version: TermsVersion | None = None
    letters: int = 0

    @property
    def open(self) -> bool:
        """Whether there is something to wait for."""
        return self.state in {"waiting", "working"}


def request_fetch(*, actor: User, source: TermsSource, document: Document) -> Job:
    """Have a document fetched from ``document.address``, or the source's; asked again meanwhile, it is the same job.

    Raises Forbidden, NotFound, InvalidInput without an address.
    """
    address = document.address.strip() or source.address
    words = "Give the address of the document, beginning with https://."
    if not address.startswith(("https://", "http://")):
        raise InvalidInput(words, fields={"address": words})
    check(actor, source, b"not here yet", document)
    return _enqueue(actor, source, {"way": FETCH, "address": address, "document": as_json(document)})


def request_reading(*, actor: User, source: TermsSource, chunks: Iterable[bytes], name: str, document: Document) -> Job:
    """Have the text of an uploaded PDF read and the version kept. Raises Forbidden, NotFound, InvalidInput."""
    check(actor, source, b"not here yet", document)
    file, received = parcels.keep(chunks, max_bytes=LARGEST_BYTES)
    if not extraction.is_pdf(parcels.path_of(file).read_bytes()[:1024]):
        parcels.drop(file)
        raise InvalidInput("This is no PDF.", code="no-pdf", fields={"raw": "This is no PDF."})
    told: dict[str, Any] = {
        "way": READ,
        "file": file,
        "name": name,
        "sha256": received.sha256,
        "document": as_json(document),
    }
    return _enqueue(actor, source, told)


def request_drawing(*, actor: User, version: TermsVersion) -> Job:
    """Have the text of a captured PDF read once more, see ``redrawing``; asked again meanwhile, it is the same job."""
    return _enqueue(actor, version.source, {"way": DRAW, "version": str(version.pk), "name": version.label})


def try_again(*, actor: User, pk: UUID) -> Job:
    """Begin a failed capture anew, in one's own name. Raises Forbidden, NotFound, Conflict unless it failed."""
    actor.demand(Permission.CAPTURE_TERMS)
    job = _job(actor, pk)
    if job.state not in (JobState.FAILED, JobState.DEAD):
        raise Conflict("Only what failed is tried again.", code="not-failed")
    told = {name: value for name, value in job.payload.items() if name not in {"user", "source"}}
    if told["way"] == READ:
        parcels.path_of(str(told["file"]))
    source = TermsSource.objects.get(pk=str(job.payload["source"]))
    return _enqueue(actor, source, told)


def errand_of(*, actor: User, pk: UUID) -> Errand:
    """Return how a capture stands. Raises NotFound for guests, and when there is none."""
    return _standing(_job(actor, pk))


def errands_of(*, actor: User, source: TermsSource, limit: int = 3) -> list[Errand]:
    """Return what jobs are doing for a source, and what failed since it was last captured, newest first."""
    checks.require_seen(actor, TermsSource.objects.all(), source)
    newest = TermsVersion.objects.filter(source=source).aggregate(at=models.Max("captured_at"))["at"]
    rows = Job.objects.filter(kind=KIND, subject_id=source.pk).exclude(state=JobState.SUCCEEDED)
    if newest is not None:
        rows = rows.exclude(state__in=(JobState.FAILED, JobState.DEAD), created_at__lt=newest)
    return [_standing(job, source) for job in rows.order_by("-created_at")[:limit]]


def as_json(document: Document) -> dict[str, Any]:
    """Write what is said of a document as a job's payload holds it."""
    said = asdict(document)
    for name in (*_DAYS, *_MOMENTS):
        said[name] = said[name].isoformat() if said[name] else None
    return said


def document_from(said: dict[str, Any]) -> Document:
    """Read it again."""
    values = dict(said)
    for name in _DAYS:
        values[name] = date.fromisoformat(values[name]) if values.get(name) else None
    for name in _MOMENTS:
        values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
    return Document(**values)


def _enqueue(actor: User, source: TermsSource, told: dict[str, Any]) -> Job:
    payload = {**told, "user": str(actor.pk), "source": str(source.pk)}
    with transaction.atomic():
        waiting = Job.objects.filter(kind=KIND, subject_id=source.pk, state__in=OPEN, payload=payload).first()
        if waiting is not None:
            return waiting
        return queue.enqueue(KIND, key=f"{KIND}:{uuid7()}", payload=payload, subject_id=source.pk, max_attempts=3)


def _job(actor: User, pk: UUID) -> Job:
    found = Job.objects.filter(pk=pk, kind=KIND).first() if actor.is_active and actor.kind != Kind.GUEST else None
    if found is None:
        raise NotFound("There is no such capture.")
    return found


def _standing(job: Job, source: TermsSource | None = None) -> Errand:
    told: dict[str, Any] = job.payload
    result: dict[str, Any] = job.result if isinstance(job.result, dict) else {}
    rows = (
        TermsVersion.objects.filter(pk=str(result.get("version", job.pk))).select_related("source").defer("raw", "text")
    )
    version = rows.first() if job.state == JobState.SUCCEEDED else None
    return Errand(
        id=job.pk,
        source=source or TermsSource.objects.get(pk=str(told["source"])),
        way=str(told["way"]),
        address=str(told.get("address") or told.get("name") or ""),
        state=_state(job, result),
        words=job.error_message if job.state != JobState.SUCCEEDED else "",
        tried_at=job.finished_at or job.started_at,
        version=version,
        letters=int(result.get("letters", 0)),
    )


def _state(job: Job, result: dict[str, Any]) -> str:
    if job.state in (JobState.FAILED, JobState.DEAD):
        return "failed"
    if job.state == JobState.SUCCEEDED:
        return "kept" if result.get("new") else "again"
    return "working" if job.state == JobState.RUNNING else "waiting"
