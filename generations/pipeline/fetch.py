"""Fetch: stream the finished file here, check it, and make it a clip. Nothing half done survives an attempt."""

import base64
import binascii
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generations.models import ErrorClass, Generation, State, TimelineEntry
from generations.pipeline import billing, ingest
from generations.pipeline.comparing import differences
from generations.pipeline.endings import Ending, end
from generations.pipeline.keeping import kept_until
from generations.pipeline.moves import move
from generations.pipeline.places import fetch_folder
from generations.pipeline.remote import adapter_for, error_class_of, facts_of, words_of
from generations.pipeline.story import tell
from generations.providers.base import ErrorClass as Trouble
from generations.providers.base import ProviderError, RemoteState, RemoteTask
from sorahub.jobs.errors import LeaseLost, Retry
from sorahub.jobs.models import Job
from sorahub.jobs.values import Json
from sorahub.lib import storage
from sorahub.lib.errors import DomainError, Unavailable

RENEW_SECONDS = 20.0
NAME = "video.mp4"
FILE = TimelineEntry.Kind.FILE
TRIES = 3
"""How often a link that leads nowhere, or to something that is no clip, is asked for anew before the file counts as gone."""
GONE = "expired"
FORGOTTEN = "not-found"
FORGETS = (5.0, 30.0, 120.0, 600.0)
"""Seconds between questions for a task that the provider does not know just now: it had finished it a moment ago."""
DISK_FULL = "disk-full"
DISK_SECONDS = 60.0


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
    except LeaseLost:
        raise  # another attempt brings it in: this one decides nothing any more
    except DomainError as error:
        _stopped(job, generation, error)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return generation.state


def download(job: Job, generation: Generation, folder: Path) -> storage.Received:
    """Ask for the task once more (its link may be new, or gone), then stream its file into ``folder``.

    What the provider says it really used is kept, with the hash of its answer.
    """
    adapter, remote_id = adapter_for(generation.account), str(generation.remote_id)
    task = adapter.get(remote_id)
    if task.state in (RemoteState.EXPIRED, RemoteState.LOST):
        raise ProviderError(Trouble.EXPIRED_ASSET, GONE if task.state is RemoteState.EXPIRED else FORGOTTEN)
    _keep(generation, task)
    with adapter.download(remote_id, result_url=task.result_url) as stream:
        return storage.receive(
            _renewing(job, stream),
            max_bytes=settings.UPLOAD_MAX_BYTES,
            into=folder,
            expected_length=stream.length,
            expected_sha256=announced_sha256(stream.headers),
        )


def announced_sha256(headers: Mapping[str, str]) -> str | None:
    """Return the file's SHA-256 in hexadecimal as the answer announces it (RFC 9530, Repr-Digest); None where it does not."""
    for part in headers.get("repr-digest", "").split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "sha-256":
            try:
                found = base64.b64decode(value.strip(":"), validate=True)
            except binascii.Error:
                return None
            return found.hex() if len(found) == 32 else None
    return None


def _bring(job: Job, generation: Generation, folder: Path) -> None:
    began = time.monotonic()
    received = download(job, generation, folder)
    seconds = time.monotonic() - began
    stored = ingest.examine(received, NAME)
    with job.fenced():
        placed = ingest.place(stored, ingest.story_of(generation))
        if move(generation, State.SUCCEEDED, since=[State.FETCHING], fields={"clip": placed.clip, "alarm": ""}):
            billing.settle(generation, "Delivered")
            _tell_home(generation, stored, seconds)
        ingest.announce(placed, subject=generation, cost_micro=generation.settled_micro)


def _tell_home(generation: Generation, stored: ingest.Stored, seconds: float) -> None:
    facts: dict[str, Any] = {"ms": round(seconds * 1000), "bytes": stored.size, "sha256": stored.sha256}
    tell(generation, FILE, "The clip is here: fetched, checked and kept under its hash.", **facts)
    if other := differences(generation):
        tell(generation, FILE, f"The provider made something else than was asked: {'; '.join(other)}.")


def _keep(generation: Generation, task: RemoteTask) -> None:
    """Keep what a finished task's answer says."""
    actual = {name: value for name, value in asdict(task.actual).items() if value is not None}
    facts: dict[str, Any] = {"actual": {**generation.actual, **actual}}
    if task.expires_at:
        facts["provider_expires_at"] = task.expires_at
    if task.answer_sha256:
        facts["response_sha256"] = task.answer_sha256
    Generation.objects.filter(pk=generation.pk).update(**facts)
    generation.actual = facts["actual"]


def _renewing(job: Job, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Keep the job's lease while bytes arrive."""
    renewed = time.monotonic()
    for chunk in chunks:
        if time.monotonic() - renewed > RENEW_SECONDS:
            job.renew()
            renewed = time.monotonic()
        yield chunk


def _stopped(job: Job, generation: Generation, error: DomainError) -> None:
    """Try again, wait, or give up: a file that is still there is never given up for our own trouble."""
    if error.code != job.error_code:  # the same trouble again is told once
        facts = facts_of(error) if isinstance(error, ProviderError) else {"code": error.code}
        tell(generation, FILE, f"Fetching has met trouble: {error.message}", **facts)
    wait_while_it_is_kept(job, generation, error)
    if error.code == FORGOTTEN and job.attempt <= len(FORGETS):
        raise Retry(FORGOTTEN, error.message, after=FORGETS[job.attempt - 1]) from error
    if error.retryable and job.attempt < job.max_attempts:
        raise error
    if error.code not in (GONE, FORGOTTEN) and job.attempt < TRIES:
        raise Retry(error.code, "It is asked for anew, by a new link.", after=1.0) from error
    _give_up(generation, error)


def wait_while_it_is_kept(job: Job, generation: Generation, error: DomainError) -> None:
    """Raise Retry for trouble of the provider's, the account's or this machine's, as long as the provider keeps the file."""
    if error.code == DISK_FULL:
        wait_for_long(job)
        raise Retry(DISK_FULL, error.message, after=DISK_SECONDS) from error
    if _may_pass(error) and timezone.now() < kept_until(generation):
        wait_for_long(job)
        raise Retry(error.code, error.message, after=_asked_to_wait(error)) from error


def wait_for_long(job: Job) -> None:
    """An attempt that could not even begin does not count: the job keeps its attempts for what can be tried."""
    job.max_attempts = max(job.max_attempts, job.attempt + 1)
    Job.objects.held(job).update(max_attempts=job.max_attempts)


def _is_dead_link(error: DomainError) -> bool:
    return isinstance(error, ProviderError) and error.error_class is Trouble.EXPIRED_ASSET


def _may_pass(error: DomainError) -> bool:
    """Whether the trouble is with the provider, the account or this machine, not with the bytes: the file waits there."""
    if isinstance(error, ProviderError):
        return error.retryable or error.error_class in (Trouble.AUTH, Trouble.ACCOUNT)
    return isinstance(error, Unavailable)


def _asked_to_wait(error: DomainError) -> float | None:
    return error.retry_after if isinstance(error, ProviderError) else None


def _give_up(generation: Generation, error: DomainError) -> None:
    """The provider made it, so it is charged; but no clip of it will come."""
    state, error_class, words = State.FAILED, ErrorClass.INTEGRITY, error.message
    if isinstance(error, ProviderError):
        state = State.EXPIRED if _is_dead_link(error) else State.FAILED
        error_class, words = error_class_of(error), words_of(error)
    with transaction.atomic():
        if end(generation, state, Ending(error_class, error.code, words, charged=True)):
            tell(generation, FILE, f"No clip of it will come: {words}", code=error.code)
