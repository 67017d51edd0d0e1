"""Keep a receipt: PDF or a picture, known by its content, under its SHA-256."""

from dataclasses import dataclass

from generations.actions import filing
from generations.actions.receiving import FileInput, plain_name
from sorahub.lib.errors import InvalidInput

LARGEST = 20 * 1024**2
KINDS = frozenset({"application/pdf", "image/png", "image/jpeg"})


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
    try:
        stored = filing.keep(file, name, largest=LARGEST, field="receipt", takes=KINDS)
    except InvalidInput as error:
        words = "A receipt is a PDF, or a picture in PNG or JPEG." if error.code == "unknown-kind" else error.message
        raise InvalidInput(words, code=error.code, fields={"receipt": words}) from error
    received = stored.received
    return Receipt(stored.key, plain_name(name), received.sha256, received.size, stored.kind.media_type)
