"""Zips from strangers: opened with a bounded directory, what is no plain file in them named, and every way in which one breaks known."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from sorahub.lib.errors import InvalidInput

MOST_MEMBERS = 300_000
LARGEST_DIRECTORY = 64 * 1024**2
_PIECE = 256 * 1024
_ENTRY = b"PK\x01\x02"
BROKEN = (
    zipfile.BadZipFile,
    struct.error,
    RuntimeError,
    NotImplementedError,
    EOFError,
    zlib.error,
    OSError,
    ValueError,
)
"""What Python's reader raises for a damaged, an encrypted or an unknown kind of member."""


class _Bounded(FileIO):
    """A zip's file. Its directory is what is read of it at once: a large one is refused before a row is made of each member."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read so many bytes. Raises InvalidInput for more than a directory may have, or too many members in it."""
        wanted = LARGEST_DIRECTORY + 1 if size is None or size < 0 else size
        piece = super().read(min(wanted, LARGEST_DIRECTORY + 1)) or b""
        if len(piece) > LARGEST_DIRECTORY:
            raise unreadable("Its list of files is too long.")
        if len(piece) > _PIECE and piece.count(_ENTRY) > MOST_MEMBERS:
            raise unreadable(f"It has more than {MOST_MEMBERS:,} files.")
        return piece


@contextmanager
def opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip. Raises InvalidInput for one that is damaged or has too many members."""
    with _Bounded(path) as file:
        try:
            archive = zipfile.ZipFile(file)
        except BROKEN as error:
            raise unreadable(f"The zip is damaged: {str(error)[:120]}.") from error
        with archive:
            yield archive


def is_link(info: zipfile.ZipInfo) -> bool:
    """Whether the member is a symbolic link."""
    return stat.S_ISLNK(info.external_attr >> 16)


def unreadable(words: str) -> InvalidInput:
    """The refusal of a zip."""
    return InvalidInput(f"This zip cannot be read. {words}", code="archive-unreadable", fields={"file": words})
