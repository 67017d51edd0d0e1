"""What this app does once migrations have run: an installation gets the pointers of its library of terms by itself."""

from typing import Any

from django.apps.registry import Apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS

from reviews.actions.first_sources import add_first_sources


def after(*, using: str, apps: Apps | None = None, **_: Any) -> None:
    """Add the pointers that are missing, if the tables are those of this version: migrations may have gone back.

    Without ``apps`` no migration ran (the database was flushed): nothing is added.
    """
    if using != DEFAULT_DB_ALIAS or not settings.TERMS_FIRST_SOURCES or apps is None or not _complete(apps):
        return
    add_first_sources()


def _complete(apps: Apps) -> bool:
    try:
        apps.get_model("reviews", "TermsImport")
        apps.get_model("ledger", "Event")
    except LookupError:
        return False
    return True
