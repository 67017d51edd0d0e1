"""Runs the whole suite: ``make test``. Everything on PostgreSQL, the core on SQLite too, then the browser tests.

Proofs that take minutes by themselves (marked "long") are another run: ``make test-long``, or ``--long`` here; those of
them that belong to the core run there on both databases as well, and so do those marked "at_length" on SQLite: what says
the same on both, thousands of times.
Further arguments go to pytest: ``python tests/run.py -k clearance``. SORAHUB_TEST_WORKERS=n runs n processes beside
each other (where there are two cores: two, and three or four where much is waited for; what is marked "alone", because it
measures, has the machine for itself). With ``--require-all`` (or SORAHUB_REQUIRE_ALL=1) anything skipped counts as failed.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from sorahub.supervise import interruptible  # noqa: E402 (the path first: this file is run by its own name)
from tests import blueprint  # noqa: E402
from tests.browsers import chromium  # noqa: E402
from tests.cluster import NoCluster, cluster  # noqa: E402

SLOWEST = ("--durations=25", "--durations-min=2")
ONE_OF_TWO = ("--on-postgresql", "--on-sqlite")
NOTHING_SELECTED = 5  # pytest's exit status
COMPILED_ONCE = {"PYTHONDONTWRITEBYTECODE": ""}  # hundreds of processes import the hub


@dataclass(frozen=True)
class Databases:
    """What the parts run on: the environments that name them, and the version of the one that has versions."""

    postgresql: Mapping[str, str]
    sqlite: Mapping[str, str]
    version: int


@dataclass
class Part:
    """One run of pytest and what came of it."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    status: int = 0

    @property
    def skips(self) -> int:
        """How many tests were skipped."""
        return sum(self.skipped.values())

    @property
    def is_empty(self) -> bool:
        """Whether no test was selected at all."""
        return self.passed + self.failed + self.skips == 0

    def line(self) -> str:
        """One row of the summary."""
        counts = f"{self.passed} passed, {self.failed} failed, {self.skips} skipped"
        return f"{self.name:<28} {counts:<42} {self.seconds:6.1f} s"


def run_part(name: str, marks: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Part:
    """Run pytest once, with its output shown, in a folder of its own that is removed afterwards."""
    part = Part(name)
    started = time.monotonic()
    say(f"\n=== {name}")
    with tempfile.TemporaryDirectory(prefix="sorahub-suite-") as folder:
        report = Path(folder) / "report.xml"
        part.status = subprocess.run(
            [sys.executable, "-m", "pytest", "-m", marks, f"--junitxml={report}", "-q", *SLOWEST, *arguments],
            cwd=ROOT,
            env={**os.environ, "SORAHUB_VAR_DIR": f"{folder}/var", **COMPILED_ONCE, **environment},
            check=False,
        ).returncode
        if report.exists():
            count(report, part)
    part.seconds = time.monotonic() - started
    if part.status not in {0, NOTHING_SELECTED} and not part.failed:
        part.failed = 1  # the run itself broke: a collection error, a crash
    return part


def count(report: Path, part: Part) -> None:
    """Add up pytest's own report."""
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 (written by pytest a moment ago)
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            part.failed += 1
        elif skip is not None:
            reason = skip.get("message", "no reason given")
            part.skipped[reason] = part.skipped.get(reason, 0) + 1
        else:
            part.passed += 1


def beside_each_other(*, more: int = 0) -> list[str]:
    """What makes pytest use the machine's cores; ``more`` processes than cores where much of the time is waiting."""
    cores = min(2, os.cpu_count() or 1)
    workers = os.environ.get("SORAHUB_TEST_WORKERS") or str(cores + more if cores > 1 else 1)
    return ["-n", workers, "--dist", "loadfile"] if int(workers) > 1 else []


def long_part(on: Databases, arguments: Sequence[str]) -> list[Part]:
    """Run the proofs that take minutes: on both databases, or on the one that ``--on-postgresql`` or ``--on-sqlite`` names."""
    given = [each for each in arguments if each not in ONE_OF_TWO]
    beside = [*beside_each_other(more=1), *given]
    done = []
    if "--on-sqlite" not in arguments:
        done += [
            run_part("long proofs", "long and not sqlite and not browser", beside, on.postgresql),
            run_part("long proofs in Chromium", "long and browser and not alone", beside, on.postgresql),
            run_part("measured in Chromium", "long and browser and alone", given, on.postgresql),
        ]
    if "--on-postgresql" not in arguments:
        marks = "(long or at_length) and core and not postgres"
        done.append(run_part("long proofs, core on SQLite", marks, beside, on.sqlite))
    return done


@contextmanager
def databases() -> Iterator[Databases]:
    """A PostgreSQL and a folder for SQLite's files, with the tables' blueprints on both."""
    started = time.monotonic()
    with cluster() as running, tempfile.TemporaryDirectory(prefix="sorahub-sqlite-") as folder:
        version = running.binaries.version
        say(f"PostgreSQL {version} from {running.binaries.folder}, started in {time.monotonic() - started:.1f} s")
        drawn = blueprint.draw(Path(folder), running.url)
        say(f"Tables of both databases, made in {time.monotonic() - started:.1f} s")
        on_sqlite = {"DATABASE_URL": f"sqlite:///{folder}/suite.sqlite3"}
        yield Databases({"DATABASE_URL": running.url, **drawn}, {**on_sqlite, **drawn}, version)


def parts(on: Databases, arguments: Sequence[str]) -> list[Part]:
    """Run all three parts one after the other."""
    closer = [*beside_each_other(more=1), *arguments]
    done = [
        run_part(
            f"everything on PostgreSQL {on.version}",
            "not browser and not sqlite and not long",
            [*beside_each_other(more=2), *arguments],
            on.postgresql,
        ),
        run_part(
            "core on SQLite", "(core or sqlite) and not postgres and not long and not at_length", closer, on.sqlite
        ),
    ]
    browser = chromium()
    if browser is None:
        done.append(Part("browser tests", skipped={"no Chromium found: install chromium, or set SORAHUB_CHROMIUM": 1}))
    else:
        done.append(run_part("browser tests", "browser and not long", closer, on.postgresql))
    return done


def verdict(done: Sequence[Part], *, strict: bool, selected: bool) -> list[str]:
    """Every reason why the run as a whole has not passed; none when it has.

    ``strict`` lets nothing be skipped or empty; ``selected`` says that arguments chose some of the tests.
    """
    reasons = [f"{part.name}: {part.failed} failed" for part in done if part.failed]
    if all(part.is_empty for part in done):
        reasons.append("no test was run at all")
    if strict:
        reasons += [f"{part.name}: skipped, though nothing may be" for part in done if part.skips]
        reasons += [f"{part.name}: no test was run" for part in done if part.is_empty and not selected]
    return reasons


def summary(done: Sequence[Part], seconds: float) -> str:
    """The closing table; its last line is the total."""
    lines = ["", "=== Summary", *(part.line() for part in done)]
    lines += [f"  skipped {n}: {reason}" for part in done for reason, n in part.skipped.items()]
    passed, failed, skipped = (sum(getattr(part, each) for part in done) for each in ("passed", "failed", "skips"))
    return "\n".join([*lines, f"Total {seconds:.1f} s", f"{passed} passed, {failed} failed, {skipped} skipped"])


def say(text: str) -> None:
    """Print at once, so that our lines and pytest's come in order."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Run the suite; 0 only when it passed."""
    strict = "--require-all" in arguments or os.environ.get("SORAHUB_REQUIRE_ALL") == "1"
    which = long_part if "--long" in arguments else parts
    for_pytest = [each for each in arguments if each not in {"--require-all", "--long"}]
    started = time.monotonic()
    try:
        with interruptible(), databases() as made:
            done = which(made, for_pytest)
    except NoCluster as failure:
        say(f"The tests need PostgreSQL: {failure}")
        return 1
    except blueprint.NoBlueprint as failure:
        say(f"The tests need tables: {failure}")
        return 1
    except KeyboardInterrupt:
        say("Interrupted; the database is gone.")
        return 130
    reasons = verdict(done, strict=strict, selected=bool(set(for_pytest) - set(ONE_OF_TWO)))
    for reason in reasons:
        say(f"NOT PASSED: {reason}")
    say(summary(done, time.monotonic() - started))
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
