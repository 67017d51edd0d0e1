"""What the player gets: an original that plays is watched at once, be it slow to seek; one that may not play waits for its proxy."""

from pathlib import Path

import pytest

from generations.models import Clip, Rendition
from generations.web.showing import playing
from tests.generations.factories import small_mp4, uploaded_clip
from tests.people import Agency

pytestmark = pytest.mark.django_db


@pytest.fixture
def clip(agency: Agency, tmp_path: Path) -> Clip:
    made = uploaded_clip(agency.alice, agency.aurora, small_mp4(tmp_path / "harbour.mp4"))
    made.renditions.filter(kind=Rendition.Kind.PROXY).delete()
    return made


@pytest.mark.parametrize(
    ("reasons", "plays"),
    [
        ((), True),
        (("picture_size",), True),
        (("picture_size", "long_gop", "b_frames"), True),
        (("codec",), False),
        (("picture_size", "start"), False),
    ],
)
def test_the_projects_people_watch_what_a_browser_plays_while_the_proxy_is_made(
    clip: Clip, agency: Agency, reasons: tuple[str, ...], plays: bool
) -> None:
    clip.scrub_safe, clip.probe = not reasons, {**clip.probe, "scrub_reasons": [*reasons]}
    shown = playing(clip, agency.alice)
    assert (shown["src"] if shown else None) == (f"/clips/{clip.pk}/original" if plays else None)
    assert playing(clip, agency.dora) is None


def test_a_review_proxy_is_preferred_to_an_original_that_is_slow(clip: Clip, agency: Agency) -> None:
    clip.scrub_safe, clip.probe = False, {**clip.probe, "scrub_reasons": ["picture_size"]}
    facts = {"storage_key": "renditions/x", "sha256": "0" * 64, "size": 1, "media_type": "video/mp4"}
    Rendition.objects.create(clip=clip, kind=Rendition.Kind.PROXY, **facts)
    shown = playing(clip, agency.alice)
    assert shown is not None
    assert shown["src"] == f"/clips/{clip.pk}/renditions/proxy"
