"""Comments from a Frame.io CSV export, as far as its columns are known: heads are read tolerantly, every guess is told.

What is known (help pages, and scripts that others published for it): Timecode In, Timecode Out or Timecode, Timecode Source,
Frame, Duration (frames), Commenter, Comment, a date, whether it is completed, and replies below what they answer.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from reviews.interchange.clock import Clock, tidy
from reviews.interchange.csv_file import frame_number
from reviews.interchange.edl import offset_of
from reviews.interchange.values import Incoming, Problem, Reading
from sorahub.lib.errors import InvalidInput
from sorahub.lib.sheets import table
from sorahub.lib.timecode import Rate, from_timecode

KIND = "frameio"
# What a column may be called, in the order in which they are believed; small letters and digits only.
HEADS = {
    "words": ("comment", "comments", "commenttext", "text", "note", "notes", "message", "body", "description"),
    "frame": ("frame", "framenumber", "frames", "framein", "inframe"),
    "frame_out": ("frameout", "outframe", "endframe"),
    "begin": ("timecodein", "timecode", "tcin", "tc", "in", "start", "starttime", "timestamp", "timecodesource"),
    "end": ("timecodeout", "tcout", "out", "end", "endtime"),
    "duration": ("duration", "durationframes", "length"),
    "author": ("commenter", "commentername", "author", "authorname", "name", "user", "username", "createdby", "owner"),
    "state": ("completed", "complete", "resolved", "status", "state", "done", "iscompleted"),
    "reply": ("reply", "isreply", "replyto", "inreplyto", "parent", "parentid"),
    "id": ("commentid", "id", "uuid"),
}
_DONE = {"true", "yes", "y", "1", "x", "completed", "complete", "resolved", "done", "closed", "checked"}
_NO = {"", "false", "no", "n", "0", "none", "null", "-"}
_SECONDS = re.compile(r"\d{1,6}(?:\.\d{1,6})?")


@dataclass
class _Columns:
    """Which column of this file holds what."""

    names: dict[str, str] = field(default_factory=dict)

    def of(self, row: dict[str, str], what: str) -> str:
        """Return the cell, without blanks round it; empty where there is no such column."""
        return (row.get(self.names.get(what, ""), "") or "").strip()


def read(text: str, rate: Rate, frame_count: int, start: str = "") -> Reading:
    """Return the comments; ``start`` is the timecode of frame 0 where one is wished for.

    Raises InvalidInput when no column looks like the words or like a place in time.
    """
    rows = table(text)
    columns, guesses = _columns(rows[0] if rows else {})
    offset, more = _offset(rows, columns, rate, frame_count, start)
    first, yet_more = _first_frame(rows, columns, rate, offset)
    notes: list[Incoming] = []
    problems: list[Problem] = []
    top = 0
    for number, row in enumerate(rows, start=1):
        try:
            note = _incoming(number, row, columns, rate, offset, first, top)
        except InvalidInput as error:
            problems.append(Problem(number, error.message))
            continue
        top = top if note.answers_row else number
        notes.append(note)
    return Reading(KIND, notes, problems, [*guesses, *more, *yet_more])


def _columns(row: dict[str, str]) -> tuple[_Columns, list[str]]:
    plain = {re.sub(r"[^a-z0-9]", "", name.lower()): name for name in row}
    found = {
        what: next(plain[head] for head in heads if head in plain)
        for what, heads in HEADS.items()
        if plain.keys() & set(heads)
    }
    if "words" not in found or not {"frame", "begin"} & found.keys():
        names = ", ".join(row) or "none"
        raise InvalidInput(
            f"No column of this file is known for the words or for their place in time. Its columns: {names[:300]}.",
            code="bad-file",
        )
    told = ", ".join(f"{what.replace('_', ' ')} from “{name}”" for what, name in found.items())
    return _Columns(found), [f"Columns: {told}."]


def _offset(
    rows: Sequence[dict[str, str]], columns: _Columns, rate: Rate, frame_count: int, start: str
) -> tuple[int, list[str]]:
    labels = [label for row in rows if (label := _label(columns.of(row, "begin"), rate)) is not None]
    return offset_of(labels, rate, frame_count, start)


def _label(text: str, rate: Rate) -> int | None:
    try:
        return from_timecode(tidy(text), rate)
    except InvalidInput:
        return None


def _first_frame(rows: Sequence[dict[str, str]], columns: _Columns, rate: Rate, offset: int) -> tuple[int, list[str]]:
    """Return what the first frame is numbered: as the timecodes beside the frame numbers tell, else 0."""
    if "frame" not in columns.names:
        return 0, []
    apart = set()
    for row in rows:
        number, label = columns.of(row, "frame"), _label(columns.of(row, "begin"), rate)
        if label is not None and number.isascii() and number.isdigit():
            apart.add(int(number) - (label - offset))
    if apart == {1}:
        return 1, ["Frame numbers are taken to count from 1, as the timecodes beside them do from 0."]
    if len(apart) > 1 or (apart and apart != {0}):
        return 0, ["Frame numbers and timecodes do not agree; the frame numbers are taken, counting from 0."]
    return 0, [] if apart else ["Frame numbers are taken to count from 0."]


def _incoming(
    number: int, row: dict[str, str], columns: _Columns, rate: Rate, offset: int, first: int, top: int
) -> Incoming:
    words = columns.of(row, "words")
    if not words:
        raise InvalidInput("There are no words in this row.")
    frame = _frame(row, columns, rate, offset, first)
    reply = columns.of(row, "reply").lower() not in _NO
    author = columns.of(row, "author")
    return Incoming(
        row=number,
        frame_in=frame,
        frame_out=_last(row, columns, rate, offset, first, frame),
        body=words,
        author=author,
        key=columns.of(row, "id"),
        answers_row=top if reply and top else None,
        resolved=columns.of(row, "state").lower() in _DONE,
    )


def _frame(row: dict[str, str], columns: _Columns, rate: Rate, offset: int, first: int) -> int:
    number = columns.of(row, "frame")
    if number:
        return frame_number(number) - first
    label = columns.of(row, "begin")
    if not label:
        raise InvalidInput("This row says no timecode and no frame.")
    if _SECONDS.fullmatch(label):
        raise InvalidInput(f"{label!r} is no timecode: seconds do not say which frame is meant.")
    return Clock(rate, offset).frame(label)


def _last(row: dict[str, str], columns: _Columns, rate: Rate, offset: int, first: int, frame: int) -> int:
    """Return the last frame: from its number, the duration in frames (or as timecode), or the end's timecode, taken as the last frame."""
    if number := columns.of(row, "frame_out"):
        return max(frame, frame_number(number) - first)
    duration = columns.of(row, "duration")
    if duration.isascii() and duration.isdigit() and len(duration) < 10:
        return frame + max(1, int(duration)) - 1
    if duration and (length := _label(duration, rate)) is not None:
        return frame + max(1, length) - 1
    if label := columns.of(row, "end"):
        return max(frame, Clock(rate, offset).frame(label))
    return frame
