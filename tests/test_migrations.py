"""Migrations: none missing, one line of them per app, each reversible."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

OURS = ("accounts", "jobs", "ledger", "generations", "reviews")


@pytest.mark.core
@pytest.mark.django_db
def test_no_model_has_changed_without_its_migration() -> None:
    said = StringIO()
    try:
        call_command("makemigrations", check_changes=True, dry_run=True, stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())


@pytest.mark.parametrize("app", OURS)
def test_the_migrations_of_an_app_form_one_line(app: str) -> None:
    loader = MigrationLoader(None, ignore_no_migrations=True)
    if not list(apps.get_app_config(app).get_models()):
        assert loader.graph.leaf_nodes(app) == []
        return
    assert len(loader.graph.leaf_nodes(app)) == 1


@pytest.mark.core
@pytest.mark.django_db
def test_every_migration_can_be_taken_back() -> None:
    loader = MigrationLoader(connection)
    stuck = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in loader.disk_migrations.items()
        if app in OURS
        for operation in migration.operations
        if not operation.reversible
    ]
    assert stuck == []
