"""Files that wait to be read by a job: documents and archives of terms, under names of ours, for a week at most."""

import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from reviews.interchange.making import sweep
from sorahub.lib import storage
from sorahub.lib.errors import Conflict
from sorahub.lib.ids import uuid7
from sorahub.lib.storage import Received

_NAME = re.compile(r"[0-9a-f]{32}")
_KEPT = timedelta(days=7)


def keep(chunks: Iterable[bytes], *, max_bytes: int) -> tuple[str, Received]:
    """Stream bytes to disk; return the name under which they are found, and their hash and size.

    What is older than a week goes. Raises InvalidInput too-large, Unavailable for a full disk.
    """
    folder = _folder()
    received = storage.receive(chunks, max_bytes=max_bytes, into=folder)
    sweep(folder, timezone.now() - _KEPT)
    name = uuid7().hex
    received.path.rename(folder / name)
    return name, received


def path_of(name: str) -> Path:
    """Where the bytes lie. Raises Conflict when they are gone, or for a name that is none of ours."""
    path = _folder() / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Conflict("The uploaded file is gone: it is kept for a week. Upload it again.", code="file-gone")
    return path


def drop(name: str) -> None:
    """Remove the bytes; safe to repeat."""
    if _NAME.fullmatch(name):
        (_folder() / name).unlink(missing_ok=True)


def _folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "incoming" / "terms"
