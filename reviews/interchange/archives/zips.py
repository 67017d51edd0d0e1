"""Zips from strangers: a dataset is read in its place, a repository is unpacked with the files alone that Git needs."""

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from reviews.interchange.archives.packs import check_loose, check_pack
from reviews.interchange.archives.records import (
    LARGEST_RECORD,
    Entry,
    Malformed,
    Name,
    Record,
    Unreadable,
    licence_in,
    moment_of,
)
from sorahub.lib.errors import InvalidInput

MOST_MEMBERS = 300_000
LARGEST_UNPACKED = 2 * 1024**3
_PIECE = 256 * 1024
_RECORD = re.compile(r"(?:.*/)?(?P<service>[^/]+)/(?P<type>[^/]+?)(?: #(?P<part>[^/]+))?/(?P<day>[^/]+)\.md")
_STATING = re.compile(r"(?:[^/]+/)?(?:LICENSE|README)(?:\.md|\.txt)?", re.IGNORECASE)
_NEEDED = re.compile(
    r"HEAD|packed-refs|shallow|refs/heads/[\w./-]{1,200}|objects/[0-9a-f]{2}/[0-9a-f]{38}|objects/pack/pack-[0-9a-f]{40}\.pack"
)
_BROKEN = (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error, OSError, ValueError)


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip. Raises InvalidInput for one that is damaged or has too many members."""
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MOST_MEMBERS:
                raise _unreadable(f"It has more than {MOST_MEMBERS:,} files.")
            yield archive
    except zipfile.BadZipFile as error:
        raise _unreadable(f"The zip is damaged: {error}.") from error


def repository_prefix(archive: zipfile.ZipFile) -> str | None:
    """Return the folder in the zip that is a Git repository ("" for the top), or None."""
    heads = [name for name in archive.namelist() if name == "HEAD" or name.endswith("/HEAD")]
    folders = sorted((name.removesuffix("HEAD") for name in heads), key=len)
    names = archive.namelist()
    return next((each for each in folders if any(name.startswith(f"{each}objects/") for name in names)), None)


def unpack_repository(path: Path, into: Path) -> Path:
    """Unpack the repository in a zip and return where it lies: objects and branches, no hooks, no settings, no alternates.

    Packs lie there as ``*.pack`` without an index: the one that comes with them is not believed. Raises InvalidInput for what
    is too large, damaged, or would lie elsewhere.
    """
    with opened_zip(path) as archive:
        prefix = repository_prefix(archive)
        if prefix is None:
            raise _unreadable("There is no Git repository in it.")
        for folder in ("objects/pack", "refs/heads"):
            (into / folder).mkdir(parents=True, exist_ok=True)
        left = LARGEST_UNPACKED
        for info in archive.infolist():
            name = info.filename.removeprefix(prefix)
            if not info.filename.startswith(prefix) or not _NEEDED.fullmatch(name) or ".." in name or _is_link(info):
                continue
            left -= _unpack(archive, info, into / name, left)
    return into


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int) -> int:
    target.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    try:
        with archive.open(info) as source, target.open("xb") as file:
            while piece := source.read(_PIECE):
                size += len(piece)
                if size > left:
                    raise _unreadable("Unpacked it would be larger than 2 GiB.")
                file.write(piece)
    except FileExistsError as error:
        raise _unreadable(f"{info.filename} is in it twice.") from error
    except _BROKEN as error:
        raise _unreadable(f"{info.filename} is damaged.") from error
    if target.suffix == ".pack" or target.parent.parent.name == "objects":
        with target.open("rb") as file:
            (check_pack if target.suffix == ".pack" else check_loose)(file)
    return size


class Dataset:
    """``Service/Terms Type/2026-08-22T10-30-58Z.md``, perhaps in a folder, beside README and LICENSE."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        stating = [info for info in archive.infolist() if _STATING.fullmatch(info.filename)]
        self.licence = licence_in(*(self._stated(info) for info in stating[:4]))

    def entries(self) -> Iterator[Entry]:
        """Give every record by its day, after what is malformed."""
        records: list[tuple[Record, str]] = []
        seen: set[str] = set()
        for info in self._archive.infolist():
            entry = self._entry(info, seen)
            if isinstance(entry, Malformed):
                yield entry
            elif entry is not None:
                records.append((entry, info.filename))
        for record, _ in sorted(records, key=lambda each: (each[0].at, each[1])):
            yield record

    def _entry(self, info: zipfile.ZipInfo, seen: set[str]) -> Entry | None:
        where = info.filename[:300]
        if info.is_dir() or _STATING.fullmatch(where) or not where.endswith(".md"):
            return None
        found = _RECORD.fullmatch(where)
        if found is None or "\\" in where or where.startswith("/") or ".." in where.split("/") or _is_link(info):
            return Malformed(where, "Its name is not Service/Terms Type/day.md.")
        if where in seen:
            return Malformed(where, "It is in the zip twice; the first is read.")
        seen.add(where)
        try:
            at = moment_of(found["day"])
        except ValueError as error:
            return Malformed(where, f"Its day cannot be read: {error}.")
        if info.file_size > LARGEST_RECORD:
            return Malformed(where, "It is larger than 10 MiB.")
        name = Name(found["service"], found["type"], found["part"] or "")
        mark = f"{info.CRC:08x}-{info.file_size}"
        return Record(name, where, at, mark, partial(self._bytes, info), {"path": where})

    def _bytes(self, info: zipfile.ZipInfo, most: int = LARGEST_RECORD) -> bytes:
        try:
            with self._archive.open(info) as file:
                raw = file.read(most + 1)
        except _BROKEN as error:
            raise Unreadable(f"Its bytes cannot be read: {str(error)[:120]}.") from error
        if len(raw) > most:
            raise Unreadable("It is larger than it says.")
        return raw

    def _stated(self, info: zipfile.ZipInfo) -> str:
        try:
            return self._bytes(info, 200_000).decode("utf-8", "replace")
        except Unreadable:
            return ""


def _is_link(info: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def _unreadable(words: str) -> InvalidInput:
    return InvalidInput(f"This zip cannot be read. {words}", code="archive-unreadable", fields={"file": words})
