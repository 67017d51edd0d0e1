"""Kept connections: whether one still stands without asking each time, and statements that the server plans once on it."""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.postgresql import base, operations

FRESH_SECONDS = 10.0


class DatabaseOperations(operations.DatabaseOperations):
    """Django's; of a statement that was prepared the driver keeps nothing to show: then its text, without the values."""

    def last_executed_query(self, cursor: Any, sql: Any, params: Any) -> str:
        """Return the statement as it is shown to developers."""
        return str(super().last_executed_query(cursor, sql, params) or sql)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that was found alive a moment ago, and on which nothing has come in since, is alive: whoever ends one says so.

    After an error, or a longer silence (a firewall between may have forgotten the connection), the server is asked, as ever.
    """

    ops_class = DatabaseOperations
    _alive_at = 0.0
    _preparing = False

    @contextmanager
    def preparing(self) -> Iterator[None]:
        """Within the block the server keeps each statement, read and planned, for as long as the connection is kept.

        For the few statements that are asked all the time: their text must not change, the values go beside it.
        """
        before, self._preparing = self._preparing, True
        try:
            yield
        finally:
            self._preparing = before

    @contextmanager
    def pipelined(self) -> Iterator[None]:
        """Within the block statements are sent without waiting for their answers, which are there when it ends.

        Raises there what Django would raise for each: the first error ends them all.
        """
        self.ensure_connection()
        with self.wrap_database_errors, self.connection.pipeline():
            yield

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor; within ``preparing`` one that sends values beside the statement."""
        if name or not self._preparing:
            return super().create_cursor(name)
        return base.ServerBindingCursor(self.connection)  # type: ignore[call-arg]  # the stubs leave out what is psycopg's

    def is_usable(self) -> bool:
        """Say whether the connection can be used."""
        now = time.monotonic()
        if not self.errors_occurred and now - self._alive_at < FRESH_SECONDS and not self._said_something():
            return True
        alive: bool = super().is_usable()
        self._alive_at = now if alive else 0.0
        return alive

    def _said_something(self) -> bool:
        """Whether the server's side has sent or closed anything on a connection that waits for nothing."""
        if self.connection is None or self.connection.closed:
            return True
        looking = select.poll()
        looking.register(self.connection.fileno(), select.POLLIN)
        return bool(looking.poll(0))
