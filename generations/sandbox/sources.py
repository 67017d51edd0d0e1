"""Orders of the OpenAI dialect that start from a video: remix, edit and extension, from a finished job or an upload."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from starlette.datastructures import UploadFile

from generations.sandbox.bodies import check_names, choice, prompt_of, required
from generations.sandbox.clips import NotAClip, png_of, read_clip
from generations.sandbox.downloads import is_gone
from generations.sandbox.errors import ApiError, invalid, not_found, not_ready
from generations.sandbox.jobs import Job, Order
from generations.sandbox.orders import MODELS, PRO_SIZES, SECONDS
from generations.sandbox.render import VIDEO
from generations.sandbox.store import JobStore

MOST_EXTENSIONS, MOST_SECONDS = 6, 120
MOST_UPLOADED_SECONDS = 60


@dataclass(frozen=True)
class Source:
    """A video to start from. ``clip`` is its file or its bytes; ``first_frame`` is a PNG, for uploads only."""

    model: str
    seconds: int
    width: int
    height: int
    seed: int
    clip: Path | bytes
    id: str | None = None
    extensions: int = 0
    first_frame: bytes | None = None


def remix_order(values: Mapping[str, object], job: Job, store: JobStore) -> Order:
    """Return the order for the same world (seed, model, size, length) with other words. Raises ApiError."""
    check_names(values, ("prompt",))
    prompt = prompt_of(values)
    source = _of_job(job, store)
    return Order(
        prompt=prompt,
        model=source.model,
        seconds=source.seconds,
        width=source.width,
        height=source.height,
        seed=source.seed,
        kind="remix",
        source=source.id,
    )


async def edit_order(values: Mapping[str, object], store: JobStore) -> Order:
    """Return the order for an edit: the source's world or, of an upload, its first frame, with other words. Raises ApiError."""
    check_names(values, ("prompt", "video", "model"))
    prompt = prompt_of(values)
    source = await _source(values, store)
    return Order(
        prompt=prompt,
        model=source.model,
        seconds=source.seconds,
        width=source.width,
        height=source.height,
        seed=source.seed,
        kind="edit",
        source=source.id,
        reference=source.first_frame,
    )


async def extension_order(values: Mapping[str, object], store: JobStore) -> Order:
    """Return the order for a video that opens with its source and goes on. Raises ApiError."""
    check_names(values, ("prompt", "seconds", "video", "model"))
    prompt = prompt_of(values)
    required(values, "seconds")
    seconds = int(choice(values, "seconds", SECONDS, ""))
    source = await _source(values, store)
    _check_room(source, seconds)
    return Order(
        prompt=prompt,
        model=source.model,
        seconds=source.seconds + seconds,
        width=source.width,
        height=source.height,
        seed=source.seed,
        kind="extension",
        source=source.id,
        lead=source.clip,
        lead_seconds=source.seconds,
        facts={"extensions": source.extensions + 1},
    )


def _check_room(source: Source, seconds: int) -> None:
    if source.extensions >= MOST_EXTENSIONS:
        raise invalid(f"A video can be extended at most {MOST_EXTENSIONS} times.", "video", "too_many_extensions")
    if source.seconds + seconds > MOST_SECONDS:
        raise invalid(
            f"An extended video may last at most {MOST_SECONDS} seconds; this one would last {source.seconds + seconds}.",
            "seconds",
            "video_too_long",
        )


async def _source(values: Mapping[str, object], store: JobStore) -> Source:
    video = required(values, "video")
    if isinstance(video, UploadFile):
        return await _of_upload(values, video)
    job = _job_named(video, store)
    choice(values, "model", (job.model,), job.model)
    return _of_job(job, store)


def _job_named(video: object, store: JobStore) -> Job:
    if isinstance(video, str):
        video = _object_in(video)
    video_id = video.get("id") if isinstance(video, dict) else None
    if not isinstance(video_id, str):
        raise invalid("'video' must be an object with the 'id' of a video, or a file.", "video", "invalid_type")
    job = store.get(video_id, "openai")
    if job is None:
        raise not_found(video_id)
    return job


def _of_job(job: Job, store: JobStore) -> Source:
    if job.status != "completed":
        raise not_ready("Only a completed video can be the source of another.", "video")
    if is_gone(job):
        raise ApiError(404, "The video's content has expired.", param="video", code="video_expired")
    done = job.facts.get("extensions")
    return Source(
        model=job.model,
        seconds=job.seconds,
        width=job.width,
        height=job.height,
        seed=job.seed,
        clip=store.clip_folder(job.id) / VIDEO,
        id=job.id,
        extensions=done if isinstance(done, int) else 0,
    )


async def _of_upload(values: Mapping[str, object], upload: UploadFile) -> Source:
    required(values, "model")
    model = choice(values, "model", MODELS, "")
    data = await upload.read()
    try:
        clip = await asyncio.to_thread(read_clip, data)
    except NotAClip as error:
        raise invalid(f"The uploaded video cannot be used: {error}.", "video", "invalid_video") from error
    if f"{clip.width}x{clip.height}" not in PRO_SIZES:
        raise invalid(f"An uploaded video must have one of the sizes {', '.join(PRO_SIZES)}.", "video", "invalid_video")
    if not Fraction(1, 2) <= clip.seconds <= MOST_UPLOADED_SECONDS:
        raise invalid(f"An uploaded video must last 1 to {MOST_UPLOADED_SECONDS} seconds.", "video", "invalid_video")
    seed = int.from_bytes(hashlib.sha256(data).digest()[:4])
    return Source(
        model=model,
        seconds=max(1, round(clip.seconds)),
        width=clip.width,
        height=clip.height,
        seed=seed,
        clip=data,
        first_frame=png_of(clip.first),
    )


def _object_in(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
