"""Import finished footage: hand it over, see what would happen, correct how its manifest is read, start, stop, go on, mend and repeat."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generations.actions import checks
from generations.interchange import columns
from generations.models import ImportMapping, ImportRow, ImportRun, Project, Pulse, Transfer
from generations.models.transfer import in_some_days
from generations.pipeline import footage, import_look
from generations.pipeline.import_plan import AUTO, LEAVE, MAKE, MATCH
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.jobs.models import Job, JobState
from sorahub.jobs.queue import enqueue
from sorahub.ledger import record
from sorahub.lib.canonical import Json
from sorahub.lib.errors import Conflict, InvalidInput
from sorahub.lib.sheets import Cell

LOOK, RUN = "import.look", "import.run"
MOST_INPUTS = 20_000
State = ImportRun.State
SHOTS = (AUTO, LEAVE, MATCH, MAKE)
DATES = (columns.UNSAID, columns.DMY, columns.MDY)
REPORT = ("What is wrong", "What to mend", "Row of the import")


def create_import(
    *,
    actor: User,
    project: Project,
    name: str = "",
    transfers: Sequence[Transfer] = (),
    folder: str = "",
    options: Mapping[str, Any] | None = None,
    mends: ImportRun | None = None,
) -> ImportRun:
    """Hand over finished transfers, a folder of this machine, or both; job "import.look" says what would happen. Nothing is imported.

    ``mends``: an import whose report this brings back; its files that became no clip are here again. Raises Forbidden, NotFound,
    InvalidInput (nothing handed over, a folder that is not allowed, options), Conflict for a transfer that is not ready, or an archived
    project.
    """
    actor.demand(Permission.UPLOAD)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)
    inputs = _inputs(actor, project, transfers, folder.strip())
    if mends is not None:
        checks.require_seen(actor, ImportRun.objects.filter(project=project), mends)
    run = ImportRun(
        project=project,
        name=(name.strip() or _named(transfers, folder))[:200],
        inputs=inputs,
        mends=mends,
        mapping=dict(mends.mapping) if mends else {},
        options=checked_options(actor, {**(mends.options if mends else {}), **(options or {})}),
        created_by=actor,
    )
    with transaction.atomic():
        checks.insert(run, known={"project", "created_by", "id", "mends"})
        Transfer.objects.filter(pk__in=[row.pk for row in transfers]).update(expires_at=in_some_days())
        _enqueue(run, LOOK)
        Pulse.objects.bump(project)
    return run


def plan_import(
    *, actor: User, run: ImportRun, mapping: Mapping[str, str], options: Mapping[str, Any], keep_as: str = ""
) -> ImportRun:
    """Say which column fills which field and how the rows are filed; what would happen is looked at anew. Files are not read again.

    ``keep_as``: also keep the mapping under this name for the next time. Raises Forbidden, NotFound, InvalidInput, Conflict once it runs.
    """
    _require(actor, run)
    known = run.manifest.get("columns", [])
    chosen = {name: column for name, column in mapping.items() if column}
    wrong = {name: "This column is not in the manifest." for name, column in chosen.items() if column not in known}
    wrong |= {name: "There is no such field." for name in chosen if name not in columns.FIELDS}
    if wrong:
        raise InvalidInput("The mapping does not fit the manifest.", code="bad-mapping", fields=wrong)
    said = checked_options(actor, options)
    with transaction.atomic():
        _move(
            run, (State.READY, State.FAILED), State.LOOKING, mapping=chosen, options=said, words="", runs=F("runs") + 1
        )
        if keep_as.strip():
            values = {"mapping": chosen, "options": said, "created_by": actor}
            ImportMapping.objects.update_or_create(project=run.project, name=keep_as.strip()[:100], defaults=values)
        _enqueue(run, LOOK)
        Pulse.objects.bump(run.project)
    return run


def start_import(*, actor: User, run: ImportRun, declaration: bool) -> ImportRun:
    """Begin to import the rows that are new. ``declaration``: the person vouches for what the rows say; it goes on record.

    Raises Forbidden, NotFound, InvalidInput without a declaration, Conflict unless it waits for that and has something to import.
    """
    _require(actor, run)
    if not declaration:
        message = "Confirm that you vouch for what is said about these clips."
        raise InvalidInput(message, code="not-declared", fields={"declaration": message})
    if not sum(run.counts.get(state, 0) for state in ImportRow.OPEN):
        raise Conflict("There is nothing new to import.", code="nothing-new")
    with transaction.atomic():
        values: dict[str, Any] = {"declaration": True, "started_at": timezone.now(), "runs": F("runs") + 1}
        _move(run, (State.READY,), State.RUNNING, created_by=actor, **values)
        ids = run.files.exclude(transfer=None).values("transfer")
        Transfer.objects.on_disk().filter(pk__in=ids).update(expires_at=in_some_days())
        _enqueue(run, RUN)
        body: dict[str, Json] = {
            "project": str(run.project_id),
            "rows": run.total,
            "counts": {**run.counts},
            "bytes": run.bytes_total,
            "manifest_sha256": run.manifest.get("sha256"),
        }
        _tell(actor, run, "import.started", body)
    return run


def stop_import(*, actor: User, run: ImportRun) -> ImportRun:
    """End an import after the batch in hand; what came in stays, and it can go on later. Raises Forbidden, NotFound, Conflict."""
    _require(actor, run)
    with transaction.atomic():
        _move(run, (State.RUNNING,), State.STOPPED)
        _tell(actor, run, "import.stopped", {"position": run.position})
    return run


def resume_import(*, actor: User, run: ImportRun) -> ImportRun:
    """Go on with an import that was stopped, or whose jobs gave up, where it ended. Raises Forbidden, NotFound, Conflict."""
    _require(actor, run)
    stuck = (run.state,) if trouble_of(run) else ()
    with transaction.atomic():
        again = State.LOOKING if stuck and run.state == State.LOOKING else State.RUNNING
        _move(run, (State.STOPPED, *stuck), again, runs=F("runs") + 1)
        _enqueue(run, LOOK if again == State.LOOKING else RUN)
        _tell(actor, run, "import.resumed", {"position": run.position})
    return run


def trouble_of(run: ImportRun) -> str:
    """Why nothing goes on although it should, or "": the newest job of the import gave up."""
    if run.state not in (State.LOOKING, State.RUNNING):
        return ""
    job = Job.objects.filter(kind__in=(LOOK, RUN), subject_id=run.pk).order_by("-created_at").first()
    if job is None or job.state not in (JobState.FAILED, JobState.DEAD):
        return ""
    return job.error_message or "The job gave up."


def counts_of(run: ImportRun) -> dict[str, int]:
    """How many of its rows stand how, at this moment."""
    return import_look.counts_of(run)


def report_of(run: ImportRun) -> tuple[list[str], Iterator[list[Cell]]]:
    """The rows that did not go in, as a table that can be mended and imported again: its head and its lines."""
    own = list(run.manifest.get("columns", []))
    head = [*(own or columns.FIELDS.values()), *REPORT]
    return head, _report_lines(run, own)


def _report_lines(run: ImportRun, own: Sequence[str]) -> Iterator[list[Cell]]:
    rows = ImportRow.objects.filter(run=run, state__in=ImportRow.AMISS).order_by("number")
    for row in rows.iterator(chunk_size=500):
        said: Mapping[str, Any] = dict(row.raw.get("manifest", {}))
        cells = [_cell(said, name) for name in own]
        if not own:
            facts = {"file": row.name, **row.facts}
            cells = [_cell(facts, name) for name in columns.FIELDS]
        yield [*cells, row.words, row.mend, row.number]


def _cell(said: Mapping[str, Any], name: str) -> str:
    """A cell as the manifest had it; a nested value of JSON by its path."""
    value: Any = said
    for part in [name] if name in said else name.split("."):
        value = value.get(part, "") if isinstance(value, dict) else ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def checked_options(actor: User, said: Mapping[str, Any]) -> dict[str, Any]:
    """The options, known ones alone. Raises InvalidInput, Forbidden for shots to be made by somebody who may not."""
    shots, dates = str(said.get("shots") or AUTO), str(said.get("dates") or columns.UNSAID)
    if shots not in SHOTS or dates not in DATES:
        raise InvalidInput("There is no such option.", code="bad-option")
    if shots == MAKE:
        actor.demand(Permission.MANAGE_PROJECT)
    texts = {name: str(said.get(name) or "").strip()[:100] for name in ("model", "route")}
    day, why = columns.day_of(str(said.get("made_on") or "")) if said.get("made_on") else (None, "")
    if why:
        raise InvalidInput("The day cannot be read.", fields={"made_on": f"It {why}"})
    return {
        **texts,
        "made_on": day.isoformat() if day else "",
        "shots": shots,
        "dates": dates,
        "unlisted": bool(said.get("unlisted")),
    }


def _inputs(actor: User, project: Project, transfers: Sequence[Transfer], folder: str) -> list[dict[str, str]]:
    if not transfers and not folder:
        raise InvalidInput(
            "Hand over files or a folder.", code="nothing-given", fields={"transfers": "Nothing was sent."}
        )
    if len(transfers) > MOST_INPUTS:
        raise InvalidInput(f"These are more than {MOST_INPUTS:,} files; import them in parts.", code="too-many-files")
    for row in transfers:
        if row.created_by_id != actor.pk or row.project_id != project.pk or row.purpose != Transfer.Purpose.FOOTAGE:
            raise InvalidInput("One of these files was not sent by you for this.", code="not-yours")
        if row.state != Transfer.State.READY:
            raise Conflict(
                f"{row.original_name} is not ready: {row.get_state_display().lower()}.", code="transfer-not-ready"
            )
    found = [{"transfer": str(row.pk)} for row in transfers]
    return [*found, {"folder": str(footage.allowed(Path(folder)))}] if folder else found


def _named(transfers: Sequence[Transfer], folder: str) -> str:
    if not transfers:
        return Path(folder).name or "Folder"
    first = transfers[0].original_name
    return first if len(transfers) == 1 else f"{first} and {len(transfers) - 1} more"


def _require(actor: User, run: ImportRun) -> None:
    actor.demand(Permission.UPLOAD)
    checks.require_seen(actor, ImportRun.objects.all(), run)
    checks.require_open(run.project)


def _move(run: ImportRun, old: Sequence[str], new: str, **values: Any) -> None:
    if not ImportRun.objects.filter(pk=run.pk, state__in=old).update(state=new, **values):
        raise Conflict(
            f"This import is {run.get_state_display().lower()}: that cannot be done now.", code="import-moved-on"
        )
    run.refresh_from_db()


def _enqueue(run: ImportRun, kind: str) -> None:
    payload: dict[str, Any] = {"import": str(run.pk), "run": run.runs, "slice": 1}
    enqueue(kind, key=f"{kind}:{run.pk}:{run.runs}:1", payload=payload, subject_id=run.pk, max_attempts=10)


def _tell(actor: User, run: ImportRun, kind: str, body: dict[str, Json]) -> None:
    Pulse.objects.bump(run.project)
    record.append(kind=kind, actor=actor.pk, client=run.project.client_id, subject=run, body=body)
