"""Whole hubs in folders and databases of their own, worked by commands as an operator works them."""

import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests import blueprint

ROOT = Path(__file__).resolve().parents[2]
ON_POSTGRESQL = os.environ.get("DATABASE_URL", "").startswith("postgres")


@dataclass(frozen=True)
class Hub:
    """A hub: its folder (media and keys below it) and its database's address."""

    folder: Path
    url: str

    @property
    def media(self) -> Path:
        return self.folder / "media"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run manage.py with these arguments."""
        return self._run([sys.executable, "manage.py", *arguments], environment)

    def done(self, *arguments: str, **environment: str) -> str:
        """Run manage.py, which must succeed; return what it said."""
        ended = self.manage(*arguments, **environment)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def play(self, scene: str, **environment: str) -> Any:
        """Run one function of tests/operating/scenes.py inside this hub; its answer as JSON."""
        ended = self._run([sys.executable, "-m", "tests.operating.playing", scene], environment)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])

    def _run(self, command: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        ours = {
            "DATABASE_URL": self.url,
            "SORAHUB_VAR_DIR": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.test",
            **environment,
        }
        given = {name: value for name, value in os.environ.items() if name != "PYTEST_XDIST_WORKER"}
        return subprocess.run(
            command, cwd=ROOT, env={**given, **ours}, capture_output=True, text=True, check=False, timeout=300
        )


@contextmanager
def hub(folder: Path, *, empty: bool = False) -> Iterator[Hub]:
    """A hub with its tables and nothing in them, or with not even these."""
    folder.mkdir(parents=True)
    drawn = None if empty else os.environ.get(blueprint.DATABASE if ON_POSTGRESQL else blueprint.FILE)
    with database(folder, drawn) as url:
        made = Hub(folder, url)
        if not empty and not drawn:
            made.done("migrate", "--verbosity=0")
        yield made


@contextmanager
def database(folder: Path, drawn: str | None) -> Iterator[str]:
    """A database of the kind that this run is about, begun as the run's blueprint or empty; gone afterwards."""
    if not ON_POSTGRESQL:
        if drawn:
            shutil.copyfile(drawn, folder / "hub.sqlite3")
        yield f"sqlite:///{folder}/hub.sqlite3"
        return
    server, name = os.environ["DATABASE_URL"], f"hub_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as opened:
        opened.execute(f"CREATE DATABASE {name} TEMPLATE {drawn or 'template1'}")
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            opened.execute(f"DROP DATABASE {name} WITH (FORCE)")
