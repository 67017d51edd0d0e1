"""Files of notes that were shown and wait to be confirmed: kept for an hour or a little more, under names of ours."""

import re
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from reviews.interchange.making import sweep
from sorahub.lib.ids import uuid7

_NAME = re.compile(r"[0-9a-f]{32}")
_KEPT = timedelta(hours=2)


def keep(data: bytes) -> str:
    """Write the bytes down and return the name under which they are found; what is older than two hours goes."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder, timezone.now() - _KEPT)
    name = uuid7().hex
    (folder / name).write_bytes(data)
    return name


def kept(name: str) -> bytes:
    """Return the bytes. Raises FileNotFoundError when they are gone, or for a name that is none of ours."""
    return _path(name).read_bytes()


def drop(name: str) -> None:
    """Remove the bytes; safe to repeat."""
    _path(name).unlink(missing_ok=True)


def _path(name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise FileNotFoundError(name)
    return _folder() / name


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "incoming" / "notes"
