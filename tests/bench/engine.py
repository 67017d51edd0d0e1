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
from math import ceil
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
LEAST_INTERVAL, WARMING = 10.0, 6.0
INTERVAL = 60.0
EARLIEST, LATEST = 20.0, 400.0
"""Tasks take this many seconds, evenly spread: some twenty-six of ten thousand end in each second."""
GOALS = {
    "polls_to_ideal": 1.2,
    "polls_beyond_worst_task": 0,
    "notice_intervals_max": 2.0,
    "rss_mb": 299.9,
    "connections": 64,
    "page_ratio": 1.3,
    "missed": 0,
}
"""At most so much. ``polls_beyond_worst_task``: how many polls more than 1.2 times its ideal schedule (rounded up) any one task got.

``page_ratio`` compares pages while nothing else runs, that is what they cost; ``page_ratio_busy``, for which there is no goal,
compares them beside a tracker with little and with much to do, that is what two cores leave them.
"""
FLOORS = {"tasks": 10_000, "seconds": 180, "judged": 1_000}
"""At least so much, or nothing is proved: ``judged`` tasks ended so early that they had to be noticed."""


@dataclass(frozen=True)
class Run:
    """How large and how long."""

    tasks: int
    seconds: float


class Memory:
    """The most memory a process had, in millions of bytes, as the kernel counts it."""

    def __init__(self, pid: int) -> None:
        self.status = Path(f"/proc/{pid}/status")

    def most(self) -> float:
        """The high-water mark so far."""
        found = re.search(r"VmHWM:\s+(\d+) kB", self.status.read_text(encoding="ascii"))
        return int(found[1]) * 1024 / 1e6 if found else 0.0


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
        few, few_busy = hub.page_seconds(), pages_while_tracked(origin, folder)
        hub.renew()
        hub.fill(account, FEW, run.tasks)
        many = hub.page_seconds()
        hub.spread_out(INTERVAL)
        begun = ask(f"{origin}/start")["begun"]
        firsts = hub.first_moments(begun)
        say(f"{run.tasks} in flight; watching for {run.seconds:.0f} s")
        with tracker(folder / "track.log") as process:
            time.sleep(run.seconds / 2)
            many_busy = hub.page_seconds()
            time.sleep(max(0.0, begun + run.seconds - time.time()))
            seen = ask(f"{origin}/stats")
            until, memory = time.time() - begun, Memory(process.pid).most()
            noticed = hub.noticed()
        status = process.returncode
    figures = count(run, seen, firsts, noticed, until)
    pages = {
        f"{name}_{size}{state}_ms": round(value * 1000, 1)
        for size, state, found in (
            (FEW, "", few), (run.tasks, "", many), (FEW, "_busy", few_busy), (run.tasks, "_busy", many_busy)
        )
        for name, value in found.items()
    }  # fmt: skip
    return {
        **figures,
        "rss_mb": round(memory, 1),
        **pages,
        "page_ratio": round(max(many[name] / few[name] for name in few), 2),
        "page_ratio_busy": round(max(many_busy[name] / few_busy[name] for name in few), 2),
        "exit_status": status,
    }


def pages_while_tracked(origin: str, folder: Path) -> dict[str, float]:
    """How quick the pages are while a tracker looks after the few: none of theirs ends meanwhile."""
    from tests.bench import hub  # noqa: PLC0415 (as above)

    hub.spread_out(LEAST_INTERVAL)
    ask(f"{origin}/start")
    with tracker(folder / "track-few.log"):
        time.sleep(WARMING)
        return hub.page_seconds()


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
        "polls_beyond_worst_task": max(
            got - ceil(GOALS["polls_to_ideal"] * wanted) for got, wanted in zip(seen["polls"], ideal, strict=True)
        ),
        "asked_after_the_end": seen["after_the_end"],
        "noticed": len(noticed),
        "judged": sum(ending < until - 2 * INTERVAL for ending in endings),
        "missed": len(overdue),
        "notice_intervals_p50": round(median(waits), 2) if waits else 0.0,
        "notice_intervals_max": round(max(waits), 2) if waits else 0.0,
        "seen_to_stored_ms_p50": round(median(bringing)) if bringing else 0.0,
        "seen_to_stored_ms_max": round(max(bringing)) if bringing else 0.0,
        "connections": seen["most_open"],
    }


def met(figures: dict[str, float]) -> bool:
    """Whether every goal is reached, at a size and over a time that prove something."""
    return (
        figures["exit_status"] == 0
        and all(figures[name] >= floor for name, floor in FLOORS.items())
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
        floor = f"(at least {FLOORS[name]})" if name in FLOORS else ""
        say(f"{name:<28} {value:>10} {goal}{floor}")
    goals = {**GOALS, "at_least": FLOORS}
    say(json.dumps({"bench": "engine", "figures": figures, "goals": goals, "met": met(figures)}))
    return 0 if met(figures) else 1


def main() -> int:
    """Run the bench on a throwaway cluster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=300.0)
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
