"""A provider's invoice as a file: UTF-8, UTF-16 or Windows letters, whatever mark its columns are separated by."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from django.conf import settings

from generations.models import Invoice
from sorahub.lib import storage
from sorahub.lib.errors import InvalidInput

LARGEST = 64 * 1024**2
MOST_ROWS = 500_000
MARKS = (",", ";", "\t", "|")
FEW = 8
START = 64 * 1024
MOST_FIELD = 100_000


@dataclass(frozen=True)
class Opening:
    """The headings of a file and its first rows."""

    headings: list[str]
    rows: list[list[str]]


def opening(start: bytes) -> Opening:
    """Look at the beginning of a file. Raises InvalidInput for what is no table."""
    rows = [*islice(_rows(_text(start)), FEW + 1)]
    if len(rows) > 1 and len(start) >= START and len(rows) <= FEW:
        rows = rows[:-1]  # the last may be cut
    headings = [cell.strip() for cell in rows[0]] if rows else []
    if len(headings) < 2 or not any(headings):
        raise InvalidInput(
            "This is no table: give a CSV file whose first row names its columns.",
            code="no-table",
            fields={"file": "Give a CSV file whose first row names its columns."},
        )
    return Opening(headings, rows[1:])


def opening_of(invoice: Invoice) -> Opening:
    """The same of an invoice's kept file."""
    with storage.open_original(invoice.file, Path(settings.MEDIA_ROOT)) as file:
        return opening(file.read(START))


def table_of(invoice: Invoice) -> tuple[list[str], list[list[str]]]:
    """Return the headings and every row below them, empty ones too: a row's place is its number. Raises InvalidInput, NotFound."""
    with storage.open_original(invoice.file, Path(settings.MEDIA_ROOT)) as file:
        found = [*islice(_rows(_text(file.read(LARGEST))), MOST_ROWS + 2)]
    if len(found) > MOST_ROWS + 1:
        raise InvalidInput(f"An invoice may have at most {MOST_ROWS:,} rows.", code="too-many-rows")
    return [cell.strip() for cell in found[0]] if found else [], found[1:]


def _text(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", errors="replace")
    try:
        whole = len(raw) < START  # else a letter may be cut at the end of what was read
        return codecs.getincrementaldecoder("utf-8-sig")().decode(raw, final=whole)
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _rows(text: str) -> Iterator[list[str]]:
    head = text.partition("\n")[0]
    csv.field_size_limit(MOST_FIELD)
    try:
        yield from csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=max(MARKS, key=head.count))
    except csv.Error as error:
        raise InvalidInput(f"This is no CSV file: {error}.", code="no-table", fields={"file": str(error)}) from error
