"""Take files over from a request or a folder: by rename where that is possible, never through memory."""

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, TypeAlias

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from sorahub.lib import storage
from sorahub.lib.errors import InvalidInput

LONGEST_NAME = 255
FileInput: TypeAlias = "UploadedFile[Any] | Path"


def plain_name(name: str) -> str:
    """Return a file name without folders and control characters, at most 255 long."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(character for character in last if character.isprintable())[-LONGEST_NAME:]


def chunks_of(file: FileInput) -> Iterable[bytes]:
    """Read a file piece by piece."""
    if isinstance(file, Path):
        with file.open("rb") as opened:
            yield from _pieces(opened)
    else:
        yield from file.chunks(storage.CHUNK)


def size_of(file: FileInput) -> int:
    """Return the size in bytes."""
    return file.stat().st_size if isinstance(file, Path) else int(file.size or 0)


def start_of(file: FileInput, length: int) -> bytes:
    """Return the first bytes; the file can still be read from its beginning afterwards."""
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return opened.read(length)
    file.seek(0)
    start = bytes(file.read(length))
    file.seek(0)
    return start


def take_over(file: FileInput, target: Path, *, max_bytes: int) -> None:
    """Put the bytes at ``target``: a request's temporary file is renamed, anything else is copied (a Path stays where it is).

    On an error no file is left there. Raises InvalidInput too-large, Unavailable disk-full.
    """
    if size_of(file) > max_bytes:
        raise InvalidInput(f"The file is larger than the {max_bytes:,} bytes allowed.", code="too-large")
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(file, TemporaryUploadedFile) and _renamed(Path(file.temporary_file_path()), target):
        file.close()
        return
    received = storage.receive(chunks_of(file), max_bytes=max_bytes, into=target.parent)
    received.path.replace(target)


def _renamed(source: Path, target: Path) -> bool:
    if source.stat().st_dev != target.parent.stat().st_dev:
        return False
    with source.open("rb+") as opened:
        os.fsync(opened.fileno())
    shutil.move(source, target)
    return True


def _pieces(opened: BinaryIO) -> Iterator[bytes]:
    while piece := opened.read(storage.CHUNK):
        yield piece
