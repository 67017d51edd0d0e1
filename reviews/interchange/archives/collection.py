"""What a collection's API answers: ``{id, fetchDate, content}``, one or a list; service and type of terms as far as it says them."""

import json
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from reviews.interchange.archives.records import LARGEST_RECORD, Entry, Malformed, Name, Record, moment_of
from sorahub.lib.canonical import Json
from sorahub.lib.errors import InvalidInput

LARGEST_FILE = 100 * 1024 * 1024


class Collection:
    """The file is read as a whole: it holds one document's versions, not an archive's."""

    licence = ""

    def __init__(self, path: Path) -> None:
        if path.stat().st_size > LARGEST_FILE:
            raise _unreadable("It is larger than 100 MiB.")
        try:
            value = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise _unreadable(f"It is no JSON: {str(error)[:100]}.") from error
        rows = value if isinstance(value, list) else [value]
        if not rows or not any(isinstance(row, dict) and "fetchDate" in row for row in rows):
            raise _unreadable("It holds no record with id, fetchDate and content.")
        self._rows: list[Any] = rows

    def entries(self) -> Iterator[Entry]:
        """Give what is malformed, then every record by its day."""
        read = [_entry(number, row) for number, row in enumerate(self._rows, start=1)]
        yield from (each for each in read if isinstance(each, Malformed))
        records = [each for each in read if isinstance(each, Record)]
        yield from sorted(records, key=lambda each: each.at)


def _entry(number: int, row: Any) -> Entry:
    where = f"record {number}"
    if not isinstance(row, dict):
        return Malformed(where, "It is no object.")
    content, day = row.get("content"), row.get("fetchDate")
    if not isinstance(content, str) or not isinstance(day, str):
        return Malformed(where, "It has no fetchDate or no content.")
    try:
        at, raw = moment_of(day), content.encode()
    except ValueError as error:
        return Malformed(where, f"It cannot be read: {str(error)[:120]}.")
    if len(raw) > LARGEST_RECORD:
        return Malformed(where, "It is larger than 10 MiB.")
    identity = str(row.get("id", ""))[:100]
    facts: dict[str, Json] = {"record_id": identity}
    name = Name(_word(row, "serviceId", "service"), _word(row, "termsType", "type"))
    return Record(name, f"{where} {identity}".strip(), at, sha256(raw).hexdigest(), partial(bytes, raw), facts)


def _word(row: dict[str, Any], *names: str) -> str:
    return next((row[name][:200] for name in names if isinstance(row.get(name), str)), "")


def _unreadable(words: str) -> InvalidInput:
    return InvalidInput(f"This file cannot be read. {words}", code="archive-unreadable", fields={"file": words})
