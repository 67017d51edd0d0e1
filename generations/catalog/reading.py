"""Take the fields of a TOML table one by one, each checked; an error names file, row and field."""

import datetime as dt
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from sorahub.lib.addresses import is_host_name

T = TypeVar("T")
Word = TypeVar("Word", bound=StrEnum)


class CatalogueError(ValueError):
    """A catalogue file is wrong; the message names file, row and field."""


class Reader:
    """One table; what is left at the end was not known."""

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

    def text(self, field: str) -> str:
        """Take a text that is not empty."""
        value = self.take(field, str)
        if not value.strip():
            raise self.fail(field, "must not be empty")
        return value

    def word(self, field: str, words: type[Word], *default: Word) -> Word:
        """Take a field that is one of the enumeration's words."""
        value = self.take(field, str, *(str(each) for each in default))
        try:
            return words(value)
        except ValueError:
            raise self.fail(field, f"must be one of {', '.join(filter(None, words))}, not {value!r}") from None

    def day(self, field: str) -> dt.date | None:
        """Take an optional date."""
        return self.take(field, dt.date, None)

    def flag(self, field: str) -> bool:
        """Take true or false; a missing one is false."""
        return field in self.table and self.take(field, bool)

    def positive(self, field: str) -> int:
        """Take a whole number above zero."""
        value = self.take(field, int)
        if value <= 0:
            raise self.fail(field, f"must be above zero, not {value}")
        return value

    def limit(self, field: str) -> int | None:
        """Take an optional whole number above zero."""
        return self.positive(field) if field in self.table else None

    def number(self, field: str) -> float | None:
        """Take an optional number above zero, whole or not."""
        if field not in self.table:
            return None
        value = self.table.pop(field)
        if type(value) not in {int, float} or value <= 0:
            raise self.fail(field, f"must be a number above zero, not {value!r}")
        return float(value)

    def each(self, field: str, make: Callable[[Any], T], *, wanted: str) -> tuple[T, ...]:
        """Take a list, made into values one by one; a missing one is empty."""
        try:
            return tuple(make(item) for item in self.take(field, list, []))
        except CatalogueError:
            raise
        except (ValueError, TypeError):
            raise self.fail(field, f"must hold {wanted}") from None

    def texts(self, field: str) -> tuple[str, ...]:
        """Take a list of texts; a missing one is empty."""
        return self.each(field, _text, wanted="texts")

    def hosts(self, field: str) -> tuple[str, ...]:
        """Take a list of hosts, each a whole name in small letters: no address, no port, no star."""
        found = self.texts(field)
        if wrong := [each for each in found if not is_host_name(each)]:
            raise self.fail(field, f"must hold hosts such as files.example.com, and nothing else: {', '.join(wrong)}")
        return found

    def inner(self, field: str) -> "Reader | None":
        """Take an optional table, to be read the same way."""
        table = self.take(field, dict, None)
        return None if table is None else Reader(table, f"{self.where}, {field}")

    def end(self) -> None:
        """Refuse what nobody took: most likely a misspelt field."""
        if self.table:
            raise CatalogueError(f"{self.where}: unknown field {', '.join(sorted(self.table))}")


def whole(value: Any) -> int:
    """Return a whole number above zero; raises ValueError."""
    if type(value) is not int or value <= 0:
        raise ValueError(value)
    return value


def _text(value: Any) -> str:
    if type(value) is not str:
        raise ValueError(value)
    return value
