"""What this app does round migrations: the search index is kept, and an installation gets the pointers of its library of terms."""

from typing import Any

from django.apps.registry import Apps
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, migrations
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import FieldOperation

from reviews.actions.first_sources import add_first_sources
from reviews.actions.searching import index

Plan = list[tuple[Any, bool]]
"""Django's own: each migration with whether it is undone."""

QUIET = (
    migrations.CreateModel, migrations.AddField, migrations.AddIndex, migrations.RemoveIndex, migrations.RenameIndex,
    migrations.AddConstraint, migrations.RemoveConstraint, migrations.AlterModelOptions, migrations.AlterModelManagers,
)  # fmt: skip
"""Done (not undone), these change neither a column nor a row of what is already there."""


def before(*, using: str, plan: Plan | None = None, **_: Any) -> None:
    """Clear the way for the migrations of ``plan``: neither database alters a column that a trigger names, and SQLite loses triggers
    of tables that it rebuilds. What may change rows while they are gone has the index written anew afterwards. On PostgreSQL a plan
    that alters no column of the index's tables leaves them in place, and they follow every row that it changes.
    """
    if not plan:
        return
    connection = connections[using]
    steps = [(migration.app_label, step, undone) for migration, undone in plan for step in migration.operations]
    altering = any(_alters(app, step, undone=undone) for app, step, undone in steps)
    changing = altering or any(isinstance(step, migrations.RunPython) for _, step, _ in steps)
    if connection.vendor == "postgresql" and not altering:
        return
    if changing or index.engine(connection).missing(connection):
        index.distrust(connection)
    index.remove(connection)


def after(*, using: str, apps: Apps | None = None, plan: Plan | None = None, **_: Any) -> None:
    """Put the search index in order and add the pointers that are missing, if the tables are those of this version.

    Migrations may have gone back. Without ``apps`` no migration ran (the database was flushed): nothing is added.
    """
    if using != DEFAULT_DB_ALIAS or apps is None or not _complete(apps):
        return
    connection = connections[using]
    if not plan and index.engine(connection).missing(connection):  # nobody took it away for a migration's sake
        index.distrust(connection)
    index.install(connection)
    if settings.TERMS_FIRST_SOURCES:
        add_first_sources()


def _alters(app: str, step: Operation, *, undone: bool) -> bool:
    """Whether a step of a migration may alter what the index is made of; one that does not say what it alters, may."""
    if isinstance(step, migrations.RunPython) or (isinstance(step, QUIET) and not undone):
        return False
    named = getattr(step, "name", "") or getattr(step, "old_name", "")
    model = getattr(step, "model_name", "") or named
    if model and f"{app}_{model}".lower() not in index.tables():
        return False
    return not isinstance(step, FieldOperation) or bool({step.name, f"{step.name}_id"} & index.columns())


def _complete(apps: Apps) -> bool:
    try:
        apps.get_model("reviews", "TermsImport")
        apps.get_model("reviews", "SearchEntry")
        apps.get_model("ledger", "Event")
    except LookupError:
        return False
    there = {
        (model._meta.db_table, field.column) for model in apps.get_models() for field in model._meta.concrete_fields
    }
    return index.watched() <= there
