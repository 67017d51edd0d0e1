"""Notes as CSV: one row a note, frames and timecode beside each other, safe in spreadsheets. Ours is read back by its ids."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from reviews.interchange.clock import Clock
from reviews.interchange.values import Incoming, Note, Problem, Reading, Reel
from sorahub.lib.errors import InvalidInput
from sorahub.lib.sheets import Cell, csv_lines, meant, table
from sorahub.lib.timecode import Rate

KIND = "csv"
HEAD = (
    *("Clip", "SHA-256", "Note id", "Reply to", "Frame in", "Frame out", "Timecode in", "Timecode out", "Rate"),
    *("Author", "Words", "Category", "Visibility", "State", "Resolved by", "Resolved at", "Written at", "Edited at", "Marks"),
)  # fmt: skip


def write(title: str, reels: Sequence[Reel], clock: Clock) -> str:
    """Return the sheet. Frames are 0-based, ``Frame out`` and ``Timecode out`` are the last frame; words are Markdown."""
    return "".join(csv_lines(HEAD, _rows(reels, clock)))


def _rows(reels: Sequence[Reel], clock: Clock) -> Iterator[list[Cell]]:
    for reel in reels:
        own = Clock(reel.rate, clock.start if reel.rate == clock.rate else 0, clock.drop and reel.rate == clock.rate)
        yield from (_row(reel, note, own) for note in reel.notes)


def _row(reel: Reel, note: Note, clock: Clock) -> list[Cell]:
    resolved = note.resolved_at.isoformat() if note.resolved_at else ""
    edited = note.edited_at.isoformat() if note.edited_at else ""
    return [
        *(reel.name, reel.sha256, str(note.id), str(note.parent or "")),
        *(note.frame_in, note.frame_out, clock.label(note.frame_in), clock.label(note.frame_out), str(reel.rate)),
        *(note.author, note.body, note.category, note.visibility, note.state, note.resolved_by, resolved),
        *(note.created_at.isoformat(), edited, len(note.marks)),
    ]


def is_ours(row: dict[str, str]) -> bool:
    """Say whether a row comes from ``write``."""
    return {"Note id", "Frame in", "Frame out", "Words"} <= set(row)


def read(text: str, rate: Rate, frame_count: int) -> Reading:
    """Return the notes of a sheet of ours. Marks are not in it: only how many there were."""
    rows = table(text)
    notes: list[Incoming] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows, start=1):
        try:
            notes.append(_incoming(number, {key: meant(value) for key, value in row.items()}, rate))
        except (InvalidInput, ValueError) as error:
            problems.append(Problem(number, str(error) or "This row cannot be read."))
    drawn = sum(1 for row in rows if row.get("Marks", "0") not in {"", "0"})
    lost = (f"{drawn} of the notes had drawings; a CSV file does not hold them.",) if drawn else ()
    return Reading(KIND, notes, problems, lost, rows[0].get("SHA-256", "") if rows else "")


def _incoming(number: int, row: dict[str, str], rate: Rate) -> Incoming:
    told = Rate.parse(row.get("Rate") or str(rate))
    if told != rate:
        raise InvalidInput(f"This row counts at {told.label}, the clip runs at {rate.label}.")
    return Incoming(
        row=number,
        frame_in=frame_number(row["Frame in"]),
        frame_out=frame_number(row["Frame out"]),
        body=row["Words"],
        author=row.get("Author", ""),
        id=UUID(row["Note id"]) if row["Note id"] else None,
        parent=UUID(row["Reply to"]) if row.get("Reply to") else None,
        category=row.get("Category", ""),
        visibility=row.get("Visibility", ""),
        resolved=row.get("State") == "resolved",
    )


def frame_number(text: str) -> int:
    """Return a frame number; digits only."""
    plain = text.strip()
    if not plain.isascii() or not plain.isdigit() or len(plain) > 9:
        raise InvalidInput(f"{plain[:30]!r} is no frame number.")
    return int(plain)
