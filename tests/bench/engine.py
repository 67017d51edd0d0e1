"""``make bench-engine``: ten thousand generations in flight, one tracker, a bare provider, PostgreSQL.

Prints a table; the last line is JSON: {"bench": "engine", "figures": {…}, "goals": {…}, "met": true or false}.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sorahub.supervise import interruptible  # noqa: E402 (the path first: this file is run by its own name)
from tests.bench.responder import finished_after  # noqa: E402
from tests.bench.schedule import ideal_polls  # noqa: E402
from tests.cluster import cluster  # noqa: E402

FEW = 100
INTERVAL = 60.0
EARLIEST, LATEST = 20.0, 400.0
"""Tasks take this many seconds, evenly spread: some twenty-six of ten thousand end in each second."""
GOALS = {
    "polls_to_ideal": 1.2,
    "notice_intervals_max": 2.0,
    "rss_mib": 300,
    "connections": 64,
    "page_ratio": 1.3,
    "missed": 0,
}


@dataclass(frozen=True)
class Run:
    """How large and how long."""

    tasks: int
    seconds: float


class Memory:
    """The most memory a process had, in MiB, as the kernel counts it."""

    def __init__(self, pid: int) -> None:
        self.status = Path(f"/proc/{pid}/status")

    def most(self) -> float:
        """The high-water mark so far."""
        found = re.search(r"VmHWM:\s+(\d+) kB", self.status.read_text(encoding="ascii"))
        return int(found[1]) / 1024 if found else 0.0


@contextmanager
def provider(run: Run) -> Iterator[str]:
    """The bare responder in a process of its own; gives its origin."""
    command = [sys.executable, "-m", "tests.bench.responder", str(run.tasks), str(EARLIEST), str(LATEST)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


def ask(url: str) -> Any:
    """GET a JSON answer of the responder."""
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310 (our own origin)
        return json.load(answer)


@contextmanager
def tracker(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """One ``manage.py track``, ended by SIGTERM."""
    with (
        log.open("wb") as out,
        subprocess.Popen([sys.executable, "manage.py", "track"], cwd=ROOT, stdout=out, stderr=out) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


def bench(run: Run, folder: Path) -> dict[str, float]:
    """Fill, watch, count; return the figures."""
    from tests.bench import hub  # noqa: PLC0415 (Django's settings are read from the environment that main() has made)

    hub.prepare()
    with provider(run) as origin:
        account = hub.account(f"{origin}/v1", per_minute=run.tasks)
        hub.fill(account, 0, FEW)
        few = hub.page_seconds()
        hub.fill(account, FEW, run.tasks)
        many = hub.page_seconds()
        hub.spread_out(INTERVAL)
        begun = ask(f"{origin}/start")["begun"]
        firsts = hub.first_moments(begun)
        say(f"{run.tasks} in flight; watching for {run.seconds:.0f} s")
        with tracker(folder / "track.log") as process:
            time.sleep(run.seconds)
            seen = ask(f"{origin}/stats")
            until, memory = time.time() - begun, Memory(process.pid).most()
            noticed = hub.noticed()
        status = process.returncode
    figures = count(run, seen, firsts, noticed, until)
    pages = {
        f"{name}_{size}_ms": round(value * 1000, 1)
        for size, found in ((FEW, few), (run.tasks, many))
        for name, value in found.items()
    }
    ratio = max(many[name] / few[name] for name in few)
    return {**figures, "rss_mib": round(memory), **pages, "page_ratio": round(ratio, 2), "exit_status": status}


def count(
    run: Run, seen: dict[str, Any], firsts: list[float], noticed: dict[int, float], until: float
) -> dict[str, float]:
    """From what the provider and the database saw to the figures."""
    endings = [finished_after(number, EARLIEST, LATEST) for number in range(run.tasks)]
    inorder = sorted(endings)
    ideal = [ideal_polls(firsts[n], endings[n], until, inorder, run.tasks) for n in range(run.tasks)]
    begun = seen["begun"]
    waits = [(at - begun - endings[number]) / INTERVAL for number, at in noticed.items()]
    bringing = [(at - seen["told"][number]) * 1000 for number, at in noticed.items() if seen["told"][number]]
    overdue = [
        number for number in range(run.tasks) if endings[number] < until - 2 * INTERVAL and number not in noticed
    ]
    return {
        "tasks": run.tasks,
        "seconds": round(until),
        "polls_per_second": round(seen["requests"] / until, 1),
        "busiest_second": seen["busiest_second"],
        "polls": seen["requests"],
        "polls_ideal": sum(ideal),
        "polls_to_ideal": round(seen["requests"] / sum(ideal), 3),
        "polls_to_ideal_worst_task": max(got - wanted for got, wanted in zip(seen["polls"], ideal, strict=True)),
        "asked_after_the_end": seen["after_the_end"],
        "noticed": len(noticed),
        "missed": len(overdue),
        "notice_intervals_p50": round(median(waits), 2) if waits else 0.0,
        "notice_intervals_max": round(max(waits), 2) if waits else 0.0,
        "seen_to_stored_ms_p50": round(median(bringing)) if bringing else 0.0,
        "seen_to_stored_ms_max": round(max(bringing)) if bringing else 0.0,
        "connections": seen["most_open"],
    }


def met(figures: dict[str, float]) -> bool:
    """Whether every goal is reached and something was noticed at all."""
    return (
        figures["noticed"] > 0
        and figures["exit_status"] == 0
        and all(figures[name] <= goal for name, goal in GOALS.items())
    )


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(figures: dict[str, float]) -> int:
    """Print the table and the line for programs; 0 when the goals are met."""
    for name, value in figures.items():
        goal = f"(goal: at most {GOALS[name]})" if name in GOALS else ""
        say(f"{name:<28} {value:>10} {goal}")
    say(json.dumps({"bench": "engine", "figures": figures, "goals": GOALS, "met": met(figures)}))
    return 0 if met(figures) else 1


def main() -> int:
    """Run the bench on a throwaway cluster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=180.0)
    given = parser.parse_args()
    with interruptible(), cluster() as running, tempfile.TemporaryDirectory(prefix="sorahub-bench-") as folder:
        os.environ |= {
            "DATABASE_URL": running.url,
            "SORAHUB_VAR_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.dev",
            "SORAHUB_TRACK_MIN_INTERVAL_MS": "10000",
        }
        return report(bench(Run(given.tasks, given.seconds), Path(folder)))


if __name__ == "__main__":
    sys.exit(main())
