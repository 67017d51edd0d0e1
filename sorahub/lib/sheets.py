"""Rows as CSV for spreadsheets, such that no cell can become a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

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
