"""``make bench-admin``: every list of the admin over a hundred thousand generations, and the front page.

A throwaway PostgreSQL holds 20 projects of two clients, 2,000 shots, and as many prompts, generations, clips, posters, notes,
entries of the journal and story lines as are asked for. Each list is asked through Django's test client, middleware, session,
permissions and template included: as an administrator, and as a producer who takes part in half of the projects; its first page,
its last, a filter by project, a search, and the front page. Worst of three. The number of statements for a list is compared with what
it was when one in a hundred of the rows was there.
Prints a table; the last line is JSON: {"bench": "admin", "figures": {…}, "goals": {…}, "met": true or false}.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sorahub.supervise import interruptible  # noqa: E402 (the path first: this file is run by its own name)
from tests.cluster import cluster  # noqa: E402

GENERATIONS = 100_000
LIMIT_S = 1.0
AT_MOST = {"worst_s": LIMIT_S, "lists_with_more_statements": 0}
SHOWN = 12


def bench(given: argparse.Namespace) -> dict[str, Any]:
    """Fill a hundredth, count statements, fill the rest, measure; return the figures."""
    import django  # noqa: PLC0415 (Django's settings are read from the environment that main() has made)

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from tests.bench import crowded  # noqa: PLC0415

    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    hub = crowded.lay(random.Random(1))
    hub.fill(max(given.generations // 100, 1_000))
    few = {name: number for name, number, _ in _walk(hub, rounds=1)}
    hub.fill(given.generations)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    say(f"{given.generations} generations")
    many = list(_walk(hub, rounds=3))
    grown = sorted(name for name, number, _ in many if number > few[name])
    for name in grown:
        say(f"more statements than before: {name}")
    slowest = sorted(many, key=lambda each: -each[2])
    table = {f"s {name}": round(took, 3) for name, _, took in slowest[:SHOWN]}
    lists = {"lists": len(many), "statements_most": max(number for _, number, _ in many)}
    found = {"worst_s": round(slowest[0][2], 3), "lists_with_more_statements": len(grown)}
    return {"generations": given.generations, **lists, **found, **table}


def _walk(hub: Any, *, rounds: int) -> Iterator[tuple[str, int, float]]:
    """Ask every list as each person: its words, how many statements it took, and the longest of the rounds in seconds."""
    from django.db import connection  # noqa: PLC0415 (as above)
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    for person, browser in hub.browsers.items():
        for address in hub.addresses(person):
            browser.get(address)
            with CaptureQueriesContext(connection) as asked:
                answer = browser.get(address)
            if answer.status_code != 200:
                raise SystemExit(f"{person} at {address}: {answer.status_code}")
            statements, took = len(asked), []
            for _ in range(rounds):
                started = time.perf_counter()
                browser.get(address)
                took.append(time.perf_counter() - started)
            yield f"{person} {hub.words(address)}", statements, max(took)


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(figures: dict[str, Any]) -> int:
    """Print the table and the line for programs; 0 when the goals are met."""
    for name, value in figures.items():
        say(f"{name:<60} {value:>10} {f'(at most {AT_MOST[name]})' if name in AT_MOST else ''}")
    met = figures["generations"] >= GENERATIONS and all(figures[name] <= most for name, most in AT_MOST.items())
    say(json.dumps({"bench": "admin", "figures": figures, "goals": AT_MOST, "met": met}))
    return 0 if met else 1


def main() -> int:
    """Run the bench on a throwaway cluster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generations", type=int, default=GENERATIONS)
    given = parser.parse_args()
    with interruptible(), cluster() as running, tempfile.TemporaryDirectory(prefix="sorahub-bench-") as name:
        os.environ |= {
            "DATABASE_URL": running.url,
            "SORAHUB_VAR_DIR": f"{name}/var",
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.test",
        }
        return report(bench(given))


if __name__ == "__main__":
    sys.exit(main())
