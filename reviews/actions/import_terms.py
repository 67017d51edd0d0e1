"""Bring in an archive of terms: look into it, choose what goes where, and let jobs do the rest. Nothing is fetched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F

from generations.actions import checks
from reviews.actions.terms import add_source
from reviews.interchange import parcels
from reviews.interchange.archives import opening
from reviews.models import TermsImport, TermsSource
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs import queue
from sorahub.jobs.models import Job, JobState
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput

LOOK, RUN = "terms.look", "terms.import"
State = TermsImport.State
ATTRIBUTION = "Contains information from {archive}, which is made available under {licence}."
BEGINS = (State.READY, State.DONE, State.STOPPED)


@dataclass(frozen=True)
class Choice:
    """One document of the archive and the source that it goes to; None adds one of its name."""

    service: str
    terms_type: str
    part: str
    source: TermsSource | None
    language: str = "en"
    jurisdiction: str = ""


def upload_archive(*, actor: User, chunks: Iterable[bytes], file_name: str, archive: str) -> TermsImport:
    """Take an archive in and have a job look into it. ``archive`` is its name, for the credit.

    Raises Forbidden, InvalidInput for what is no archive or larger than 512 MiB.
    """
    actor.demand(Permission.CAPTURE_TERMS)
    name = checks.words(archive, "archive", "Name the archive, as it is to be credited.")
    file, received = parcels.keep(chunks, max_bytes=opening.LARGEST_UPLOAD)
    try:
        kind = opening.format_of(parcels.path_of(file))
    except InvalidInput:
        parcels.drop(file)
        raise
    row = TermsImport(
        archive=name,
        format=kind,
        file=file,
        file_name=Path(file_name).name[:200],
        sha256=received.sha256,
        created_by=actor,
    )
    return _look(actor, row)


def look_into_clone(*, actor: User, path: Path, archive: str) -> TermsImport:
    """Look into a clone that lies on this machine. For the command line alone: no path ever comes from a page or the API."""
    actor.demand(Permission.CAPTURE_TERMS)
    kind = TermsImport.Format.CLONE
    return _look(actor, TermsImport(archive=archive, format=kind, file=str(path.resolve()), created_by=actor))


def start_import(
    *, actor: User, row: TermsImport, choices: Sequence[Choice], archive: str = "", attribution: str = ""
) -> TermsImport:
    """Say which documents go to which sources, and begin; one that was imported before begins anew and doubles nothing.

    Raises Forbidden, NotFound, InvalidInput for no choice, two documents in one variant of a source, or one that is not in the
    archive, Conflict while it is being looked at or imported.
    """
    _require(actor, row)
    _check_choices(row, choices)
    with transaction.atomic():
        if not TermsImport.objects.filter(pk=row.pk, state__in=BEGINS).update(state=State.RUNNING):
            raise Conflict("This archive is being looked at or imported.", code="import-busy")
        row.refresh_from_db()
        chosen = [_told(actor, choice) for choice in choices]
        _check_places(chosen)
        row.archive = archive.strip() or row.archive
        row.attribution = attribution.strip() or credit(row)
        row.chosen = chosen
        row.position = row.kept = row.again = row.refused = 0
        row.errors, row.runs, row.finished_at, row.words = [], row.runs + 1, None, ""
        row.full_clean(exclude=["documents", "errors"])
        row.save()
        _enqueue_run(actor, row)
        body: dict[str, Json] = {"sha256": row.sha256, "format": row.format, "chosen": [*chosen]}
        record.append(kind="terms.import_started", actor=actor.pk, client=None, subject=row, body=body)
    return row


def stop_import(*, actor: User, row: TermsImport) -> TermsImport:
    """End an import after the record in hand; what is kept stays, and it can go on later. Raises Forbidden, NotFound, Conflict."""
    _require(actor, row)
    with transaction.atomic():
        if not TermsImport.objects.filter(pk=row.pk, state=State.RUNNING).update(state=State.STOPPED):
            raise Conflict("This import is not running.", code="not-running")
        row.refresh_from_db()
        body: dict[str, Json] = {"position": row.position, "kept": row.kept}
        record.append(kind="terms.import_stopped", actor=actor.pk, client=None, subject=row, body=body)
    return row


def resume_import(*, actor: User, row: TermsImport) -> TermsImport:
    """Go on with an import that was stopped, or whose jobs gave up, where it ended. Raises Forbidden, NotFound, Conflict."""
    _require(actor, row)
    with transaction.atomic():
        stuck = [State.RUNNING] if trouble_of(row) else []
        if not TermsImport.objects.filter(pk=row.pk, state__in=[State.STOPPED, *stuck]).update(
            state=State.RUNNING, runs=F("runs") + 1
        ):
            raise Conflict("Only what was stopped or broke off goes on.", code="not-stopped")
        row.refresh_from_db()
        _enqueue_run(actor, row)
        body: dict[str, Json] = {"position": row.position, "kept": row.kept}
        record.append(kind="terms.import_resumed", actor=actor.pk, client=None, subject=row, body=body)
    return row


def trouble_of(row: TermsImport) -> str:
    """Return why nothing goes on although it should, or "": the newest job of the row gave up."""
    if row.state not in (State.LOOKING, State.RUNNING):
        return ""
    job = Job.objects.filter(kind__in=(LOOK, RUN), subject_id=row.pk).order_by("-created_at").first()
    if job is None or job.state not in (JobState.FAILED, JobState.DEAD):
        return ""
    return job.error_message or "The job gave up."


def credit(row: TermsImport) -> str:
    """The credit that is shown wherever the texts are, unless a person words it otherwise."""
    name = {"ODC-BY-1.0": "the Open Data Commons Attribution License (ODC-BY 1.0)"}.get(row.licence, row.licence)
    return ATTRIBUTION.format(archive=row.archive, licence=name or "a licence that the archive does not state")


def _look(actor: User, row: TermsImport) -> TermsImport:
    with transaction.atomic():
        checks.insert(row)
        payload: dict[str, Any] = {"import": str(row.pk), "user": str(actor.pk)}
        queue.enqueue(LOOK, key=f"{LOOK}:{row.pk}", payload=payload, subject_id=row.pk, max_attempts=3)
    return row


def _enqueue_run(actor: User, row: TermsImport) -> None:
    payload: dict[str, Any] = {"import": str(row.pk), "user": str(actor.pk), "run": row.runs, "slice": 1}
    key = f"{RUN}:{row.pk}:{row.runs}:1"
    queue.enqueue(RUN, key=key, payload=payload, subject_id=row.pk, max_attempts=10)


def _require(actor: User, row: TermsImport) -> None:
    actor.demand(Permission.CAPTURE_TERMS)
    checks.require_seen(actor, TermsImport.objects.all(), row)


def _check_choices(row: TermsImport, choices: Sequence[Choice]) -> None:
    known = {(each["service"], each["terms_type"], each["part"]) for each in row.documents}
    if not choices:
        raise InvalidInput("Choose at least one document.", code="nothing-chosen")
    if any((each.service, each.terms_type, each.part) not in known for each in choices):
        raise InvalidInput("One of these documents is not in the archive.", code="not-in-archive")
    if any(each.source is None and not each.service for each in choices):
        words = "The archive does not say whose terms these are: choose a source for them."
        raise InvalidInput(words, code="nameless", fields={"source": words})


def _check_places(chosen: Sequence[dict[str, Json]]) -> None:
    if len({(each["source"], each["language"], each["jurisdiction"]) for each in chosen}) != len(chosen):
        raise InvalidInput(
            "Two documents would go to the same source: their texts would look like changes of each other. "
            "Give them sources of their own, or another language or jurisdiction.",
            code="source-twice",
        )


def _told(actor: User, choice: Choice) -> dict[str, Json]:
    source = choice.source or _added(actor, choice)
    return {
        "service": choice.service,
        "terms_type": choice.terms_type,
        "part": choice.part,
        "source": str(source.pk),
        "language": choice.language,
        "jurisdiction": choice.jurisdiction.strip(),
    }


def _added(actor: User, choice: Choice) -> TermsSource:
    title = f"{choice.terms_type} ({choice.part})" if choice.part else choice.terms_type
    known = TermsSource.objects.filter(publisher=choice.service, title=title, product="").first()
    return known or add_source(actor=actor, publisher=choice.service, title=title)
