"""``make bench-terms``: a history of 2,000 versions of one document, made here of invented text, imported by the real job.

A throwaway PostgreSQL and one process with the product's production settings. The history is a Git bundle in the shape of Open
Terms Archive: three records a day, one clause worded anew in each, every tenth going back to the text before the last. It is
uploaded, looked into, and imported record by record as a worker does it; a history of a tenth of that length goes before it.
Beside the seconds that passed stand those of the processor that this process had: they differ where others use the machine.
Memory is the process's: what it holds when the import begins, and the most that it held until the end. "Flat" means that ten
times the records take hardly more of it.
Prints a table; the last line is JSON: {"bench": "terms", "figures": {…}, "goals": {…}, "met": true or false}.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sorahub.supervise import interruptible  # noqa: E402 (the path first: this file is run by its own name)
from tests.cluster import cluster  # noqa: E402

LEAST_VERSIONS = 2_000
GOALS = {"seconds": 60.0, "peak_growth_mib": 64.0, "growth_over_a_tenth_mib": 32.0}
"""At most so much."""


def inside(folder: Path, versions: int) -> dict[str, Any]:
    """Carry it out in this process, whose environment names the database."""
    import django  # noqa: PLC0415 (set up by the environment that the parent made)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 (models can be imported only now)

    from sorahub.accounts.roles import Kind  # noqa: PLC0415
    from tests import people  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    lena = people.user("lena", Kind.LEGAL)
    small = _imported(lena, folder / "small", versions // 10)
    large = _imported(lena, folder / "large", versions)
    return {
        **large,
        "growth_over_a_tenth_mib": round(large["peak_growth_mib"] - small["peak_growth_mib"], 1),
        "small": small,
    }


def _imported(lena: Any, folder: Path, versions: int) -> dict[str, Any]:
    from reviews.actions import import_terms  # noqa: PLC0415 (models can be imported only now)
    from reviews.actions.import_terms import Choice  # noqa: PLC0415
    from reviews.actions.terms import add_source  # noqa: PLC0415
    from reviews.models import TermsVersion  # noqa: PLC0415
    from sorahub.jobs.runner import drain  # noqa: PLC0415
    from tests.reviews import archives  # noqa: PLC0415

    repo = archives.repository(folder, archives.steps(versions, begin=archives.BEGIN.replace(year=2023)))
    raw = archives.bundle(repo)
    repo.close()
    row = import_terms.upload_archive(actor=lena, chunks=[raw], file_name="lumo.bundle", archive=f"Lumo, {versions}")
    size = len(raw)
    del raw
    began = time.monotonic()
    drain()
    looked = time.monotonic() - began
    row.refresh_from_db()
    source = add_source(actor=lena, publisher="Lumo", title=f"Terms of Service, {versions}")
    choice = Choice("Lumo", "Terms of Service", "", source)
    import_terms.start_import(actor=lena, row=row, choices=[choice])
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew from here
    began, worked = time.monotonic(), time.process_time()
    drain()
    seconds, processor = time.monotonic() - began, time.process_time() - worked
    row.refresh_from_db()
    kept = TermsVersion.objects.filter(source=source).count()
    if row.state != "done" or row.kept != kept or row.kept + row.again != versions or row.refused:
        raise SystemExit(
            f"The import went wrong: {row.state}, {row.kept} kept, {row.again} again, {row.refused} refused."
        )
    return {
        "versions": versions, "kept": kept, "seen_again": row.again, "archive_bytes": size,
        "seconds_to_look": round(looked, 2), "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "versions_per_second": round(versions / seconds, 1), "memory_before_mib": before,
        "peak_growth_mib": round(_memory("VmHWM") - before, 1),
    }  # fmt: skip


def _memory(name: str) -> float:
    """MiB of this process, by the name that Linux gives the figure."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return round(next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024, 1)


def met(figures: dict[str, Any]) -> bool:
    """Whether every goal is reached, at a size that proves something."""
    return figures["versions"] >= LEAST_VERSIONS and all(figures[name] <= goal for name, goal in GOALS.items())


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(figures: dict[str, Any]) -> int:
    """Print the table and the line for programs; 0 when the goals are met."""
    for name, value in figures.items():
        if not isinstance(value, dict):
            say(f"{name:<28} {value:>12} {f'(at most {GOALS[name]})' if name in GOALS else ''}")
    say(json.dumps({"bench": "terms", "figures": figures, "goals": GOALS, "met": met(figures)}))
    return 0 if met(figures) else 1


def main() -> int:
    """Run the bench on a throwaway cluster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=int, default=LEAST_VERSIONS)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        say(json.dumps(inside(given.inside, given.versions)))
        return 0
    with interruptible(), cluster() as running, tempfile.TemporaryDirectory(prefix="sorahub-bench-") as name:
        environment = {
            **os.environ,
            "DATABASE_URL": running.url,
            "SORAHUB_VAR_DIR": f"{name}/var",
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.production",
            "SORAHUB_SECRET_KEY": secrets.token_urlsafe(50),
            "SORAHUB_PUBLIC_URL": "https://localhost",
            "SORAHUB_LOG_LEVEL": "WARNING",
        }
        command = [sys.executable, __file__, "--inside", name, "--versions", str(given.versions)]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        return report(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main())
