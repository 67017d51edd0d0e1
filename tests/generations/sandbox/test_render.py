"""A rendered clip is real: its container, every frame, every beep, and the same bytes for the same seed."""

import hashlib
import struct
from array import array
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest
from PIL import Image, ImageChops, ImageStat

from generations.sandbox.render import Painter, RenderSpec, render
from generations.sandbox.strip import read_strip

HD = RenderSpec("a lighthouse above a stormy sea at dusk", seed=7, width=1280, height=720, seconds=4)
SMALL = RenderSpec("rain on a neon street", seed=1, width=320, height=180, seconds=1)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    heard: list[int] = []
    render(HD, folder, heard.append)
    assert heard == sorted(heard)
    assert (heard[0], heard[-1]) == (1, 99)
    return folder


def time_of(frame: av.VideoFrame | av.AudioFrame) -> Fraction:
    """Return the frame's exact time in seconds."""
    assert frame.pts is not None
    assert frame.time_base is not None
    return frame.pts * frame.time_base


def picture_of(frame: av.VideoFrame) -> Image.Image:
    """Return the frame as an RGB image."""
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
    return picture


def digest(spec: RenderSpec, folder: Path) -> str:
    folder.mkdir()
    render(spec, folder)
    return hashlib.sha256((folder / "video.mp4").read_bytes()).hexdigest()


def test_the_streams_are_what_was_ordered(clip: Path) -> None:
    with av.open(str(clip / "video.mp4")) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        assert (video.codec_context.name, video.pix_fmt, video.width, video.height) == ("h264", "yuv420p", 1280, 720)
        assert (video.average_rate, video.base_rate, video.frames) == (Fraction(24), Fraction(24), 96)
        assert (audio.codec_context.name, audio.rate, audio.layout.name) == ("aac", 48_000, "stereo")
        assert file.duration == 4_000_000


def test_every_frame_comes_at_its_time_and_shows_its_own_number(clip: Path) -> None:
    with av.open(str(clip / "video.mp4")) as file:
        frames = [(time_of(frame), read_strip(picture_of(frame))) for frame in file.decode(video=0)]
    assert frames == [(Fraction(number, 24), number) for number in range(96)]


def test_a_keyframe_stands_at_least_every_half_second_and_frames_are_stored_in_order(clip: Path) -> None:
    with av.open(str(clip / "video.mp4")) as file:
        packets = [packet for packet in file.demux(video=0) if packet.size]
    assert [index for index, packet in enumerate(packets) if packet.is_keyframe] == list(range(0, 96, 12))
    assert all(packet.pts == packet.dts for packet in packets)


def test_each_second_opens_with_a_beep_and_is_silent_after_it(clip: Path) -> None:
    track = array("f", bytes(4 * 48_000 * 4))
    with av.open(str(clip / "video.mp4")) as file:
        for frame in file.decode(audio=0):
            start = round(time_of(frame) * 48_000)
            samples = array("f", bytes(frame.planes[0]))[: frame.samples]
            for offset, value in enumerate(samples):
                if 0 <= start + offset < len(track):
                    track[start + offset] = value
    for second in range(4):
        start = second * 48_000
        assert max(track[start + 480 : start + 4_320]) == pytest.approx(0.4, abs=0.06)
        assert max(map(abs, track[start + 7_200 : start + 45_600])) < 0.01
        first = next(index for index in range(start, start + 4_800) if abs(track[index]) > 0.1)
        assert first - start < 240


def test_the_index_stands_before_the_media(clip: Path) -> None:
    data = (clip / "video.mp4").read_bytes()
    order, at = [], 0
    while at < len(data):
        size, name = struct.unpack(">I4s", data[at : at + 8])
        order.append(name.decode())
        at += size
    assert order.index("moov") < order.index("mdat")


def test_the_thumbnail_is_the_middle_frame_and_the_sheet_holds_sixteen(clip: Path) -> None:
    with Image.open(clip / "thumbnail.webp") as thumbnail, Image.open(clip / "spritesheet.jpg") as sheet:
        assert (thumbnail.format, thumbnail.size, read_strip(thumbnail)) == ("WEBP", (1280, 720), 48)
        tiles = [sheet.crop((x, y, x + 320, y + 180)) for y in range(0, 720, 180) for x in range(0, 1280, 320)]
        assert (sheet.format, [read_strip(tile) for tile in tiles]) == ("JPEG", list(range(0, 96, 6)))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    first, again = digest(SMALL, tmp_path / "first"), digest(SMALL, tmp_path / "again")
    other = RenderSpec("rain on a neon street", seed=2, width=320, height=180, seconds=1)
    assert first == again
    assert digest(other, tmp_path / "other") != first


def test_a_rational_rate_is_exact(tmp_path: Path) -> None:
    render(RenderSpec("晨の海, a calm sea", 3, 180, 320, 2, rate_num=30_000, rate_den=1_001), tmp_path)
    with av.open(str(tmp_path / "video.mp4")) as file:
        assert file.streams.video[0].average_rate == Fraction(30_000, 1_001)
        times = [time_of(frame) for frame in file.decode(video=0)]
    assert times == [Fraction(number * 1_001, 30_000) for number in range(60)]


def test_a_silent_clip_has_no_sound_track_at_all(tmp_path: Path) -> None:
    render(replace(SMALL, audio=False), tmp_path)
    with av.open(str(tmp_path / "video.mp4")) as file:
        assert (len(file.streams.video), len(file.streams.audio), file.streams.video[0].frames) == (1, 0, 24)


def test_a_clip_of_another_rate_can_open_one(tmp_path: Path) -> None:
    (tmp_path / "lead").mkdir()
    render(replace(SMALL, rate_num=12), tmp_path / "lead")
    render(replace(SMALL, seconds=2, lead=str(tmp_path / "lead" / "video.mp4"), lead_seconds=1), tmp_path)
    with av.open(str(tmp_path / "video.mp4")) as file:
        numbers = [read_strip(picture_of(frame)) for frame in file.decode(video=0)]
    assert numbers[:23] == [number // 2 for number in range(23)]
    assert numbers[24:] == list(range(24, 48))


def test_the_scene_moves_and_shows_the_words() -> None:
    painter, silent = Painter(SMALL), Painter(RenderSpec("neon rain", SMALL.seed, 320, 180, 1))
    scene, words = (0, 40, 320, 120), (0, 140, 320, 180)
    moved = ImageChops.difference(painter.paint(1).crop(scene), painter.paint(20).crop(scene))
    spoken = ImageChops.difference(painter.paint(1).crop(words), silent.paint(1).crop(words))
    assert ImageStat.Stat(moved.convert("L")).mean[0] > 2
    assert ImageStat.Stat(spoken.convert("L")).mean[0] > 2


def test_the_reference_image_is_what_the_first_frame_shows(tmp_path: Path) -> None:
    Image.new("RGB", (320, 180), (200, 30, 40)).save(tmp_path / "reference.png")
    painter = Painter(RenderSpec("a street", 1, 320, 180, 2, backdrop=str(tmp_path / "reference.png")))
    assert painter.paint(0).getpixel((300, 90)) == (200, 30, 40)
    assert painter.paint(24).getpixel((300, 90)) == Painter(RenderSpec("a street", 1, 320, 180, 2)).paint(24).getpixel(
        (300, 90)
    )
