"""``make bench-evidence``: bundles of a thousand files and a gigabyte made, verified and tampered with; and the ledger's figures.

A throwaway PostgreSQL and one process. Sixty clips of random bytes go the way to a
signature; the bundle of all of them is asked for and made by the real job, which writes, signs and verifies it. A bundle of a
tenth goes before it, and one of a single clip before that, so that fonts and modules are loaded. Memory is the process's: what
it holds when the job begins, and the most that it held until its end; "flat" means that ten times the size takes hardly more.
Then the bundle's own verify.py runs by a bare Python over the zip, and the kernel says how much memory that had at most.

Unpacked, the smaller bundle is tampered with, once in each file and then at random: one byte changed; a file dropped; one
added; lines of a manifest in another order; a file of one clip in the place of another's. A tenth as many single bytes are
changed in the large one. Each time verify.py's first failure must name that file. The ledger's part is in evidence_ledger.py.
Prints a table; the last line is JSON: {"bench": "evidence", "figures": {…}, "goals": {…}, "met": true or false}.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sorahub.supervise import interruptible  # noqa: E402 (the path first: this file is run by its own name)
from tests.bench.evidence_ledger import ledger_figures  # noqa: E402
from tests.cluster import cluster  # noqa: E402

CLIPS, BYTES, CHANGES, EVENTS, ROUNDS = 60, 1_000_000_000, 1_000, 1_000_000, 15
LEAST = {"files": 1_000, "bytes": 1_000_000_000, "events": 1_000_000}
AT_MOST = {
    "build_growth_mib": 64, "build_growth_over_a_tenth_mib": 16, "verify_peak_mib": 64, "verify_peak_over_a_tenth_mib": 16,
    "unnamed": 0, "verify_seconds": 60, "verify_growth_mib": 64, "inclusion_p95_ms": 10,
}  # fmt: skip
AT_LEAST = {**LEAST, "append_to_bare": 0.6}
TAGS, MANIFEST = "tagmanifest-sha256.txt", "manifest-sha256.txt"
PIECE = 1 << 20


def inside(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Carry it out in this process, whose environment names the database."""
    import django  # noqa: PLC0415 (set up by the environment that the parent made)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 (models can be imported only now)

    call_command("migrate", verbosity=0)
    dice = random.Random(given.seed)
    lena, approvals = _approvals(given.clips, given.bytes // given.clips, dice)
    _made(lena, approvals[:1])
    small, large = _made(lena, approvals[: max(2, given.clips // 10)]), _made(lena, approvals)
    checked = {"small": _checked(small.pop("zip")), "large": _checked(large.pop("zip"))}
    roots = {name: _unpacked(each.pop("path"), folder / name) for name, each in checked.items()}
    tried, unnamed = _tampered(roots["small"], given.changes, dice)
    more, missed = _flipped(roots["large"], given.changes // 10, dice)
    return {
        **large,
        "build_growth_over_a_tenth_mib": round(large["build_growth_mib"] - small["build_growth_mib"], 1),
        "bundle_verify_s": checked["large"]["seconds"], "verify_peak_mib": checked["large"]["peak_mib"],
        "verify_peak_over_a_tenth_mib": round(checked["large"]["peak_mib"] - checked["small"]["peak_mib"], 1),
        "tampered": tried + more, "unnamed": unnamed + missed, "a_tenth": small,
    }  # fmt: skip


def _approvals(clips: int, size: int, dice: random.Random) -> tuple[Any, list[Any]]:
    """Lena's approvals of so many clips of so many random bytes."""
    from tests.people import found_agency  # noqa: PLC0415 (models can be imported only now)
    from tests.reviews import world  # noqa: PLC0415

    agency = found_agency()
    stages, governing = world.staged(agency), world.governing(agency.lena)
    approvals = []
    for _ in range(clips):
        clip = _clip(agency, size, dice)
        world.approve(clip, stages["Creative"], agency.bob)
        world.approve(clip, stages["Client"], agency.dora)
        approvals.append(world.sign(agency.lena, world.draft(agency.bob, clip, governing)))
    return agency.lena, approvals


def _clip(agency: Any, size: int, dice: random.Random) -> Any:
    from django.conf import settings  # noqa: PLC0415 (models can be imported only now)

    from generations.models import Clip  # noqa: PLC0415
    from sorahub.lib import storage  # noqa: PLC0415

    pieces = (dice.randbytes(min(PIECE, size - at)) for at in range(0, size, PIECE))
    received = storage.receive(pieces, max_bytes=size, into=settings.MEDIA_ROOT / "incoming")
    key = storage.commit(received, settings.MEDIA_ROOT)
    return Clip.objects.create(
        project=agency.aurora, take=1, sha256=received.sha256, size=received.size, storage_key=key,
        original_name="bench.mp4", origin=Clip.Origin.UPLOAD, completeness=Clip.Completeness.DECLARED, container="mp4",
        video_codec="h264", pixel_format="yuv420p", width=64, height=64, rate_num=24, rate_den=1, frame_count=12,
        scrub_safe=True, declared_model="sora-2", declared_route="Vofy", declared_prompt="A harbour",
        declared_by=agency.alice, created_by=agency.alice,
    )  # fmt: skip


def _made(lena: Any, approvals: list[Any]) -> dict[str, Any]:
    """Have one bundle made of them by the job; how long it took and how much memory more."""
    from django.conf import settings  # noqa: PLC0415 (models can be imported only now)

    from reviews.actions.evidence import request_collection  # noqa: PLC0415
    from sorahub.jobs import runner  # noqa: PLC0415

    bundle = request_collection(actor=lena, sign_offs=approvals)
    before = _memory("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew from here
    began = time.monotonic()
    runner.drain()
    seconds = time.monotonic() - began
    grown = _memory("VmHWM") - before
    bundle.refresh_from_db()
    size = bundle.size or 0
    if bundle.state != "ready":
        raise SystemExit(f"The bundle went wrong: {bundle.state}: {bundle.error_code} {bundle.error_message}")
    return {
        "clips": len(approvals), "files": bundle.files_done, "bytes": size, "build_s": round(seconds, 1),
        "build_mb_per_s": round(size / seconds / 1e6, 1), "build_growth_mib": round(grown, 1),
        "zip": Path(settings.MEDIA_ROOT) / bundle.storage_key,
    }  # fmt: skip


BARE = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as end:
    print(end.code, *[line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")])
"""
"""Runs a program and says how it ended and how many KiB it had at most."""


def _checked(archive: Path) -> dict[str, Any]:
    """Let the verify.py that ships run over the zip in a bare Python; seconds, and its most memory in MiB."""
    verifier = ROOT / "reviews" / "evidence" / "verify.py"
    began = time.monotonic()
    command = [sys.executable, "-I", "-S", "-c", BARE, str(verifier), str(archive)]
    *_, last, end = subprocess.run(command, env={}, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    status, peak = end.split()
    if status != "0" or last != "PASS":
        raise SystemExit(f"verify.py says of the bundle: {last}")
    return {"path": archive, "seconds": round(time.monotonic() - began, 1), "peak_mib": round(int(peak) / 1024, 1)}


def _unpacked(archive: Path, folder: Path) -> Path:
    shutil.unpack_archive(archive, folder)
    return folder / archive.stem


def _files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def _tampered(root: Path, times: int, dice: random.Random) -> tuple[int, int]:
    """Tamper in every way, one at a time; how often, and how often the item was not named."""
    tried, missed = _flipped(root, times, dice)
    for change in (_dropped, _added, _reordered, _swapped):
        for item, undo in change(root, max(10, times // 20), dice):
            tried += 1
            missed += not _named(root, item, change.__name__)
            undo()
    if _failures(root):
        raise SystemExit("The bundle was not put back as it was.")
    return tried, missed


def _failures(root: Path) -> list[Any]:
    from reviews.evidence.verify import verify  # noqa: PLC0415

    return verify(root)


def _named(root: Path, item: str, how: str) -> bool:
    found = _failures(root)
    if found and found[0].item == item:
        return True
    say(f"Not named: {item}, {how}: {found[:1]}")
    return False


def _flipped(root: Path, times: int, dice: random.Random) -> tuple[int, int]:
    """Change one byte in each file in turn, at a random place, to a random other value, so many times."""
    items, missed = _files(root), 0
    dice.shuffle(items)
    for number in range(times):
        path = root / items[number % len(items)]
        place, other = dice.randrange(path.stat().st_size), dice.randrange(1, 256)
        _flip(path, place, other)
        missed += not _named(root, path.relative_to(root).as_posix(), f"byte {place}")
        _flip(path, place, other)
    return times, missed


def _flip(path: Path, place: int, other: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ other]))


Changes = Iterator[tuple[str, Callable[[], object]]]


def _dropped(root: Path, times: int, dice: random.Random) -> Changes:
    aside = root.parent / "aside"
    for item in dice.choices(_files(root), k=times):
        (root / item).rename(aside)
        yield item, lambda item=item: aside.rename(root / item)  # type: ignore[misc]


def _added(root: Path, times: int, dice: random.Random) -> Changes:
    folders = sorted({str(Path(item).parent) for item in _files(root)})
    for number in range(times):
        path = root / dice.choice(folders) / f"added-{number}.json"
        path.write_bytes(dice.randbytes(20))
        yield path.relative_to(root).as_posix(), path.unlink


def _reordered(root: Path, times: int, dice: random.Random) -> Changes:
    for number in range(times):
        path = root / (TAGS, MANIFEST)[number % 2]
        whole = path.read_bytes()
        lines = whole.splitlines(keepends=True)
        one, other = dice.sample(range(len(lines)), 2)
        lines[one], lines[other] = lines[other], lines[one]
        path.write_bytes(b"".join(lines))
        yield path.name, lambda path=path, whole=whole: path.write_bytes(whole)  # type: ignore[misc]


def _swapped(root: Path, times: int, dice: random.Random) -> Changes:
    """Put one clip's file into the place of another's of the same name, where they differ."""
    for _ in range(times):
        one, other = dice.sample(sorted((root / "data" / "items").iterdir()), 2)
        names = (
            "certificate.pdf",
            "signoff.json",
            "record.json",
            "audit/proofs.json",
            "clip.json",
            "signed/signoff.sig",
        )
        name = dice.choice(names)
        whole = (one / name).read_bytes()
        (one / name).write_bytes((other / name).read_bytes())
        yield (one / name).relative_to(root).as_posix(), lambda path=one / name, whole=whole: path.write_bytes(whole)  # type: ignore[misc]


def _memory(name: str) -> float:
    """MiB of this process, by the name that Linux gives the figure."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def met(figures: dict[str, Any]) -> bool:
    """Whether every goal is reached, at a size that proves something."""
    return (
        all(figures[name] <= goal for name, goal in AT_MOST.items())
        and all(figures[name] >= goal for name, goal in AT_LEAST.items())
        and bool(figures["sound"] and figures["every_change_named"])
    )


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(figures: dict[str, Any]) -> int:
    """Print the table and the line for programs; 0 when the goals are met."""
    bounds = {name: f"(at most {goal})" for name, goal in AT_MOST.items()}
    bounds |= {name: f"(at least {goal:,})" for name, goal in AT_LEAST.items()}
    for name, value in figures.items():
        if not isinstance(value, dict):
            say(f"{name:<32} {value:>14,} {bounds.get(name, '')}")
    goals = {"at_most": AT_MOST, "at_least": AT_LEAST}
    say(json.dumps({"bench": "evidence", "figures": figures, "goals": goals, "met": met(figures)}))
    return 0 if met(figures) else 1


def _bundles(given: argparse.Namespace) -> dict[str, Any]:
    """The part about bundles, on a cluster of its own."""
    with cluster() as running, tempfile.TemporaryDirectory(prefix="sorahub-bench-") as name:
        environment = {
            **os.environ,
            "DATABASE_URL": running.url,
            "SORAHUB_VAR_DIR": f"{name}/var",
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.test",
            "SORAHUB_LOG_LEVEL": "WARNING",
        }
        told = [f"--{word}={getattr(given, word)}" for word in ("clips", "bytes", "changes", "seed")]
        command = [sys.executable, __file__, "--inside", name, *told]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    *words, last = done.stdout.splitlines()
    for line in words:
        say(line)
    figures: dict[str, Any] = json.loads(last)
    return figures


def main() -> int:
    """Run the bench on throwaway clusters, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=CLIPS)
    parser.add_argument("--bytes", type=int, default=BYTES)
    parser.add_argument("--changes", type=int, default=CHANGES)
    parser.add_argument("--events", type=int, default=EVENTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.inside:
        say(json.dumps(inside(given.inside, given)))
        return 0
    with interruptible():
        figures = _bundles(given)
        return report({**figures, **ledger_figures(events=given.events, rounds=given.rounds)})


if __name__ == "__main__":
    sys.exit(main())
