"""Fetch: stream the finished file here, check it, and make it a clip. Nothing half done survives an attempt."""

import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings

from generations.models import Clip, ErrorClass, Generation, State
from generations.pipeline import ingest, money
from generations.pipeline.endings import Ending, end
from generations.pipeline.moves import move
from generations.pipeline.places import fetch_folder
from generations.pipeline.remote import adapter_for, error_class_of, words_of
from generations.providers.base import ErrorClass as Trouble
from generations.providers.base import ProviderError, RemoteState
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib import storage
from sorahub.lib.errors import DomainError

RENEW_SECONDS = 20.0
NAME = "video.mp4"


def fetch(job: Job) -> Json:
    """Job "generation.fetch": bring a finished generation's file in; when that cannot be done, end the generation."""
    generation = Generation.objects.select_related("account", "prompt__shot", "project").get(
        pk=job.payload["generation"]
    )
    if generation.state != State.FETCHING:
        return generation.state
    folder = fetch_folder(generation)
    shutil.rmtree(folder, ignore_errors=True)
    try:
        _bring(job, generation, folder)
    except DomainError as error:
        if error.retryable and job.attempt < job.max_attempts:
            raise
        _give_up(generation, error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return generation.state


def _bring(job: Job, generation: Generation, folder: Path) -> None:
    received = _download(job, generation, folder)
    stored = ingest.examine(received, NAME)
    with job.fenced():
        story = ingest.Story(
            project=generation.project,
            shot=generation.prompt.shot,
            origin=Clip.Origin.GENERATION,
            completeness=Clip.Completeness.FULL,
            created_by=generation.created_by,
        )
        placed = ingest.place(stored, story)
        if move(generation, State.SUCCEEDED, since=[State.FETCHING], fields={"clip": placed.clip, "alarm": ""}):
            money.settle(generation, "Delivered; this provider tells no price, so the estimate stands.")
        ingest.announce(placed, subject=generation, cost_micro=generation.settled_micro)


def _download(job: Job, generation: Generation, folder: Path) -> storage.Received:
    """Ask for the task once more (its link may be new, or gone), then stream its file into ``folder``."""
    adapter, remote_id = adapter_for(generation.account), str(generation.remote_id)
    task = adapter.get(remote_id)
    if task.state in (RemoteState.EXPIRED, RemoteState.LOST):
        raise ProviderError(Trouble.EXPIRED_ASSET, "expired")
    with adapter.download(remote_id, result_url=task.result_url) as stream:
        return storage.receive(
            _renewing(job, stream),
            max_bytes=settings.UPLOAD_MAX_BYTES,
            into=folder,
            expected_length=stream.length,
        )


def _renewing(job: Job, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Keep the job's lease while bytes arrive."""
    renewed = time.monotonic()
    for chunk in chunks:
        if time.monotonic() - renewed > RENEW_SECONDS:
            job.renew()
            renewed = time.monotonic()
        yield chunk


def _give_up(generation: Generation, error: DomainError) -> None:
    """The provider made it, so it is charged; but no clip of it will come."""
    if isinstance(error, ProviderError):
        expired = error.error_class is Trouble.EXPIRED_ASSET
        ending = Ending(error_class_of(error), error.code, words_of(error), charged=True)
        end(generation, State.EXPIRED if expired else State.FAILED, ending)
    else:
        end(generation, State.FAILED, Ending(ErrorClass.INTEGRITY, error.code, error.message, charged=True))
