"""How rows are shown: money, lengths, cards, what a player needs. Values in, words out; nothing is decided here."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from generations.models import Clip, Generation, Project, Rendition, SpendEntry
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind, Permission
from sorahub.lib.amounts import money_words
from sorahub.lib.timecode import Rate

Crumb = tuple[str, str]
_NOT_IN_NAMES = re.compile(r"[^\w.-]+")


def seconds(clip: Clip) -> str:
    """Return the clip's length as "4.0 s"."""
    return f"{float(Fraction(clip.frame_count * clip.rate_den, clip.rate_num)):.1f} s"


def rate(row: Clip | Project) -> str:
    """Return "23.976" for 24000/1001."""
    return Rate(row.rate_num, row.rate_den).label


def allowed(user: User) -> dict[str, bool]:
    """Return every permission's name with whether this person has it: what templates ask before they show a button."""
    return {permission.value: user.may(permission) for permission in Permission}


def page_of(project: Project, *crumbs: Crumb) -> dict[str, Any]:
    """Return what each page inside a project needs: its crumbs and the event stream it listens to."""
    way = [
        ("Projects", reverse("generations:projects")),
        (project.name, reverse("generations:project", args=[project.pk])),
    ]
    return {
        "project": project,
        "crumbs": [*way, *crumbs],
        "events_path": f"projects/{project.pk}/",
        "section": "projects",
    }


@dataclass(frozen=True)
class ClipCard:
    """What components/clip_card.html takes of a clip, and the clip."""

    pk: UUID
    clip: Clip
    title: str
    code: str
    poster: str
    sprite: str
    tiles: int
    columns: int
    rows: int
    duration: str
    size: str
    meta: list[str]


def clip_card(clip: Clip) -> ClipCard:
    """Return a clip's card; ``Clip.objects.for_list()`` has joined what it reads."""
    kinds = {rendition.kind: rendition for rendition in clip.renditions.all()}
    sprite = kinds.get(Rendition.Kind.SPRITE)
    layout = sprite.layout if sprite else {}
    tiles, columns = len(layout.get("tiles", [])) or 1, int(layout.get("columns", 1))
    return ClipCard(
        pk=clip.pk,
        clip=clip,
        title=f"Take {clip.take}" if clip.shot_id else clip.original_name or "Clip",
        code=clip.shot.code if clip.shot else "",
        poster=_rendition(clip, Rendition.Kind.POSTER) if Rendition.Kind.POSTER in kinds else "",
        sprite=_rendition(clip, Rendition.Kind.SPRITE) if sprite else "",
        tiles=tiles,
        columns=columns,
        rows=-(-tiles // columns),
        duration=seconds(clip),
        size=f"{clip.width}×{clip.height}",
        meta=[clip.declared_model or clip.get_origin_display(), f"{rate(clip)} fps"],
    )


def cards_by_id(clips: QuerySet[Clip], ids: Iterable[UUID | None]) -> dict[UUID, ClipCard]:
    """Return the cards of these clips as far as they are in ``clips``, by id; three queries at most."""
    wanted = {pk for pk in ids if pk}
    found = clips.filter(pk__in=wanted).select_related("shot").prefetch_related("renditions") if wanted else []
    return {clip.pk: clip_card(clip) for clip in found}


def playing(clip: Clip, user: User) -> dict[str, Any] | None:
    """Return what components/player.html takes, or None while nothing that this person may play is ready.

    Guests play the watermarked proxy; others the review proxy, or the original where that can be sought frame by frame
    or, until its proxy is there, can be played at all.
    """
    kinds = {rendition.kind for rendition in clip.renditions.all()}
    wanted = Rendition.Kind.GUEST_PROXY if user.kind == Kind.GUEST else Rendition.Kind.PROXY
    soon = clip.scrub_safe or clip.plays
    original = wanted == Rendition.Kind.PROXY and soon and clip.quarantined_at is None
    if wanted in kinds:
        source, first = _rendition(clip, wanted), (0, 1)
    elif original:
        source = reverse("generations:clip-original", args=[clip.pk])
        first = (clip.first_time_num, clip.first_time_den)
    else:
        return None
    return {
        "src": source,
        "first_num": first[0],
        "first_den": first[1],
        "rate_num": clip.rate_num,
        "rate_den": clip.rate_den,
        "frame_count": clip.frame_count,
        "poster": _rendition(clip, Rendition.Kind.POSTER) if Rendition.Kind.POSTER in kinds else "",
        "drop_frame": Rate(clip.rate_num, clip.rate_den).is_drop_capable,
        "title": str(clip),
        "reference_url": reference_url(clip, user),
        **player_extras(clip),
    }


def reference_url(clip: Clip, user: User) -> str:
    """Return where the clip, or a frame of it, is made a reference; empty where this person cannot, or the clip is out of use."""
    if not user.may(Permission.WRITE_PROMPT) or clip.quarantined_at or clip.withdrawn_at or clip.project.archived_at:
        return ""
    return reverse("generations:clip-reference", args=[clip.pk])


def player_extras(clip: Clip) -> dict[str, Any]:
    """Return what the player shows beside the picture: thumbnails, sound, and the name of a picture taken from it.

    Expects ``clip.renditions`` prefetched and ``clip.shot`` joined.
    """
    kinds = {rendition.kind for rendition in clip.renditions.all()}
    name = clip.shot.code if clip.shot else clip.original_name.rpartition(".")[0] or "clip"
    return {
        "thumbnails": reverse("generations:clip-thumbnails", args=[clip.pk]) if Rendition.Kind.SPRITE in kinds else "",
        "waveform": _rendition(clip, Rendition.Kind.WAVEFORM) if Rendition.Kind.WAVEFORM in kinds else "",
        "silent": not clip.audio_codec,
        "still_name": f"{_NOT_IN_NAMES.sub('-', name)}_take{clip.take}",
    }


def cost(generation: Generation) -> str:
    """Return what a generation cost, or should cost; lists prefetch its ``spend``."""
    if generation.settled_micro is not None:
        return money_words(generation.settled_micro, generation.settled_currency or generation.currency)
    estimate = money_words(generation.estimate_micro, generation.currency)
    if generation.is_active:
        return f"{estimate} estimated"
    freed = {entry.kind for entry in generation.spend.all()} & {SpendEntry.Kind.RELEASED, SpendEntry.Kind.CORRECTED}
    return f"nothing charged, {estimate} given back" if freed else f"{estimate} still set aside"


def _rendition(clip: Clip, kind: str) -> str:
    return reverse("generations:clip-rendition", args=[clip.pk, str(kind)])
