"""Original bytes are written once: hashed while they stream in, then kept under their SHA-256 and never
replaced.

A key is "originals/ab/<sha256><suffix>", relative to the store's root. Temporary files lie in a folder of the
caller's choice, best on the same file system as the root.
"""

import errno
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from sorahub.lib.errors import Conflict, DomainError, InvalidInput, NotFound, Unavailable

CHUNK = 1024 * 1024
_KEY = re.compile(r"originals/([0-9a-f]{2})/(\1[0-9a-f]{62})(\.[a-z0-9]{1,8})?")
_SUFFIX = re.compile(r"(\.[a-z0-9]{1,8})?")
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Incomplete(DomainError):
    """The bytes that came are not the bytes announced (length or hash); sending them again may help. HTTP
    422.
    """

    code = "incomplete"
    status = 422
    retryable = True


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes that lie complete on disk in a temporary file, with what they hash to. ``size`` in bytes."""

    path: Path
    sha256: str
    size: int

    def discard(self) -> None:
        """Remove the temporary file; safe to repeat, and after a commit."""
        self.path.unlink(missing_ok=True)


def receive(
    chunks: Iterable[bytes],
    *,
    max_bytes: int,
    into: Path,
    expected_length: int | None = None,
    expected_sha256: str | None = None,
) -> Received:
    """Stream ``chunks`` into a new file in ``into``, hashing on the way; on any error no file is left behind.

    Refuses more than ``max_bytes`` while streaming (InvalidInput too-large), another length or hash than
    announced (Incomplete), and a full disk (Unavailable disk-full).
    """
    if expected_length is not None and expected_length > max_bytes:
        raise _too_large(max_bytes)
    with disk_errors():
        into.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix="incoming-", suffix=".part", dir=into)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            received = _write(chunks, file, path, max_bytes, expected_length)
        _check_hash(received, expected_sha256)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return received


def commit(received: Received, root: Path, *, suffix: str = ".mp4") -> str:
    """Move received bytes to their place for good (read-only) and return their key.

    The bytes are hashed once more first. If the same bytes are there already they are verified and their
    key is returned, whatever its suffix; a damaged original is reported (Conflict original-damaged), never replaced.
    """
    if not _SUFFIX.fullmatch(suffix):
        raise InvalidInput("A file suffix is a dot and up to eight small letters or digits.", code="bad-suffix")
    if sha256_of(received.path) != received.sha256:
        raise Conflict("The temporary file changed after it was received; send it again.", code="hash-mismatch")
    key = f"originals/{received.sha256[:2]}/{received.sha256}{suffix}"
    folder = (root / key).parent
    with disk_errors():
        folder.mkdir(parents=True, exist_ok=True)
        present = _present(folder, received.sha256)
        if present is None and _place(received.path, root / key):
            received.discard()
            return key
    final = present or _present(folder, received.sha256) or root / key
    return _reuse(received, final, root)


def path_for(key: str, root: Path) -> Path:
    """Where the original lies; a key that this store could not have made raises NotFound."""
    if not _KEY.fullmatch(key):
        raise NotFound("There is no such original.", code="original-missing")
    return root / key


def open_original(key: str, root: Path) -> BufferedReader:
    """Open the original for reading; NotFound when it is not there."""
    try:
        return path_for(key, root).open("rb")
    except FileNotFoundError:
        raise NotFound("There is no such original.", code="original-missing") from None


def verify(key: str, root: Path, sha256: str) -> bool:
    """Read the whole original again: does it still hash to ``sha256``? NotFound when it is not there."""
    with open_original(key, root) as file:
        return _digest(file) == sha256


def sha256_of(path: Path) -> str:
    """The hexadecimal SHA-256 of a file's bytes, read in chunks."""
    with path.open("rb") as file:
        return _digest(file)


def _write(chunks: Iterable[bytes], file: BinaryIO, path: Path, max_bytes: int, expected: int | None) -> Received:
    digest, size = hashlib.sha256(), 0
    limit = max_bytes if expected is None else expected
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise _too_large(max_bytes) if expected is None else _wrong_length(expected, "more")
        digest.update(chunk)
        with disk_errors():
            file.write(chunk)
    if expected is not None and size != expected:
        raise _wrong_length(expected, str(size))
    with disk_errors():
        file.flush()
        os.fsync(file.fileno())
    return Received(path, digest.hexdigest(), size)


def _check_hash(received: Received, expected: str | None) -> None:
    if expected is not None and received.sha256 != expected.lower():
        raise Incomplete("The bytes do not match the announced SHA-256; send them again.", code="hash-mismatch")


def _place(source: Path, final: Path) -> bool:
    """Link ``source`` to its final name; False when that name was taken first. A hard link never
    overwrites.
    """
    try:
        source.chmod(0o444)
        os.link(source, final)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        return _place_copy(source, final)
    _sync_folder(final.parent)
    return True


def _place_copy(source: Path, final: Path) -> bool:
    handle, name = tempfile.mkstemp(prefix=".copy-", dir=final.parent)
    near = Path(name)
    try:
        with os.fdopen(handle, "wb") as target, source.open("rb") as origin:
            shutil.copyfileobj(origin, target, CHUNK)
            target.flush()
            os.fsync(target.fileno())
        return sha256_of(near) == final.name[:64] and _place(near, final)
    finally:
        near.unlink(missing_ok=True)


def _reuse(received: Received, final: Path, root: Path) -> str:
    if not final.exists() or sha256_of(final) != received.sha256:
        raise Conflict(
            f"The stored original {final.name} no longer matches its hash; restore it from a backup.",
            code="original-damaged",
        )
    received.discard()
    return final.relative_to(root).as_posix()


def _present(folder: Path, sha256: str) -> Path | None:
    return min(folder.glob(f"{sha256}*"), default=None)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _digest(file: BufferedReader) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn a full disk inside this block into Unavailable disk-full."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise Unavailable("The disk is full; free some space and try again.", code="disk-full") from error


def _too_large(max_bytes: int) -> InvalidInput:
    return InvalidInput(f"The file is larger than the {max_bytes:,} bytes allowed.", code="too-large")


def _wrong_length(expected: int, got: str) -> Incomplete:
    return Incomplete(f"{expected} bytes were announced, {got} came; send the file again.", code="length-mismatch")
