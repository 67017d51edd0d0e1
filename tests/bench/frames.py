"""``make bench-frames``: is the frame on the screen the frame that was asked for, and how soon.

Makes clips at eight rates with five kinds of awkwardness, brings each in as an upload through the product's own jobs, opens
its review page in Chromium and asks for frames: at random, and step by step. Which frame is seen is read from the binary strip
in the picture. A bare ``<video>`` of the same file is asked for the same frames by turns.
Prints a table; the last line is JSON: {"bench": "frames", "figures": {…}, "goals": {…}, "met": true or false}.
"""

import argparse
import json
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sorahub.ports import free_port  # noqa: E402 (the path first: this file is run by its own name)
from sorahub.supervise import interruptible  # noqa: E402
from tests.bench.sources import KINDS, RATES  # noqa: E402
from tests.cluster import cluster  # noqa: E402

LEAST = {"right_share": 1.0, "frame_count_share": 1.0, "screenshot_share": 1.0, "clips": 1}
MOST = {
    "step_ms_p50": 50,
    "step_ms_p95": 100,
    "seek_ratio": 1.5,
    "apart_when_paused": 0,
    "dropped_with_1000_markers": 0,
}
GOALS = {**LEAST, **MOST}
SCREENSHOTS = 3
MARKERS = 1000
PLAY_SECONDS = 4.0


@dataclass(frozen=True)
class Run:
    """How much of it."""

    rates: tuple[Fraction, ...]
    kinds: tuple[str, ...]
    frames: int
    seeks: int
    pauses: int


@dataclass
class Tally:
    """What was seen in all clips so far. A sample is [asked, told, seen, milliseconds]."""

    player: list[list[Any]] = field(default_factory=list)
    bare: list[list[Any]] = field(default_factory=list)
    steps: list[list[Any]] = field(default_factory=list)
    screens: list[bool] = field(default_factory=list)
    counts: list[bool] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)
    served: dict[str, int] = field(default_factory=dict)

    def figures(self) -> dict[str, float]:
        """The figures that the clips give."""
        asked = self.player + self.steps
        times = milliseconds(self.steps)
        return {
            "clips": len(self.counts),
            "asked": len(asked),
            "right_share": share(right(one) for one in asked),
            "bare_right_share": share(right(one) for one in self.bare),
            "screenshot_share": share(self.screens),
            "frame_count_share": share(self.counts),
            "step_ms_p50": round(median(times), 1),
            "step_ms_p95": p95(times),
            "seek_ms_p50": round(median(milliseconds(self.player)), 1),
            "seek_ms_p95": p95(milliseconds(self.player)),
            "bare_seek_ms_p50": round(median(milliseconds(self.bare)), 1),
            "seek_ratio": round(median(milliseconds(self.player)) / median(milliseconds(self.bare)), 3),
            "seek_ratio_worst_clip": round(max(self.ratios), 3),
            **{f"served_{name}": count for name, count in sorted(self.served.items())},
        }


def right(sample: list[Any]) -> bool:
    """Whether the frame asked for is the frame told and the frame seen."""
    return bool(sample[0] == sample[1] == sample[2])


def share(values: Any) -> float:
    """The share of true ones; 0 of none."""
    listed = list(values)
    return round(sum(listed) / len(listed), 5) if listed else 0.0


def milliseconds(samples: list[list[Any]]) -> list[float]:
    """The times of samples."""
    return [float(sample[3]) for sample in samples]


def p95(times: list[float]) -> float:
    """The 95th percentile."""
    return round(quantiles(times, n=20, method="inclusive")[-1], 1) if len(times) > 1 else round(times[0], 1)


def bench(run: Run, folder: Path) -> dict[str, float]:
    """Make, bring in, watch; return the figures."""
    from tests.bench import screening  # noqa: PLC0415 (Django's settings are read from the environment that main() has made)

    tally = Tally()
    with screening.house(folder) as house:
        for kind in run.kinds:
            for rate in run.rates:
                clip = house.bring_in(kind, rate, run.frames)
                look(house, clip, kind, rate, run, tally)
        figures = tally.figures()
        figures |= house.with_markers(MARKERS, PLAY_SECONDS)
        figures |= house.together(run.pauses)
    return figures


def look(house: Any, clip: Any, kind: str, rate: Fraction, run: Run, tally: Tally) -> None:
    """Ask one clip's page for frames, and say how it was."""
    chance = random.Random(f"{kind} {rate}")
    seat = house.seat(clip)
    try:
        wanted = leaps(chance, run.frames, run.seeks)
        player, bare = seat.seeks(wanted)
        there = run.seeks // 2
        start = chance.randrange(max(1, run.frames - there))
        steps = seat.steps(start, [1] * there + [-1] * (run.seeks - there))
        shots = [chance.randrange(run.frames) for _ in range(SCREENSHOTS)]
        screens = [seat.on_the_screen(frame) == frame for frame in shots]
    finally:
        seat.close()
    tally.player += player
    tally.bare += bare
    tally.steps += steps
    tally.screens += screens
    tally.counts.append(seat.count == run.frames)
    ratio = median(milliseconds(player)) / median(milliseconds(bare))
    tally.ratios.append(ratio)
    served = seat.source.rpartition("/")[2]
    tally.served[served] = tally.served.get(served, 0) + 1
    say(
        f"{kind:<14} {rate!s:>10}  {served:<9} {seat.count:>4} frames  right {share(map(right, player + steps)):7.2%}"
        f"  bare {share(map(right, bare)):7.2%}  seek {median(milliseconds(player)):5.1f} ms ({ratio:.2f} x bare)"
        f"  step {median(milliseconds(steps)):5.1f}, p95 {p95(milliseconds(steps)):5.1f} ms"
    )


def leaps(chance: random.Random, frames: int, count: int) -> list[int]:
    """Random frames, never one twice running: a bare video that stands there already is shown no new frame."""
    found = [chance.randrange(frames)]
    while len(found) < count:
        found.append((found[-1] + chance.randrange(1, frames)) % frames)
    return found


def met(figures: dict[str, float]) -> bool:
    """Whether every goal is reached."""
    return all(figures[name] >= goal for name, goal in LEAST.items()) and all(
        figures[name] <= goal for name, goal in MOST.items()
    )


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(figures: dict[str, float]) -> int:
    """Print the table and the line for programs; 0 when the goals are met."""
    for name, value in figures.items():
        word = "at least" if name in LEAST else "at most"
        goal = f"(goal: {word} {GOALS[name]})" if name in GOALS else ""
        say(f"{name:<28} {value:>10} {goal}")
    say(json.dumps({"bench": "frames", "figures": figures, "goals": GOALS, "met": met(figures)}))
    return 0 if met(figures) else 1


def asked_for() -> Run:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeks", type=int, default=200, help="random seeks, and as many steps, on each clip")
    parser.add_argument("--rates", default=",".join(map(str, RATES)), help="such as 24,30000/1001")
    parser.add_argument("--kinds", default=",".join(KINDS), help=f"of {', '.join(KINDS)}")
    parser.add_argument("--frames", type=int, default=240, help="of each clip")
    parser.add_argument("--pauses", type=int, default=50, help="of two clips in sync")
    given = parser.parse_args()
    rates = tuple(Fraction(rate) for rate in given.rates.split(","))
    kinds = tuple(given.kinds.split(","))
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        parser.error(f"There is no kind {unknown[0]!r}.")
    return Run(rates, kinds, given.frames, given.seeks, given.pauses)


def main() -> int:
    """Run the bench on a throwaway cluster."""
    run = asked_for()
    began = time.monotonic()
    with interruptible(), cluster() as running, tempfile.TemporaryDirectory(prefix="sorahub-bench-") as folder:
        os.environ |= {
            "DATABASE_URL": running.url,
            "SORAHUB_VAR_DIR": folder,
            "SORAHUB_PUBLIC_URL": f"http://localhost:{free_port()}",
            "DJANGO_SETTINGS_MODULE": "sorahub.settings.dev",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
            "SORAHUB_LOG_LEVEL": "WARNING",
        }
        figures = bench(run, Path(folder))
    figures["seconds"] = round(time.monotonic() - began)
    return report(figures)


if __name__ == "__main__":
    sys.exit(main())
