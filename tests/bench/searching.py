"""``make bench-search``: a hundred thousand prompts and a million notes, searched through the product's page and API.

A throwaway PostgreSQL holds 200 projects of 20 clients with 100,000 prompts, 20,000 clips and 1,000,000 notes, written by
COPY, fifty thousand a statement; the index is written by the product's own triggers meanwhile. Words are drawn as in a language:
few are common, most are rare; every thousandth note is in Japanese. The product runs in this process with its production settings and
is asked through its middleware, its views and its database, by a producer who takes part in 20 of the projects and by an
administrator, with facets and marked passages, for rare and common words, phrases, prefixes, several words, exclusions and
filters, another word each time. Every answer's first page is held against a plain scan of the texts for a sample of queries.
Prints a table; the last line is JSON: {"bench": "search", "figures": {…}, "goals": {…}, "met": true or false}.
"""

import argparse
import json
import os
import secrets
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sorahub.supervise import interruptible  # noqa: E402 (the path first: this file is run by its own name)
from tests.cluster import cluster  # noqa: E402

GOAL_MS = 300.0
LEAST_PROMPTS, LEAST_NOTES = 100_000, 1_000_000


def bench(given: argparse.Namespace) -> dict[str, Any]:
    """Fill, ask, return the figures."""
    from tests.bench import searched  # noqa: PLC0415 (Django's settings are read from the environment that main() has made)

    started = time.perf_counter()
    hub = searched.fill(given.prompts, given.notes, say)
    figures: dict[str, Any] = {
        "prompts": given.prompts,
        "notes": given.notes,
        "load_s": round(time.perf_counter() - started, 1),
    }
    figures |= searched.sizes()
    took: list[float] = []
    for who, browser in hub.people():
        for query in ({"q": "light"}, {"q": "light"}, {"q": "wave"}):
            searched.ask(browser, query)  # the first requests read templates and plans
        for name, queries in hub.mix(given.rounds).items():
            times = [searched.ask(browser, query) for query in queries]
            took += times
            figures[f"{who}_{name}_p95_ms"] = percentile(times, 95)
            say(
                f"{who:<14} {name:<16} p50 {percentile(times, 50):>7} ms   p95 {percentile(times, 95):>7} ms   worst {max(times):>7.1f} ms"
            )
    figures |= {
        "searches": len(took),
        "p50_ms": percentile(took, 50),
        "p95_ms": percentile(took, 95),
        "worst_ms": round(max(took), 1),
    }
    figures["wrong"] = hub.wrong()
    return figures


def percentile(times: list[float], percent: int) -> float:
    """Return a percentile, in milliseconds."""
    return round(quantiles(times, n=100, method="inclusive")[percent - 1], 1)


def met(figures: dict[str, Any]) -> bool:
    """Whether the goal is reached, at a size that proves it, and every sample was right."""
    large = figures["prompts"] >= LEAST_PROMPTS and figures["notes"] >= LEAST_NOTES
    return bool(large and figures["p95_ms"] < GOAL_MS and figures["wrong"] == 0)


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(figures: dict[str, Any]) -> int:
    """Print the table and the line for programs; 0 when the goal is met."""
    for name, value in figures.items():
        say(f"{name:<36} {value:>12} {f'(goal: below {GOAL_MS})' if name == 'p95_ms' else ''}")
    say(
        json.dumps(
            {"bench": "search", "figures": figures, "goals": {"p95_ms": GOAL_MS, "wrong": 0}, "met": met(figures)}
        )
    )
    return 0 if met(figures) else 1


def main() -> int:
    """Run the bench on a throwaway cluster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=LEAST_PROMPTS)
    parser.add_argument("--notes", type=int, default=LEAST_NOTES)
    parser.add_argument("--rounds", type=int, default=12, help="queries of each kind for each person")
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
        return report(bench(given))


if __name__ == "__main__":
    sys.exit(main())
