"""Look into what was handed over for an import: list its files, hash its videos, read its manifest, and write what would happen.

Job "import.look", in slices; each attempt goes on after the last file whose hash is written. Nothing becomes a clip here.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Q

from generations.interchange import columns, records, tables
from generations.interchange.records import Record
from generations.interchange.tables import Table
from generations.models import Clip, ImportFile, ImportRow, ImportRun, Pulse, Shot, Transfer
from generations.pipeline import footage, import_plan
from generations.pipeline.footage import Sources
from sorahub.jobs.models import Job
from sorahub.jobs.queue import enqueue
from sorahub.jobs.values import Json
from sorahub.lib.errors import InvalidInput

T = TypeVar("T")
SLICE_SECONDS = 120.0
NOTED_EVERY = 3.0
AT_ONCE = 500
MAGIC_BYTES = 12
MATROSKA = b"\x1a\x45\xdf\xa3"
State = ImportRun.State
Kind = ImportFile.Kind


def look(job: Job) -> Json:
    """Job "import.look". What is wrong with a file stands on its row; what makes all of it unreadable, on the import."""
    run = ImportRun.objects.select_related("project", "created_by").get(pk=job.payload["import"])
    if run.state != State.LOOKING or job.payload["run"] != run.runs:
        return run.state
    try:
        with Sources() as sources:
            if not run.files_total:
                _list(job, run, sources)
            if not _hash(job, run, sources):
                _go_on(job, run)
                return run.state
            _plan(job, run, sources)
    except InvalidInput as error:
        with job.fenced():
            ImportRun.objects.filter(pk=run.pk, state=State.LOOKING).update(state=State.FAILED, words=error.message)
            Pulse.objects.bump(run.project)
    run.refresh_from_db()
    return run.state


def _list(job: Job, run: ImportRun, sources: Sources) -> None:
    files = footage.found(run, sources) + _left_over(run)
    if not files:
        raise InvalidInput("There is no file in what was handed over.", code="nothing-found")
    videos = [file for file in files if file.kind == Kind.VIDEO]
    with job.fenced(final=False):
        ImportFile.objects.bulk_create(files, batch_size=AT_ONCE)
        run.files_total = len(videos) or 1
        run.files_hashed = sum(1 for file in videos if file.sha256 or file.code)
        run.save(update_fields=["files_total", "files_hashed"])


def _left_over(run: ImportRun) -> list[ImportFile]:
    """The files of the import that this one mends, as far as no clip came of them: they need not be sent again."""
    if run.mends_id is None:
        return []
    done = ImportRow.objects.filter(run=run.mends_id, clip__isnull=False, file__isnull=False).values("file")
    here = Q(transfer=None) | Q(transfer__state__in=Transfer.ON_DISK)
    rows = ImportFile.objects.filter(here, run=run.mends_id, kind=Kind.VIDEO).exclude(pk__in=done)
    names = ("transfer_id", "kind", "name", "member", "path", "size", "sha256", "code", "words")
    return [ImportFile(run=run, **{name: getattr(row, name) for name in names}) for row in rows]


def _hash(job: Job, run: ImportRun, sources: Sources) -> bool:
    """Hash what is not hashed yet; False when the time was up before all were."""
    todo = (
        ImportFile.objects.filter(run=run, kind=Kind.VIDEO, sha256="", code="")
        .select_related("transfer")
        .order_by("id")
    )
    began = noted = time.monotonic()
    done: list[ImportFile] = []
    for file in todo:
        _hash_one(file, sources)
        done.append(file)
        now = time.monotonic()
        if now - noted > NOTED_EVERY or len(done) >= AT_ONCE:
            _note(job, run, done)
            done, noted = [], now
        if now - began > SLICE_SECONDS:
            _note(job, run, done)
            return False
    _note(job, run, done)
    return True


def _hash_one(file: ImportFile, sources: Sources) -> None:
    digest, start, size = hashlib.sha256(), b"", 0
    try:
        for piece in sources.chunks(file):
            start = start or piece[:MAGIC_BYTES]
            size += len(piece)
            digest.update(piece)
    except InvalidInput as error:
        file.code, file.words = error.code[:60], error.message
        return
    if size != file.size:
        file.code, file.words = "damaged", f"It has {size:,} bytes, not the {file.size:,} announced."
    elif start[4:8] != b"ftyp" and not start.startswith(MATROSKA):
        file.code, file.words = "not-a-video", "This is not an MP4, MOV, MKV or WebM file."
    file.sha256 = digest.hexdigest()


def _note(job: Job, run: ImportRun, done: Sequence[ImportFile]) -> None:
    if not done:
        return
    with job.fenced(final=False):
        ImportFile.objects.bulk_update(done, ["sha256", "code", "words"], batch_size=AT_ONCE)
        run.files_hashed += len(done)
        ImportRun.objects.filter(pk=run.pk).update(files_hashed=run.files_hashed)
        Pulse.objects.bump(run.project)


def _go_on(job: Job, run: ImportRun) -> None:
    with job.fenced():
        number = int(str(job.payload.get("slice", 1))) + 1
        payload: dict[str, Json] = {"import": str(run.pk), "run": run.runs, "slice": number}
        key = f"import.look:{run.pk}:{run.runs}:{number}"
        enqueue("import.look", key=key, payload=payload, subject_id=run.pk, max_attempts=10)


def _plan(job: Job, run: ImportRun, sources: Sources) -> None:
    files = list(ImportFile.objects.filter(run=run).select_related("transfer").order_by("id"))
    videos = [file for file in files if file.kind == Kind.VIDEO]
    table = _table(run, footage.manifest_among(files), sources)
    told = list(_records(files, sources))
    by_video = records.assign([file.name for file in videos], told)
    known = _known(run, videos)
    rows = import_plan.plan(run, videos, table, by_video, known)
    rows = _again(run, rows, videos, table, by_video, known)
    with job.fenced():
        ImportRow.objects.filter(run=run).delete()
        ImportRow.objects.bulk_create(rows, batch_size=AT_ONCE)
        run.state, run.total, run.position = State.READY, len(rows), 0
        run.bytes_total = sum(row.file.size for row in rows if row.state == ImportRow.State.NEW and row.file)
        run.counts = counts_of(run)
        fields = ["state", "total", "position", "bytes_total", "counts", "manifest", "mapping"]
        run.save(update_fields=fields)
        Pulse.objects.bump(run.project)


def _table(run: ImportRun, manifest: ImportFile | None, sources: Sources) -> Table | None:
    """Read the manifest, and guess its mapping where nobody has said one."""
    if manifest is None:
        run.manifest = {}
        return None
    content = sources.content(manifest, tables.LARGEST)
    table = tables.read(manifest.name, content)
    run.manifest = {
        "name": manifest.name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "encoding": table.encoding,
        "delimiter": table.delimiter,
        "columns": list(table.columns),
        "rows": len(table.lines),
        "sample": [[line.cells.get(name, "")[:120] for name in table.columns] for line in table.lines[: tables.SAMPLE]],
    }
    kept = {field: column for field, column in run.mapping.items() if column in table.columns}
    run.mapping = kept or columns.guess(table.columns)
    return table


def _records(files: Iterable[ImportFile], sources: Sources) -> Iterator[Record]:
    """What providers wrote beside their files. A JSON file that cannot be read tells nothing, and stops nothing."""
    for file in files:
        if file.kind != Kind.METADATA or file.code or file.size > records.LARGEST:
            continue
        try:
            content = sources.content(file, records.LARGEST)
        except InvalidInput:
            continue
        yield from records.records_in(file.name, content)


def _known(run: ImportRun, videos: Sequence[ImportFile]) -> import_plan.Known:
    clips: dict[str, UUID] = {}
    for some in batches({file.sha256 for file in videos if file.sha256}):
        clips |= dict(Clip.objects.filter(project=run.project_id, sha256__in=some).values_list("sha256", "pk"))
    shots = frozenset(Shot.objects.filter(project=run.project).values_list("code", flat=True))
    return import_plan.Known(clips, {}, shots)


def _again(
    run: ImportRun, rows: list[ImportRow], videos: Sequence[ImportFile], table: Table | None,
    by_video: Mapping[str, Record], known: import_plan.Known,
) -> list[ImportRow]:  # fmt: skip
    """Plan once more where rows were imported before: what follows from them must not rest on them."""
    before: dict[str, UUID | None] = {}
    for some in batches(import_plan.keys_of(run, rows)):
        done = ImportRow.objects.filter(run__project=run.project_id, key__in=some, clip__isnull=False).exclude(run=run)
        before |= dict(done.values_list("key", "clip"))
    if not before:
        return rows
    return import_plan.plan(run, videos, table, by_video, import_plan.Known(known.clips, before, known.shots))


def counts_of(run: ImportRun) -> dict[str, int]:
    """How many of the import's rows stand how."""
    rows = ImportRow.objects.filter(run=run).order_by().values_list("state")
    return dict(rows.annotate(Count("pk")))


def batches(values: Iterable[T], size: int = AT_ONCE) -> Iterator[list[T]]:
    """Cut into lists that a database takes as parameters."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some
