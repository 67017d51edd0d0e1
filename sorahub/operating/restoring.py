"""Restore a hub from a backup: look at all of it first, then database, media and keys, then prove the ledger."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from sorahub.ledger import audit, triggers
from sorahub.lib import keyfiles, signing
from sorahub.lib.storage import sha256_of
from sorahub.operating import databases
from sorahub.operating.backing_up import key_files
from sorahub.operating.described import MEDIA, Description, faults, read_listing
from sorahub.operating.errors import OperatingError


@dataclass(frozen=True)
class Restored:
    """What a restoration did: events of the ledger, whether they were proven (not before a younger code's migrations have
    run), files put back, and where replaced media went.
    """

    events: int
    proven: bool
    files: int
    aside: Path | None


def restore(folder: Path, keys: Path | None, *, replace: bool, tell: Callable[[str], object] = print) -> Restored:
    """Put a backup in the place of an empty hub, or with ``replace`` of the one that is there. Stop the hub's processes first.

    Replaced media are moved aside, never deleted. Keys that are there are kept; a key file of another content with the same
    name stops everything. Raises OperatingError, before anything was touched unless its words say otherwise.
    """
    description = Description.read(folder)
    tell("Checking the backup …")
    _require_whole(folder)
    _require_fitting(description, keys, replace=replace)
    tell("Database …")
    if replace:
        databases.clear()
    databases.restore(folder / description.database)
    tell("Media …")
    aside, files = _media(folder, replace=replace)
    if keys:
        _put_keys(keys)
    tell("Proving the ledger …")
    _require_same(description)
    current = databases.is_migrated()
    if current:
        _prove()
    return Restored(sum(head.size for head in description.heads), current, files, aside)


def _require_whole(folder: Path) -> None:
    wrong = list(faults(folder))
    if wrong:
        raise OperatingError(f"The backup is damaged, nothing was touched: {'; '.join(wrong[:5])}")


def _require_fitting(description: Description, keys: Path | None, *, replace: bool) -> None:
    if description.vendor != connection.vendor:
        raise OperatingError(f"This backup is of {description.vendor}, the hub is set to {connection.vendor}.")
    if not replace and not databases.is_empty():
        raise OperatingError("The database is not empty. To put the backup in its place, say --replace.")
    if not replace and any(Path(settings.MEDIA_ROOT).rglob("*.*")):
        raise OperatingError(f"{settings.MEDIA_ROOT} is not empty. To put the backup in its place, say --replace.")
    _require_keys(description, keys)


def _require_keys(description: Description, keys: Path | None) -> None:
    """The keys that the backup's signatures were made with must be there or come along, and clash with none."""
    for source in _key_files(keys):
        there = keyfiles.folder() / source.name
        if there.exists() and there.read_bytes() != source.read_bytes():
            raise OperatingError(f"{there} is another key than the one in {keys}: move one of them away first.")
    texts = [path.read_text(encoding="utf-8") for path in [*_key_files(keys), *_key_files(keyfiles.folder())]]
    lacking = [key for key in description.keys if not any(f'"{key.split()[1]}"' in text for text in texts)]
    if lacking:
        raise OperatingError(f"These keys are missing: {', '.join(lacking)}. Name their folder with --keys.")


def _key_files(folder: Path | None) -> list[Path]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise OperatingError(f"There is no folder {folder}.")
    return key_files(folder)


def _media(folder: Path, *, replace: bool) -> tuple[Path | None, int]:
    root = Path(settings.MEDIA_ROOT)
    aside = None
    if replace and root.exists() and any(root.iterdir()):
        aside = root.with_name(f"{root.name}.replaced-{timezone.now():%Y%m%dT%H%M%SZ}")
        root.rename(aside)
    listed = {path: digest for path, digest in read_listing(folder).items() if path.startswith(f"{MEDIA}/")}
    for path, digest in listed.items():
        target = root / path.removeprefix(f"{MEDIA}/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(folder / path, target)
        if sha256_of(target) != digest:
            raise OperatingError(f"{target} was not written as it is in the backup: the restoration is not complete.")
    (root / "incoming").mkdir(parents=True, exist_ok=True)
    return aside, len(listed)


def _put_keys(keys: Path) -> None:
    for source in _key_files(keys):
        target = keyfiles.folder() / source.name
        if not target.exists():
            shutil.copy2(source, target)
            target.chmod(0o600)


def _require_same(description: Description) -> None:
    """The ledger stands where the backup says, and the keys are those that signed it."""
    if databases.heads() != description.heads:
        raise OperatingError("The restored ledger is not at the place that the backup names: the restoration failed.")
    known = {f"{key.purpose} {key.key_id}" for key in signing.public_keys()}
    if not known.issuperset(description.keys):
        raise OperatingError("The database and media are back, but not the keys: put them into SORAHUB_KEY_DIR.")


def _prove() -> None:
    """The triggers are there, and every hash, link and signature of the ledger holds."""
    if triggers.expected() - triggers.installed():
        triggers.install()
    found = audit.verify()
    if found:
        raise OperatingError(f"The restored ledger is not sound: {found[0]}")
