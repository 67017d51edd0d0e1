"""Rows of a page: a label and its lines, shortened where they would fill the page. Texts only; nothing is markup."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sorahub.lib.canonical import Json

LONGEST = 1200
NOTHING = "None recorded"


def instant(at: datetime) -> str:
    """Write an instant in UTC, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def both(at: datetime, zone: str) -> str:
    """Write an instant as people of the zone say it, and in UTC."""
    if zone == "UTC":
        return instant(at)
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M} {zone} ({instant(at)})"


def shortened(text: str, longest: int = LONGEST, more: str = "in full in the bundle") -> str:
    """Return a text whole, or its beginning with a word that there is more; line ends are \\n."""
    lines = text.replace("\r\n", "\n")
    return lines if len(lines) <= longest else f"{lines[:longest].rstrip()} … ({more})"


def listed(parts: Iterable[str], most: int, more: str) -> str:
    """Write parts with commas between, and after ``most`` of them how many there are."""
    found = list(parts)
    words = ", ".join(found[:most])
    return words if len(found) <= most else f"{words} and {len(found) - most} more ({more})"


def row(label: str, *lines: str, mono: bool = False, digest: str = "") -> Json:
    """Return a labelled row, below its lines a hash in small; without lines it says that nothing is recorded."""
    return {"label": label, "lines": [shortened(line) for line in lines] or [NOTHING], "mono": mono, "digest": digest}


def section(title: str, rows: Iterator[Json]) -> Json:
    """Return a titled list of rows."""
    return {"title": title, "rows": list(rows)}
