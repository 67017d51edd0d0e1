"""Probing measures what a file is and refuses what is no video that we take."""

import zipfile
from fractions import Fraction
from pathlib import Path

import pytest

from generations.media import MediaError, Probe, probe
from sorahub.lib.timecode import Rate
from tests.generations.media.clips import make_clip, turned


@pytest.mark.parametrize("rate", ["24", "24000/1001", "25", "30000/1001"])
def test_rate_and_frames_are_exact(tmp_path: Path, rate: str) -> None:
    found = probe(make_clip(tmp_path / "a.mp4", frames=30, rate=Fraction(rate)))
    assert found.rate == Rate.parse(rate)
    assert (found.frames, found.first_frame_time, found.duration) == (30, Fraction(0), 30 / Fraction(rate))
    assert (found.container, found.codec, found.pix_fmt) == ("mp4", "h264", "yuv420p")
    assert (found.width, found.height, found.max_gop, found.has_b_frames) == (96, 64, 12, False)
    assert found.audio is not None
    assert (found.audio.codec, found.audio.rate, found.audio.channels) == ("aac", 48000, 1)
    assert found.scrub_safe
    assert found.size == (tmp_path / "a.mp4").stat().st_size
    assert Probe.from_json(found.to_json()) == found


def test_b_frames_with_an_edit_list_start_at_zero_but_do_not_scrub(tmp_path: Path) -> None:
    found = probe(make_clip(tmp_path / "a.mp4", b_frames=2, gop=30))
    assert (found.frames, found.first_frame_time, found.has_b_frames) == (30, Fraction(0), True)
    assert found.scrub_reasons == ("long_gop", "b_frames")


def test_millisecond_stamps_do_not_hide_the_rate(tmp_path: Path) -> None:
    found = probe(make_clip(tmp_path / "a.mkv", frames=60, rate=Fraction(24000, 1001)))
    assert (found.container, found.rate, found.variable_rate) == ("matroska", Rate(24000, 1001), False)
    assert found.scrub_reasons[0] == "container"


def test_fragments_without_edit_list_and_a_late_picture_are_named(tmp_path: Path) -> None:
    fragmented = probe(make_clip(tmp_path / "f.mp4", movflags="frag_keyframe+empty_moov"))
    assert fragmented.fragmented
    assert "container" in fragmented.scrub_reasons
    late = probe(make_clip(tmp_path / "late.mp4", first=12))
    assert (late.first_frame_time, late.frames) == (Fraction(1, 2), 30)
    assert late.scrub_reasons == ("start",)


def test_variable_rate_is_seen(tmp_path: Path) -> None:
    times = [0, 1, 2, 3, 5, 6, 9, 10, 11, 14]
    found = probe(make_clip(tmp_path / "v.mp4", frames=10, times=times))
    assert found.variable_rate
    assert "variable_rate" in found.scrub_reasons
    assert found.frames == 10


def test_no_sound_no_faststart_and_a_large_picture(tmp_path: Path) -> None:
    found = probe(make_clip(tmp_path / "a.mp4", frames=3, sound=False, movflags="", size=(1920, 1080)))
    assert found.audio is None
    assert not found.faststart
    assert found.scrub_reasons == ("not_faststart", "picture_size")


def test_a_turned_picture_is_measured_as_shown(tmp_path: Path) -> None:
    found = probe(turned(tmp_path / "t.mp4", make_clip(tmp_path / "a.mp4", frames=3)))
    assert (found.width, found.height, found.coded_width, found.coded_height) == (64, 96, 96, 64)
    assert found.rotation in {90, 270}


def test_the_senders_name_counts_where_ours_says_nothing(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mp4", frames=3).rename(tmp_path / "incoming-x.part")
    assert probe(path, name="Hero shot.MP4").frames == 3
    with pytest.raises(MediaError) as refused:
        probe(path)
    assert refused.value.code == "not_a_video"


DISGUISED = {
    "playlist": b"#EXTM3U\n#EXTINF:1,\n/etc/passwd\n",
    "page": b"<!doctype html><script>alert(1)</script>",
    "drawing": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "concat": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "nothing": b"",
    "noise": bytes(range(256)) * 20,
}


@pytest.mark.parametrize("kind", DISGUISED)
def test_what_is_no_video_is_refused_whatever_its_name(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"{kind}.mp4"
    path.write_bytes(DISGUISED[kind])
    with pytest.raises(MediaError) as refused:
        probe(path)
    assert refused.value.code == "not_a_video"
    assert not refused.value.retryable


def test_a_zip_and_a_polyglot_are_refused(tmp_path: Path) -> None:
    archive = tmp_path / "z.mp4"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "hello")
    clip = make_clip(tmp_path / "a.mp4", frames=3)
    polyglot = tmp_path / "p.mp4"
    polyglot.write_bytes(clip.read_bytes() + archive.read_bytes())
    for path, code in ((archive, "not_a_video"), (polyglot, "damaged")):
        with pytest.raises(MediaError) as refused:
            probe(path)
        assert refused.value.code == code


def test_a_name_of_another_family_is_refused(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "a.mkv", frames=3).rename(tmp_path / "a.mp4")
    with pytest.raises(MediaError) as refused:
        probe(path)
    assert refused.value.code == "kind_mismatch"


@pytest.mark.parametrize("movflags", ["+faststart", ""])
@pytest.mark.parametrize("share", [0.4, 0.97])
def test_a_truncated_file_is_damaged(tmp_path: Path, movflags: str, share: float) -> None:
    data = make_clip(tmp_path / "a.mp4", movflags=movflags).read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(MediaError) as refused:
        probe(path)
    assert refused.value.code == "damaged"
