"""Deriving: small pictures that show the right frames, and proxies that are frame by frame their source."""

import json
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image

from generations.media import Derived, MediaError, probe
from generations.media import derive as derive_from
from tests.generations.media.clips import greys, make_clip, turned


def derive(clip: Path, **wishes: object) -> Derived:
    return derive_from(clip, clip.parent / "out", probe(clip), **wishes)  # type: ignore[arg-type]


def path_of(derived: Derived, kind: str) -> Path:
    file = derived.file(kind)
    assert file is not None
    return file.path


def opened(derived: Derived, kind: str) -> Image.Image:
    with Image.open(path_of(derived, kind)) as image:
        return image.copy()


def brightness(image: Image.Image, x: int, y: int) -> int:
    return int(image.convert("L").getpixel((x, y)))  # type: ignore[arg-type]


def test_extras_show_the_frames_that_they_name(tmp_path: Path) -> None:
    derived = derive(make_clip(tmp_path / "a.mp4", frames=30))
    assert [file.kind for file in derived.files] == ["poster", "sprite", "sprite_layout", "waveform"]
    assert (derived.frames, derived.corrupt_frames) == (30, 0)
    layout = json.loads(path_of(derived, "sprite_layout").read_text())
    assert (layout["tile_width"], layout["tile_height"], len(layout["tiles"])) == (240, 160, 24)
    sheet = opened(derived, "sprite")
    assert sheet.size == (1440, 640)
    for tile in layout["tiles"]:
        shown = brightness(sheet, tile["x"] + 120, tile["y"] + 80)
        luma = 40 + 5 * tile["frame"]
        assert shown == pytest.approx((luma - 16) * 255 / 219, abs=3)
    assert opened(derived, "poster").size == (96, 64)
    assert layout["poster_frame"] == 10


def test_a_clip_of_two_frames_has_two_tiles(tmp_path: Path) -> None:
    derived = derive(make_clip(tmp_path / "a.mp4", frames=2, sound=False))
    layout = json.loads(path_of(derived, "sprite_layout").read_text())
    assert [tile["frame"] for tile in layout["tiles"]] == [0, 1]
    assert derived.file("waveform") is None


def test_the_waveform_lies_on_the_pictures_time(tmp_path: Path) -> None:
    """Half-loud sine: -64…63; the picture begins 12 frames late, so half a second of sound is not shown."""
    clip = make_clip(tmp_path / "a.mp4", frames=24, first=12)
    peaks = json.loads(path_of(derive(clip), "waveform").read_text())
    assert peaks["per_second"] == 50
    assert len(peaks["peaks"]) // 2 == pytest.approx(25, abs=2)
    assert min(peaks["peaks"][4:-8]) == pytest.approx(-64, abs=6)
    assert max(peaks["peaks"][4:-8]) == pytest.approx(63, abs=6)


AWKWARD: dict[str, dict[str, object]] = {
    "24, B-frames with edit list": {"b_frames": 2, "gop": 40},
    "23.976": {"rate": Fraction(24000, 1001)},
    "25, no sound": {"rate": Fraction(25), "sound": False},
    "29.97, picture late": {"rate": Fraction(30000, 1001), "first": 15},
    "fragmented, B-frames, no edit list": {"b_frames": 2, "movflags": "frag_keyframe+empty_moov"},
}


@pytest.mark.parametrize("name", AWKWARD)
def test_a_proxy_has_every_frame_of_its_source_in_its_place(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=30, **AWKWARD[name])  # type: ignore[arg-type]
    source, file = probe(clip), path_of(derive(clip, extras=False, proxy=True), "review_proxy")
    made = probe(file)
    assert (made.frames, made.rate, made.first_frame_time) == (30, source.rate, Fraction(0))
    assert made.scrub_safe
    assert made.max_gop == 12
    assert greys(file) == pytest.approx([40 + 5 * n for n in range(30)], abs=2)
    assert (made.audio is None) == (source.audio is None)
    assert not list(file.parent.glob("*.part"))


def test_a_proxy_is_bt709_and_never_enlarged(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=3, size=(1920, 1080), sound=False)
    derived = derive(clip, extras=False, proxy=True)
    with av.open(str(path_of(derived, "review_proxy"))) as made:
        context = made.streams.video[0].codec_context
        assert (context.width, context.height) == (1280, 720)
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)


def test_a_turned_clip_becomes_an_upright_proxy(tmp_path: Path) -> None:
    clip = turned(tmp_path / "t.mp4", make_clip(tmp_path / "a.mp4", frames=6))
    derived = derive(clip, proxy=True)
    made = probe(path_of(derived, "review_proxy"))
    assert (made.width, made.height, made.rotation) == (64, 96, 0)
    assert opened(derived, "poster").size == (64, 96)


def test_the_guest_proxy_carries_the_guests_name_in_every_frame(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=14, size=(320, 180))
    derived = derive(clip, extras=False, proxy=True, watermark="carol 王 100%: {pts} 'x'")
    with (
        av.open(str(path_of(derived, "review_proxy"))) as plain,
        av.open(str(path_of(derived, "guest_proxy"))) as marked,
    ):
        pairs = list(zip(plain.decode(video=0), marked.decode(video=0), strict=True))
    assert len(pairs) == 14
    for clean, stamped in pairs:
        lifted = sum(abs(a - b) > 15 for a, b in zip(bytes(clean.planes[0]), bytes(stamped.planes[0]), strict=True))
        assert 300 < lifted < 320 * 180 / 2


UNEVEN = {
    "gaps": [0, 1, 2, 3, 5, 6, 9, 10, 11, 14],
    "nearly even": [0, 1001, 2002, 3005, 4004, 5005, 6006, 7007, 8011, 9009],
    "a long halt": [0, 1, 2, 3, 4, 5, 6, 7, 8, 400],
}


@pytest.mark.parametrize("name", UNEVEN)
def test_a_variable_rate_becomes_equally_long_frames_one_for_one(tmp_path: Path, name: str) -> None:
    rate = Fraction(30000) if name == "nearly even" else Fraction(24)
    clip = make_clip(tmp_path / "v.mp4", frames=10, times=UNEVEN[name], rate=rate, b_frames=2, first=3)
    source = probe(clip)
    assert source.variable_rate
    derived = derive(clip, proxy=True, watermark="carol")
    for kind in ("review_proxy", "guest_proxy"):
        made = probe(path_of(derived, kind))
        assert (made.frames, made.first_frame_time, made.variable_rate) == (10, Fraction(0), False)
        assert made.scrub_safe
        assert abs(made.duration - source.duration) < Fraction(1, 4) / source.rate.fraction
    assert greys(path_of(derived, "review_proxy")) == pytest.approx([40 + 5 * n for n in range(10)], abs=2)


def test_a_damaged_clip_leaves_nothing_behind(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=30)
    source = probe(clip)
    other = make_clip(tmp_path / "b.mp4", frames=20)
    with pytest.raises(MediaError) as refused:
        derive_from(other, tmp_path / "out", source, proxy=True)
    assert refused.value.code == "damaged"
    assert list((tmp_path / "out").iterdir()) == []
