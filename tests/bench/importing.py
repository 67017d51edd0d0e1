"""``make bench-import``: a manifest of 10,000 rows over 2,000 small real clips imported, undisturbed and with its worker killed half way.

Two throwaway PostgreSQL databases, the product's production settings, and workers that are processes of their own. The clips are made
with PyAV, no two of the same bytes, and lie in a folder of the machine. One import runs undisturbed; before and after it the same files
are hashed and probed by hand: read once, hashed, and measured by the same confined process, many files in each (and a few alone, for
comparison). In the other database the worker is ended by SIGKILL half way, and another one goes on. Then rows, clips, takes, stored bytes
and the kinds of the ledger's events of both are compared, and every stored original is hashed again.
Prints a table; the last line is JSON: {"bench": "import", "figures": {…}, "goals": {…}, "met": true or false}.
"""

import argparse
import csv
import hashlib
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

import av
import psycopg
from PIL import Image, ImageDraw
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sorahub.supervise import interruptible  # noqa: E402 (the path first: this file is run by its own name)
from tests.cluster import cluster  # noqa: E402

ROWS, CLIPS = 10_000, 2_000
ALONE = 40
GOALS = {"import_to_hand": 1.3, "differences": 0}
"""At most so much."""


def make_clip(place: tuple[str, int]) -> None:
    """A small real MP4 of its own colour and length."""
    folder, number = place
    path = Path(folder) / f"take{number:05d}.mp4"
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream(
            "libx264", rate=24, options={"g": "6", "bf": "0", "threads": "1", "preset": "veryfast"}
        )
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for frame in range(6 + number % 7):
            image = Image.new("RGB", (320, 180), f"#{(number * 7919) % 0xFFFFFF:06x}")
            ImageDraw.Draw(image).rectangle((frame * 9, 20, frame * 9 + 60, 150), fill="white")
            container.mux(stream.encode(av.VideoFrame.from_image(image)))  # type: ignore[no-untyped-call]
        container.mux(stream.encode(None))
    with path.open("ab") as file:  # a free box: no two files are the same, whatever the encoder made of the pictures
        file.write((16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big"))


def make_footage(folder: Path, rows: int, clips: int) -> None:
    """The clips, and the manifest beside them: each file once with its hash, then again with other words, some rows without a file."""
    folder.mkdir()
    with ProcessPoolExecutor(2) as makers:
        list(makers.map(make_clip, [(str(folder), number) for number in range(clips)], chunksize=50))
    names = sorted(path.name for path in folder.glob("*.mp4"))
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names}
    with (folder / "manifest.csv").open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["File", "SHA-256", "Shot", "Model", "Through", "Prompt", "Seed", "Made on", "Mood"])
        for number in range(rows):
            name = names[number % clips]
            sha256 = sums[name] if number < clips or number % 10 else "0" * 64
            file_name = name if number < clips or number % 10 != 5 else f"gone-{name}"
            shot = f"SC{number % 40:03d}" if number % 3 else ""
            writer.writerow(
                [file_name, sha256, shot, "sora-2", "OpenAI", f"Dawn no. {number}", number, "24.12.2025", "calm"]
            )


def by_hand(folder: Path, at_once: int) -> float:
    """Seconds to hash and to probe all of it, by the same confined process."""
    from generations import media  # noqa: PLC0415 (Django is set up by whoever calls)
    from sorahub.lib import storage  # noqa: PLC0415

    paths = sorted(folder.glob("*.mp4"))
    began = time.monotonic()
    for start in range(0, len(paths), at_once):
        some = paths[start : start + at_once]
        for path in some:
            storage.sha256_of(path)
        media.probe_many([(path, path.name) for path in some])
    return time.monotonic() - began


def alone_by_hand(folder: Path) -> float:
    """Seconds a file, where each is probed in a process of its own."""
    from generations import media  # noqa: PLC0415
    from sorahub.lib import storage  # noqa: PLC0415

    paths = sorted(folder.glob("*.mp4"))[:ALONE]
    began = time.monotonic()
    for path in paths:
        storage.sha256_of(path)
        media.probe(path)
    return (time.monotonic() - began) / len(paths)


def set_up() -> None:
    """Set Django up by the environment that the parent made."""
    import django  # noqa: PLC0415

    django.setup()


def work() -> int:
    """A worker: brings back what a killed one held, then does the import's jobs until none is left."""
    set_up()
    from django.utils import timezone  # noqa: PLC0415

    from sorahub.jobs.models import Job  # noqa: PLC0415
    from sorahub.jobs.runner import run_one  # noqa: PLC0415
    from sorahub.jobs.sweeper import release_orphans  # noqa: PLC0415

    release_orphans()
    kinds = ("import.look", "import.run")
    while (job := Job.objects.all().claimable(timezone.now()).filter(kind__in=kinds).first()) is not None:
        run_one(job.pk)
    return 0


def inside(folder: Path, *, kill: bool) -> dict[str, Any]:
    """One import in this process's database; by hand before and after it, unless its worker is to be killed."""
    set_up()
    from generations.actions import imports  # noqa: PLC0415
    from generations.models import Project  # noqa: PLC0415
    from generations.pipeline.import_run import FILES_AT_ONCE  # noqa: PLC0415
    from sorahub.accounts.models import User  # noqa: PLC0415

    alice, aurora = User.objects.get(email="alice@example.com"), Project.objects.get(code="AURORA")
    figures: dict[str, Any] = {}
    if not kill:
        by_hand(folder, FILES_AT_ONCE)  # the files come into the cache, for all that follows
        before = processor_seconds()
        figures["hand_before_s"] = by_hand(folder, FILES_AT_ONCE)
        figures["hand_cpu_s"] = processor_seconds() - before
    run = imports.create_import(actor=alice, project=aurora, folder=str(folder), options={"shots": "make"})
    figures["look_s"] = timed_worker()
    run.refresh_from_db()
    imports.start_import(actor=alice, run=run, declaration=True)
    before = processor_seconds()
    figures["import_s"] = killed_and_gone_on(run) if kill else timed_worker()
    figures["import_cpu_s"] = processor_seconds() - before  # with the worker's start
    run.refresh_from_db()
    if run.state != "done":
        raise SystemExit(f"The import is {run.state}: {run.words} {imports.trouble_of(run)}")
    if not kill:
        figures["hand_after_s"] = by_hand(folder, FILES_AT_ONCE)
        figures["hand_alone_ms_a_file"] = 1000 * alone_by_hand(folder)
    return {"figures": figures, "facts": facts_of(run)}


def processor_seconds() -> float:
    """Of this process and of the children that it has waited for."""
    own, children = getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def start_worker() -> subprocess.Popen[bytes]:
    """A worker in a process of its own."""
    return subprocess.Popen([sys.executable, __file__, "--work"])


def timed_worker() -> float:
    """Seconds from the first job taken up to the last one done: a worker's start is no part of an import."""
    from sorahub.jobs.models import Job  # noqa: PLC0415

    started = set(Job.objects.filter(kind__startswith="import.", state="succeeded").values_list("pk", flat=True))
    if start_worker().wait() != 0:
        raise SystemExit("The worker failed.")
    jobs = Job.objects.filter(kind__startswith="import.", state="succeeded").exclude(pk__in=started)
    times: Any = list(jobs.values_list("started_at", "finished_at"))
    return float((max(end for _, end in times) - min(begin for begin, _ in times)).total_seconds())


def killed_and_gone_on(run: Any) -> float:
    """Kill the worker with SIGKILL when half of the rows are dealt with, and let another go on."""
    from generations.models import Clip  # noqa: PLC0415

    began, half = time.monotonic(), run.counts["new"] // 2
    worker = start_worker()
    while worker.poll() is None:
        if Clip.objects.count() >= half:
            break
        time.sleep(0.02)
    if worker.poll() is not None:
        raise SystemExit("The worker was through before it could be killed.")
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    if start_worker().wait() != 0:
        raise SystemExit("The second worker failed.")
    return time.monotonic() - began


def facts_of(run: Any) -> dict[str, Any]:
    """All that must not depend on whether a worker was killed."""
    from django.conf import settings  # noqa: PLC0415

    from generations.models import Clip, ImportRow, Upload  # noqa: PLC0415
    from sorahub.jobs.models import Job  # noqa: PLC0415
    from sorahub.ledger.models import Event  # noqa: PLC0415
    from sorahub.lib import storage  # noqa: PLC0415

    root = Path(settings.MEDIA_ROOT)
    clips = list(Clip.objects.order_by("sha256").select_related("shot"))
    rows = ImportRow.objects.filter(run=run).order_by("number")
    return {
        "rows": [list(each) for each in rows.values_list("number", "state", "code", "words", "key", "clip__sha256")],
        "clips": [
            [clip.sha256, clip.size, clip.shot.code if clip.shot else "", clip.take, clip.original_name, clip.completeness,
             clip.declared_prompt, str(clip.declared_made_on), clip.frame_count]
            for clip in clips
        ],
        "stored": [storage.verify(clip.storage_key, root, clip.sha256) for clip in clips].count(True),
        "uploads": Upload.objects.count(),
        "derive_jobs": Job.objects.filter(kind="clip.derive").count(),
        "ledger": sorted(Counter(Event.objects.values_list("kind", flat=True)).items()),
        "counts": dict(sorted(run.counts.items())),
        "left_behind": sorted(path.name[:8] for path in (root / "incoming").glob("import-*")),
    }  # fmt: skip


def environment_of(url: str, place: Path, folder: Path) -> dict[str, str]:
    """The product's production settings on this database, with media of its own."""
    return {
        **os.environ,
        "DATABASE_URL": url,
        "SORAHUB_VAR_DIR": str(place),
        "SORAHUB_IMPORT_FOLDERS": str(folder),
        "SORAHUB_DISK_RESERVE_BYTES": "1",
        "DJANGO_SETTINGS_MODULE": "sorahub.settings.production",
        "SORAHUB_SECRET_KEY": secrets.token_urlsafe(50),
        "SORAHUB_PUBLIC_URL": "https://localhost",
        "SORAHUB_LOG_LEVEL": "WARNING",
    }


def call(environment: dict[str, str], *arguments: str) -> str:
    """This file in a process of its own; the last line that it prints."""
    command = [sys.executable, __file__, *arguments]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()[-1]


def both(folder: Path, place: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The import undisturbed and with its worker killed, each in a database of its own that begins the same."""
    with cluster() as running:
        server, _, first = running.url.rpartition("/")
        call(environment_of(running.url, place / "whole", folder), "--found")
        with psycopg.connect(f"{server}/template1", autocommit=True) as opened:
            opened.execute(
                sql.SQL("CREATE DATABASE killed TEMPLATE {}").format(sql.Identifier(first.partition("?")[0]))
            )
        whole = json.loads(call(environment_of(running.url, place / "whole", folder), "--inside", str(folder)))
        killed_at = environment_of(f"{server}/killed", place / "killed", folder)
        return whole, json.loads(call(killed_at, "--inside", str(folder), "--kill"))


def found() -> int:
    """The tables and the agency."""
    set_up()
    from django.core.management import call_command  # noqa: PLC0415

    from tests import people  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    people.found_agency()
    say("found")
    return 0


def differences(first: dict[str, Any], second: dict[str, Any]) -> list[str]:
    """The names of what is not the same."""
    return [name for name in first if first[name] != second[name]]


def figures_of(whole: dict[str, Any], killed: dict[str, Any], rows: int, clips: int) -> dict[str, Any]:
    """What was measured, and how the two ends compare."""
    times, facts = whole["figures"], whole["facts"]
    hand = (times["hand_before_s"] + times["hand_after_s"]) / 2
    return {
        "rows": rows,
        "clips": clips,
        **{name: round(value, 2) for name, value in times.items()},
        "import_killed_s": round(killed["figures"]["import_s"], 2),
        "import_to_hand": round(times["import_s"] / hand, 2),
        "look_and_import_to_hand": round((times["look_s"] + times["import_s"]) / hand, 2),
        "files_a_second": round(facts["counts"].get("imported", 0) / times["import_s"], 1),
        "imported": facts["counts"].get("imported", 0),
        "stored_and_verified": facts["stored"],
        "differences": len(differences(facts, killed["facts"])),
    }


def met(figures: dict[str, Any]) -> bool:
    """Whether every goal is reached, at a size that proves something."""
    large = figures["rows"] >= ROWS and figures["clips"] >= CLIPS
    return large and all(figures[name] <= goal for name, goal in GOALS.items())


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Make the footage, import it twice, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--clips", type=int, default=CLIPS)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--kill", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--found", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.found:
        return found()
    if given.work:
        return work()
    if given.inside:
        say(json.dumps(inside(given.inside, kill=given.kill)))
        return 0
    with interruptible(), tempfile.TemporaryDirectory(prefix="sorahub-bench-") as name:
        folder = Path(name) / "footage"
        make_footage(folder, given.rows, given.clips)
        say(f"{given.clips} clips and {given.rows} rows are made")
        whole, killed = both(folder, Path(name))
        figures = figures_of(whole, killed, given.rows, given.clips)
        for wrong in differences(whole["facts"], killed["facts"]):
            say(f"not the same: {wrong}: {str(whole['facts'][wrong])[:300]} / {str(killed['facts'][wrong])[:300]}")
    for what, value in figures.items():
        say(f"{what:<28} {value:>12} {f'(at most {GOALS[what]})' if what in GOALS else ''}")
    say(json.dumps({"bench": "import", "figures": figures, "goals": GOALS, "met": met(figures)}))
    return 0 if met(figures) else 1


if __name__ == "__main__":
    sys.exit(main())
