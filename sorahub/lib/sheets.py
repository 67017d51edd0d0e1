"""Rows as CSV for spreadsheets, such that no cell can become a formula; and rows of a CSV file that comes from one."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from sorahub.lib.errors import InvalidInput

MOST_FIELD = 1_000_000
Cell = str | int | Decimal | None
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet read a text as something else (OWASP, CSV injection)."""


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield the lines of a CSV file (RFC 4180, the first with a byte order mark so that spreadsheets read UTF-8).

    Numbers stay numbers, negative ones too; a text that a spreadsheet could take for a formula gets an apostrophe before it,
    and so does one that begins as if it had got one already: ``meant`` takes exactly that one away again.
    """
    yield "\ufeff" + _line(head)
    for row in rows:
        yield _line([_safe(cell) for cell in row])


def meant(cell: str) -> str:
    """Return the text that ``csv_lines`` made this cell of."""
    return cell[1:] if cell.startswith("'") and cell.lstrip(" '").startswith(DANGEROUS) else cell


def table(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file by its head, whatever it is separated by. Raises InvalidInput for what is none."""
    text = text.removeprefix("\ufeff")
    head = text.split("\n", 1)[0]
    mark = max((",", ";", "\t"), key=head.count)
    try:
        csv.field_size_limit(MOST_FIELD)
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark) if any(map(str.strip, row))]
    except csv.Error as error:
        raise InvalidInput(f"This is no CSV file: {error}.", code="bad-file") from error
    if not rows:
        raise InvalidInput("This file is empty.", code="bad-file")
    names = [name.strip() for name in rows[0]]
    return [dict(zip(names, row, strict=False)) for row in rows[1:]]


def _safe(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" '").startswith(DANGEROUS) else cell
    return str(cell)


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue()
