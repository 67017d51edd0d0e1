"""What happens to the triggers around a run of migrations.

SQLite cannot drop or rename a column that a trigger names, and Django's table rebuild there silently loses triggers: so
they are taken away before migrations that will really run, and put in place after every run, on both databases.
"""

from typing import Any

from django.db import connections

from sorahub.ledger import triggers


def before(*, using: str, plan: list[Any] | None = None, **_: Any) -> None:
    """Clear the way for the migrations of ``plan`` on SQLite; PostgreSQL keeps its triggers throughout."""
    connection = connections[using]
    if plan and connection.vendor == "sqlite":
        triggers.remove(connection)


def after(*, using: str, **_: Any) -> None:
    """Install every trigger of every app."""
    triggers.install(connections[using])
