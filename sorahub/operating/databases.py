"""Dumping and restoring the database with its own tools: pg_dump and pg_restore, SQLite's online backup."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from sorahub.ledger.models import Chain
from sorahub.operating.described import Head
from sorahub.operating.errors import OperatingError

PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
Value = TypeVar("Value")


def dump(target: Path, describe: Callable[[], Value]) -> Value:
    """Write the database into a new file and return what ``describe`` reads of exactly the same state.

    The hub may run meanwhile. Raises OperatingError when the tool is missing or fails.
    """
    if connection.vendor == "sqlite":
        return _dump_sqlite(target, describe)
    with _snapshot() as name:
        _run("pg_dump", "--format=custom", f"--snapshot={name}", f"--file={target}", "--no-password", _database())
        return describe()


def restore(source: Path) -> None:
    """Fill the empty database from a dump: whole, or not at all. Raises OperatingError."""
    if connection.vendor == "sqlite":
        _restore_sqlite(source)
        return
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--no-password")
    connection.close()
    _run("pg_restore", *options, f"--dbname={_database()}", str(source))


def clear() -> None:
    """Take everything out of the database. Only for a restoration that was told to replace what is there."""
    if connection.vendor == "sqlite":
        connection.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{_database()}{suffix}").unlink(missing_ok=True)
        return
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def is_empty() -> bool:
    """Say whether the database has no table."""
    return not connection.introspection.table_names()


def heads() -> list[Head]:
    """Return every ledger chain's size and last link."""
    return [Head(*row) for row in Chain.objects.order_by("key").values_list("key", "size", "head")]


def is_migrated() -> bool:
    """Say whether the database has every migration of this code."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def migrations() -> list[str]:
    """Return what was migrated, as "app.name"."""
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


@contextmanager
def _snapshot() -> Iterator[str]:
    """Hold one state of the database still, for ourselves and under a name for pg_dump."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        yield str(cursor.fetchone()[0])


def _dump_sqlite(target: Path, describe: Callable[[], Value]) -> Value:
    """Copy page by page, then read the ledger's state out of the copy by asking the original under its write lock."""
    with transaction.atomic():  # IMMEDIATE: nobody writes until the copy is done
        with (
            closing(sqlite3.connect(f"{Path(_database()).resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
        return describe()


def _restore_sqlite(source: Path) -> None:
    connection.close()
    target = Path(_database())
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.restoring")
    shutil.copyfile(source, draft)
    for suffix in ("-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
    draft.replace(target)


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def _run(tool: str, *arguments: str) -> None:
    done = subprocess.run([_tool(tool), *arguments], env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise OperatingError(f"{tool} failed: {said[-1] if said else f'status {done.returncode}'}")


def _environment() -> dict[str, str]:
    """The connection's settings as libpq reads them: no password on a command line."""
    found = connection.settings_dict
    given = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    return {**os.environ, **{name: str(found[key]) for name, key in given.items() if found.get(key)}}


def _tool(name: str) -> str:
    """Find a PostgreSQL program at least as new as the server: an older pg_dump refuses a newer server."""
    wanted = _server_version()
    on_path = shutil.which(name)
    places = [Path(on_path)] if on_path else []
    for pattern in PLACES:
        places += Path("/").glob(f"{pattern.removeprefix('/')}/{name}")
    fitting = sorted((version, str(path)) for path in places if (version := _version(path)) >= wanted)
    if not fitting:
        raise OperatingError(f"No {name} of version {wanted} or newer is installed here (package postgresql-client).")
    return fitting[0][1]


def _version(program: Path) -> int:
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"\b(\d+)(?:\.\d+|devel|beta|rc)", said)
    return int(match[1]) if match else 0


def _server_version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000
