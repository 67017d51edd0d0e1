"""Key files: small secrets kept in KEY_DIR, outside the database, in numbered versions that are never overwritten."""

import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from sorahub.lib.errors import Unavailable


def folder() -> Path:
    """Return KEY_DIR, made for its owner alone if it is missing."""
    path = Path(settings.KEY_DIR)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(f"The key folder {path} cannot be made: {error.strerror}.", code="key-folder") from error
    return path


def versions(name: str) -> list[tuple[int, str]]:
    """Return every version of the key file ``name`` as (number, content), oldest first."""
    pattern = re.compile(rf"{re.escape(name)}-([1-9][0-9]*)\.key")
    found = [(int(match[1]), path) for path in folder().iterdir() if (match := pattern.fullmatch(path.name))]
    try:
        return [(number, path.read_text(encoding="utf-8")) for number, path in sorted(found)]
    except OSError as error:
        raise Unavailable(
            f"The key file {error.filename} cannot be read: {error.strerror}.", code="key-file"
        ) from error


def ensure(name: str, make: Callable[[], str]) -> list[tuple[int, str]]:
    """Return every version, after making the first one if there is none."""
    return versions(name) or add(name, 1, make())


def add(name: str, number: int, content: str) -> list[tuple[int, str]]:
    """Write version ``number`` whole or not at all, mode 0600, and return every version.

    When another process was faster, its file stays and ``content`` is dropped.
    """
    target = folder() / f"{name}-{number}.key"
    draft = folder() / f".{target.name}.{secrets.token_hex(8)}"
    try:
        _write(draft, content)
        _claim(draft, target)
    except OSError as error:
        raise Unavailable(f"The key file {target} cannot be written: {error.strerror}.", code="key-file") from error
    finally:
        draft.unlink(missing_ok=True)
    return versions(name)


def _write(path: Path, content: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _claim(draft: Path, target: Path) -> None:
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        return
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
