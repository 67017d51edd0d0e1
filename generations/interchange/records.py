"""Metadata that providers write beside the files they export, Sora's own export first, matched to its videos by id and by name.

No description of Sora's export was published; what is assumed here is written down in docs/how-to/import-footage.md. Every JSON file of
an export is looked through for objects that tell of one generation: they have an id and words of a prompt, or name a file. All that such
an object says is kept as it came; known names are read, unknown ones are only kept.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from generations.interchange.columns import LIMITS, day_of
from generations.interchange.tables import LONGEST_FIELD
from sorahub.lib.storable import storable

DEEPEST = 8
MOST = 100_000
LARGEST = 64 * 1024**2
_IDS = ("id", "generation_id", "gen_id", "video_id", "task_id", "post_id", "asset_id")
_FILES = ("file", "filename", "file_name", "path", "local_path", "video", "video_file", "output")
_PROMPTS = ("prompt", "text", "caption", "description", "title")
_MODELS = ("model", "model_name", "model_id", "model_version")
_TIMES = ("created_at", "created", "creation_date", "completed_at", "posted_at", "timestamp", "date")
_SEEDS = ("seed", "random_seed")
_SAYING = re.compile(r"\b(?:gen|task|video|post|asset|s)_[0-9a-z]{6,}\b", re.IGNORECASE)
SORA = "sora"


@dataclass(frozen=True)
class Record:
    """What one object says of one video."""

    raw: Mapping[str, Any]
    place: str
    ids: frozenset[str]
    files: frozenset[str]
    facts: Mapping[str, str]

    @property
    def full(self) -> bool:
        """Whether it says what was asked, of what, when, and under which id of the provider's."""
        return {"prompt", "model", "made_on", "remote_id"} <= set(self.facts)


def records_in(name: str, content: bytes) -> list[Record]:
    """All records of a JSON file (one that cannot be read has none)."""
    if len(content) > LARGEST:
        return []
    try:
        said = storable(json.loads(content.decode("utf-8-sig"), parse_constant=str))
    except (ValueError, RecursionError):
        return []
    return [_record(each, name) for each in _tellers(said, 0)][:MOST]


def assign(videos: Sequence[str], records: Sequence[Record]) -> dict[str, Record]:
    """Which record tells of which video: by the file that it names, by its id in the file's name, by a name beside it. Never two ways."""
    by_file = _unique((file, record) for record in records for file in record.files)
    by_id = _unique((each, record) for record in records for each in record.ids)
    by_stem = _unique((_stem(record.place), record) for record in records)
    found: dict[str, Record] = {}
    for video in videos:
        base = PurePosixPath(video).name.lower()
        ids = {each for each in [_last(base), *map(str.lower, _SAYING.findall(base))] if each in by_id}
        record = by_file.get(base) or (by_id[next(iter(ids))] if len(ids) == 1 else None) or by_stem.get(_stem(video))
        if record is not None:
            found[video] = record
    return found


def _tellers(said: Any, depth: int) -> Iterator[dict[str, Any]]:
    """Objects that tell of one generation, the outermost first; nothing is looked for inside them, all of them is kept."""
    if depth > DEEPEST:
        return
    if isinstance(said, list):
        for each in said:
            yield from _tellers(each, depth + 1)
    elif isinstance(said, dict):
        if _tells(said):
            yield said
        else:
            for each in said.values():
                yield from _tellers(each, depth + 1)


def _tells(said: Mapping[str, Any]) -> bool:
    named = bool(_first(said, _IDS)) and bool(_first(said, _PROMPTS[:1]))
    return named or (bool(_first(said, _FILES)) and bool(_first(said, _PROMPTS)))


def _record(said: dict[str, Any], place: str) -> Record:
    within = [said, *(each for each in said.values() if isinstance(each, dict))]
    facts = {
        "prompt": _among(within, _PROMPTS),
        "model": _among(within, _MODELS),
        "seed": _among(within, _SEEDS),
        "remote_id": _among(within, _IDS),
    }
    day, _ = day_of(_among(within, _TIMES))
    facts["made_on"] = day.isoformat() if day else ""
    ids = frozenset(str(said[name]).lower() for name in _IDS if isinstance(said.get(name), str | int))
    files = [PurePosixPath(_first(each, _FILES).replace("\\", "/")).name.lower() for each in within]
    return Record(
        said,
        place,
        ids,
        frozenset(filter(None, files)),
        {name: word[: LIMITS.get(name, LONGEST_FIELD)] for name, word in facts.items() if word},
    )


def _among(places: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    return next((word for each in places if (word := _first(each, names))), "")


def _first(said: Mapping[str, Any], names: Sequence[str]) -> str:
    for name in names:
        value = said.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return ""


def _unique(pairs: Iterator[tuple[str, Record]]) -> dict[str, Record]:
    found: dict[str, Record | None] = {}
    for name, record in pairs:
        found[name] = record if found.get(name, record) is record else None
    return {name: record for name, record in found.items() if record is not None}


def _stem(name: str) -> str:
    path = PurePosixPath(name.lower())
    return str(path.with_name(path.name.split(".")[0]))


def _last(base: str) -> str:
    return base.rpartition(".")[0]
