"""Whether the hub is read-only: a file beside the keys says so, outside the database, so that no restored database forgets it.

Every process of the hub sees the file at once, and looking for it costs some microseconds: the ledger looks at each append.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from django.conf import settings

from sorahub.lib import keyfiles
from sorahub.lib.errors import Unavailable

NAME = "READ-ONLY"
_overruled: ContextVar[bool] = ContextVar("overruled", default=False)


class ReadOnly(Unavailable):
    """The hub takes no changes until an administrator has looked. HTTP 503."""

    code = "read-only"


def reason() -> str | None:
    """Return why the hub is read-only, None while it is not."""
    try:
        handle = os.open(f"{settings.KEY_DIR}/{NAME}", os.O_RDONLY)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, encoding="utf-8") as file:
        return file.read()


def require_writable() -> None:
    """Raise ReadOnly, with the reason, while the hub is read-only."""
    if (why := reason()) is not None and not _overruled.get():
        raise ReadOnly(why)


@contextmanager
def overruled() -> Iterator[None]:
    """Let this block write nevertheless: for the event that tells why the hub is writable again."""
    token = _overruled.set(True)
    try:
        yield
    finally:
        _overruled.reset(token)


def stop(why: str) -> None:
    """Make the hub read-only; a newer reason takes the place of an older one."""
    draft = keyfiles.folder() / f".{NAME}.{os.getpid()}"
    draft.write_text(why, encoding="utf-8")
    draft.replace(_file())


def lift() -> None:
    """Let changes in again."""
    with suppress(FileNotFoundError):
        _file().unlink()


def _file() -> Path:
    return Path(settings.KEY_DIR) / NAME
