"""The jobs that look into an archive of terms and import it: one record, one transaction, and the place in the archive with it.

A killed worker's successor goes on at that place. The archive is streamed, oldest record first: of its texts only the one in
hand is in memory.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from reviews.actions import capture, drawing, import_terms
from reviews.actions.capture import Document, Kept
from reviews.interchange.archives import opening
from reviews.interchange.archives.records import Archive, Entry, Malformed, Name, Record, Unreadable
from reviews.models import TermsImport, TermsSource, TermsVersion
from reviews.rules import extraction
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs import queue
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.ledger import record
from sorahub.lib.errors import Conflict, DomainError, InvalidInput

SLICE_SECONDS = 240.0
UNPACKING_SECONDS = 1800.0
RENEWED_EVERY = 30.0
TOLD_EVERY = 200
MOST_ERRORS = 500
MARKDOWN = "text/markdown"
State = TermsImport.State


def look(job: Job) -> Json:
    """Write down what is in the archive; one that cannot be read says why on its row."""
    row = TermsImport.objects.get(pk=str(job.payload["import"]))
    if row.state != State.LOOKING:
        return {"state": row.state}
    try:
        found = _found(job, row)
    except DomainError as error:
        if error.retryable:
            raise
        found = {"state": State.FAILED, "words": error.message}
    with job.fenced():
        TermsImport.objects.filter(pk=row.pk, state=State.LOOKING).update(**found)
    return {"state": str(found["state"])}


def run(job: Job) -> Json:
    """Import for some minutes from where the archive was left; then end, or leave the rest to a job of its own."""
    row = TermsImport.objects.get(pk=str(job.payload["import"]))
    if row.state != State.RUNNING or row.runs != job.payload["run"]:
        return {"state": row.state}
    actor = User.objects.select_related("person").get(pk=str(job.payload["user"]))
    actor.demand(Permission.CAPTURE_TERMS)
    sources = {
        str(each.pk): each for each in TermsSource.objects.filter(pk__in=[each["source"] for each in row.chosen])
    }
    until: float | None = None
    with _opened(job, row) as archive:
        for position, entry in _left(_renewed(job, archive.entries()), row.position):
            until = time.monotonic() + SLICE_SECONDS if until is None else until
            if not _take(job, actor, row, position, entry, sources):
                return {"state": State.STOPPED.value}
            if time.monotonic() > until:
                return _hand_over(job, row)
    return _finish(job, actor, row)


@contextmanager
def _opened(job: Job, row: TermsImport) -> Iterator[Archive]:
    """Open the archive in a place of this attempt's own; the lease outlasts the unpacking of a large one."""
    job.renew(UNPACKING_SECONDS)
    with opening.opened(row, f"{job.pk}.{job.attempt}") as archive:
        job.renew()
        yield archive


def _renewed(job: Job, entries: Iterator[Entry]) -> Iterator[Entry]:
    """Keep the lease while entries are read that nothing is written for. Raises LeaseLost."""
    renewed = time.monotonic()
    for entry in entries:
        if time.monotonic() > renewed + RENEWED_EVERY:
            job.renew()
            renewed = time.monotonic()
        yield entry


def _running(row: TermsImport) -> "QuerySet[TermsImport]":
    """The row, as long as this run of it goes on: not one that was stopped and resumed, whose place is another job's."""
    return TermsImport.objects.filter(pk=row.pk, state=State.RUNNING, runs=row.runs)


def _found(job: Job, row: TermsImport) -> dict[str, Any]:
    documents: dict[Name, dict[str, Any]] = {}
    marks: dict[Name, set[str]] = {}
    errors: list[Json] = []
    total = refused = 0
    with _opened(job, row) as archive:
        for entry in _renewed(job, archive.entries()):
            total += 1
            if isinstance(entry, Malformed):
                refused += 1
                errors += [_error(entry)] if len(errors) < MOST_ERRORS else []
                continue
            marks.setdefault(entry.name, set()).add(entry.mark)
            _count(documents, entry)
        licence = archive.licence
    if not documents:
        raise InvalidInput(
            "There is no record of terms in it: records are called Service/Terms Type.md, and have a history or a day.",
            code="no-records",
        )
    told = [
        {**each, "texts": len(marks[name])} for name, each in sorted(documents.items(), key=lambda one: str(one[0]))
    ]
    facts = {"documents": told, "errors": errors, "refused": refused, "total": total}
    return {**facts, "licence": licence, "state": State.READY}


def _count(documents: dict[Name, dict[str, Any]], entry: Record) -> None:
    day = entry.at.isoformat()
    name = entry.name
    fresh = {"service": name.service, "terms_type": name.terms_type, "part": name.part, "records": 0, "first": day, "last": day}  # fmt: skip
    each = documents.setdefault(name, fresh)
    each["records"] += 1
    each["first"], each["last"] = min(each["first"], day), max(each["last"], day)


def _left(entries: Iterator[Entry], done: int) -> Iterator[tuple[int, Entry]]:
    return ((number, entry) for number, entry in enumerate(entries, start=1) if number > done)


def _take(
    job: Job, actor: User, row: TermsImport, position: int, entry: Entry, sources: dict[str, TermsSource]
) -> bool:
    """Deal with one entry; False when the import was stopped meanwhile."""
    if isinstance(entry, Record) and _choice(row, entry.name) is None:
        return position % TOLD_EVERY != 0 or _advance(job, row, position)
    raw, entry = _read(entry)
    with job.fenced(final=False):
        if not _running(row).update(position=position):
            return False
        row.position = position
        _note(row, _kept(actor, row, entry, raw, sources) if isinstance(entry, Record) else entry)
    return True


def _read(entry: Entry) -> tuple[bytes, Entry]:
    """Read an entry's bytes, before any transaction; what cannot be read is malformed."""
    if isinstance(entry, Malformed):
        return b"", entry
    try:
        return entry.read(), entry
    except Unreadable as error:
        return b"", Malformed(entry.where, str(error))


def _kept(actor: User, row: TermsImport, entry: Record, raw: bytes, sources: dict[str, TermsSource]) -> Kept | Entry:
    """Keep one record; what is no text, or cannot be kept, is named."""
    choice = _choice(row, entry.name) or {}
    document = Document(
        language=choice["language"],
        jurisdiction=choice["jurisdiction"],
        captured_at=entry.at,
        origin=_origin(row, entry),
    )
    try:
        with transaction.atomic():
            return capture.keep(
                actor=actor, source=sources[choice["source"]], raw=raw, media_type=MARKDOWN, text=drawing.text_of(raw, MARKDOWN),
                extractor=extraction.EXTRACTOR, method=TermsVersion.Method.IMPORT, document=document,
            )  # fmt: skip
    except (InvalidInput, Conflict) as error:
        return Malformed(entry.where, error.message)


def _origin(row: TermsImport, entry: Record) -> dict[str, Any]:
    name = entry.name
    return {
        "archive": row.archive,
        "service": name.service,
        "terms_type": name.terms_type,
        **({"part": name.part} if name.part else {}),
        **entry.facts,
        "fetched_at": entry.at.isoformat(),
        "licence": row.licence,
        "attribution": row.attribution,
        "import": str(row.pk),
    }


def _note(row: TermsImport, outcome: Kept | Entry) -> None:
    """Count what came of an entry, in the transaction that keeps it."""
    changed = ["kept"]
    if isinstance(outcome, Malformed):
        row.refused += 1
        changed = ["refused"]
        if len(row.errors) < MOST_ERRORS:
            row.errors = [*row.errors, _error(outcome)]
            changed.append("errors")
    elif isinstance(outcome, Kept) and outcome.new:
        row.kept += 1
    else:
        row.again += 1
        changed = ["again"]
    TermsImport.objects.filter(pk=row.pk).update(**{name: getattr(row, name) for name in changed})


def _advance(job: Job, row: TermsImport, position: int) -> bool:
    with job.fenced(final=False):
        return bool(_running(row).update(position=position))


def _choice(row: TermsImport, name: Name) -> dict[str, Any] | None:
    wanted = (name.service, name.terms_type, name.part)
    return next((each for each in row.chosen if (each["service"], each["terms_type"], each["part"]) == wanted), None)


def _hand_over(job: Job, row: TermsImport) -> Json:
    part = int(str(job.payload["slice"])) + 1
    with job.fenced():
        key = f"{import_terms.RUN}:{row.pk}:{row.runs}:{part}"
        payload = {**job.payload, "slice": part}
        queue.enqueue(import_terms.RUN, key=key, payload=payload, subject_id=row.pk, max_attempts=10)
    return {"state": State.RUNNING.value, "position": row.position}


def _finish(job: Job, actor: User, row: TermsImport) -> Json:
    body: dict[str, Json] = {"kept": row.kept, "again": row.again, "refused": row.refused}
    with job.fenced():
        if _running(row).update(state=State.DONE, finished_at=timezone.now(), position=row.total):
            record.append(kind="terms.import_ended", actor=actor.pk, client=None, subject=row, body={**body})
    return body


def _error(entry: Malformed) -> Json:
    return {"where": entry.where[:300], "words": entry.words[:300]}
