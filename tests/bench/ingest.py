"""``make bench-ingest``: how soon a finished clip can be watched, and what its ingest costs beside one hand-written pass.

Two parts. One makes the same outputs from the same file by the product (confined, checked, hashed twice) and by ``hand_pass``,
turn by turn. The other runs the real processes (cluster of jobs, tracker, embedded service, PostgreSQL) and counts, for clips as
short as 4 s and as large as 20 s in 1080p, from the poll or webhook that said "completed" to the page that plays.
Prints a table; the last line is JSON: {"bench": "ingest", "figures": {…}, "goals": {…}, "met": true or false}.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sorahub.supervise import interruptible  # noqa: E402 (the path first: this file is run by its own name)
from tests.cluster import cluster  # noqa: E402

GOALS = {"watchable_after_download_s_max": 1.0, "pass_to_hand_wall": 1.3}
LONG = {"width": 1920, "height": 1080, "seconds": 20}
ROUNDS = 7


def long_clip(folder: Path) -> Path:
    """Render the 20 s of 1080p that everything is measured with; about twenty seconds of work."""
    folder.mkdir(parents=True)
    order = {"spec": {"prompt": "A lighthouse at dawn", "seed": 1, **LONG}, "folder": str(folder)}
    command = [sys.executable, "-m", "generations.sandbox.render"]
    subprocess.run(command, cwd=ROOT, input=json.dumps(order), text=True, check=True, stdout=subprocess.DEVNULL)
    return folder / "video.mp4"


def by_hand(clip: Path, folder: Path) -> None:
    """The yardstick, in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.hand_pass", str(clip), str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def by_the_product(clip: Path, folder: Path) -> None:
    """What fetch and derive do with a clip's bytes, without the database."""
    from generations import media  # noqa: PLC0415 (Django's settings are read from the environment that main() has made)
    from sorahub.lib import storage  # noqa: PLC0415

    with clip.open("rb") as file:
        chunks = iter(lambda: file.read(64 * 1024), b"")
        received = storage.receive(chunks, max_bytes=2**32, into=folder / "incoming")
    probe = media.probe(received.path, name="video.mp4")
    key = storage.commit(received, folder)
    with ThreadPoolExecutor(1) as beside:
        findings = beside.submit(media.provenance, folder / key)
        media.derive(folder / key, folder / "renditions", probe, extras=True)
    findings.result()


def timed(work: Callable[[Path, Path], None], clip: Path, folder: Path) -> tuple[float, float]:
    """Wall and processor seconds of one piece of work, children included."""
    shutil.rmtree(folder, ignore_errors=True)
    began, before = time.perf_counter(), getrusage(RUSAGE_CHILDREN)
    work(clip, folder)
    wall, after = time.perf_counter() - began, getrusage(RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def side_by_side(clip: Path, folder: Path) -> dict[str, float]:
    """Both ways in turn; the quickest round of each counts, since whatever else runs here only ever slows one down."""
    hand, ours = [], []
    for number in range(ROUNDS):
        hand.append(timed(by_hand, clip, folder / "hand"))
        ours.append(timed(by_the_product, clip, folder / "ours"))
        say(f"round {number + 1}: by hand {hand[-1][0]:.2f} s, by the product {ours[-1][0]:.2f} s")
    least = {f"{name}_{what}_s": min(each[place] for each in found)
             for name, found in (("hand", hand), ("product", ours))
             for place, what in enumerate(("wall", "cpu"))}  # fmt: skip
    return {
        **{name: round(value, 3) for name, value in least.items()},
        "pass_to_hand_wall": round(least["product_wall_s"] / least["hand_wall_s"], 2),
        "pass_to_hand_cpu": round(least["product_cpu_s"] / least["hand_cpu_s"], 2),
        "pass_to_hand_wall_median": round(median(o[0] / h[0] for o, h in zip(ours, hand, strict=True)), 2),
    }


def met(figures: dict[str, Any]) -> bool:
    """Whether every goal is reached."""
    return all(figures[name] <= goal for name, goal in GOALS.items())


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(figures: dict[str, Any]) -> int:
    """Print the table and the line for programs; 0 when the goals are met."""
    for name, value in figures.items():
        goal = f"(goal: at most {GOALS[name]})" if name in GOALS else ""
        say(f"{name:<32} {value:>10} {goal}")
    say(json.dumps({"bench": "ingest", "figures": figures, "goals": GOALS, "met": met(figures)}))
    return 0 if met(figures) else 1


def main() -> int:
    """Run the bench on a throwaway cluster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=5, help="short clips to wait for")
    given = parser.parse_args()
    with interruptible(), cluster() as running, tempfile.TemporaryDirectory(prefix="sorahub-bench-") as name:
        os.environ |= {
            "DATABASE_URL": running.url,
            "SORAHUB_VAR_DIR": f"{name}/var",
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.dev",
            "SORAHUB_TRACK_MIN_INTERVAL_MS": "500",
            "SORAHUB_LOG_LEVEL": "WARNING",
        }
        from tests.bench import arrivals  # noqa: PLC0415 (Django's settings are read from the environment made above)

        folder = Path(name)
        clip = long_clip(folder / "var" / "renders" / "1920x1080-20")
        figures = side_by_side(clip, folder / "passes")
        figures |= arrivals.watch(folder, given.clips)
        return report(figures)


if __name__ == "__main__":
    sys.exit(main())
