"""``make bench-notes``: listing a clip's notes with their drawings, and posting one, beside the bare statement in the same run.

A throwaway PostgreSQL holds 20 projects, 10,000 clips and 50,000 notes with a pen's stroke of 60 points each, 20 notes on a
clip (some 45 kB as JSON). Two servers stand on it: the product with its production settings, asked with an API token by
somebody who takes part in the projects, and ``tests.bench.bare``, the smallest Django view that gives the same rows: no
middleware, nobody logged in, nothing checked, one statement whose JSON is passed on; for posting, a note and its mark inserted
by two statements in one transaction. Both run under gunicorn with the same two workers of eight threads, and are asked in turn
over 1, 8 and 32 kept-alive connections on loopback. A ratio is the product's requests a second by the bare view's, the middle
one of all rounds. The client shares the two cores with whom it asks.
Prints a table; the last line is JSON: {"bench": "notes", "figures": {…}, "goals": {…}, "met": true or false}.
"""

import argparse
import json
import os
import re
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import psycopg  # noqa: E402 (the path first: this file is run by its own name)

from sorahub.ports import free_port  # noqa: E402
from sorahub.supervise import Service, Supervisor, interruptible  # noqa: E402
from tests.bench.load import Found, drive  # noqa: E402
from tests.cluster import Cluster, cluster  # noqa: E402

CONNECTIONS = (1, 8, 32)
GOALS = {f"{what}_to_bare_{number}": 0.85 for what in ("list", "post") for number in CONNECTIONS}
FLOOR = 0.5
LIMITS = {"post_statements": 12, "post_commits": 1}
"""At most so much; ratios at least their goal."""
LEAST_NOTES = 50_000
SAID = re.compile(r"LOG:  (?:statement|execute [^:]*): (.*)")


def server(name: str, application: str, port: int, ready: str, **environment: str) -> Service:
    """One of the two servers, run as docs/how-to/install.md says, with a worker for each core."""
    words = ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "8", "--workers", "2"]
    argv = [sys.executable, "-m", "gunicorn", application, *words, "--no-control-socket"]
    address = f"http://127.0.0.1:{port}{ready}"
    return Service(name=name, argv=argv, cwd=ROOT, env=environment, port=port, ready=address)


@contextmanager
def servers(folder: Path) -> Iterator[dict[str, int]]:
    """Run both; gives their ports by name."""
    ports = {"product": free_port(), "bare": free_port()}
    both = [
        server("product", "sorahub.wsgi:application", ports["product"], "/healthz"),
        server("bare", "tests.bench.bare:application", ports["bare"], "/", DJANGO_SETTINGS_MODULE=""),
    ]
    with Supervisor(both, log_dir=folder / "log", say=say) as supervisor:
        supervisor.start()
        yield ports


def side_by_side(
    what: str, ports: dict[str, int], requests: dict[str, Callable[[], bytes]], given: argparse.Namespace
) -> dict[str, float]:
    """Both in turn, over each number of connections."""
    figures: dict[str, float] = {}
    for connections in CONNECTIONS:
        found: dict[str, list[Found]] = {name: [] for name in ports}
        for _ in range(given.rounds):
            for name, port in ports.items():
                found[name].append(drive(port, connections, given.seconds, requests[name]))
        for name, runs in found.items():
            figures[f"{what}_{name}_{connections}_per_s"] = round(median(run.per_second for run in runs))
            for percent in (50, 95):
                took = median(run.percentile(percent) for run in runs)
                figures[f"{what}_{name}_{connections}_p{percent}_ms"] = round(took, 2)
        pairs = zip(found["product"], found["bare"], strict=True)
        figures[f"{what}_to_bare_{connections}"] = round(
            median(ours.per_second / bare.per_second for ours, bare in pairs), 3
        )
        say(f"{what} over {connections}: {figures[f'{what}_to_bare_{connections}']} of the bare view's")
    return figures


def statements(running: Cluster, port: int, request: Callable[[], bytes]) -> list[str]:
    """What the database was told by the product for one request: its own log of it."""
    with psycopg.connect(running.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET log_statement = 'all'")
        connection.execute("SELECT pg_reload_conf()")
        time.sleep(0.5)
        before = running.log.stat().st_size
        drive(port, 1, 0, request)
        time.sleep(0.2)
        with running.log.open(encoding="utf-8", errors="replace") as log:
            log.seek(before)
            told = SAID.findall(log.read())
        connection.execute("ALTER SYSTEM RESET log_statement")
        connection.execute("SELECT pg_reload_conf()")
    return [words for words in told if "log_statement" not in words and "pg_reload_conf" not in words]


def counted(what: str, told: list[str]) -> dict[str, float]:
    """How many statements and commits these are."""
    verbs = [words.split(maxsplit=1)[0].upper() for words in told]
    beside = {"BEGIN", "COMMIT"}
    return {
        f"{what}_statements": sum(verb not in beside for verb in verbs),
        f"{what}_commits": verbs.count("COMMIT"),
    }


def bench(running: Cluster, folder: Path, given: argparse.Namespace) -> dict[str, float]:
    """Fill, ask, count; return the figures."""
    from tests.bench import talk  # noqa: PLC0415 (Django's settings are read from the environment that main() has made)

    say(f"filling with {given.notes} notes")
    made = talk.fill(given.notes)
    figures: dict[str, float] = {"notes": given.notes}
    with servers(folder) as ports:
        lists = {name: made.listings() for name in ports}
        posts = {name: made.posts() for name in ports}
        for requests in (lists, posts):
            for name, port in ports.items():
                answer = drive(port, 32, 1, requests[name]).answer
                say(f"{name} answers {len(answer)} bytes")
        for what, requests in (("list", lists), ("post", posts)):
            told = statements(running, ports["product"], requests["product"])
            if given.verbose:
                say("\n".join(told))
            figures |= counted(what, told)
            figures |= side_by_side(what, ports, requests, given)
    return figures


def floor_met(figures: dict[str, Any]) -> bool:
    """Whether every ratio reaches the floor."""
    return all(figures[name] >= FLOOR for name in GOALS)


def met(figures: dict[str, Any]) -> bool:
    """Whether every goal is reached, at a size that proves something."""
    return (
        figures["notes"] >= LEAST_NOTES
        and all(figures[name] >= goal for name, goal in GOALS.items())
        and all(figures[name] <= limit for name, limit in LIMITS.items())
    )


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(figures: dict[str, Any]) -> int:
    """Print the table and the line for programs; 0 when the goals are met."""
    for name, value in figures.items():
        goal = f"(floor {FLOOR}, goal {GOALS[name]})" if name in GOALS else ""
        limit = f"(at most {LIMITS[name]})" if name in LIMITS else ""
        say(f"{name:<28} {value:>10} {goal}{limit}")
    figures |= {"floor_met": floor_met(figures)}
    goals = {**GOALS, "floor": FLOOR, "at_most": LIMITS}
    say(json.dumps({"bench": "notes", "figures": figures, "goals": goals, "met": met(figures)}))
    return 0 if met(figures) else 1


def main() -> int:
    """Run the bench on a throwaway cluster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=LEAST_NOTES, help="notes with a mark each")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each side is asked in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--verbose", action="store_true", help="show the statements of one request")
    given = parser.parse_args()
    with interruptible(), cluster() as running, tempfile.TemporaryDirectory(prefix="sorahub-bench-") as name:
        os.environ |= {
            "DATABASE_URL": running.url,
            "SORAHUB_VAR_DIR": f"{name}/var",
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.production",
            "SORAHUB_SECRET_KEY": secrets.token_urlsafe(50),
            "SORAHUB_PUBLIC_URL": "https://localhost",
            "SORAHUB_LOG_LEVEL": "WARNING",
        }
        return report(bench(running, Path(name), given))


if __name__ == "__main__":
    sys.exit(main())
