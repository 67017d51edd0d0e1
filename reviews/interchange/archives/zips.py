"""Zips from strangers: a dataset is read in its place, a repository is unpacked with the files alone that Git needs."""

import re
import zipfile
from bisect import bisect_left
from collections.abc import Iterator
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
from sorahub.lib.zips import BROKEN, is_link, opened_zip, unreadable

LARGEST_UNPACKED = 2 * 1024**3
LARGEST_TEXTS = 8 * 1024**3
LARGEST_REFERENCE = 4 * 1024**2
_PIECE = 256 * 1024
_STATING = re.compile(r"(?:[^/]+/)?(?:LICENSE|README)(?:\.md|\.txt)?", re.IGNORECASE)
_NEEDED = re.compile(
    r"HEAD|packed-refs|shallow|refs/heads/[\w./-]{1,200}|objects/[0-9a-f]{2}/[0-9a-f]{38}|objects/pack/pack-[0-9a-f]{40}\.pack"
)


def repository_prefix(archive: zipfile.ZipFile) -> str | None:
    """Return the folder in the zip that is a Git repository ("" for the top), or None."""
    names = sorted(archive.namelist())
    heads = [name for name in names if name == "HEAD" or name.endswith("/HEAD")]
    folders = sorted((name.removesuffix("HEAD") for name in heads), key=len)
    return next((each for each in folders if _has_any(names, f"{each}objects/")), None)


def _has_any(names: list[str], start: str) -> bool:
    """Say whether one of the sorted names begins so."""
    at = bisect_left(names, start)
    return at < len(names) and names[at].startswith(start)


def unpack_repository(path: Path, into: Path) -> Path:
    """Unpack the repository in a zip and return where it lies: objects and branches, no hooks, no settings, no alternates.

    Packs lie there as ``*.pack`` without an index: the one that comes with them is not believed. Raises InvalidInput for what
    is too large, damaged, or would lie elsewhere.
    """
    with opened_zip(path) as archive:
        prefix = repository_prefix(archive)
        if prefix is None:
            raise unreadable("There is no Git repository in it.")
        for folder in ("objects/pack", "refs/heads"):
            (into / folder).mkdir(parents=True, exist_ok=True)
        left = LARGEST_UNPACKED
        for info in archive.infolist():
            name = info.filename.removeprefix(prefix)
            if not info.filename.startswith(prefix) or not _NEEDED.fullmatch(name) or ".." in name or is_link(info):
                continue
            left -= _unpack(
                archive, info, into / name, left if name.startswith("objects/") else min(left, LARGEST_REFERENCE)
            )
    return into


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, target: Path, left: int) -> int:
    size = 0
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(info) as source, target.open("xb") as file:
            while piece := source.read(_PIECE):
                size += len(piece)
                if size > left:
                    raise unreadable("Unpacked it would be larger than 2 GiB, or its branches than 4 MiB.")
                file.write(piece)
    except FileExistsError as error:
        raise unreadable(f"{info.filename} is in it twice.") from error
    except BROKEN as error:
        raise unreadable(f"{info.filename} is damaged.") from error
    if target.suffix == ".pack" or target.parent.parent.name == "objects":
        with target.open("rb") as file:
            (check_pack if target.suffix == ".pack" else check_loose)(file)
    return size


class Dataset:
    """``Service/Terms Type/2026-08-22T10-30-58Z.md``, perhaps in a folder, beside README and LICENSE."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        if sum(info.file_size for info in archive.infolist()) > LARGEST_TEXTS:
            raise unreadable("Unpacked it would be larger than 8 GiB.")
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
        found = _record_in(where)
        if found is None or "\\" in where or where.startswith("/") or ".." in where.split("/") or is_link(info):
            return Malformed(where, "Its name is not Service/Terms Type/day.md.")
        if where in seen:
            return Malformed(where, "It is in the zip twice; the first is read.")
        seen.add(where)
        try:
            at = moment_of(found[1])
        except ValueError as error:
            return Malformed(where, f"Its day cannot be read: {error}.")
        if info.file_size > LARGEST_RECORD:
            return Malformed(where, "It is larger than 10 MiB.")
        mark = f"{info.CRC:08x}-{info.file_size}"
        return Record(found[0], where, at, mark, partial(self._bytes, info), {"path": where})

    def _bytes(self, info: zipfile.ZipInfo, most: int = LARGEST_RECORD) -> bytes:
        try:
            with self._archive.open(info) as file:
                raw = file.read(most + 1)
        except BROKEN as error:
            raise Unreadable(f"Its bytes cannot be read: {str(error)[:120]}.") from error
        if len(raw) > most:
            raise Unreadable("It is larger than it says.")
        return raw

    def _stated(self, info: zipfile.ZipInfo) -> str:
        try:
            return self._bytes(info, 200_000).decode("utf-8", "replace")
        except Unreadable:
            return ""


def _record_in(where: str) -> tuple[Name, str] | None:
    """Read ``…/Service/Terms Type/day.md`` or ``…/Service/Terms Type #part/day.md``; None for any other path."""
    folders = where.removesuffix(".md").split("/")
    if len(folders) < 3 or not all(folders[-3:]):
        return None
    service, kind, day = folders[-3:]
    terms_type, _, part = kind.partition(" #")
    return Name(service, terms_type, part) if terms_type and part else Name(service, kind), day
