"""A story as OpenTimelineIO: every take with what there is of it and what is used of it, at its own exact rate; gaps for the rest.

A clip's ``source_range`` begins at the take's rate and lasts whole frames of the story: the timeline is exactly as long as the
animatic. Where a take is held on its last frame, a clip of that frame with OTIO's FreezeFrame follows. Files are named as the hub
names them when they leave, and told for certain by the SHA-256 in ``metadata.sorahub``.
"""

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any
from uuid import UUID

import opentimelineio as otio

from generations.models import Clip, Generation
from reviews.actions.deliver import file_name
from reviews.actions.story import Story, StoryShot
from reviews.interchange import palette
from reviews.interchange.merging import shortened
from reviews.models import Annotation
from reviews.rules import cutting
from reviews.rules.cutting import Piece
from sorahub.accounts.models import User
from sorahub.lib.timecode import Rate

SCHEMA = 1


def write(story: Story, *, notes: Mapping[UUID, Sequence[Annotation]] | None = None) -> str:
    """Return the timeline as OTIO's JSON. ``notes``: by clip, those that become markers on it."""
    made = _makers(story.clips)
    timeline = otio.schema.Timeline(name=f"{story.project.code} animatic", global_start_time=_time(0, story.rate))
    timeline.metadata["sorahub"] = {
        "schema": SCHEMA, "project": str(story.project.pk), "rate": str(story.rate), "frames": story.frames,
    }  # fmt: skip
    pictures = otio.schema.Track(name="Video", kind=otio.schema.TrackKind.Video)
    sounds = otio.schema.Track(name="Audio", kind=otio.schema.TrackKind.Audio)
    for piece in story.pieces:
        pictures.extend(_items(piece, story, made, notes or {}))
        sounds.extend(_heard(piece, story, made))
    timeline.tracks.append(pictures)
    if any(clip.audio_codec for clip in story.clips):
        timeline.tracks.append(sounds)
    data = json.loads(timeline.to_json_string(indent=0))
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n"


def open_notes(story: Story, user: User) -> dict[UUID, list[Annotation]]:
    """Return the open notes on the takes of a story that this person may read, by clip. One query."""
    rows = Annotation.objects.visible_to(user).filter(
        clip__in=story.clips, parent=None, resolved_at=None, deleted_at=None
    )
    found: dict[UUID, list[Annotation]] = {}
    for row in rows.select_related("author__person").order_by("frame_in", "created_at"):
        found.setdefault(row.clip_id, []).append(row)
    return found


def _items(piece: Piece, story: Story, made: Mapping[UUID, Generation], notes: Mapping[UUID, Any]) -> list[Any]:
    each = story.shots[piece.slot]
    if piece.kind != cutting.TAKE or each.clip is None or each.used is None:
        return [_gap(piece, each, story.rate)]
    used, clip = each.used, each.clip
    items = [_clip(each, story, made, used.first, piece.moving)]
    for note in notes.get(clip.pk, ()):
        if used.first <= note.frame_in < used.first + used.count:
            items[0].markers.append(_marker(note, used.rate))
    if piece.length > piece.moving:
        held = _clip(each, story, made, used.first + used.count - 1, piece.length - piece.moving)
        held.effects.append(otio.schema.FreezeFrame(name="Held"))
        items.append(held)
    return items


def _heard(piece: Piece, story: Story, made: Mapping[UUID, Generation]) -> list[Any]:
    """The sound of the take while it moves, silence else."""
    each = story.shots[piece.slot]
    if piece.kind != cutting.TAKE or each.clip is None or each.used is None or not each.clip.audio_codec:
        return [_silence(piece.length, story.rate)]
    items = [_clip(each, story, made, each.used.first, piece.moving)]
    return [*items, _silence(piece.length - piece.moving, story.rate)] if piece.length > piece.moving else items


def _clip(each: StoryShot, story: Story, made: Mapping[UUID, Generation], first: int, length: int) -> Any:
    """The take from ``first`` (at its own rate) for ``length`` frames of the story."""
    clip = each.clip
    assert clip is not None  # noqa: S101 (its callers looked)
    own = Rate(clip.rate_num, clip.rate_den)
    whole = otio.opentime.TimeRange(_time(0, own), _time(clip.frame_count, own))
    named = clip
    named.project, named.shot = story.project, each.shot
    media = otio.schema.ExternalReference(target_url=file_name(named), available_range=whole)
    facts = _facts(each, clip, own, made.get(clip.pk))
    media.metadata["sorahub"] = {"sha256": clip.sha256}
    span = otio.opentime.TimeRange(_time(first, own), _time(length, story.rate))
    name = f"{each.shot.code} take {clip.take}"
    return otio.schema.Clip(name=name, media_reference=media, source_range=span, metadata={"sorahub": facts})


def _facts(each: StoryShot, clip: Clip, own: Rate, generation: Generation | None) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "shot": str(each.shot.pk),
        "code": each.shot.code,
        "title": each.shot.title,
        "clip": str(clip.pk),
        "take": clip.take,
        "selected": not each.stand_in,
        "sha256": clip.sha256,
        "rate": str(own),
        "frames": clip.frame_count,
        "model": generation.model if generation else clip.declared_model,
        "generation": str(generation.pk) if generation else None,
    }


def _gap(piece: Piece, each: StoryShot, rate: Rate) -> Any:
    told = {"schema": SCHEMA, "shot": str(each.shot.pk), "code": each.shot.code, "title": each.shot.title}
    if piece.kind == cutting.SLATE:
        name, told["card"] = f"{each.shot.code} slate", "slate"
    else:
        name, told["card"] = each.shot.code, each.why
    gap = _silence(piece.length, rate)
    gap.name = name
    gap.metadata["sorahub"] = told
    return gap


def _silence(length: int, rate: Rate) -> Any:
    return otio.schema.Gap(source_range=otio.opentime.TimeRange(_time(0, rate), _time(length, rate)))


def _marker(note: Annotation, rate: Rate) -> Any:
    span = otio.opentime.TimeRange(_time(note.frame_in, rate), _time(note.frame_out - note.frame_in + 1, rate))
    told = {"sorahub": {"schema": SCHEMA, "note": str(note.pk), "author": note.author.get_full_name()}}
    colour = palette.OTIO.get(note.category, palette.OTIO["general"])
    name = shortened(note.body, 60)
    return otio.schema.Marker(name, span, color=colour, comment=note.body, metadata=told)


def _makers(clips: Sequence[Clip]) -> dict[UUID, Generation]:
    """Which generation made which clip. One query."""
    rows = Generation.objects.filter(clip__in=clips).only("id", "model", "clip_id")
    return {row.clip_id: row for row in rows if row.clip_id}


def _time(frames: int, rate: Rate) -> Any:
    return otio.opentime.RationalTime(frames, float(Fraction(rate.num, rate.den)))
