"""Histories in the shapes of Open Terms Archive, made here, of invented text."""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dulwich.bundle import create_bundle_from_repo, write_bundle
from dulwich.objects import Blob, Commit, ObjectID, ShaFile, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

BEGIN = datetime(2025, 11, 4, 6, 30, tzinfo=UTC)
MAIN = Ref(b"refs/heads/main")
SNAPSHOT = "5f3c" * 10
LICENCE = "# Licence\n\nThis database is made available under the Open Data Commons Attribution License (ODC-BY).\n"


@dataclass(frozen=True)
class Step:
    """One commit: a file's new text (None: it goes), the day, and the subject."""

    path: str
    text: bytes | None
    at: datetime
    subject: str = ""
    body: str = ""


def terms(number: int, clauses: int = 40) -> bytes:
    """Invented terms of which each version words one clause anew and counts its readers."""
    lines = [f"# Terms of Lumo\n\nRead by {1000 + number} people.\n"]
    for clause in range(clauses):
        worded = (number - clause) // clauses
        lines.append(f"## {clause}\n\nIn case {clause} Lumo may, as worded the {worded}. time, show what you make.\n")
    return "\n".join(lines).encode()


def steps(count: int, path: str = "Lumo/Terms of Service.md", begin: datetime = BEGIN) -> Iterator[Step]:
    """``count`` versions of one document, three a day; every tenth goes back to the text before the last one."""
    for number in range(count):
        text = terms(number - 2 if number % 10 == 9 else number)
        kind = "Record new changes of" if number else "First record of"
        if number and number % 7 == 0:
            kind = "Apply technical or declaration upgrade on"
        body = f"This version was recorded after extracting from snapshot {SNAPSHOT}\n\nX-engine-version: 14.3.0\n"
        yield Step(path, text, begin + timedelta(hours=8 * number), f"{kind} Lumo Terms of Service", body)


def repository(folder: Path, history: Iterable[Step], *, licence: str = LICENCE) -> Repo:
    """Write a bare repository with one commit for each step, in one pack. Close it after use."""
    folder.mkdir(parents=True)
    repo = Repo.init_bare(str(folder))
    stated = Blob.from_string(licence.encode())
    made: dict[ObjectID, ShaFile] = {stated.id: stated}
    folders: dict[str, dict[str, ObjectID]] = {}
    head: ObjectID | None = None
    for step in history:
        service, _, name = step.path.rpartition("/")
        if step.text is None:
            folders[service].pop(name)
        else:
            blob = Blob.from_string(step.text)
            made[blob.id] = blob
            folders.setdefault(service, {})[name] = blob.id
        commit = _commit(_tree(made, folders, stated.id), head, step)
        made[commit.id] = commit
        head = commit.id
    repo.object_store.add_objects([(each, None) for each in made.values()])
    if head is not None:
        repo.refs[MAIN] = head
    repo.refs.set_symbolic_ref(Ref(b"HEAD"), MAIN)
    return repo


def _tree(made: dict[ObjectID, ShaFile], folders: dict[str, dict[str, ObjectID]], stated: ObjectID) -> ObjectID:
    root = Tree()
    root.add(b"LICENSE", 0o100644, stated)
    for service, files in folders.items():
        tree = root if not service else Tree()
        for name, blob in files.items():
            tree.add(name.encode(), 0o100644, blob)
        if service:
            made[tree.id] = tree
            root.add(service.encode(), 0o040000, tree.id)
    made[root.id] = root
    return root.id


def _commit(tree: ObjectID, parent: ObjectID | None, step: Step) -> Commit:
    commit = Commit()
    commit.tree = tree
    commit.parents = [parent] if parent else []
    commit.author = commit.committer = b"Open Terms Archive Bot <bot@example.org>"
    commit.author_time = commit.commit_time = int(step.at.timestamp())
    commit.author_timezone = commit.commit_timezone = 0
    commit.message = f"{step.subject}\n\n{step.body}".encode()
    return commit


def bundle(repo: Repo) -> bytes:
    """Make a bundle of everything in a repository."""
    made = create_bundle_from_repo(repo)
    try:
        buffer = io.BytesIO()
        write_bundle(buffer, made)
        return buffer.getvalue()
    finally:
        made.close()


def zipped(folder: Path, under: str = "") -> bytes:
    """Zip a folder."""
    return archive(
        {f"{under}{path.relative_to(folder)}": path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    )


def archive(files: dict[str, bytes]) -> bytes:
    """Zip files by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return buffer.getvalue()


def dataset(history: Iterable[Step]) -> bytes:
    """The same history as a dataset zip."""
    files = {"lumo-2026/README.md": b"# Lumo dataset", "lumo-2026/LICENSE": LICENCE.encode()}
    for step in history:
        folder = step.path.removesuffix(".md")
        files[f"lumo-2026/{folder}/{step.at:%Y-%m-%dT%H-%M-%SZ}.md"] = step.text or b""
    return archive(files)


def answer(history: Iterable[Step]) -> bytes:
    """The same history as answers of a collection's API."""
    rows = [
        {"id": f"v{number}", "fetchDate": f"{step.at:%Y-%m-%dT%H:%M:%SZ}", "content": (step.text or b"").decode()}
        for number, step in enumerate(history)
    ]
    return json.dumps(rows).encode()
