"""What would happen to each row of an import: values in, rows with words out. Nothing is written and no byte is read here."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from generations.interchange import columns
from generations.interchange.records import Record
from generations.interchange.tables import Line, Table
from generations.models import Clip, ImportFile, ImportRow, ImportRun
from sorahub.lib import canonical

AUTO, LEAVE, MATCH, MAKE = "auto", "leave", "match", "make"
SORA_ROUTE = "OpenAI Sora"
State = ImportRow.State
Facts = dict[str, Any]


@dataclass(frozen=True)
class Known:
    """What the hub has already: clips of the project by hash, imported rows by key, shots by code."""

    clips: Mapping[str, UUID]
    rows: Mapping[str, UUID | None]
    shots: frozenset[str]


@dataclass
class Plan:
    """The rows, in order."""

    rows: list[ImportRow] = field(default_factory=list)
    used: set[UUID] = field(default_factory=set)
    first: dict[str, int] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """One row before it is judged: the manifest's line, or a file alone."""

    line: int | None
    name: str
    raw: Mapping[str, Any]
    read: columns.Read
    file: ImportFile | None
    missing: tuple[str, str, str] | None


class Files:
    """An import's videos, found by what a manifest may call them."""

    def __init__(self, videos: Sequence[ImportFile]) -> None:
        self.by_path = {file.name.lower(): file for file in reversed(videos)}
        self.by_base = _grouped((PurePosixPath(file.name.lower()).name, file) for file in videos)
        self.by_stem = _grouped((PurePosixPath(file.name.lower()).stem, file) for file in videos)
        self.by_hash = {file.sha256: file for file in reversed(videos) if file.sha256}

    def find(self, facts: Mapping[str, Any]) -> tuple[ImportFile | None, tuple[str, str, str] | None]:
        """The file that a row means, or why none: (code, words, what to mend)."""
        name = str(facts.get("file", "")).replace("\\", "/").removeprefix("./")
        if not name:
            return self._nameless(facts)
        exact = self.by_path.get(name.lower())
        if exact is not None:
            return exact, None
        path = PurePosixPath(name.lower())
        for candidates in (self.by_base.get(path.name), self.by_stem.get(path.name), self.by_stem.get(path.stem)):
            if candidates and len(candidates) == 1:
                return candidates[0], None
            if candidates:
                words = f"{len(candidates)} files are called “{path.name}”."
                return None, ("ambiguous", words, "Write the file’s name with its folder.")
        return None, (
            "no-file",
            f"No file is called “{name}”.",
            "Write the file’s name as it was sent, or send the file.",
        )

    def _nameless(self, facts: Mapping[str, Any]) -> tuple[ImportFile | None, tuple[str, str, str] | None]:
        if "sha256" in facts:
            found = self.by_hash.get(facts["sha256"])
            return found, None if found else (
                "no-file",
                "No file has this SHA-256.",
                "Send the file, or mend the SHA-256.",
            )
        remote = str(facts.get("remote_id", "")).lower()
        near = [file for name, file in self.by_path.items() if remote and remote in name]
        if len(near) == 1:
            return near[0], None
        return None, ("no-name", "The row names no file.", "Fill in the file’s name or its SHA-256.")


def plan(
    run: ImportRun, videos: Sequence[ImportFile], table: Table | None, records: Mapping[str, Record], known: Known
) -> list[ImportRow]:
    """Judge every row of the manifest, then every file that none of them names."""
    made = Plan()
    files = Files(videos)
    for asked in _asked(run, table, files):
        _judge(run, made, asked, records, known)
    include = table is None or bool(run.options.get("unlisted"))
    for file in videos:
        if file.pk in made.used:
            continue
        asked = Asked(None, file.name, {}, columns.Read({}), file, None)
        if include or file.code:
            _judge(run, made, asked, records, known)
        else:
            words = "The manifest does not name this file; it is left out."
            _add(run, made, asked, State.UNLISTED, "unlisted", words, "", {})
    return made.rows


def filing(run: ImportRun) -> str:
    """How the rows are filed under shots: as somebody said, else under those that exist, once a column is known to name them."""
    said = str(run.options.get("shots") or AUTO)
    if said != AUTO:
        return said
    return MATCH if run.mapping.get("shot") else LEAVE


def keys_of(run: ImportRun, rows: Iterable[ImportRow]) -> set[str]:
    """The keys of rows that would be imported."""
    return {row.key for row in rows if row.state in (*ImportRow.OPEN, State.SAME)}


def _asked(run: ImportRun, table: Table | None, files: Files) -> Iterable[Asked]:
    if table is None:
        return
    order = _order(run, table.lines)
    for number, line in enumerate(table.lines, 1):
        read = columns.read(line.cells, run.mapping, order)
        file, missing = files.find(read.facts)
        name = str(read.facts.get("file", "")) or (file.name if file else "")
        yield Asked(number, name, line.raw, read, file, missing)


def _order(run: ImportRun, lines: Sequence[Line]) -> str:
    said = str(run.options.get("dates", columns.UNSAID))
    column = run.mapping.get("made_on", "")
    if said != columns.UNSAID or not column:
        return said
    return columns.date_order([line.cells.get(column, "") for line in lines])


def _judge(run: ImportRun, made: Plan, asked: Asked, records: Mapping[str, Record], known: Known) -> None:
    """Give the row its state and words; the first thing that is wrong decides, all that is wrong is told."""
    file = asked.file
    record = records.get(file.name) if file else None
    facts = _facts(run, asked.read.facts, record)
    if file is not None:
        made.used.add(file.pk)
    wrong = _wrong(run, asked, facts, known)
    if wrong:
        state = State.UNMATCHED if asked.missing and not asked.read.wrong else State.REFUSED
        words, mend = " ".join(each[1] for each in wrong), " ".join(each[2] for each in wrong if each[2])
        _add(run, made, asked, state, wrong[0][0], words, mend, facts, record)
        return
    row = _add(run, made, asked, State.NEW, "", "", "", facts, record)
    if file is not None:
        _against(row, made, file, known)
    if row.state == State.NEW:
        row.words = _becomes(row, str(asked.read.facts.get("shot", "")), known)


def _wrong(run: ImportRun, asked: Asked, facts: Facts, known: Known) -> list[tuple[str, str, str]]:
    """All that keeps the row out: (code, words, what to mend)."""
    wrong = [
        (f"bad-{name.replace('_', '-')}", words, f"Mend {columns.FIELDS[name]}.") for name, words in asked.read.wrong
    ]
    if asked.missing:
        return [*wrong, asked.missing]
    file = asked.file
    if file is not None and file.code:
        wrong.append((file.code, file.words, "Send the file anew."))
    said = facts.get("sha256")
    if file is not None and said and file.sha256 and said != file.sha256:
        words = f"The file is not the one meant: it hashes to {file.sha256}."
        wrong.append(("hash-differs", words, "Send the right file, or mend the SHA-256."))
    if not facts.get("model"):
        wrong.append(("no-model", "Nothing says which model made it.", "Fill in Model, or give one for all rows."))
    if not facts.get("route"):
        wrong.append(
            (
                "no-route",
                "Nothing says through which service it was made.",
                "Fill in Made through, or give one for all rows.",
            )
        )
    shot = facts.get("shot")
    if shot and filing(run) == MATCH and shot not in known.shots:
        mend = "Mend the shot’s code, have missing shots made, or leave the clips without a shot."
        wrong.append(("no-such-shot", f"There is no shot {shot}.", mend))
    return wrong


def _against(row: ImportRow, made: Plan, file: ImportFile, known: Known) -> None:
    """Set the row beside the rows before it and the clips that there are."""
    if row.key in known.rows:
        row.state, row.code, row.clip_id = State.AGAIN, "again", known.rows[row.key]
        row.words = "This very row was imported before."
    elif row.key in made.keys:
        row.state, row.code = State.REPEAT, "row-twice"
        row.words = f"The same row as row {made.keys[row.key]}: one clip for both."
    elif file.sha256 in known.clips:
        row.state, row.code, row.clip_id = State.SAME, "duplicate", known.clips[file.sha256]
        row.words = (
            "The project has these bytes already: the clip there is keeps its story, and the row is noted beside it."
        )
    elif file.sha256 in made.first:
        row.state, row.code = State.REPEAT, "file-twice"
        row.words = f"The same bytes as row {made.first[file.sha256]}: one clip for both."
    else:
        made.first[file.sha256] = row.number
    made.keys.setdefault(row.key, row.number)


def _becomes(row: ImportRow, named: str, known: Known) -> str:
    """What a new row becomes, in words. ``named``: the shot that the manifest names, heeded or not."""
    shot = row.facts.get("shot")
    if shot:
        return f"A new take of {shot}." if shot in known.shots else f"A new take of {shot}, a shot that is made for it."
    return f"A new clip without a shot, though the row names {named}." if named else "A new clip without a shot."


def _add(
    run: ImportRun, made: Plan, asked: Asked, state: str, code: str, words: str, mend: str, facts: Facts,
    record: Record | None = None,
) -> ImportRow:  # fmt: skip
    raw: dict[str, Any] = {}
    if asked.raw:
        raw["manifest"] = dict(asked.raw)
    if record is not None:
        raw["metadata"], raw["metadata_file"] = dict(record.raw), record.place
    row = ImportRow(
        run=run, number=len(made.rows) + 1, line=asked.line, file=asked.file, name=asked.name, raw=raw, facts=facts,
        key=_key(asked, facts), completeness=completeness(asked.read.facts, record), state=state, code=code, words=words, mend=mend,
    )  # fmt: skip
    made.rows.append(row)
    return row


def completeness(said: Mapping[str, Any], record: Record | None) -> str:
    """How much is on record. Full: the provider's own record names prompt, model, day and id, and nobody says otherwise. Partial: such a
    record names some of it. Else a named person declares all of it.
    """
    if record is None:
        return Clip.Completeness.DECLARED
    overruled = any(name in said and said[name] != value for name, value in record.facts.items())
    return Clip.Completeness.FULL if record.full and not overruled else Clip.Completeness.PARTIAL


def _facts(run: ImportRun, said: Mapping[str, Any], record: Record | None) -> Facts:
    """What the row says, then what the provider's record says, then what the person said for all."""
    options = run.options
    defaults = {
        "model": options.get("model", ""),
        "route": options.get("route", ""),
        "made_on": options.get("made_on", ""),
    }
    recorded = dict(record.facts) if record else {}
    facts: Facts = {**{name: value for name, value in defaults.items() if value}, **recorded, **said}
    if record is not None and "route" not in facts:
        facts["route"] = SORA_ROUTE if "sora" in f"{facts.get('model', '')} {record.place}".lower() else ""
    if filing(run) == LEAVE:
        facts.pop("shot", None)
    return {name: value for name, value in facts.items() if value}


def _key(asked: Asked, facts: Facts) -> str:
    said = {name: value for name, value in facts.items() if name != "file"}
    name = PurePosixPath(str(facts.get("file", asked.name))).name
    digest = asked.file.sha256 if asked.file else ""
    return hashlib.sha256(canonical.dumps({"bytes": digest, "name": name, "facts": said})).hexdigest()


def _grouped(pairs: Iterable[tuple[str, ImportFile]]) -> dict[str, list[ImportFile]]:
    groups: dict[str, list[ImportFile]] = defaultdict(list)
    for name, file in pairs:
        groups[name].append(file)
    return groups
