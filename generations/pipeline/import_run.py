"""Import the rows that are new: bring their bytes in, check, probe, store, and write each batch in one transaction.

Job "import.run", in slices. A batch is written, its position with it, or it is not: a worker that dies leaves nothing half done, and the
next attempt begins with the first row that is not written. Bytes that were stored already are found again by their hash.
"""

import datetime as dt
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from generations import media
from generations.actions import shot_order
from generations.media import MediaError
from generations.models import Clip, ImportFile, ImportRow, ImportRun, Pulse, Shot, Transfer, Upload
from generations.pipeline import ingest, transferring
from generations.pipeline.footage import Sources
from generations.pipeline.import_look import batches, counts_of
from generations.pipeline.import_plan import LEAVE, MAKE, filing
from generations.pipeline.places import incoming
from sorahub.jobs.errors import LeaseLost
from sorahub.jobs.models import Job
from sorahub.jobs.queue import enqueue
from sorahub.jobs.values import Json
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.canonical import Json as Canonical
from sorahub.lib.errors import InvalidInput

SLICE_SECONDS = 90.0
FILES_AT_ONCE, BYTES_AT_ONCE, HANDS = 48, 512 * 1024**2, 8
"""``HANDS`` files are written at a time: disks flush many together as quickly as one."""
FOLDER = "import-"
State = ImportRow.State
RUNNING = (ImportRun.State.RUNNING, ImportRun.State.STOPPED)


@dataclass(frozen=True)
class Amiss:
    """Why a row's file is not taken after all."""

    code: str
    words: str


Outcome = ingest.Stored | Amiss


def run_import(job: Job) -> Json:
    """Job "import.run". What is wrong with a row stands on the row; the machine's troubles are tried again."""
    run = ImportRun.objects.select_related("project__client", "created_by").get(pk=job.payload["import"])
    if run.state != ImportRun.State.RUNNING or job.payload["run"] != run.runs:
        return run.state
    until = time.monotonic() + SLICE_SECONDS
    place = _workplace(job, run)
    try:
        with Sources() as sources, ThreadPoolExecutor(1) as beside, ThreadPoolExecutor(HANDS) as many:
            _work(job, run, Hands(sources, place, beside, many), until)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    run.refresh_from_db()
    return run.state


@dataclass(frozen=True)
class Hands:
    """What a slice works with."""

    sources: Sources
    place: Path
    beside: ThreadPoolExecutor
    many: ThreadPoolExecutor


def _work(job: Job, run: ImportRun, hands: Hands, until: float) -> None:
    """Batch after batch until all is done, somebody stops it, or the time is up.

    While one batch is probed and stored, the one before it is written and the one after it is brought in. What was brought in is written,
    also when somebody has stopped the import meanwhile.
    """
    began = time.monotonic()
    rows = _batch(run, run.position)
    probing = hands.beside.submit(_probed, _bring(run, rows, hands), hands)
    going = True
    while rows:
        going = going and time.monotonic() < until
        following = _batch(run, rows[-1].number) if going else []
        brought = _bring(run, following, hands)
        outcomes = probing.result()
        probing = hands.beside.submit(_probed, brought, hands)
        now = time.monotonic()
        going = _write(job, run, rows, outcomes, now - began) and going
        rows, began = following, now
    probing.result()
    if run.state != ImportRun.State.RUNNING:
        return
    if _batch(run, run.position):
        _go_on(job, run)
    else:
        _finish(job, run)


def _batch(run: ImportRun, after: int) -> list[ImportRow]:
    """The next rows that something new comes of: so many files, so many bytes."""
    waiting = ImportRow.objects.filter(run=run, state=State.NEW, number__gt=after).order_by("number")
    rows: list[ImportRow] = []
    size = 0
    for row in waiting.select_related("file__transfer")[:FILES_AT_ONCE]:
        size += row.file.size if row.file else 0
        if rows and size > BYTES_AT_ONCE:
            break
        rows.append(row)
    return rows


Brought = dict[UUID, tuple[storage.Received, str] | Amiss]


def _bring(run: ImportRun, rows: Sequence[ImportRow], hands: Hands) -> Brought:
    """Copy the rows' bytes into the workplace, hashing; a hash other than the preview's is refused."""
    files = {row.pk: row.file for row in rows if row.file is not None}
    found = hands.many.map(lambda file: _bring_one(file, hands), files.values())
    return dict(zip(files, found, strict=True))


def _bring_one(file: ImportFile, hands: Hands) -> tuple[storage.Received, str] | Amiss:
    try:
        chunks = hands.sources.chunks(file)
        limit = settings.UPLOAD_MAX_BYTES
        received = storage.receive(chunks, max_bytes=limit, into=hands.place, expected_length=file.size)
    except (InvalidInput, storage.Incomplete) as error:
        return Amiss(error.code, error.message)
    if received.sha256 != file.sha256:
        received.discard()
        return Amiss("changed", "The file has changed since it was looked at.")
    return received, file.name


def _probed(brought: Brought, hands: Hands) -> dict[UUID, Outcome]:
    """Probe what was brought, all in one process, and store what is a video."""
    here = {pk: each for pk, each in brought.items() if not isinstance(each, Amiss)}
    outcomes: dict[UUID, Outcome] = {pk: each for pk, each in brought.items() if isinstance(each, Amiss)}
    if not here:
        return outcomes
    found = media.probe_many([(received.path, name) for received, name in here.values()])
    stored = hands.many.map(_stored, [received for received, _ in here.values()], found)
    return {**outcomes, **dict(zip(here, stored, strict=True))}


def _stored(received: storage.Received, probe: media.Probe | MediaError) -> Outcome:
    if isinstance(probe, MediaError):
        if probe.code == "disk_full":
            raise probe
        received.discard()
        return Amiss(probe.code.replace("_", "-"), probe.message)
    return ingest.keep(received, probe)


def _write(job: Job, run: ImportRun, rows: Sequence[ImportRow], outcomes: dict[UUID, Outcome], seconds: float) -> bool:
    """Write a batch; False when somebody has stopped the import meanwhile: the batch is written all the same.

    Raises LeaseLost, with nothing written, when somebody has also had it go on: the rows are another job's by then.
    """
    size = sum(row.file.size for row in rows if row.file and row.pk in outcomes)
    with job.fenced(final=False):
        running = ImportRun.objects.filter(pk=run.pk, state__in=RUNNING, runs=run.runs)
        if not running.update(
            position=rows[-1].number, bytes_done=F("bytes_done") + size, work_seconds=F("work_seconds") + seconds
        ):
            raise LeaseLost("Another job has gone on with this import; this batch is dropped.")
        placed = _place(run, rows, outcomes)
        _settle(rows, outcomes, placed)
        Pulse.objects.bump(run.project)
        for upload, each in placed.values():
            ingest.announce(each, subject=upload, quietly=True)
    run.refresh_from_db(fields=["state", "position"])
    return run.state == ImportRun.State.RUNNING


Placings = dict[UUID, tuple[Upload, ingest.Placed]]


def _place(run: ImportRun, rows: Sequence[ImportRow], outcomes: dict[UUID, Outcome]) -> Placings:
    """Make clips of what is new, each with the record of how it came."""
    new = [(row, outcomes[row.pk]) for row in rows]
    here = [(row, found) for row, found in new if isinstance(found, ingest.Stored)]
    shots = _shots(run, [row for row, _ in here])
    stories = [(found, _story(run, row, shots)) for row, found in here]
    placed = ingest.place_all(run.project, stories)
    uploads = [_upload(story, each) for (_, story), each in zip(stories, placed, strict=True)]
    Upload.objects.bulk_create(uploads)
    return {row.pk: pair for (row, _), pair in zip(here, zip(uploads, placed, strict=True), strict=True)}


def _settle(rows: Sequence[ImportRow], outcomes: dict[UUID, Outcome], placed: Placings) -> None:
    """Give every row of the batch its end."""
    for row in rows:
        found = outcomes.get(row.pk)
        if row.pk in placed:
            each = placed[row.pk][1]
            row.clip, row.state = each.clip, State.IMPORTED if each.new else State.SAME
        elif isinstance(found, Amiss):
            row.state, row.code, row.words = State.REFUSED, found.code[:60], found.words
            row.mend = "Send the file anew."
    ImportRow.objects.bulk_update([row for row in rows if row.pk in placed], ["state", "clip"])
    amiss = [row for row in rows if row.pk not in placed]
    ImportRow.objects.bulk_update(amiss, ["state", "code", "words", "mend"])


def _settle_repeats(run: ImportRun) -> None:
    """Rows with the bytes of another row end as that one did."""
    repeats = ImportRow.objects.filter(run=run, state=State.REPEAT)
    sha256 = ImportFile.objects.filter(pk=OuterRef(OuterRef("file_id"))).values("sha256")
    clips = Clip.objects.filter(project=run.project_id, sha256=Subquery(sha256)).values("pk")[:1]
    repeats.update(clip=Subquery(clips))
    repeats.filter(clip__isnull=False).update(state=State.SAME)
    words = "The row with the same bytes was refused."
    repeats.update(state=State.REFUSED, code="first-refused", words=words, mend="Mend that row.")


def _shots(run: ImportRun, rows: Sequence[ImportRow]) -> dict[str, Shot]:
    """The shots that these rows name; those that are missing are made where that was asked for."""
    how = filing(run)
    if how == LEAVE:
        return {}
    codes = list(dict.fromkeys(str(row.facts["shot"]) for row in rows if row.facts.get("shot")))
    here = Shot.objects.filter(project=run.project, code__in=codes)
    found = {shot.code: shot for shot in here}
    if how == MAKE and len(found) < len(codes):
        shot_order.count_change(run.project)
        found = {shot.code: shot for shot in here.all()}
        missing = [code for code in codes if code not in found]
        last = Shot.objects.filter(project=run.project).order_by("-position").values_list("position", flat=True).first()
        start = 0 if last is None else last + 1
        made = [
            Shot(project=run.project, code=code, position=start + at, created_by=run.created_by)
            for at, code in enumerate(missing)
        ]
        found |= {shot.code: shot for shot in Shot.objects.bulk_create(made)}
    return found


def _story(run: ImportRun, row: ImportRow, shots: dict[str, Shot]) -> ingest.Story:
    facts = row.facts
    day = str(facts.get("made_on", ""))
    return ingest.Story(
        project=run.project,
        shot=shots.get(str(facts.get("shot", ""))),
        origin=Clip.Origin.UPLOAD,
        completeness=Clip.Completeness(row.completeness),
        created_by=run.created_by,
        original_name=Path(row.file.name if row.file else row.name).name[-255:],
        declared_model=str(facts["model"]),
        declared_route=str(facts["route"]),
        declared_prompt=str(facts.get("prompt", "")),
        declared_made_on=dt.date.fromisoformat(day) if day else None,
        declared_by=run.created_by,
    )


def _upload(story: ingest.Story, placed: ingest.Placed) -> Upload:
    return Upload(
        project=story.project,
        shot=story.shot,
        original_name=story.original_name,
        size=placed.clip.size,
        declared_model=story.declared_model,
        declared_route=story.declared_route,
        declared_prompt=story.declared_prompt,
        declared_made_on=story.declared_made_on,
        declaration=True,
        state=Upload.State.INGESTED,
        duplicate=not placed.new,
        clip=placed.clip,
        created_by=story.created_by,
        finished_at=timezone.now(),
    )


def _go_on(job: Job, run: ImportRun) -> None:
    with job.fenced():
        number = int(str(job.payload.get("slice", 1))) + 1
        payload: dict[str, Json] = {"import": str(run.pk), "run": run.runs, "slice": number}
        key = f"import.run:{run.pk}:{run.runs}:{number}"
        enqueue("import.run", key=key, payload=payload, subject_id=run.pk, max_attempts=10)


def _finish(job: Job, run: ImportRun) -> None:
    """All is dealt with: say so, and let go of the files that became clips. Nothing, when it was stopped or is another job's by now."""
    with job.fenced():
        rows = ImportRun.objects.filter(pk=run.pk, state=ImportRun.State.RUNNING, runs=run.runs)
        if not rows.update(state=ImportRun.State.DONE, finished_at=timezone.now(), position=F("total")):
            return
        _settle_repeats(run)
        counts = counts_of(run)
        ImportRun.objects.filter(pk=run.pk).update(counts=counts)
        used = _used_up(run)
        Transfer.objects.filter(pk__in=used, state=Transfer.State.READY).update(state=Transfer.State.TAKEN)
        Pulse.objects.bump(run.project)
        body: dict[str, Canonical] = {"project": str(run.project_id), "counts": {**counts}}
        client = run.project.client_id
        record.append(kind="import.finished", actor=run.created_by_id, client=client, subject=run, body=body)
    for some in batches(used):
        for transfer in Transfer.objects.filter(pk__in=some, state=Transfer.State.TAKEN):
            transferring.discard(transfer)


def _used_up(run: ImportRun) -> list[UUID]:
    """The transfers of which no row is amiss or left out: the others are kept until their day, as a mended report may ask for them."""
    kept = (*ImportRow.AMISS, State.UNLISTED)
    rows = ImportRow.objects.filter(run=run, state__in=kept, file__transfer__isnull=False)
    needed = set(rows.values_list("file__transfer", flat=True))
    own = run.files.filter(transfer__isnull=False).values_list("transfer", flat=True).distinct()
    return [pk for pk in own if pk is not None and pk not in needed]


def _workplace(job: Job, run: ImportRun) -> Path:
    """A folder of this attempt's own; what an attempt before it left there goes."""
    for path in incoming().glob(f"{FOLDER}{run.pk}-*"):
        shutil.rmtree(path, ignore_errors=True)
    place = incoming() / f"{FOLDER}{run.pk}-{job.pk}-{job.attempt}"
    place.mkdir(parents=True)
    return place
