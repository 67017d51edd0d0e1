"""Receive finished clips: the request only takes the file over; a job checks, hashes and ingests it."""

import datetime as dt
from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from generations.actions import checks, descent
from generations.actions.descent import MadeFrom
from generations.actions.receiving import FileInput, plain_name, size_of, start_of, take_over
from generations.models import Project, Pulse, Shot, Upload
from generations.pipeline.places import incoming_path
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs.queue import enqueue
from sorahub.jobs.values import Json as JobJson
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput

MAGIC_BYTES = 12
MATROSKA = b"\x1a\x45\xdf\xa3"


def receive_upload(
    *,
    actor: User,
    project: Project,
    shot: Shot | None,
    file: FileInput,
    original_name: str,
    declared_model: str,
    declared_route: str,
    declared_prompt: str = "",
    declared_made_on: dt.date | None = None,
    declaration: bool,
    made_from: Sequence[MadeFrom] = (),
) -> Upload:
    """Take a finished clip in, with its story and who vouches for it; job "clip.ingest_upload" makes the clip of it.

    ``declaration`` must be true: the uploader vouches for the story. ``made_from``: the clips that it was made from, which
    then bind it. What the job finds wrong with the file stands on the Upload row. Raises Forbidden, NotFound, InvalidInput
    (no story, empty, too large, plainly no MP4, MOV, MKV or WebM), Conflict for an archived project, Unavailable when the
    disk is full.
    """
    actor.demand(Permission.UPLOAD)
    _check_place(actor, project, shot)
    upload = Upload(
        project=project,
        shot=shot,
        original_name=plain_name(original_name),
        size=size_of(file),
        declared_model=checks.words(declared_model, "declared_model", "Say which model made this clip."),
        declared_route=checks.words(declared_route, "declared_route", "Say through which service it was made."),
        declared_prompt=declared_prompt.strip(),
        declared_made_on=declared_made_on,
        declaration=_vouched(declaration=declaration),
        created_by=actor,
    )
    parents = descent.checked(actor, made_from)
    _check_file(file)
    path = incoming_path(upload)
    take_over(file, path, max_bytes=settings.UPLOAD_MAX_BYTES)
    try:
        _write(actor, upload, parents)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return upload


def _write(actor: User, upload: Upload, parents: Sequence[MadeFrom]) -> None:
    with transaction.atomic():
        checks.insert(upload)
        named: list[JobJson] = [[str(each.parent.pk), each.operation] for each in parents]
        payload: dict[str, JobJson] = {"upload": str(upload.pk), "made_from": named}
        enqueue("clip.ingest_upload", key=f"clip.ingest_upload:{upload.pk}", payload=payload, subject_id=upload.pk)
        Pulse.objects.bump(upload.project)
        body: dict[str, Json] = {
            "project": str(upload.project_id),
            "size": upload.size,
            "model": upload.declared_model,
            "route": upload.declared_route,
            "prompt": record.conceal(upload.declared_prompt),
            "made_from": [str(each.parent.pk) for each in parents],
        }
        client = upload.project.client_id
        record.append(kind="upload.received", actor=actor.pk, client=client, subject=upload, body=body)


def _check_place(actor: User, project: Project, shot: Shot | None) -> None:
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    if shot is not None and shot.project_id != project.pk:
        raise InvalidInput("This shot belongs to another project.", fields={"shot": "Of another project."})


def _vouched(*, declaration: bool) -> bool:
    if not declaration:
        message = "Confirm that you vouch for what you say about this clip."
        raise InvalidInput(message, code="not-declared", fields={"declaration": message})
    return True


def _check_file(file: FileInput) -> None:
    """Refuse at once what plainly is no video; the real look is the probe's."""
    start = start_of(file, MAGIC_BYTES)
    if not start:
        raise InvalidInput("The file is empty.", code="empty", fields={"file": "The file is empty."})
    if start[4:8] != b"ftyp" and not start.startswith(MATROSKA):
        message = "This is not an MP4, MOV, MKV or WebM file."
        raise InvalidInput(message, code="not-a-video", fields={"file": message})
