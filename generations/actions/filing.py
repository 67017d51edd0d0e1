"""Keep a file that somebody hands in: hash it while it comes, look at what it is, and put it in its place for good."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from generations.actions.file_kinds import FileKind, kind_of
from generations.actions.receiving import FileInput, chunks_of, size_of
from sorahub.lib import storage
from sorahub.lib.errors import InvalidInput


@dataclass(frozen=True)
class Stored:
    """A file in the store and what it is."""

    received: storage.Received
    key: str
    kind: FileKind


def keep(
    file: FileInput, name: str, *, largest: int, field: str = "file", takes: frozenset[str] | None = None
) -> Stored:
    """Store a file of at most ``largest`` bytes whose content is of a kind that we take (``takes``: media types; None: all).

    The same bytes are stored once. Raises InvalidInput under ``field``, Unavailable for a full disk.
    """
    if size_of(file) > largest:
        raise refused(f"A file may have at most {largest // 1024**2} MiB.", "too-large", field)
    root = Path(settings.MEDIA_ROOT)
    received = storage.receive(chunks_of(file), max_bytes=largest, into=root / "incoming")
    try:
        kind = kind_of(received.path, name)
        if takes is not None and kind.media_type not in takes:
            raise refused("This kind of file is not taken here.", "unknown-kind", field)
        key = storage.commit(received, root, suffix=kind.suffix)
    finally:
        received.discard()
    return Stored(received, key, kind)


def refused(words: str, code: str, field: str = "file") -> InvalidInput:
    """Return the refusal of a file."""
    return InvalidInput(words, code=code, fields={field: words})
