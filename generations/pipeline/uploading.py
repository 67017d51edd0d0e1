"""Ingest of an upload: the file taken over by the request is hashed, probed and made a clip, or refused with the reason."""

import os
from pathlib import Path
from uuid import UUID

from django.utils import timezone

from generations.actions import descent
from generations.models import Clip, Pulse, Upload
from generations.pipeline import ingest
from generations.pipeline.places import incoming_path
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.errors import DomainError, InvalidInput


def ingest_upload(job: Job) -> Json:
    """Job "clip.ingest_upload". What is wrong with the file stands on the Upload row; the machine's troubles are re-tried."""
    upload = Upload.objects.select_related("project", "shot", "created_by").get(pk=job.payload["upload"])
    if upload.state != Upload.State.RECEIVED:
        return upload.state
    path = incoming_path(upload)
    try:
        stored = ingest.examine(_received(upload, path), upload.original_name)
    except DomainError as error:
        if error.retryable and job.attempt < job.max_attempts:
            raise
        _refuse(job, upload, error)
    else:
        _accept(job, upload, stored)
    path.unlink(missing_ok=True)
    return upload.state


def _received(upload: Upload, path: Path) -> storage.Received:
    """Hash the file through a second name, so that the first stays until the clip is committed."""
    if not path.exists():
        raise InvalidInput("The uploaded file is no longer there; upload it again.", code="file-missing")
    second = path.with_suffix(".ingest")
    second.unlink(missing_ok=True)
    os.link(path, second)
    return storage.Received(second, storage.sha256_of(second), second.stat().st_size)


def _accept(job: Job, upload: Upload, stored: ingest.Stored) -> None:
    story = ingest.Story(
        project=upload.project,
        shot=upload.shot,
        origin=Clip.Origin.UPLOAD,
        completeness=Clip.Completeness.DECLARED,
        created_by=upload.created_by,
        original_name=upload.original_name,
        declared_model=upload.declared_model,
        declared_route=upload.declared_route,
        declared_prompt=upload.declared_prompt,
        declared_made_on=upload.declared_made_on,
        declared_by=upload.created_by,
    )
    made_from = _made_from(job)
    with job.fenced():
        descent.lock(upload.project_id, [parent for parent, _ in made_from])
        placed = ingest.place(stored, story)
        facts = {"clip": placed.clip, "duplicate": not placed.new, "size": stored.size}
        _finish(upload, Upload.State.INGESTED, **facts)
        ingest.announce(placed, subject=upload)
        descent.inherit(actor=upload.created_by, clip=placed.clip, made_from=made_from)


def _made_from(job: Job) -> list[tuple[UUID, str]]:
    """The parents that the uploader named; jobs of before there were any name none."""
    named = job.payload.get("made_from", [])
    pairs = named if isinstance(named, list) else []
    return [(UUID(str(pair[0])), str(pair[1])) for pair in pairs if isinstance(pair, list)]


def _refuse(job: Job, upload: Upload, error: DomainError) -> None:
    incoming_path(upload).with_suffix(".ingest").unlink(missing_ok=True)
    with job.fenced():
        _finish(upload, Upload.State.REFUSED, error_code=error.code[:100], error_message=error.message)
        body = {"code": error.code[:100]}
        client = upload.project.client_id
        record.append(kind="upload.refused", actor=upload.created_by_id, client=client, subject=upload, body=body)


def _finish(upload: Upload, state: Upload.State, **facts: object) -> None:
    rows = Upload.objects.filter(pk=upload.pk, state=Upload.State.RECEIVED)
    rows.update(state=state, finished_at=timezone.now(), **facts)
    upload.refresh_from_db()
    Pulse.objects.bump(upload.project)
