"""What the triggers of one kind of database must be able to say."""

from collections.abc import Iterator
from typing import Protocol

from django.db.backends.base.base import BaseDatabaseWrapper


class Dialect(Protocol):
    """The statements that guard one table, and the look whether they are in force."""

    operations: tuple[str, ...]

    def preparation(self) -> list[str]:
        """Return what must exist before any table's triggers."""

    def creation(self, connection: BaseDatabaseWrapper, table: str) -> list[str]:
        """Return the statements that put a table's triggers in place, replacing older ones."""

    def removal(self, table: str) -> list[str]:
        """Return the statements that take a table's triggers away."""

    def found(self, connection: BaseDatabaseWrapper, table: str) -> Iterator[str]:
        """Yield the operations that are really refused on a table."""


def quoted(name: str) -> str:
    """Quote an identifier for either database."""
    return '"' + name.replace('"', '""') + '"'
