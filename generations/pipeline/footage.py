"""The files of an import: found in transfers, zips and folders, and read piece by piece. A name from outside never is a path of ours."""

import fnmatch
import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from threading import Lock
from types import TracebackType
from typing import BinaryIO, Self, cast

from django.conf import settings

from generations.models import ImportFile, ImportRun, Transfer
from generations.pipeline.places import transfer_path
from sorahub.lib import storage
from sorahub.lib.errors import InvalidInput
from sorahub.lib.storable import UNSTORABLE, storable
from sorahub.lib.zips import BROKEN, is_link, opened_zip

MOST_FILES = 100_000
MOST_RATIO, RATIO_FROM = 200, 64 * 1024**2
"""A member that unpacks to more than so many times its size, from so many bytes on, is a bomb: video does not compress."""
LONGEST_NAME, LONGEST_PATH = 1000, 1500
_VIDEOS = (".mp4", ".mov", ".m4v", ".mkv", ".webm")
_TABLES, _JSON, _ZIPS = (".csv", ".tsv"), (".json", ".jsonl", ".ndjson"), (".zip",)
_JUNK = (
    "__MACOSX/*",
    "*/__MACOSX/*",
    ".DS_Store",
    "*/.DS_Store",
    "._*",
    "*/._*",
    "Thumbs.db",
    "*/Thumbs.db",
    "desktop.ini",
    "*/desktop.ini",
)
_ZIP_START = b"PK\x03\x04"
Kind = ImportFile.Kind


class Sources:
    """Opens an import's files; a zip is opened once for all its members. A context manager, and for several threads."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._zips: dict[Path, zipfile.ZipFile] = {}
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def zip(self, path: Path) -> zipfile.ZipFile:
        """Open a zip; a name that is in it twice means the first of the two. Raises InvalidInput for one that is damaged or has too many
        members.
        """
        with self._lock:
            if path not in self._zips:
                archive = self._stack.enter_context(opened_zip(path))
                archive.NameToInfo = {info.filename: info for info in reversed(archive.infolist())}
                self._zips[path] = archive
            return self._zips[path]

    def chunks(self, file: ImportFile) -> Iterator[bytes]:
        """The file's bytes. Raises InvalidInput when they are damaged, longer than announced, or no longer there."""
        try:
            with self._open(file) as opened:
                left = file.size
                while piece := opened.read(storage.CHUNK):
                    left -= len(piece)
                    if left < 0:
                        raise _unreadable(file, "It is longer than was announced.")
                    yield piece
        except FileNotFoundError as error:
            raise _unreadable(file, "It is no longer there.", "file-missing") from error
        except BROKEN as error:
            raise _unreadable(file, f"Its bytes are damaged ({str(error)[:100] or type(error).__name__}).") from error

    def content(self, file: ImportFile, most: int) -> bytes:
        """All of a small file. Raises InvalidInput as ``chunks``, and for more than ``most`` bytes."""
        if file.size > most:
            raise _unreadable(file, f"It is larger than {most // 1024**2} MiB.")
        return b"".join(self.chunks(file))

    def _open(self, file: ImportFile) -> BinaryIO:
        if file.member:
            return cast("BinaryIO", self.zip(place_of(file)).open(file.member))
        return place_of(file).open("rb")


def place_of(file: ImportFile) -> Path:
    """Where the file, or the zip that it is in, lies. Raises InvalidInput for a path outside of the folders that are allowed."""
    if file.transfer is not None:
        return transfer_path(file.transfer)
    return allowed(Path(file.path))


def allowed(path: Path) -> Path:
    """Return the path, links resolved. Raises InvalidInput unless it lies in a folder that an administrator has named."""
    real = path.resolve()
    roots = [Path(folder).resolve() for folder in settings.IMPORT_FOLDERS]
    if not path.is_absolute() or not any(real == root or real.is_relative_to(root) for root in roots):
        words = "This folder is none of those that an administrator has opened for imports."
        raise InvalidInput(words, code="folder-not-allowed", fields={"folder": words})
    return real


def found(run: ImportRun, sources: Sources) -> list[ImportFile]:
    """Every file of the import, by its inputs' order and then by name. Raises InvalidInput for a zip that cannot be opened."""
    files: list[ImportFile] = []
    ids = [each["transfer"] for each in run.inputs if "transfer" in each]
    transfers = {str(row.pk): row for row in Transfer.objects.filter(pk__in=ids, project=run.project_id)}
    for each in run.inputs:
        if "folder" in each:
            files += _in_folder(run, sources, allowed(Path(each["folder"])))
        elif each["transfer"] in transfers:
            files += _in_transfer(run, sources, transfers[each["transfer"]])
    if len(files) > MOST_FILES:
        raise InvalidInput(f"These are more than {MOST_FILES:,} files; import them in parts.", code="too-many-files")
    return files


def _in_transfer(run: ImportRun, sources: Sources, transfer: Transfer) -> list[ImportFile]:
    path = transfer_path(transfer)
    name = f"{transfer.folder}/{transfer.original_name}" if transfer.folder else transfer.original_name
    if _is_junk(name):
        return []
    if _is_zip(path, name):
        return _in_zip(run, sources, path, transfer=transfer)
    name = name[-LONGEST_NAME:]
    file = ImportFile(run=run, transfer=transfer, name=name, size=transfer.size, sha256=transfer.found_sha256)
    return [_sorted_out(file, alone=not transfer.folder)]


def _in_folder(run: ImportRun, sources: Sources, root: Path) -> list[ImportFile]:
    files: list[ImportFile] = []
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(folder) / name
            called = path.relative_to(root).as_posix()
            if _is_junk(called):
                continue
            file = ImportFile(run=run, path=str(path), name=called[-LONGEST_NAME:], kind=Kind.OTHER)
            if UNSTORABLE.search(file.path) or len(file.path) > LONGEST_PATH:
                files.append(_nameless(run, called))
            elif path.is_symlink() or not path.is_file():
                files.append(_amiss(file, "link", "It is a link or no plain file; these are not followed."))
            elif _is_zip(path, called):
                files += _in_zip(run, sources, path, path=str(path))
            else:
                file.size = path.stat().st_size
                files.append(_sorted_out(file, alone=False))
            if len(files) > MOST_FILES:
                return files
    return files


def _in_zip(
    run: ImportRun, sources: Sources, where: Path, *, transfer: Transfer | None = None, path: str = ""
) -> list[ImportFile]:
    files: list[ImportFile] = []
    seen: set[str] = set()
    left = settings.IMPORT_MAX_BYTES
    for info in sources.zip(where).infolist():
        if info.is_dir() or _is_junk(info.filename):
            continue
        file = ImportFile(
            run=run, transfer=transfer, path=path, name=info.filename[-LONGEST_NAME:], member=info.filename[:LONGEST_NAME],
            size=info.file_size,
        )  # fmt: skip
        left -= info.file_size
        why = _refusal(info, seen, left)
        seen.add(info.filename)
        files.append(_amiss(file, *why) if why else _sorted_out(file, alone=False))
    return files


def _refusal(info: zipfile.ZipInfo, seen: set[str], left: int) -> tuple[str, str] | None:
    """Why a member is not taken: (code, words)."""
    name = info.filename
    parts = PurePosixPath(name.replace("\\", "/")).parts
    too_long = info.file_size > max(RATIO_FROM, info.compress_size * MOST_RATIO)
    rules = (
        ("bad-path", "Its name points outside of the zip.", name.startswith("/") or ".." in parts or name[1:2] == ":"),
        ("bad-path", "Its name is too long.", len(name) > LONGEST_NAME),
        ("link", "It is a link; these are not followed.", is_link(info)),
        ("encrypted", "It is encrypted; send the zip without a password.", bool(info.flag_bits & 1)),
        ("twice", "It is in the zip twice; the first is taken.", name in seen),
        ("bomb", "It unpacks to very much more than it is; no video does.", too_long),
        ("too-large", "All files of the zip together are larger than is allowed.", left < 0),
    )
    return next(((code, words) for code, words, holds in rules if holds), None)


def _sorted_out(file: ImportFile, *, alone: bool) -> ImportFile:
    """Say what the file is by its name: a table that was sent by itself, or stands beside videos, is a manifest."""
    ending = PurePosixPath(file.name.lower()).suffix
    if ending in _VIDEOS:
        file.kind = Kind.VIDEO
        if file.size > settings.UPLOAD_MAX_BYTES:
            return _amiss(file, "too-large", f"It is larger than the {settings.UPLOAD_MAX_BYTES:,} bytes of a clip.")
        if file.size == 0:
            return _amiss(file, "empty", "It is empty.")
    elif ending in _TABLES or (ending in _JSON and alone):
        file.kind = Kind.MANIFEST
    elif ending in _JSON:
        file.kind = Kind.METADATA
    elif ending in _ZIPS:
        file.kind = Kind.OTHER
        return _amiss(file, "nested", "A zip inside of a zip is not opened; send it by itself.")
    else:
        file.kind = Kind.OTHER
    return file


def _amiss(file: ImportFile, code: str, words: str) -> ImportFile:
    file.kind = file.kind or (Kind.VIDEO if PurePosixPath(file.name.lower()).suffix in _VIDEOS else Kind.OTHER)
    file.code, file.words = code, words
    return file


def _nameless(run: ImportRun, called: str) -> ImportFile:
    """A file of a folder whose path no database keeps: it is told, and never opened."""
    file = ImportFile(run=run, name=storable(called)[-LONGEST_NAME:])
    return _amiss(file, "bad-path", "The name of it or of its folder is too long or is no UTF-8; rename it.")


def _is_zip(path: Path, name: str) -> bool:
    if not name.lower().endswith(_ZIPS):
        return False
    try:
        with path.open("rb") as opened:
            start = opened.read(4)
    except FileNotFoundError:
        return False
    return start in (_ZIP_START, b"PK\x05\x06")


def _is_junk(name: str) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in _JUNK)


def _unreadable(file: ImportFile, words: str, code: str = "damaged") -> InvalidInput:
    return InvalidInput(words, code=code, fields={"file": f"{file.name}: {words}"})


def manifest_among(files: Sequence[ImportFile]) -> ImportFile | None:
    """The manifest: the one that was sent by itself, a table before JSON, else the one nearest to the top."""
    tables = [file for file in files if file.kind == Kind.MANIFEST and not file.code]
    return min(tables, key=lambda file: (file.name.count("/"), not file.name.lower().endswith(_TABLES)), default=None)
