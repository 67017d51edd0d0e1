"""Picking single frames: each is exactly the frame of its number, whatever the file is like."""

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from generations.media import MediaError, pick, probe
from tests.generations.media.clips import make_clip, turned

AWKWARD: dict[str, dict[str, object]] = {
    "24, one long group": {"gop": 250},
    "23.976, B-frames with edit list": {"rate": Fraction(24000, 1001), "b_frames": 2, "gop": 15},
    "25, short groups": {"rate": Fraction(25), "gop": 5},
    "29.97, picture late": {"rate": Fraction(30000, 1001), "first": 15},
    "59.94, fragmented, B-frames": {"rate": Fraction(60000, 1001), "b_frames": 2, "movflags": "frag_keyframe+empty_moov"},
    "variable": {"times": [0, 1, 2, 4, 7, 8, 9, 12, *range(13, 45)], "b_frames": 2},
}  # fmt: skip
WANTED = [0, 1, 3, 11, 12, 13, 24, 38, 39]


def brightness(path: Path) -> int:
    with Image.open(path) as image:
        return int(image.convert("L").getpixel((image.width // 2, image.height // 2)))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", AWKWARD)
def test_every_picture_is_the_frame_that_was_asked_for(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=40, sound=False, **AWKWARD[name])  # type: ignore[arg-type]
    assert probe(clip).frames == 40
    made = pick(clip, tmp_path / "out", [*reversed(WANTED), 3], count=40, side=1280)
    assert sorted(made) == WANTED
    for frame, path in made.items():
        assert brightness(path) == pytest.approx((40 + 5 * frame - 16) * 255 / 219, abs=3), frame


def test_a_picture_is_upright_and_no_larger_than_asked(tmp_path: Path) -> None:
    clip = turned(tmp_path / "t.mp4", make_clip(tmp_path / "a.mp4", frames=6, sound=False))
    made = pick(clip, tmp_path / "out", [5], count=6, side=48)
    with Image.open(made[5]) as image:
        assert image.size == (32, 48)


def test_a_mark_is_burnt_into_every_picture(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=6, sound=False)
    plain = pick(clip, tmp_path / "plain", [2, 5], count=6, side=1280)
    marked = pick(clip, tmp_path / "marked", [2, 5], count=6, side=1280, mark="For review only")
    for frame, path in marked.items():
        with Image.open(path) as one, Image.open(plain[frame]) as other:
            differing = ImageChops.difference(one.convert("L"), other.convert("L")).point(
                lambda grey: 255 * (grey > 12)
            )
            assert one.size == other.size
            assert 0.02 < ImageStat.Stat(differing).mean[0] / 255 < 0.6


@pytest.mark.parametrize(("frames", "count"), [([], 6), ([6], 6), ([-1], 6), ([0], 7), (range(65), 100)])
def test_what_is_not_there_is_not_picked(tmp_path: Path, frames: list[int], count: int) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=6, sound=False)
    with pytest.raises(MediaError) as refused:
        pick(clip, tmp_path / "out", frames, count=count, side=48)
    assert refused.value.code == "damaged"
    assert not list((tmp_path / "out").glob("*.jpg"))
