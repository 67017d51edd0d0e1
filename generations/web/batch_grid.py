"""A batch's cells laid out: two of the axes that vary as rows and columns, the others told on each cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from generations.actions.batch_standing import CellStanding, Standing, percent
from generations.models import Clip, ErrorClass, Generation
from generations.models.generation import ACTIVE
from generations.rules.matrix import Matrix
from generations.web.batch_words import AXES, Wording
from generations.web.showing import ClipCard, cards_by_id, cost
from generations.web.standing import MEND
from sorahub.accounts.models import User


@dataclass(frozen=True)
class CellView:
    """What the page shows of a cell. ``words``: what tells it from its neighbours; ``why``: what went wrong, with what mends it."""

    row: Generation
    words: str
    name: str
    card: ClipCard | None
    percent: int
    cost: str
    error: str
    why: str
    tries: int

    @property
    def active(self) -> bool:
        """Whether it is under way."""
        return self.row.state in ACTIVE


@dataclass(frozen=True)
class GridRow:
    """A row: its heading and, for each column, the cells that belong there."""

    label: str
    columns: Sequence[Sequence[CellView]]


@dataclass(frozen=True)
class Grid:
    """``columns`` is empty where only one axis varies: then there is one row, of single cells."""

    rows_axis: str
    columns_axis: str
    choices: Sequence[tuple[str, str]]
    columns: Sequence[str]
    rows: Sequence[GridRow]


def laid_out(standing: Standing, user: User, wording: Wording | None, rows: str, columns: str) -> Grid:
    """Return the grid; ``rows`` and ``columns`` name axes that vary, anything else means the usual ones. Two statements."""
    matrix = standing.matrix
    clips = cards_by_id(Clip.objects.visible_to(user), [cell.last.clip_id for cell in standing.cells])
    if matrix is None or wording is None or len(matrix.varying) < 2:
        shown = [_view(cell, clips, matrix, wording, ()) for cell in standing.cells]
        return Grid("", "", (), (), [GridRow("", [[each] for each in shown])])
    rows, columns = chosen_axes(matrix, rows, columns)
    choices = [(axis, AXES[axis]) for axis in matrix.varying]
    heads = wording.axis(matrix, columns)
    placed: dict[tuple[int, int], list[CellView]] = {}
    for cell in standing.cells:
        at = (cell.place.get(rows, 0), cell.place.get(columns, 0))
        placed.setdefault(at, []).append(_view(cell, clips, matrix, wording, (rows, columns)))
    lines = [
        GridRow(label, [placed.get((row, column), []) for column in range(len(heads))])
        for row, label in enumerate(wording.axis(matrix, rows))
    ]
    return Grid(rows, columns, choices, heads, lines)


def chosen_axes(matrix: Matrix, rows: str, columns: str) -> tuple[str, str]:
    """Return two different axes that vary: those asked for, else the first of them as rows and the next as columns."""
    varying = matrix.varying
    rows = rows if rows in varying else next(axis for axis in varying if axis != columns)
    others = [axis for axis in varying if axis != rows]
    return rows, columns if columns in others else others[0]


def _view(
    cell: CellStanding,
    clips: Mapping[UUID, ClipCard],
    matrix: Matrix | None,
    wording: Wording | None,
    told: Sequence[str],
) -> CellView:
    row = cell.last
    full = wording.cell(matrix, cell.place) if matrix and wording else []
    short = wording.cell(matrix, cell.place, without=told) if matrix and wording else []
    known = row.error_class in ErrorClass.values
    ended = row.clip_id is None and row.state not in ACTIVE
    return CellView(
        row=row,
        words=", ".join(short),
        name=", ".join(full) or f"{row.prompt.shot.code} v{row.prompt.version}",
        card=clips.get(row.clip_id) if row.clip_id else None,
        percent=percent(row),
        cost=cost(row),
        error=str(row.get_error_class_display() if known else row.error_message) if ended else "",
        why=(cell.again.why or (MEND[ErrorClass(row.error_class)] if known else "")) if ended else "",
        tries=len(cell.tries),
    )


def figures(standing: Standing) -> list[tuple[str, Any]]:
    """Return how many cells stand how, in words, without those of which there are none."""
    counts = standing.counts
    told = [
        ("with a clip", "done"),
        ("under way", "under_way"),
        ("waiting to be sent", "waiting"),
        ("ended without a clip", "without"),
    ]
    return [(words, counts[name]) for words, name in told if counts[name]]
