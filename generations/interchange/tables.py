"""Read a manifest: CSV in whatever encoding and with whatever separator spreadsheets write, JSON, and JSON by the line.

A row is what the file says, as words under its columns' names, and kept as it came (``raw``). Nested JSON objects are columns with a dot.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput
from sorahub.lib.sheets import meant
from sorahub.lib.storable import storable

LARGEST = 64 * 1024**2
MOST_ROWS = 100_000
LONGEST_FIELD = 100_000
MOST_COLUMNS = 200
SAMPLE = 3
_ENCODINGS = ("utf-8-sig", "utf-16", "cp1252", "latin-1")
_LISTS = ("rows", "videos", "generations", "items", "data", "clips", "files", "results")


@dataclass(frozen=True)
class Line:
    """One row: ``cells`` for reading, ``raw`` for keeping."""

    cells: Mapping[str, str]
    raw: Mapping[str, Json]


@dataclass(frozen=True)
class Table:
    """A manifest as read. ``delimiter`` is empty for JSON."""

    columns: Sequence[str]
    lines: Sequence[Line]
    encoding: str
    delimiter: str


def read(name: str, content: bytes) -> Table:
    """Read a manifest. Raises InvalidInput, with words for whoever made it."""
    if len(content) > LARGEST:
        raise _unreadable(f"It is larger than {LARGEST // 1024**2} MiB.")
    text, encoding = _decoded(content)
    if name.lower().endswith((".json", ".jsonl", ".ndjson")) or text.lstrip()[:1] in ("[", "{"):
        return _from_objects(objects(text), encoding)
    return _from_csv(text, encoding)


def objects(text: str) -> list[dict[str, Any]]:
    """The objects of a JSON list, of a list inside one object, or one by the line. Raises InvalidInput."""
    try:
        said = _loaded(text)
    except (ValueError, RecursionError):
        return [_object(line) for line in text.splitlines() if line.strip()]
    if isinstance(said, dict):
        lists = [said[name] for name in _LISTS if isinstance(said.get(name), list)]
        said = lists[0] if lists else [said]
    if not isinstance(said, list):
        raise _unreadable("The JSON is no list of rows.")
    found = [each for each in said if isinstance(each, dict)]
    if len(found) != len(said):
        raise _unreadable("Something in the JSON's list is no row.")
    return found


def flat(said: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """An object's values as words, those of objects inside it under names with a dot; three levels."""
    for name, value in said.items():
        if isinstance(value, dict) and before.count(".") < 2:
            yield from flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", _word(value)


def _decoded(content: bytes) -> tuple[str, str]:
    for encoding in _ENCODINGS:
        if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
            continue
        try:
            return content.decode(encoding).replace("\x00", ""), encoding
        except UnicodeDecodeError:
            continue
    raise _unreadable("Its letters cannot be read; save it as UTF-8.")


def _from_csv(text: str, encoding: str) -> Table:
    delimiter = _delimiter(text)
    csv.field_size_limit(LARGEST)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        head = [cell.strip() for cell in next(reader, [])]
        if not any(head):
            raise _unreadable("Its first line names no columns.")
        columns = _names(head)
        lines = []
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append(_line(columns, cells))
            _bounded(lines)
    except csv.Error as error:
        raise _unreadable(f"Line {reader.line_num} cannot be read: {error}.") from error
    return Table(columns, lines, encoding, delimiter)


def _line(columns: Sequence[str], cells: Sequence[str]) -> Line:
    beyond = {f"(column {number})": cell for number, cell in enumerate(cells, 1) if number > len(columns) and cell}
    said = {**dict(zip(columns, cells, strict=False)), **beyond}
    return Line({name: meant(cell) for name, cell in said.items()}, {**said})


def _delimiter(text: str) -> str:
    """The separator that most often stands in the first line, outside of quotes."""
    first = next(iter(text.splitlines()), "")
    outside = "".join(first.split('"')[::2])
    return max((",", ";", "\t", "|"), key=lambda mark: (outside.count(mark), mark == ","))


def _names(head: Sequence[str]) -> list[str]:
    if len(head) > MOST_COLUMNS:
        raise _unreadable(f"It has more than {MOST_COLUMNS} columns.")
    names: list[str] = []
    for number, name in enumerate(head, 1):
        plain = name or f"(column {number})"
        names.append(plain if plain not in names else f"{plain} ({number})")
    return names


def _from_objects(said: Sequence[dict[str, Any]], encoding: str) -> Table:
    _bounded(said)
    if not said:
        raise _unreadable("It has no rows.")
    lines = [Line(dict(flat(each)), each) for each in said]
    columns = list(dict.fromkeys(name for line in lines for name in line.cells))
    if len(columns) > MOST_COLUMNS:
        raise _unreadable(f"It has more than {MOST_COLUMNS} columns.")
    return Table(columns, lines, encoding, "")


def _loaded(text: str) -> Any:
    """What the JSON says, as a database keeps it: no half letters, and what is no number as a word."""
    return storable(json.loads(text, parse_constant=str))


def _object(line: str) -> dict[str, Any]:
    try:
        said = _loaded(line)
    except (ValueError, RecursionError) as error:
        raise _unreadable("It is neither JSON nor JSON by the line.") from error
    if not isinstance(said, dict):
        raise _unreadable("A line of it is no JSON object.")
    return said


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return ", ".join(value) if _is_words(value) else json.dumps(value, ensure_ascii=False)


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _bounded(lines: Sequence[object]) -> None:
    if len(lines) > MOST_ROWS:
        raise _unreadable(f"It has more than {MOST_ROWS:,} rows; cut it in parts.")


def _unreadable(words: str) -> InvalidInput:
    return InvalidInput(f"The manifest cannot be read. {words}", code="manifest-unreadable")
