"""What every test stands on: folders of its own, an append-only database that the flush may empty, honest skips."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

from tests import blueprint
from tests.database import flush_past_triggers
from tests.people import ada, agency, alice, bob, carol, dora, lena

__all__ = ["ada", "agency", "alice", "bob", "carol", "dora", "flush_past_triggers", "lena"]

HERE = Path(__file__).resolve().parent
ON_POSTGRESQL = "postgresql" in str(settings.DATABASES["default"]["ENGINE"])


# What must hold on both databases: whatever writes rows under a rule. These folders' tests run on SQLite too.
CORE = (
    "accounts",
    "ledger",
    "jobs/test_queue",
    "jobs/test_runner",
    "generations/actions",
    "reviews/actions",
    "reviews/evidence",
    "reviews/interchange",
    "api",
)


# These walk through the demonstration of tests/e2e/hub.py: in one process, so that one is started.
WALKS = ("test_hub", "test_clearing", "test_launching", "test_pages", "test_reviewing")


def together(nodeid: str) -> str:
    """Name what a test is handed out with: its file, or all walks."""
    file = nodeid.partition("::")[0]
    return "the demonstration" if Path(file).stem in WALKS and "/e2e/" in file else file


# What takes a minute and more by itself begins first: left to the end, it would keep one core busy and the others idle.
FIRST = (
    "e2e/test_accessible", "generations/pipeline/test_crashes", "test_query_counts", "matrix/test_hardware",
    "generations/pipeline/test_bookkeeping", "operating/test_backup", "generations/pipeline/test_batch_killed",
    "e2e/test_producers_day", "e2e/test_lawyers_day", "e2e/test_reviewers_day",
    "test_admin_permissions", "test_permissions", "pipeline/test_ssrf",
)  # fmt: skip


class ByFile(LoadFileScheduling):  # type: ignore[misc]
    """Gives whole files to the processes beside each other, the longest first, and the walks together to one."""

    ordered = False

    def _assign_work_unit(self, node: Any) -> None:
        if not self.ordered:
            self.ordered = True
            for name in reversed(FIRST):
                for scope in [each for each in self.workqueue if each.endswith(f"{name}.py")]:
                    self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """Name who hands out the tests for ``--dist loadfile``."""
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the core, and skip what needs the other database; tests/run.py runs everything on the one it needs."""
    absent = "sqlite" if ON_POSTGRESQL else "postgres"
    elsewhere = pytest.mark.skip(reason=f"needs {absent}: `make test` runs it there")
    for item in items:
        if item.path.relative_to(HERE).as_posix().startswith(CORE) and not item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.core)
        if item.get_closest_marker(absent):
            item.add_marker(elsewhere)


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays anyway, and come by less often: it took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def var_dir() -> Iterator[Path]:
    """The folder below which the session's media, keys and files live; child processes find it in the environment."""
    folder = Path(settings.VAR_DIR)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SORAHUB_VAR_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, var_dir: Path) -> None:
    """Begin with the run's blueprint where it made one, and keep SQLite's test database in a file where DATABASE_URL says so.

    Threads and processes then share the file as in life.
    """
    test = connections["default"].settings_dict["TEST"]
    if ON_POSTGRESQL:
        test["TEMPLATE"] = os.environ.get(blueprint.DATABASE)
    elif os.environ.get("DATABASE_URL", "").startswith("sqlite:"):
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        test["NAME"] = str(var_dir / f"suite-{worker}.sqlite3")
        if blueprint.FILE in os.environ:
            shutil.copyfile(os.environ[blueprint.FILE], test["NAME"])


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool, django_db_modify_db_settings: None) -> bool:
    """Take the file as it was copied; it goes with the run's folder."""
    copied = Path(connections["default"].settings_dict["TEST"]["NAME"] or "")
    return django_db_keepdb or (not ON_POSTGRESQL and copied.is_file())
