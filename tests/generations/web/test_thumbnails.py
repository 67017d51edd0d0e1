"""Scrub thumbnails as WebVTT: every frame lies in one cue, and the cue names the tile that shows its part."""

import re
from fractions import Fraction

import pytest
from django.test import Client as Browser

from generations.media.stills import COLUMNS, TILE_WIDTH, TILES
from generations.models import Clip, Membership, Rendition
from generations.models.clip import ClipGrant
from generations.web.thumbnails import webvtt
from sorahub.accounts.models import User
from sorahub.lib.timecode import Rate
from tests.people import Agency
from tests.reviews import world

CUE = re.compile(
    r"(\d\d):(\d\d):(\d\d)\.(\d{3}) --> (\d\d):(\d\d):(\d\d)\.(\d{3})\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)\n"
)


def layout_of(frames: int) -> dict[str, object]:
    """As generations.media.stills lays its tiles."""
    count = min(TILES, frames)
    tiles = [(2 * tile + 1) * frames // (2 * count) for tile in range(count)]
    return {
        "tile_width": TILE_WIDTH, "tile_height": 135, "columns": COLUMNS,
        "tiles": [{"frame": frame, "x": n % COLUMNS * TILE_WIDTH, "y": n // COLUMNS * 135} for n, frame in enumerate(tiles)],
    }  # fmt: skip


def seconds(words: tuple[str, ...]) -> Fraction:
    hours, minutes, whole, thousandths = map(int, words)
    return hours * 3600 + minutes * 60 + whole + Fraction(thousandths, 1000)


@pytest.mark.parametrize("rate", [Rate(24000, 1001), Rate(25), Rate(60000, 1001), Rate(2997, 101)])
@pytest.mark.parametrize("frames", [1, 2, 23, 24, 240, 100_000])
def test_each_frames_middle_lies_in_one_cue_near_its_tile(frames: int, rate: Rate) -> None:
    layout = layout_of(frames)
    text = webvtt(layout, sprite="renditions/sprite", frames=frames, rate=rate)
    assert text.startswith("WEBVTT\n\n")
    cues = [(seconds(cue[:4]), seconds(cue[4:8]), cue[8:]) for cue in CUE.findall(text)]
    assert [cue[2] for cue in cues] == [
        ("renditions/sprite", str(tile["x"]), str(tile["y"]), "240", "135")
        for tile in layout["tiles"]  # type: ignore[attr-defined]
    ]
    assert [start for start, _, _ in cues] == [0, *(end for _, end, _ in cues)][:-1]
    for frame in {0, frames // 3, frames // 2, frames - 1}:
        middle = (frame + Fraction(1, 2)) / rate.fraction
        (place,) = [n for n, (start, end, _) in enumerate(cues) if start <= middle < end]
        tile = layout["tiles"][place]["frame"]  # type: ignore[index]
        assert abs(tile - frame) <= frames / TILES / 2 + 1


@pytest.fixture
def clip(agency: Agency) -> Clip:
    made = world.add_clip(agency.aurora, agency.alice, shot=agency.shot)
    Rendition.objects.create(
        clip=made,
        kind="sprite",
        storage_key="none",
        sha256="0" * 64,
        size=1,
        media_type="image/jpeg",
        layout=layout_of(12),
    )
    return made


def asked(user: User, clip: Clip) -> int:
    browser = Browser()
    browser.force_login(user)
    return browser.get(f"/clips/{clip.pk}/thumbnails.vtt").status_code


@pytest.mark.django_db
def test_a_guest_reads_it_for_the_clips_put_before_them_and_an_outsider_never(agency: Agency, clip: Clip) -> None:
    assert [asked(one, clip) for one in (agency.alice, agency.bob, agency.dora, agency.carol)] == [200, 200, 404, 404]
    Membership.objects.create(project=clip.project, user=agency.dora)
    assert asked(agency.dora, clip) == 404
    grant = ClipGrant.objects.create(clip=clip, user=agency.dora, granted_by=agency.alice)
    assert asked(agency.dora, clip) == 200
    grant.revoked_at = grant.granted_at
    grant.save()
    assert asked(agency.dora, clip) == 404
    assert Browser().get(f"/clips/{clip.pk}/thumbnails.vtt").status_code == 302


@pytest.mark.django_db
def test_it_names_the_sprite_beside_it_and_may_be_kept_privately(agency: Agency, clip: Clip) -> None:
    browser = Browser()
    browser.force_login(agency.alice)
    answer = browser.get(f"/clips/{clip.pk}/thumbnails.vtt")
    assert answer["Content-Type"] == "text/vtt; charset=utf-8"
    assert answer["Cache-Control"] == "private, max-age=300"
    assert b"\nrenditions/sprite#xywh=0,0,240,135\n" in answer.content
    Rendition.objects.filter(clip=clip).update(layout={})
    assert asked(agency.alice, clip) == 404
    Rendition.objects.filter(clip=clip).delete()
    assert asked(agency.alice, clip) == 404
