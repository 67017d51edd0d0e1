"""Recover: a clip that came after its generation had ended without one is brought in; the end stands, and the page says so."""

import shutil
from pathlib import Path

from django.utils import timezone

from generations.models import Generation, State, TimelineEntry
from generations.models.generation import TERMINAL
from generations.pipeline import billing, fetch, ingest
from generations.pipeline.late import close_doubt
from generations.pipeline.places import fetch_folder
from generations.pipeline.story import tell
from sorahub.jobs.errors import LeaseLost
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib.errors import DomainError

WITHOUT_CLIP = TERMINAL - {State.SUCCEEDED}


def recover(job: Job) -> Json:
    """Job "generation.recover": bring the late file in, once. A failure is tried again; nothing of the state changes."""
    generation = Generation.objects.select_related("account", "prompt__shot", "project").get(
        pk=job.payload["generation"]
    )
    if generation.state not in WITHOUT_CLIP or generation.recovered_at is not None:
        return generation.state
    folder = fetch_folder(generation)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _bring(job, generation, folder)
    except LeaseLost:
        raise
    except DomainError as error:
        fetch.wait_while_it_is_kept(job, generation, error)
        if error.code != job.error_code:  # the same trouble again is told once
            words = f"Its late clip could not be brought in: {error.message}"
            tell(generation, TimelineEntry.Kind.FILE, words, code=error.code)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return "recovered"


def _bring(job: Job, generation: Generation, folder: Path) -> None:
    received = fetch.download(job, generation, folder)
    stored = ingest.examine(received, fetch.NAME)
    with job.fenced():
        placed = ingest.place(stored, ingest.story_of(generation))
        now = timezone.now()
        rows = Generation.objects.filter(pk=generation.pk, state__in=WITHOUT_CLIP, recovered_at=None)
        if rows.update(clip=placed.clip, recovered_at=now, alarm="", progress=100, updated_at=now):
            close_doubt(generation)  # locks the pulse before the budgets, as every end of a generation does
            billing.settle(generation, "Delivered late")
            tell(generation, TimelineEntry.Kind.FILE, "Its clip came late and is here now.", clip=str(placed.clip.pk))
        ingest.announce(placed, subject=generation, cost_micro=generation.settled_micro)
