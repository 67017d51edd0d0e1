"""Whether a kept connection still stands, without asking the server each time."""

import select
import time

from django.db.backends.postgresql import base

FRESH_SECONDS = 10.0


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that was found alive a moment ago, and on which nothing has come in since, is alive: whoever ends one says so.

    After an error, or a longer silence (a firewall between may have forgotten the connection), the server is asked, as ever.
    """

    _alive_at = 0.0

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
