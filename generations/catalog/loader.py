"""Read the catalogue's TOML files and refuse anything that is not exactly understood, naming file, row and
field.
"""

import datetime as dt
import tomllib
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from generations.catalog.capability import (
    Audio,
    Cancel,
    Capability,
    Lifecycle,
    Price,
    PriceKind,
    Pricing,
    Shape,
    Size,
    Slot,
    SourceUse,
    Webhook,
)

DATA = Path(__file__).resolve().parent / "data"
MODES = frozenset({"text_to_video", "image_to_video"})
T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)


class CatalogueError(ValueError):
    """A catalogue file is wrong; the message names file, row and field."""


class Reader:
    """Takes the fields of one table out of it, each checked; what is left at the end was not known."""

    def __init__(self, table: dict[str, Any], where: str) -> None:
        self.table = dict(table)
        self.where = where

    def fail(self, field: str, wanted: str) -> CatalogueError:
        """The error for ``field``."""
        return CatalogueError(f"{self.where}: {field} {wanted}")

    def take(self, field: str, kind: type[T], *default: T | None) -> T:
        """Take a field of exactly this type."""
        if field not in self.table:
            if default:
                return default[0]  # type: ignore[return-value]
            raise self.fail(field, "is missing")
        value = self.table.pop(field)
        if type(value) is not kind:
            raise self.fail(field, f"must be {kind.__name__}, not {value!r}")
        return value

    def word(self, field: str, words: type[Word]) -> Word:
        """Take a field that is one of the enumeration's words."""
        value = self.take(field, str)
        try:
            return words(value)
        except ValueError:
            raise self.fail(field, f"must be one of {', '.join(words)}, not {value!r}") from None

    def day(self, field: str) -> dt.date | None:
        """Take an optional date."""
        return self.take(field, dt.date, None)

    def positive(self, field: str, *default: int | None) -> int:
        """Take a whole number above zero."""
        value = self.take(field, int, *default)
        if value is not None and value <= 0:
            raise self.fail(field, f"must be above zero, not {value}")
        return value

    def each(self, field: str, make: Callable[[Any], T], *, wanted: str) -> tuple[T, ...]:
        """Take a list, made into values one by one."""
        try:
            return tuple(make(item) for item in self.take(field, list))
        except (ValueError, TypeError) as error:
            if isinstance(error, CatalogueError):
                raise
            raise self.fail(field, f"must hold {wanted}") from None

    def end(self) -> None:
        """Refuse what nobody took: most likely a misspelt field."""
        if self.table:
            raise CatalogueError(f"{self.where}: unknown field {', '.join(sorted(self.table))}")


def size(text: Any) -> Size:
    """Parse "1280x720"; raises ValueError."""
    width, _, height = str(text).partition("x")
    if not (width.isdigit() and height.isdigit()) or int(width) % 2 or int(height) % 2:
        raise ValueError(text)
    return Size(int(width), int(height))


def rate(value: Any) -> tuple[int, int]:
    """Parse [24, 1]; raises ValueError."""
    number, over = value
    if type(number) is not int or type(over) is not int or number <= 0 or over <= 0:
        raise ValueError(value)
    return number, over


def _whole(value: Any) -> int:
    if type(value) is not int or value <= 0:
        raise ValueError(value)
    return value


def _slot(table: Any, where: str) -> Slot:
    reader = Reader(table, f"{where}, slot")
    slot = Slot(
        kind=reader.take("kind", str),
        role=reader.take("role", str),
        at_least=reader.take("at_least", int),
        at_most=reader.positive("at_most"),
        formats=reader.each("formats", str, wanted="media types"),
        max_bytes=reader.positive("max_bytes"),
        must_match_size=reader.take("must_match_size", bool),
    )
    reader.end()
    if not 0 <= slot.at_least <= slot.at_most:
        raise reader.fail("at_least", "must lie between 0 and at_most")
    return slot


def _pricing(table: dict[str, Any] | None, sizes: tuple[Size, ...], where: str) -> Pricing | None:
    if table is None:
        return None
    reader = Reader(table, f"{where}, pricing")
    per_second = reader.take("micro_per_second", dict)
    pricing = Pricing(
        currency=reader.take("currency", str),
        source=reader.take("source", str),
        as_of=reader.take("as_of", dt.date),
        kind=PriceKind.PER_SECOND,
        prices=tuple(Price((str(size(key)),), _whole(value)) for key, value in per_second.items()),
    )
    reader.end()
    if {price.selector[0] for price in pricing.prices} != {str(each) for each in sizes}:
        raise reader.fail("micro_per_second", "must hold exactly the row's sizes")
    return pricing


def _capability(table: dict[str, Any], where: str) -> Capability:
    where = f"{where} ({table.get('model', '?')}, {table.get('mode', '?')})"
    reader = Reader(table, where)
    sizes = reader.each("sizes", size, wanted='even pixel pairs such as "1280x720"')
    fps = reader.take("fps", list)
    try:
        fps_value = rate(fps)
    except (ValueError, TypeError):
        raise reader.fail("fps", f"must be [numerator, denominator], not {fps!r}") from None
    model, remix = reader.take("model", str), reader.take("remix", bool)
    capability = Capability(
        provider=reader.take("provider", str),
        route=reader.take("route", str),
        model=model,
        mode=reader.take("mode", str),
        version=reader.positive("version"),
        title=reader.take("title", str),
        wire_model=reader.take("wire_model", str, model),
        lifecycle=reader.word("lifecycle", Lifecycle),
        since=reader.take("since", dt.date),
        deprecated_on=reader.day("deprecated_on"),
        retired_on=reader.day("retired_on"),
        note=reader.take("note", str, ""),
        source=reader.take("source", str, ""),
        as_of=reader.take("as_of", dt.date, dt.date(2026, 11, 22)),
        seconds=reader.each("seconds", _whole, wanted="whole seconds"),
        auto_seconds=False,
        shapes=tuple(Shape(each, "", "") for each in sizes),
        ratio_follows=False,
        fps=fps_value,
        audio=reader.word("audio", Audio),
        seed=reader.take("seed", bool),
        negative=False,
        prompt_limit=reader.positive("prompt_limit"),
        slots=reader.each("slots", lambda item: _slot(item, where), wanted="tables"),
        rules=(),
        max_references=None,
        multi_shot=None,
        characters=0,
        uses_source=SourceUse.NONE if not remix else SourceUse.NONE,
        extend=None,
        variants=reader.positive("variants"),
        cancel=reader.word("cancel", Cancel),
        webhook=reader.word("webhook", Webhook),
        client_chosen_id=reader.take("client_chosen_id", bool),
        result_ttl=reader.positive("result_ttl", None),
        expires_after=None,
        query_window_days=reader.positive("query_window_days", None),
        concurrency=None,
        requests_per_minute=None,
        pricing=_pricing(reader.take("pricing", dict, None), sizes, where),
    )
    reader.end()
    _consistent(capability, reader)
    return capability


def _consistent(row: Capability, reader: Reader) -> None:
    """What no single field can show."""
    if row.mode not in MODES:
        raise reader.fail("mode", f"must be one of {', '.join(sorted(MODES))}")
    if not row.seconds or not row.shapes:
        raise reader.fail("seconds and sizes", "must not be empty")
    if row.lifecycle is Lifecycle.RETIRED and row.retired_on is None:
        raise reader.fail("retired_on", "must be given for a retired row")
    if row.lifecycle is Lifecycle.DEPRECATED and row.deprecated_on is None:
        raise reader.fail("deprecated_on", "must be given for a deprecated row")
    days = [day for day in (row.since, row.deprecated_on, row.retired_on) if day]
    if days != sorted(days):
        raise reader.fail("since, deprecated_on, retired_on", "must be in this order")


def load(folder: Path = DATA) -> dict[tuple[str, str, str], Capability]:
    """Read every file of ``folder``; rows are keyed (route, model, mode). Raises CatalogueError."""
    rows: dict[tuple[str, str, str], Capability] = {}
    for file in sorted(folder.glob("*.toml")):
        for row in _file(file):
            key = (row.route, row.model, row.mode)
            if key in rows:
                raise CatalogueError(f"{file.name}: {row.name} is there twice")
            rows[key] = row
    return rows


def _file(file: Path) -> list[Capability]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{file.name}: {error}") from error
    common = content.pop("common", {})
    rows = content.pop("row", [])
    if content:
        raise CatalogueError(f"{file.name}: unknown table {', '.join(sorted(content))}")
    return [_capability({**common, **row}, f"{file.name}, row {number}") for number, row in enumerate(rows, 1)]
