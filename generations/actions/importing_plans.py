"""Take a plan in from a spreadsheet: shots with their lengths, and the words for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from generations.actions import checks
from generations.actions.prompts import write_prompt
from generations.actions.shots import add_shot
from generations.models import Project, Prompt, Shot
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.lib.errors import DomainError, InvalidInput
from sorahub.lib.sheets import meant, table

COLUMNS = ("code", "title", "intended_frames", "prompt", "negative")
MOST_ROWS = 500
MOST_BYTES = 5 * 1024**2
MOST_TOLD = 20


@dataclass(frozen=True)
class PlannedRow:
    """One row: its number in the sheet (the head is row 1), the shot it is about, and its words ("": none)."""

    number: int
    code: str
    title: str
    intended_frames: int | None
    prompt: str
    negative: str


@dataclass(frozen=True)
class Plan:
    """What a sheet would bring: rows for new shots, rows with new words, rows that change nothing, and what is wrong."""

    shots: Sequence[PlannedRow]
    prompts: Sequence[PlannedRow]
    unchanged: Sequence[PlannedRow]
    problems: Sequence[str]


def read_plan(*, actor: User, project: Project, content: bytes) -> Plan:
    """Say what a sheet (CSV in UTF-8, separated by comma, semicolon or tab) would bring; nothing is written.

    Columns: ``code`` and any of ``title``, ``intended_frames`` (at the project's rate), ``prompt``, ``negative``. A code that
    the project has is that shot: only words that none of its versions has come in, as the next one. Raises Forbidden, NotFound,
    Conflict for an archived project, InvalidInput for what is no such sheet, more than 5 MiB or 500 rows.
    """
    _require(actor, project)
    rows, problems = _rows(content)
    known = set(Shot.objects.filter(project=project).values_list("code", flat=True))
    shots = _first_of_each([row for row in rows if row.code not in known])
    prompts = _new_words(project, rows)
    told = {row.number for row in (*shots, *prompts)}
    return Plan(shots, prompts, [row for row in rows if row.number not in told], problems)


def import_plan(*, actor: User, project: Project, content: bytes) -> Plan:
    """Bring a sheet in, all of it or nothing; what it says as ``read_plan``. The same sheet again changes nothing.

    Raises what that raises, and InvalidInput with every row's fault where there is any.
    """
    plan = read_plan(actor=actor, project=project, content=content)
    _refuse(plan.problems)
    faults: list[str] = []
    with transaction.atomic():
        shots = {each.code: each for each in Shot.objects.filter(project=project)}
        steps = [(row, partial(_add, actor, project, shots, row)) for row in plan.shots]
        steps += [(row, partial(_write, actor, shots, row)) for row in plan.prompts]
        for row, step in steps:
            try:
                step()
            except DomainError as error:
                faults.append(f"Row {row.number}: {error.message}")
        _refuse(faults)
    return plan


def _add(actor: User, project: Project, shots: dict[str, Shot], row: PlannedRow) -> None:
    frames = row.intended_frames
    shots[row.code] = add_shot(actor=actor, project=project, code=row.code, title=row.title, intended_frames=frames)


def _write(actor: User, shots: Mapping[str, Shot], row: PlannedRow) -> None:
    shot = shots.get(row.code)
    if shot is not None:  # else its own row was refused
        parent = Prompt.objects.filter(shot=shot).order_by("-version").first()
        write_prompt(actor=actor, shot=shot, text=row.prompt, negative=row.negative, parent=parent)


def _require(actor: User, project: Project) -> None:
    actor.demand(Permission.MANAGE_PROJECT)
    actor.demand(Permission.WRITE_PROMPT)
    checks.require_seen(actor, Project.objects.all(), project)
    checks.require_open(project)


def _first_of_each(rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    first: dict[str, PlannedRow] = {}
    for row in rows:
        first.setdefault(row.code, row)
    return list(first.values())


def _new_words(project: Project, rows: Sequence[PlannedRow]) -> list[PlannedRow]:
    """The rows whose words no version of their shot has, each once."""
    versions = Prompt.objects.filter(shot__project=project)
    known = set(versions.values_list("shot__code", "text", "negative"))
    found: dict[tuple[str, str, str], PlannedRow] = {}
    for row in rows:
        if row.prompt and (row.code, row.prompt, row.negative) not in known:
            found.setdefault((row.code, row.prompt, row.negative), row)
    return list(found.values())


def _rows(content: bytes) -> tuple[list[PlannedRow], list[str]]:
    sheet = table(_text(content))
    if not sheet:
        raise _bad("This sheet has a head, but no rows.")
    if "code" not in sheet[0]:
        raise _bad(f"The first row must name the columns: code, and any of {', '.join(COLUMNS[1:])}.")
    if len(sheet) > MOST_ROWS:
        raise _bad(f"At most {MOST_ROWS} rows at once; cut the sheet into parts.")
    rows: list[PlannedRow] = []
    problems: list[str] = []
    for number, cells in enumerate(sheet, start=2):
        said = {name: meant(cells.get(name) or "").strip() for name in COLUMNS}
        fault = _fault(said)
        if fault:
            problems.append(f"Row {number}: {fault}")
        else:
            rows.append(_planned(number, said))
    return rows, problems


def _planned(number: int, said: Mapping[str, str]) -> PlannedRow:
    frames = int(said["intended_frames"]) if said["intended_frames"] else None
    return PlannedRow(number, said["code"], said["title"], frames, said["prompt"], said["negative"])


def _fault(said: Mapping[str, str]) -> str:
    """What is wrong with a row's cells; "" when nothing is."""
    if not said["code"]:
        return "it has no code."
    if len(said["code"]) > 40:
        return "its code is longer than 40 characters."
    if len(said["title"]) > 200:
        return "its title is longer than 200 characters."
    frames = said["intended_frames"]
    if frames and not (frames.isascii() and frames.isdigit() and 0 < int(frames) <= 1_000_000):
        return f"{frames[:30]!r} is no number of frames."
    return "it has negative words, but no prompt." if said["negative"] and not said["prompt"] else ""


def _text(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise _bad("A sheet may have at most 5 MiB; cut it into parts.")
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError as error:
        raise _bad("This sheet is not in UTF-8: save it again as “CSV UTF-8”.") from error


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        more = [f"And {len(problems) - MOST_TOLD} more."] if len(problems) > MOST_TOLD else []
        raise _bad(" ".join([*problems[:MOST_TOLD], *more, "Nothing was brought in."]))


def _bad(message: str) -> InvalidInput:
    return InvalidInput(message, code="bad-sheet", fields={"file": message})
