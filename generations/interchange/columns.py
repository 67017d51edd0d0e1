"""Which column fills which field: guessed from its name, corrected by a person, and then the words of a row read into facts."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from generations.interchange.tables import LONGEST_FIELD

FIELDS = {
    "file": "File name or path",
    "sha256": "SHA-256",
    "shot": "Shot code",
    "model": "Model",
    "route": "Made through",
    "prompt": "Prompt",
    "seed": "Seed",
    "made_on": "Made on",
    "remote_id": "The provider’s id",
    "notes": "Notes",
    "tags": "Tags",
}
LIMITS = {"sha256": 64, "shot": 40, "model": 100, "route": 100, "seed": 40, "remote_id": 200, "file": 1000}
_KNOWN = {
    "file": "file filename filepath path name clip video videofile media asset output outputfile localpath relativepath originalname",
    "sha256": "sha256 sha hash checksum digest filehash sha256sum",
    "shot": "shot shotcode scene sceneshot slot shotname shotid",
    "model": "model modelname modelid modelversion engine generator declaredmodel madewith",
    "route": "route service provider platform through via source vendor declaredroute account",
    "prompt": "prompt text description caption instruction promptused declaredprompt inputtext prompttext",
    "seed": "seed randomseed noiseseed",
    "made_on": "madeon date created createdat creationdate createdon generatedat timestamp time datecreated declaredmadeon completedat",
    "remote_id": "id remoteid generationid taskid jobid videoid genid providerid",
    "notes": "notes note comment comments remarks remark memo",
    "tags": "tags tag keywords labels",
}

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_PARTS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_EPOCH = re.compile(r"\d{9,13}(\.\d+)?")
_HEX64 = re.compile(r"[0-9a-f]{64}")
DMY, MDY, UNSAID = "dmy", "mdy", "auto"


@dataclass
class Read:
    """What a row says, and what is wrong with it: (field, words)."""

    facts: dict[str, str | list[str]]
    wrong: list[tuple[str, str]] = field(default_factory=list)


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Which column probably fills which field; each column once, in the order in which each field prefers them."""
    plain = {re.sub(r"[^a-z0-9]", "", column.lower()): column for column in reversed(columns)}
    last = {re.sub(r"[^a-z0-9]", "", column.lower().rpartition(".")[2]): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for name, words in _KNOWN.items():
        for word in words.split():
            column = plain.get(word) or last.get(word)
            if column and column not in found.values():
                found[name] = column
                break
    return found


def date_order(values: Sequence[str]) -> str:
    """Whether days or months come first in these dates, as far as one of them can only be read one way; else "auto"."""
    pairs = [tuple(map(int, match.groups()[:2])) for value in values if (match := _PARTS.match(value.strip()))]
    if any(first > 12 for first, _ in pairs):
        return DMY
    return MDY if any(second > 12 for _, second in pairs) else UNSAID


def read(cells: Mapping[str, str], mapping: Mapping[str, str], order: str) -> Read:
    """Read a row's words by the mapping. What cannot be read is named, and nothing is guessed in its place."""
    said = {name: cells.get(column, "").strip() for name, column in mapping.items() if column}
    result = Read({})
    for name, words in said.items():
        if not words:
            continue
        if len(words) > LIMITS.get(name, LONGEST_FIELD):
            result.wrong.append((name, f"{FIELDS[name]} is longer than {LIMITS.get(name, LONGEST_FIELD):,} letters."))
        elif name == "sha256":
            _read_hash(result, words)
        elif name == "made_on":
            _read_date(result, words, order)
        elif name == "tags":
            result.facts["tags"] = [tag for each in re.split(r"[,;|]", words) if (tag := each.strip()[:60])][:50]
        else:
            result.facts[name] = words
    return result


def _read_hash(result: Read, words: str) -> None:
    digest = words.lower().removeprefix("sha256:").removeprefix("sha-256:").strip()
    if _HEX64.fullmatch(digest):
        result.facts["sha256"] = digest
    else:
        result.wrong.append(("sha256", f"“{words[:70]}” is no SHA-256: it has 64 hexadecimal digits."))


def _read_date(result: Read, words: str, order: str) -> None:
    day, why = day_of(words, order)
    if day:
        result.facts["made_on"] = day.isoformat()
    else:
        result.wrong.append(("made_on", f"“{words[:40]}” {why}"))


def day_of(words: str, order: str = UNSAID) -> tuple[dt.date | None, str]:
    """The day that these words name, or why none: ISO, day.month.year, month/day/year, seconds or milliseconds since 1970 (UTC)."""
    try:
        if match := _ISO.match(words):
            return dt.date(*map(int, match.groups())), ""
        if _EPOCH.fullmatch(words):
            number = float(words)
            return dt.datetime.fromtimestamp(number / (1000 if number > 1e11 else 1), dt.UTC).date(), ""
        if match := _PARTS.match(words):
            return _by_parts(*map(int, match.groups()), order=order, point="." in words)
    except (ValueError, OverflowError, OSError):
        return None, "is no day of the calendar."
    return None, "is no date that is known here: write 2026-11-29."


def _by_parts(first: int, second: int, year: int, *, order: str, point: bool) -> tuple[dt.date | None, str]:
    if order == UNSAID and not point and first <= 12 and second <= 12 and first != second:
        return None, "may be read two ways: say whether days or months come first, or write 2026-11-29."
    month_first = order == MDY or (order == UNSAID and not point and second > 12)
    day, month = (second, first) if month_first else (first, second)
    return dt.date(year, month, day), ""
