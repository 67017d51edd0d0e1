"""Ingest: from checked bytes to a clip. The same bytes in the same project are the same clip, however often they come."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from generations import media
from generations.announcements import clip_ingested
from generations.models import Clip, Generation, Project, Pulse, Shot, Upload
from sorahub.accounts.models import User
from sorahub.jobs.queue import enqueue, enqueue_many
from sorahub.ledger import record
from sorahub.lib import storage
from sorahub.lib.canonical import Json

SUFFIXES = {"mp4": ".mp4", "mov": ".mov", "matroska": ".mkv", "webm": ".webm"}


@dataclass(frozen=True)
class Stored:
    """Bytes in the store for good, and what the probe found in them."""

    key: str
    sha256: str
    size: int
    probe: media.Probe


@dataclass(frozen=True)
class Story:
    """How the bytes came here and who answers for it."""

    project: Project
    shot: Shot | None
    origin: Clip.Origin
    completeness: Clip.Completeness
    created_by: User
    original_name: str = ""
    declared_model: str = ""
    declared_route: str = ""
    declared_prompt: str = ""
    declared_made_on: dt.date | None = None
    declared_by: User | None = None


def story_of(generation: Generation) -> Story:
    """Return how a generation's clip came here: made for its shot, and known in full."""
    return Story(
        project=generation.project,
        shot=generation.prompt.shot,
        origin=Clip.Origin.GENERATION,
        completeness=Clip.Completeness.FULL,
        created_by=generation.created_by,
    )


@dataclass(frozen=True)
class Placed:
    """A clip, and whether it was new to its project."""

    clip: Clip
    new: bool


def examine(received: storage.Received, name: str) -> Stored:
    """Probe received bytes and move them into the store. Raises MediaError, and what ``storage.commit`` raises."""
    return keep(received, media.probe(received.path, name=name))


def keep(received: storage.Received, probe: media.Probe) -> Stored:
    """Move probed bytes into the store. Raises what ``storage.commit`` raises."""
    suffix = SUFFIXES.get(probe.container, ".mp4")
    key = storage.commit(received, Path(settings.MEDIA_ROOT), suffix=suffix)
    return Stored(key, received.sha256, received.size, probe)


def place(stored: Stored, story: Story) -> Placed:
    """Write the clip, as the next take of its shot, or find the one with these bytes. Inside the caller's transaction."""
    return place_all(story.project, [(stored, story)])[0]


def place_all(project: Project, arrivals: Sequence[tuple[Stored, Story]]) -> list[Placed]:
    """The same for many of one project, in as many statements as for one; the same bytes twice are one clip."""
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    hashes = {stored.sha256 for stored, _ in arrivals}
    known = {clip.sha256: clip for clip in Clip.objects.filter(project=project, sha256__in=hashes)}
    takes = _last_takes({story.shot.pk for _, story in arrivals if story.shot})
    made: list[Clip] = []
    placed: list[Placed] = []
    for stored, story in arrivals:
        new = stored.sha256 not in known
        if new:
            clip = known[stored.sha256] = _clip(stored, story, takes)
            made.append(clip)
        placed.append(Placed(known[stored.sha256], new=new))
    Clip.objects.bulk_create(made)
    enqueue_many("clip.derive", {clip.pk: {"clip": str(clip.pk)} for clip in made})
    return placed


def _clip(stored: Stored, story: Story, takes: dict[UUID, int]) -> Clip:
    take = 1
    if story.shot is not None:
        take = takes[story.shot.pk] = takes.get(story.shot.pk, 0) + 1
    return Clip(
        project=story.project,
        shot=story.shot,
        take=take,
        sha256=stored.sha256,
        size=stored.size,
        storage_key=stored.key,
        original_name=story.original_name,
        origin=story.origin,
        completeness=story.completeness,
        declared_model=story.declared_model,
        declared_route=story.declared_route,
        declared_prompt=story.declared_prompt,
        declared_made_on=story.declared_made_on,
        declared_by=story.declared_by,
        created_by=story.created_by,
        **_measured(stored.probe),
    )


def announce(
    placed: Placed, *, subject: Generation | Upload, cost_micro: int | None = None, quietly: bool = False
) -> None:
    """Tell open pages (unless ``quietly``), listeners and the ledger. The last thing in the caller's transaction."""
    clip = placed.clip
    if not quietly:
        Pulse.objects.bump(clip.project)
    if placed.new:
        clip_ingested.send(Clip, clip=clip, actor=subject.created_by)
    body: dict[str, Json] = {
        "source": subject._meta.label_lower,
        "source_id": str(subject.pk),
        "project": str(clip.project_id),
        "sha256": clip.sha256,
        "size": clip.size,
        "frames": clip.frame_count,
        "rate": f"{clip.rate_num}/{clip.rate_den}",
        "duplicate": not placed.new,
        "cost_micro": cost_micro,
    }
    client = clip.project.client_id
    record.append(kind="clip.ingested", actor=subject.created_by_id, client=client, subject=clip, body=body)


def ensure_guest_proxy(clip: Clip) -> None:
    """Have the watermarked proxy made that guests watch; asked again, nothing more happens."""
    with transaction.atomic():
        payload = {"clip": str(clip.pk)}
        enqueue("clip.guest_proxy", key=f"clip.guest_proxy:{clip.pk}", payload={**payload}, subject_id=clip.pk)


def _last_takes(shots: Collection[UUID]) -> dict[UUID, int]:
    """The number of the last take of each of these shots that has any."""
    if not shots:
        return {}
    rows = Clip.objects.filter(shot__in=shots).order_by().values_list("shot_id")
    return {shot: last for shot, last in rows.annotate(last=Max("take")) if shot is not None}


def _measured(probe: media.Probe) -> dict[str, object]:
    """The probe's findings as the clip's columns."""
    return {
        "container": probe.container,
        "video_codec": probe.codec,
        "pixel_format": probe.pix_fmt,
        "width": probe.width,
        "height": probe.height,
        "rate_num": probe.rate_num,
        "rate_den": probe.rate_den,
        "frame_count": probe.frames,
        "first_time_num": probe.first_frame_num,
        "first_time_den": probe.first_frame_den,
        "variable_rate": probe.variable_rate,
        "audio_codec": probe.audio.codec if probe.audio else "",
        "scrub_safe": probe.scrub_safe,
        "probe": probe.to_json(),
    }
