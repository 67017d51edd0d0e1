"""A worker that dies at a chosen moment of an import: ``python -m tests.generations.importing.dying``, orders and answers as lines of JSON."""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path

from tests.generations.pipeline.crashing import (  # it sets Django up, and must be the first
    ORDERS,
    Death,
    Facts,
    carry_out,
    let_time_pass,
    media_root,
    work,
)

from generations.actions import imports  # isort: skip
from generations.models import Clip, ImportRow, ImportRun, Upload  # isort: skip
from generations.pipeline import import_run  # isort: skip
from sorahub.accounts.models import User  # isort: skip
from sorahub.jobs.models import Job, JobState  # isort: skip
from sorahub.ledger.models import Event  # isort: skip
from sorahub.lib import storage  # isort: skip
from tests import people  # isort: skip
from tests.generations.importing.parcels import table  # isort: skip

OPTIONS = {"model": "sora-2", "route": "OpenAI", "shots": "make"}
LEAST_FILES = 2


def begin_import(name: str, clips: list[str], folder: str) -> Facts:
    """An import that waits for its worker, in a project of its own, of bytes of its own."""
    alice = User.objects.get(email="alice@example.com")
    north = alice.memberships.get(project__code="AURORA").project.client
    project = people.project(north, name, alice, alice)
    reel = Path(folder) / name
    reel.mkdir()
    rows = []
    for number, clip in enumerate(clips):
        body = Path(clip).read_bytes() + (16).to_bytes(4, "big") + b"free" + name.encode()[:8].rjust(8)
        (reel / f"clip{number}.mp4").write_bytes(body)
        rows.append(
            {"file": f"clip{number}.mp4", "sha256": hashlib.sha256(body).hexdigest(), "shot": f"SC{number % 2}"}
        )
    rows += [
        {**rows[0], "shot": "SC9"},
        {"file": "gone.mp4", "sha256": "", "shot": ""},
        {**rows[1], "sha256": "0" * 64},
    ]
    (reel / "list.csv").write_bytes(table(rows))
    run = imports.create_import(actor=alice, project=project, folder=str(reel), options=OPTIONS)
    work(str(run.pk))
    run.refresh_from_db()
    imports.start_import(actor=alice, run=run, declaration=True)
    return {"subject": str(run.pk)}


def live_import(subject: str, die_at: int | None) -> Facts:
    """Work until the import has come to its end, unless death comes first."""
    import_run.FILES_AT_ONCE = LEAST_FILES
    import_run.SLICE_SECONDS = 0.0 if die_at and die_at % 2 else 90.0
    death = Death(die_at)
    let_time_pass()
    death.watch()
    waiting = Job.objects.filter(subject_id=subject, state__in=[JobState.QUEUED, JobState.RUNNING])
    while waiting.exists():
        work(subject)
    return {"moments": len(death.passed)}


def import_facts(subject: str) -> Facts:
    """All that must not depend on deaths."""
    run = ImportRun.objects.get(pk=subject)
    clips = Clip.objects.filter(project=run.project).select_related("shot").order_by("original_name")
    rows = ImportRow.objects.filter(run=run).order_by("number")
    jobs = Job.objects.filter(kind="clip.derive", subject_id__in=clips.values("pk"))
    subjects = [run.pk, *clips.values_list("pk", flat=True)]
    kinds = Event.objects.filter(subject_id__in=subjects).values_list("kind", flat=True)
    return {
        "state": run.state,
        "counts": run.counts,
        "rows": [[*each] for each in rows.values_list("number", "state", "code", "clip__original_name")],
        "clips": [[clip.original_name, str(clip.shot), clip.take, clip.size, clip.frame_count] for clip in clips],
        "sound": all(storage.verify(clip.storage_key, media_root(), clip.sha256) for clip in clips),
        "uploads": Upload.objects.filter(project=run.project).count(),
        "derive_jobs": jobs.count(),
        "ledger": sorted(Counter(kinds).items()),
        "left_over": [path.name for path in (media_root() / "incoming").glob(f"import-{run.pk}*")],
    }


ORDERS |= {each.__name__: each for each in (begin_import, live_import, import_facts)}

if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(carry_out(json.loads(line))), flush=True)  # noqa: T201
