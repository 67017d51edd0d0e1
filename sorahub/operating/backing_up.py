"""Make a backup: the database at one moment, then the media, so that every file that the database names is there.

Originals are written once, so a later backup in the same place shares the files of the one before it by hard links and is
small. The keys go to another place: whoever holds both could sign what was never said.
"""

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from sorahub.ledger import watch
from sorahub.lib import keyfiles, read_only, signing, storage
from sorahub.operating import databases
from sorahub.operating.described import DATABASES, DESCRIPTION, LISTING, MEDIA, Description, listing, read_listing
from sorahub.operating.errors import OperatingError

PREFIX, KEYS_PREFIX = "sorahub-", "sorahub-keys-"


@dataclass(frozen=True)
class Made:
    """A finished backup: its folder, where its keys went (None: left out), files, bytes, and how many were shared with the last."""

    folder: Path
    keys: Path | None
    files: int
    size: int
    shared: int


def make(into: Path, keys_into: Path | None, *, tell: Callable[[str], object] = print) -> Made:
    """Write a new folder below ``into``; it has its name only when it is complete. The hub may run meanwhile.

    Raises OperatingError when the keys would lie beside what they sign, when a tool fails, or when the disk does not take it.
    """
    if keys_into and _within(keys_into, into):
        raise OperatingError("Keys lie elsewhere than the backup: whoever has both could sign what was never said.")
    stamp = f"{timezone.now():%Y%m%dT%H%M%SZ}"
    final = into / f"{PREFIX}{stamp}"
    draft = into / f".making-{stamp}-{secrets.token_hex(4)}"
    try:
        draft.mkdir(parents=True, mode=0o700)
        made = _fill(draft, _last(into), tell)
        kept = _keys(keys_into / f"{KEYS_PREFIX}{stamp}") if keys_into else None
        _sync(draft)
        draft.rename(final)
    except OSError as error:
        raise OperatingError(f"The backup could not be written: {error}") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return Made(final, kept, *made)


def _fill(draft: Path, last: Path | None, tell: Callable[[str], object]) -> tuple[int, int, int]:
    vendor = connection.vendor
    tell("Database …")
    description = databases.dump(draft / DATABASES[vendor], lambda: _describe(vendor))
    hashes = {description.database: storage.sha256_of(draft / description.database)}
    tell("Media …")
    shared = _media(draft, last, hashes)
    (draft / LISTING).write_text(listing(hashes), encoding="utf-8")
    (draft / DESCRIPTION).write_text(description.text(), encoding="utf-8")
    return len(hashes), sum((draft / path).stat().st_size for path in hashes), shared


def _describe(vendor: str) -> Description:
    keys = [f"{key.purpose} {key.key_id}" for key in signing.public_keys()]
    return Description(timezone.now(), vendor, databases.migrations(), databases.heads(), keys)


def _media(draft: Path, last: Path | None, hashes: dict[str, str]) -> int:
    """Copy the media and note each hash; returns how many files the last backup had already."""
    known = read_listing(last) if last else {}
    shared = 0
    for source, path in _sources():
        target = draft / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if last and _share(last / path, target, source, path in known):
            hashes[path] = known[path]
            shared += 1
            continue
        digest = _copy(source, target)
        if digest:
            hashes[path] = digest
    return shared


def _sources() -> Iterator[tuple[Path, str]]:
    root = Path(settings.MEDIA_ROOT)
    for folder, _, names in os.walk(root):
        for name in sorted(names):
            source = Path(folder) / name
            if source.is_file() and not source.is_symlink():
                yield source, f"{MEDIA}/{source.relative_to(root).as_posix()}"


def _share(earlier: Path, target: Path, source: Path, listed: bool) -> bool:  # noqa: FBT001 (one private caller)
    """Link to the last backup's copy of a write-once original; anything else is copied anew."""
    written_once = source.parent.parent.name == "originals"
    if not (listed and written_once and earlier.is_file() and earlier.stat().st_size == source.stat().st_size):
        return False
    target.hardlink_to(earlier)
    return True


def _copy(source: Path, target: Path) -> str | None:
    """Copy a file while hashing it; None for one that went away meanwhile (a part of an upload, an old bundle)."""
    digest = sha256()
    try:
        with source.open("rb") as origin, target.open("wb") as copy:
            while piece := origin.read(storage.CHUNK):
                digest.update(piece)
                copy.write(piece)
    except FileNotFoundError:
        return None
    shutil.copystat(source, target)
    return digest.hexdigest()


def _keys(target: Path) -> Path:
    target.mkdir(parents=True, mode=0o700)
    for source in key_files(keyfiles.folder()):
        shutil.copy2(source, target / source.name)
        (target / source.name).chmod(0o600)
    return target


def key_files(folder: Path) -> list[Path]:
    """Return the keys in a folder, and not what the hub notes beside them of its own state, such as that it is read-only."""
    state = (read_only.NAME, f"{watch.ACCEPTED}-")
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", *state)))


def _last(into: Path) -> Path | None:
    """The newest complete backup in the same place."""
    found = [path for path in into.glob(f"{PREFIX}*") if (path / DESCRIPTION).is_file()] if into.is_dir() else []
    return max(found, key=lambda path: path.name, default=None)


def _within(inner: Path, outer: Path) -> bool:
    return inner.resolve().is_relative_to(outer.resolve()) or outer.resolve().is_relative_to(inner.resolve())


def _sync(folder: Path) -> None:
    os.sync()
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
