"""What the review room plays: the file that this person may watch. What is written beside it: reviews/web/notes.py."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from generations.models import Clip, Rendition
from generations.web.showing import player_extras, reference_url
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind

PROXIES = {Kind.GUEST: Rendition.Kind.GUEST_PROXY}


@dataclass(frozen=True)
class Picture:
    """What the player plays. ``src`` is empty while the file is still being made; then ``waiting`` says so."""

    src: str = ""
    first_num: int = 0
    first_den: int = 1
    poster: str = ""
    waiting: str = ""


def picture(clip: Clip, user: User) -> Picture:
    """Choose the file: guests the watermarked proxy, the project's people the original if it is scrub-safe, else its proxy.

    Expects ``clip.renditions`` prefetched.
    """
    kinds = {rendition.kind for rendition in clip.renditions.all()}
    poster = rendition_url(clip, Rendition.Kind.POSTER) if Rendition.Kind.POSTER in kinds else ""
    original = reverse("generations:clip-original", args=[clip.pk])
    if user.kind != Kind.GUEST and clip.scrub_safe:
        return Picture(original, clip.first_time_num, clip.first_time_den, poster)
    wanted = PROXIES.get(Kind(user.kind), Rendition.Kind.PROXY)
    if wanted in kinds:
        return Picture(rendition_url(clip, wanted), poster=poster)
    words = "The review copy is being prepared. This page shows it as soon as it is there."
    return Picture(poster=poster, waiting=words)


def rendition_url(clip: Clip, kind: str) -> str:
    """Return the address of a clip's rendition."""
    return reverse("generations:clip-rendition", args=[clip.pk, kind])


def poster_url(clip: Clip) -> str:
    """Return the address of the poster, or nothing; expects ``clip.renditions`` prefetched."""
    has = any(rendition.kind == Rendition.Kind.POSTER for rendition in clip.renditions.all())
    return rendition_url(clip, Rendition.Kind.POSTER) if has else ""


def player_context(clip: Clip, user: User, frame: int = 0) -> dict[str, Any]:
    """Return what components/player.html takes, and ``picture`` for the page round it."""
    chosen = picture(clip, user)
    return {
        "picture": chosen,
        "src": chosen.src,
        "poster": chosen.poster,
        "first_num": chosen.first_num,
        "first_den": chosen.first_den,
        "rate_num": clip.rate_num,
        "rate_den": clip.rate_den,
        "frame_count": clip.frame_count,
        "initial_frame": min(max(frame, 0), clip.frame_count - 1),
        "reference_url": reference_url(clip, user),
        **player_extras(clip),
    }
