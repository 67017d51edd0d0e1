"""``make bench-clearance``: may this clip be used, what may be used of all, and do the two agree?

A throwaway PostgreSQL holds 100,000 clips with a licence record of three versions each, most of them signed, with depictions,
releases, decisions, generations, parents, checklists and duties (tests/reviews/shelves.py); a tenth is written row by row, the
rest copied from it inside the database (tests/reviews/copies.py). Three things are measured. One
clip's clearance, from the row to the answer, its signature verified. The question over the library (what is cleared, counted,
with its first page), beside a bare SELECT in the same run that joins each clip with its newest record version and the sign-off
on it and counts them; and what the page asks after that, for how many clips but one thing is in the way. And agreement: for
random clips and random questions, the codes that the SQL finds against those that the function finds. The question is measured
with 1 %, 10 % and all of the clips as the library grows.
Prints a table; the last line is JSON: {"bench": "clearance", "figures": {…}, "goals": {…}, "met": true or false}.
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
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from sorahub.supervise import interruptible  # noqa: E402 (the path first: this file is run by its own name)
from tests.cluster import cluster  # noqa: E402

CLIPS, CASES, VERSIONS = 100_000, 100_000, 3
BUFFERS = "1GB"
"""What a server gives PostgreSQL that holds so many clips (a quarter of its memory, as PostgreSQL advises): it has 1.2 GB of tables."""
AT_MOST = {"one_p95_ms": 5, "library_worst_s": 1, "library_to_bare": 3, "disagreements": 0}
BARE = """
    SELECT count(*), count(s.id) FROM generations_clip c
    LEFT JOIN reviews_licencerecord r ON r.clip_id = c.id
    LEFT JOIN reviews_licencerecordversion v ON v.record_id = r.id AND NOT EXISTS (
        SELECT 1 FROM reviews_licencerecordversion later WHERE later.record_id = v.record_id AND later.version > v.version
    )
    LEFT JOIN reviews_signoff s ON s.record_version_id = v.id AND s.meaning IN ('approved', 'rejected')"""


def bench(given: argparse.Namespace) -> dict[str, Any]:
    """Fill step by step, measure; return the figures."""
    import django  # noqa: PLC0415 (Django's settings are read from the environment that main() has made)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    from tests.people import found_agency  # noqa: PLC0415
    from tests.reviews import shelves  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    dice = random.Random(given.seed)
    agency = found_agency()
    ground = shelves.lay(agency, dice, projects=20, releases=60, trouble=given.trouble)
    figures: dict[str, Any] = {"clips": given.clips, "cases": given.cases}
    for wanted in _grown(ground, dice, given):
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        say(f"{wanted} clips")
        figures |= {f"{name}_{wanted}": value for name, value in _library(agency.ada, ground, given).items()}
    last = f"_{given.clips}"
    figures |= {name.removesuffix(last): value for name, value in figures.items() if name.endswith(last)}
    figures |= _one(ground, given)
    return figures | _agreement(agency.ada, ground, given)


def _grown(ground: Any, dice: random.Random, given: argparse.Namespace) -> Iterator[int]:
    """Fill to 1 %, to 10 % and to the whole, and say each time how many clips there are."""
    from tests.reviews import copies, shelves  # noqa: PLC0415

    tenth = given.clips // 10
    shelf = shelves.fill(
        ground, dice, range(tenth), trouble=given.trouble, versions=VERSIONS, batch=max(1, tenth // 10)
    )
    yield len(next(shelf))
    yield given.clips // 100 + sum(len(made) for made in shelf)
    copies.copy(1, 9)
    yield tenth * 10


def _library(user: Any, ground: Any, given: argparse.Namespace) -> dict[str, float]:
    """Questions over everything, each beside the bare statement."""
    from django.db import connection, transaction  # noqa: PLC0415

    from generations.models import Clip  # noqa: PLC0415
    from reviews.actions import library  # noqa: PLC0415
    from tests.reviews import shelves  # noqa: PLC0415

    dice = random.Random(given.seed)
    took, bare, near, cleared = [], [], [], 0
    for _ in range(given.questions):
        asked = shelves.question(ground, dice)
        started = time.perf_counter()
        cleared += library.ask(Clip.objects.visible_to(user), asked).cleared
        took.append(time.perf_counter() - started)
        started = time.perf_counter()
        library.nearly(Clip.objects.visible_to(user), asked)
        near.append(time.perf_counter() - started)
        started = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit = off")
            cursor.execute(BARE)
            cursor.fetchall()
        bare.append(time.perf_counter() - started)
    say(
        f"library {median(took):.3f} s, worst {max(took):.3f} s; near {median(near):.3f} s; bare {median(bare):.3f} s; {cleared} cleared in all"
    )
    return {
        "library_median_s": round(median(took), 3),
        "library_worst_s": round(max(took), 3),
        "near_median_s": round(median(near), 3),
        "bare_median_s": round(median(bare), 3),
        "library_to_bare": round(median(took) / median(bare), 2),
    }


def _one(ground: Any, given: argparse.Namespace) -> dict[str, float]:
    """A thousand random clips of those whose signatures are their own, each asked once."""
    from generations.models import Clip  # noqa: PLC0415
    from reviews.actions.clear import clearance  # noqa: PLC0415
    from tests.reviews import copies, shelves  # noqa: PLC0415

    dice = random.Random(given.seed)
    took = []
    own = copies.originals(Clip.objects.select_related("project"), given.clips // 10)
    for clip in _sample(own, min(1000, given.clips // 10), dice):
        asked = shelves.question(ground, dice)
        started = time.perf_counter()
        clearance(
            clip=clip, use=asked.use, territory=asked.territory, at=asked.at, until=asked.until, purpose=asked.purpose,
            client=asked.client,
        )  # fmt: skip
        took.append((time.perf_counter() - started) * 1000)
    cuts = quantiles(took, n=20)
    return {"one_p50_ms": round(cuts[9], 2), "one_p95_ms": round(cuts[18], 2)}


def _agreement(user: Any, ground: Any, given: argparse.Namespace) -> dict[str, int]:
    """Random clips against random questions: the function's codes and the SQL's, less the mathematics of the signature."""
    from generations.models import Clip  # noqa: PLC0415
    from reviews.actions import library  # noqa: PLC0415
    from tests.reviews import shelves  # noqa: PLC0415
    from tests.reviews.agreement import Found  # noqa: PLC0415

    dice = random.Random(given.seed + 1)
    asked_at_once, clips_at_once = 20, min(500, given.clips)
    wrong = done = 0
    while done < given.cases:
        clips = _sample(Clip.objects.select_related("project"), clips_at_once, dice)
        at = shelves.edge(dice)
        found = Found(clips)
        for _ in range(asked_at_once):
            asked = shelves.question(ground, dice, at)
            mirrored = library.all_codes(
                Clip.objects.visible_to(user).filter(pk__in=[clip.pk for clip in clips]), asked
            )
            wrong += sum(mirrored[pk] != codes for pk, codes in found.codes(asked).items())
            done += len(clips)
        say(f"{done} cases, {wrong} disagreements")
    return {"cases": done, "disagreements": wrong}


def _sample(clips: Any, many: int, dice: random.Random) -> list[Any]:
    ids = dice.sample(list(clips.order_by("pk").values_list("pk", flat=True)), many)
    return list(clips.filter(pk__in=ids))


def met(figures: dict[str, Any]) -> bool:
    """Whether every goal is reached, at a size that proves something."""
    enough = figures["clips"] >= CLIPS and figures["cases"] >= CASES
    return enough and all(figures[name] <= limit for name, limit in AT_MOST.items())


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def report(figures: dict[str, Any]) -> int:
    """Print the table and the line for programs; 0 when the goals are met."""
    for name, value in _ordered(figures):
        limit = f"(at most {AT_MOST[name]})" if name in AT_MOST else ""
        say(f"{name:<28} {value:>10} {limit}")
    say(json.dumps({"bench": "clearance", "figures": figures, "goals": {"at_most": AT_MOST}, "met": met(figures)}))
    return 0 if met(figures) else 1


def _ordered(figures: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from figures.items()


def main() -> int:
    """Run the bench on a throwaway cluster."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=CLIPS, help="a multiple of 100")
    parser.add_argument("--cases", type=int, default=CASES, help="random cases for agreement")
    parser.add_argument("--questions", type=int, default=10, help="questions over the library at each size")
    parser.add_argument("--trouble", type=float, default=0.04, help="how likely each thing is to stand in a clip's way")
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
