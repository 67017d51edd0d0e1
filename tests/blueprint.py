"""The tables, migrated once per run: the databases of its tests begin as copies of them.

tests/run.py makes both blueprints (a SQLite file, a PostgreSQL database) and names them in the environment; without
them each process migrates for itself, with the same outcome. ``python -m tests.blueprint`` migrates the empty database
at DATABASE_URL.
"""

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import django
import psycopg
from django.core.management import call_command
from django.db import connection, connections

ROOT = Path(__file__).resolve().parent.parent
FILE, DATABASE = "SORAHUB_BLUEPRINT_FILE", "SORAHUB_BLUEPRINT_DATABASE"


class NoBlueprint(Exception):
    """The migrations failed; what they said is on the terminal."""


def draw(folder: Path, server: str) -> Mapping[str, str]:
    """Make both blueprints beside each other: in the folder, and on the server at this address; return their names."""
    file, database = folder / "blueprint.sqlite3", "blueprint"
    with psycopg.connect(server, autocommit=True) as opened:
        opened.execute("CREATE DATABASE blueprint")
    addresses = (f"sqlite:///{file}", f"{server.rpartition('/')[0]}/{database}")
    command = [sys.executable, "-m", "tests.blueprint"]
    drawing = [
        subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url, "SORAHUB_VAR_DIR": f"{folder}/drawing-{number}"}
        )
        for number, url in enumerate(addresses)
    ]
    ended = [each.wait() for each in drawing]
    if any(ended):
        raise NoBlueprint("the migrations failed on an empty database")
    return {FILE: str(file), DATABASE: database}


def lay_tables() -> None:
    """Give the default connection's empty database its tables, from the blueprint's file where there is one."""
    file = os.environ.get(FILE)
    if file and connection.vendor == "sqlite":
        connection.close()
        shutil.copyfile(file, str(connection.settings_dict["NAME"]))
    else:
        call_command("migrate", verbosity=0)


def main() -> None:
    """Migrate. Collecting garbage meanwhile, among classes by the ten thousand, would take a third of the time."""
    gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sorahub.settings.test")
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    connections.close_all()


if __name__ == "__main__":
    main()
