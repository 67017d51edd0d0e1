"""Keep a receipt: PDF or a picture, known by its content, under its SHA-256."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from generations.actions.receiving import FileInput, chunks_of, plain_name, size_of, start_of
from sorahub.lib import storage
from sorahub.lib.errors import InvalidInput

LARGEST = 20 * 1024**2
_KINDS = ((b"%PDF-", "application/pdf", ".pdf"), (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
          (b"\xff\xd8\xff", "image/jpeg", ".jpg"))  # fmt: skip


@dataclass(frozen=True)
class Receipt:
    """A file in the store and what it is."""

    key: str
    name: str
    sha256: str
    size: int
    media_type: str


def keep_receipt(file: FileInput, name: str) -> Receipt:
    """Put a PDF, PNG or JPEG of at most 20 MiB into the store. Raises InvalidInput, Unavailable for a full disk."""
    start = start_of(file, 16)
    kind = next(((media, suffix) for magic, media, suffix in _KINDS if start.startswith(magic)), None)
    if kind is None:
        raise _refused("A receipt is a PDF, or a picture in PNG or JPEG.", "unknown-kind")
    if size_of(file) > LARGEST:
        raise _refused(f"A receipt may have at most {LARGEST // 1024**2} MiB.", "too-large")
    root = Path(settings.MEDIA_ROOT)
    received = storage.receive(chunks_of(file), max_bytes=LARGEST, into=root / "incoming")
    try:
        key = storage.commit(received, root, suffix=kind[1])
    finally:
        received.discard()
    return Receipt(key, plain_name(name), received.sha256, received.size, kind[0])


def _refused(words: str, code: str) -> InvalidInput:
    return InvalidInput(words, code=code, fields={"receipt": words})
