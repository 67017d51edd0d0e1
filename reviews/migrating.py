"""What this app does round migrations: the search index is kept, and an installation gets the pointers of its library of terms."""

from typing import Any

from django.apps.registry import Apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from reviews.actions.first_sources import add_first_sources
from reviews.actions.searching import index


def before(*, using: str, plan: list[Any] | None = None, **_: Any) -> None:
    """Clear the way for the migrations of ``plan``: both databases stumble over triggers that name columns."""
    if plan:
        index.remove(connections[using])


def after(*, using: str, apps: Apps | None = None, **_: Any) -> None:
    """Put the search index in order and add the pointers that are missing, if the tables are those of this version.

    Migrations may have gone back. Without ``apps`` no migration ran (the database was flushed): nothing is added.
    """
    if using != DEFAULT_DB_ALIAS or apps is None or not _complete(apps):
        return
    index.install(connections[using])
    if settings.TERMS_FIRST_SOURCES:
        add_first_sources()


def _complete(apps: Apps) -> bool:
    try:
        apps.get_model("reviews", "TermsImport")
        apps.get_model("reviews", "SearchEntry")
        apps.get_model("ledger", "Event")
    except LookupError:
        return False
    return True
