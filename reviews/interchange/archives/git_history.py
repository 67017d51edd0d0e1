"""A Git repository in which each commit records new texts: ``Service/Terms Type.md``, dated by the author's date."""

import re
import stat
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from dulwich.errors import ChecksumMismatch, NotGitRepository, ObjectFormatException, WrongObjectException
from dulwich.objects import Blob, Commit, ObjectID, Tree
from dulwich.refs import Ref
from dulwich.repo import Repo

from reviews.interchange.archives.records import (
    LARGEST_RECORD,
    Entry,
    Malformed,
    Record,
    Unreadable,
    licence_in,
    name_in,
    sane,
)
from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput

SUBJECTS = {
    "First record of ": "first", "Start tracking ": "first", "Record new changes of ": "changes", "Update ": "changes",
    "Apply technical or declaration upgrade on ": "upgrade", "Refilter ": "upgrade",
}  # fmt: skip
_BROKEN = (KeyError, ValueError, AssertionError, zlib.error, OSError, ChecksumMismatch, ObjectFormatException, WrongObjectException)  # fmt: skip
_HASH = re.compile(r"\b[0-9a-f]{40}\b")
_TRAILER = re.compile(r"^X-([A-Za-z-]{1,40}): (.{1,300})$", re.MULTILINE)
_BRANCHES = (b"HEAD", b"refs/heads/main", b"refs/heads/master")
MOST_FILES = 100_000
_STATING = (b"LICENSE", b"LICENSE.md", b"LICENSE.txt", b"README.md")


class GitHistory:
    """The history that leads to one branch. Merges bring nothing of their own and are passed over."""

    def __init__(self, path: str) -> None:
        try:
            self._repo = Repo(path)
        except NotGitRepository as error:
            raise InvalidInput("There is no Git repository here.", fields={"file": "No Git repository."}) from error
        try:
            self._head = self._found_head()
            self.licence = self._stated_licence()
        except BaseException:
            self._repo.close()
            raise

    def close(self) -> None:
        """Let go of the files."""
        self._repo.close()

    def entries(self) -> Iterator[Entry]:
        """Give the records of each commit, oldest first; of the whole history only the commits' names are held."""
        try:
            names = [entry.commit.id for entry in self._repo.get_walker(include=[self._head])]
        except _BROKEN as error:
            raise InvalidInput(
                f"The history breaks off: {_words(error)}. Bundle it with all its commits.", code="archive-unreadable"
            ) from error
        for name in reversed(names):
            yield from self._of_commit(name)

    def _of_commit(self, name: ObjectID) -> Iterator[Entry]:
        where = f"commit {name.decode()[:12]}"
        try:
            commit = self._repo[name]
            if not isinstance(commit, Commit) or len(commit.parents) > 1:
                return
            before = self._tree_of(commit.parents[0]) if commit.parents else None
            changes = self._changed(before, commit.tree)
            told = commit.message.decode("utf-8", "replace")
        except _BROKEN as error:
            yield Malformed(where, f"The commit cannot be read: {_words(error)}.")
            return
        for path, blob in changes:
            yield from self._of_file(where, commit, told, path, blob)

    def _changed(self, before: ObjectID | None, after: ObjectID) -> list[tuple[bytes, ObjectID]]:
        """The files that a tree has and the one before it has not. Records lie in a folder at the top: no other is looked into,
        however deep the same few folders are made to contain each other. Raises ValueError for too many.
        """
        old = self._in_folder(before)
        changed: list[tuple[bytes, ObjectID]] = []
        for folder, (mode, tree) in self._in_folder(after).items():
            if not stat.S_ISDIR(mode) or old.get(folder) == (mode, tree):
                continue
            was_mode, was = old.get(folder, (0, None))
            known = self._in_folder(was if stat.S_ISDIR(was_mode) else None)
            files = self._in_folder(tree).items()
            changed += [
                (b"%s/%s" % (folder, name), blob)
                for name, (kind, blob) in files
                if not stat.S_ISDIR(kind) and known.get(name) != (kind, blob)
            ]
            if len(changed) > MOST_FILES:
                raise ValueError(f"more than {MOST_FILES:,} files are new in it")
        return changed

    def _in_folder(self, name: ObjectID | None) -> dict[bytes, tuple[int, ObjectID]]:
        if name is None:
            return {}
        tree = self._repo[name]
        if not isinstance(tree, Tree):
            raise WrongObjectException(name)
        return {entry.path: (entry.mode, entry.sha) for entry in tree.iteritems()}

    def _of_file(self, where: str, commit: Commit, told: str, raw_path: bytes, blob: ObjectID) -> Iterator[Entry]:
        path = raw_path.decode("utf-8", "replace")
        name = name_in(path)
        if name is None:
            return
        subject = told.partition("\n")[0]
        kind = next((kind for start, kind in SUBJECTS.items() if subject.startswith(start)), "")
        if not kind:
            yield Malformed(f"{where}, {path}", f"The commit is no record: it is called “{subject[:80]}”.")
            return
        try:
            at = sane(datetime.fromtimestamp(commit.author_time, UTC))
        except (ValueError, OverflowError, OSError) as error:
            yield Malformed(f"{where}, {path}", f"Its day cannot be right: {error}.")
            return
        facts: dict[str, Json] = {"commit": commit.id.decode(), "path": path, "record": kind, **_facts(told)}
        yield Record(name, f"{where}, {path}", at, blob.decode(), partial(self._bytes, blob), facts)

    def _bytes(self, blob: ObjectID) -> bytes:
        try:
            found = self._repo[blob]
        except _BROKEN as error:
            raise Unreadable(f"Its bytes cannot be read: {_words(error)}.") from error
        if not isinstance(found, Blob) or found.raw_length() > LARGEST_RECORD:
            raise Unreadable("It is larger than 10 MiB.")
        return found.data

    def _tree_of(self, name: ObjectID) -> ObjectID:
        commit = self._repo[name]
        if not isinstance(commit, Commit):
            raise WrongObjectException(name)
        tree: ObjectID = commit.tree
        return tree

    def _found_head(self) -> ObjectID:
        refs = self._repo.get_refs()
        named = [refs[Ref(name)] for name in _BRANCHES if Ref(name) in refs]
        heads = named or [value for ref, value in sorted(refs.items()) if ref.startswith(b"refs/heads/")]
        if not heads:
            raise InvalidInput("This Git repository has no branch.", code="archive-unreadable")
        return heads[0]

    def _stated_licence(self) -> str:
        try:
            tree = self._repo[self._tree_of(self._head)]
            files = [tree[name][1] for name in _STATING if isinstance(tree, Tree) and name in tree]
            return licence_in(*(self._bytes(each)[:20_000].decode("utf-8", "replace") for each in files))
        except (*_BROKEN, Unreadable):
            return ""


def _facts(told: str) -> dict[str, Json]:
    """Snapshots and engine, as the body and its trailers name them."""
    body = told.partition("\n")[2]
    trailers = {key.lower(): value.strip() for key, value in _TRAILER.findall(body)}
    facts: dict[str, Json] = {"snapshots": [*dict.fromkeys(_HASH.findall(body))][:20]}
    if "engine-version" in trailers:
        facts["engine"] = trailers["engine-version"]
    return facts


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:120]
