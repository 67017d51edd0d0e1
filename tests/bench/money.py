"""``make bench-money``: the page of costs over 100,000 generations on PostgreSQL, and whether its sums are the journal's.

A throwaway PostgreSQL holds 20 projects of five clients with 100,000 generations over a year: four models, three accounts, eight
people, three currencies; failures, releases, corrections, bills in another currency, clips, decisions (tests/books.py); a tenth is written
row by row, the rest copied from it inside the database. The page
is asked through the real view, middleware and permissions included, as an administrator (everything) and as a producer (half of the
projects), once for all time by each grouping, and once as it opens (twelve months). Each is asked some rounds in turn; p95 is over
all of a person's pages. The sums of every grouping, for both people, are compared with the journal's lines to the last unit,
before the days are summed up (all of it read from the journal) and after.
Prints a table; the last line is JSON: {"bench": "money", "figures": {…}, "goals": {…}, "met": true or false}.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sorahub.supervise import interruptible  # noqa: E402 (the path first: this file is run by its own name)
from tests.cluster import cluster  # noqa: E402

GENERATIONS, ROUNDS = 100_000, 10
BUFFERS = "512MB"
AT_MOST = {"administrator_p95_ms": 500, "producer_p95_ms": 500, "sums_off": 0}
TIMES = 10
"""A tenth is written row by row, the rest copied from it inside the database, each copy 29 hours before the last."""
GROUPINGS = ("project", "client", "model", "person", "account", "month")


def bench(given: argparse.Namespace) -> dict[str, Any]:
    """Fill, compare, measure; return the figures."""
    import django  # noqa: PLC0415 (Django's settings are read from the environment that main() has made)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from generations.pipeline import tallying  # noqa: PLC0415
    from tests import books  # noqa: PLC0415
    from tests.people import found_agency  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    agency, dice = found_agency(), random.Random(given.seed)
    ground = books.lay(agency)
    tenth = given.generations // TIMES
    books.write(ground, books.dream(ground, dice, tenth, timezone.now()))
    say(f"{tenth} generations written row by row")
    books.multiply(TIMES - 1)
    say(f"{tenth * TIMES} with their copies")
    _vacuum()
    people = {"administrator": agency.ada, "producer": agency.alice}
    figures: dict[str, Any] = {"generations": tenth * TIMES, "sums_off": _off(people.values())}
    begun = time.perf_counter()
    figures["tallies"] = tallying.tally()["rows"]
    figures["tally_s"] = round(time.perf_counter() - begun, 1)
    _vacuum()
    figures["sums_off"] += _off(people.values()) + len([*tallying.differences()])
    for name, person in people.items():
        figures |= {f"{name}_{what}": value for what, value in _page(person, given.rounds).items()}
    return figures | _invoice(agency.ada, given)


def _invoice(person: Any, given: argparse.Namespace) -> dict[str, Any]:
    """An invoice of one account with half as many lines as there are generations at most: read by its job, then looked at."""
    from django.test import Client as Browser  # noqa: PLC0415

    from generations.actions import invoices, reconciling  # noqa: PLC0415
    from generations.models import Generation  # noqa: PLC0415
    from sorahub.jobs.runner import drain  # noqa: PLC0415

    account = Generation.objects.values_list("account", flat=True)[0]
    rows = Generation.objects.filter(account=account, settled_micro__gt=0)[: given.generations // 2]
    told: Any = rows.values_list("remote_id", "settled_micro", "settled_currency", "finished_at", "model")
    lines = [
        f"{remote},{micro / 10**6:.6f},{code},{at:%Y-%m-%dT%H:%M:%SZ},{model}"
        for remote, micro, code, at, model in told
    ]
    path = Path(tempfile.mkdtemp()) / "invoice.csv"
    path.write_text("\n".join(["Id,Cost,Currency,When,Model", *lines]))
    made = invoices.add_invoice(actor=person, account=rows[0].account, number="R-1", file=path, file_name="invoice.csv")
    layout = {"remote_id": "Id", "amount": "Cost", "currency": "Currency", "date": "When", "model": "Model"}
    invoices.read_invoice(actor=person, invoice=made, layout=layout)
    begun = time.perf_counter()
    drain()
    read = time.perf_counter() - begun
    _vacuum()
    browser = Browser(headers={"host": "localhost"})
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    took = []
    for _ in range(given.rounds):
        begun = time.perf_counter()
        if browser.get(f"/invoices/{made.pk}/").status_code != 200:
            raise SystemExit("the invoice's page does not answer")
        took.append((time.perf_counter() - begun) * 1000)
    agree = reconciling.standing(made).counts["agrees"]
    return {
        "invoice_lines": len(lines), "invoice_agree": agree, "invoice_read_s": round(read, 1), "invoice_page_ms": round(median(took)),
    }  # fmt: skip


def _vacuum() -> None:
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _off(people: Any) -> int:
    """How many sums are not the journal's: for each grouping, currency and book."""
    from django.db.models import Sum  # noqa: PLC0415

    from generations.models import SpendLine  # noqa: PLC0415
    from reviews.actions.costs import Asked, costs, this_month  # noqa: PLC0415

    off = 0
    for person in people:
        rows = (
            SpendLine.objects.visible_to(person)
            .order_by()
            .values_list("currency", "book")
            .annotate(Sum("amount_micro"))
        )
        journal = {(currency, book): total for currency, book, total in rows}
        for by in GROUPINGS:
            found = dict.fromkeys(journal, 0)
            for sheet in costs(person, Asked(by=by, last=this_month())):
                groups = sheet.months.values() if by == "month" else sheet.groups.values()
                found[sheet.currency, "spent"] = sum(one.spent_micro for one in groups)
                found[sheet.currency, "reserved"] = sheet.total.reserved_micro
            off += sum(found.get(key, 0) != total for key, total in journal.items() if key[1] != "available")
    return off


def _page(person: Any, rounds: int) -> dict[str, float]:
    """Milliseconds of the page through the whole stack."""
    from django.test import Client as Browser  # noqa: PLC0415

    browser = Browser(headers={"host": "localhost"})
    browser.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    ways = ["/costs/", *(f"/costs/?first=&by={by}" for by in GROUPINGS)]
    took: list[float] = []
    by_way: dict[str, list[float]] = {}
    for number in range(rounds + 1):
        for way in ways:
            begun = time.perf_counter()
            answer = browser.get(way)
            passed = (time.perf_counter() - begun) * 1000
            if answer.status_code != 200:
                raise SystemExit(f"{way} answered {answer.status_code}")
            if number:  # the first round warms up
                took.append(passed)
                by_way.setdefault(way, []).append(passed)
    for way, times in by_way.items():
        say(f"{way:<32} {median(times):7.0f} ms, at most {max(times):.0f}")
    return {"p50_ms": round(median(took)), "p95_ms": round(quantiles(took, n=20)[18]), "worst_ms": round(max(took))}


def met(figures: dict[str, Any]) -> bool:
    """Whether the goals are met, at the size that they are set for."""
    return figures["generations"] >= GENERATIONS and all(figures[name] <= limit for name, limit in AT_MOST.items())


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(figures: dict[str, Any]) -> int:
    """Print the table and the line for programs; 0 when the goals are met."""
    for name, value in figures.items():
        limit = f"(at most {AT_MOST[name]})" if name in AT_MOST else ""
        say(f"{name:<28} {value:>10} {limit}")
    say(json.dumps({"bench": "money", "figures": figures, "goals": {"at_most": AT_MOST}, "met": met(figures)}))
    return 0 if met(figures) else 1


def main() -> int:
    """Run the bench on a throwaway cluster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generations", type=int, default=GENERATIONS, help="a multiple of 10")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often each page is asked")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with (
        interruptible(),
        cluster(shared_buffers=BUFFERS) as running,
        tempfile.TemporaryDirectory(prefix="sorahub-bench-") as name,
    ):
        os.environ |= {
            "DATABASE_URL": running.url,
            "SORAHUB_VAR_DIR": f"{name}/var",
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.test",
        }
        return report(bench(given))


if __name__ == "__main__":
    sys.exit(main())
