"""Files that are given to models: what they are is measured, and the name must not say otherwise."""

import struct
import zlib
from pathlib import Path

import av
import pytest
from av.audio.stream import AudioStream
from PIL import Image

from generations.media import MediaError, ReferenceProbe, probe_reference
from tests.generations.media.clips import SOUND_RATE, make_clip, tone

SECONDS = 2


def picture(path: Path, kind: str) -> Path:
    Image.new("RGB", (640, 360), "teal").save(path, kind)
    return path


def sound(path: Path, codec: str) -> Path:
    with av.open(str(path), "w") as out:
        voice = out.add_stream(codec, rate=SOUND_RATE, layout="mono")
        assert isinstance(voice, AudioStream)
        for frame in tone(SOUND_RATE * SECONDS):
            out.mux(voice.encode(frame))
        out.mux(voice.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "kind", "media_type", "suffix"),
    [
        ("a.jpeg", "JPEG", "image/jpeg", ".jpg"),
        ("A.PNG", "PNG", "image/png", ".png"),
        ("a.webp", "WEBP", "image/webp", ".webp"),
    ],
)
def test_a_picture_is_measured_in_pixels(tmp_path: Path, name: str, kind: str, media_type: str, suffix: str) -> None:
    found = probe_reference(picture(tmp_path / name, kind), name)
    assert found == ReferenceProbe("image", media_type, suffix, width=640, height=360)


@pytest.mark.parametrize(("name", "media_type"), [("a.mp4", "video/mp4"), ("a.mov", "video/quicktime")])
def test_a_video_is_measured_in_pixels_time_and_rate(tmp_path: Path, name: str, media_type: str) -> None:
    found = probe_reference(make_clip(tmp_path / name, frames=36), name)
    assert (found.kind, found.media_type, found.suffix) == ("video", media_type, Path(name).suffix)
    assert (found.width, found.height, found.duration_ms, found.rate_num, found.rate_den) == (96, 64, 1500, 24, 1)


@pytest.mark.parametrize(
    ("name", "codec", "media_type"),
    [
        ("a.mp3", "libmp3lame", "audio/mpeg"),
        ("a.wav", "pcm_s16le", "audio/wav"),
        ("a.m4a", "aac", "audio/mp4"),
        ("a.aac", "aac", "audio/aac"),
        ("a.ogg", "libopus", "audio/ogg"),
        ("a.flac", "flac", "audio/flac"),
    ],
)
def test_a_sound_is_measured_in_time_alone(tmp_path: Path, name: str, codec: str, media_type: str) -> None:
    found = probe_reference(sound(tmp_path / name, codec), name)
    assert (found.kind, found.media_type, found.width, found.rate_num) == ("audio", media_type, None, None)
    assert found.duration_ms is not None
    assert 0 <= found.duration_ms - SECONDS * 1000 < 60  # encoders fill up their last frame


def test_the_name_must_not_say_otherwise(tmp_path: Path) -> None:
    png, clip = picture(tmp_path / "a.png", "PNG"), make_clip(tmp_path / "a.mp4", frames=3)
    wave, voice = sound(tmp_path / "a.wav", "pcm_s16le"), sound(tmp_path / "a.m4a", "aac")
    lies = [(png, "a.jpg"), (png, "a.mp4"), (clip, "a.webm"), (clip, "a.m4a"), (wave, "a.mp3"), (wave, "a.webp")]
    for file, name in lies:
        assert refused(file, name) == "kind_mismatch", name
    assert refused(voice, "a.mp4") == "not_a_video"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.png", b"", "not_a_reference"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_reference"),
        ("a.mp3", b"\xff", "not_a_reference"),
        ("a.mp3", b"ID3" + bytes(500), "damaged"),
        ("a.wav", b"RIFF\0\0\0\0WAVE" + bytes(50), "damaged"),
        ("a.flac", b"fLaC" + bytes(500), "damaged"),
        ("a.jpg", b"\xff\xd8\xff" + bytes(50), "damaged"),
        ("a.mp4", b"\0\0\0\x18ftypisom" + bytes(500), "damaged"),
    ],
)
def test_what_is_no_sound_file_of_its_kind_is_refused(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    file = tmp_path / "received.part"
    file.write_bytes(content)
    assert refused(file, name) == code


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    whole = picture(tmp_path / "a.png", "PNG").read_bytes()
    cut = tmp_path / "cut.png"
    cut.write_bytes(whole[: len(whole) // 2])
    assert refused(cut, "cut.png") == "damaged"


def test_matroska_and_moving_pictures_are_no_references(tmp_path: Path) -> None:
    assert refused(make_clip(tmp_path / "a.mkv", frames=3), "a.mkv") == "not_a_reference"
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.webp", "WEBP", save_all=True, append_images=frames[1:])
    assert refused(tmp_path / "a.webp", "a.webp") == "not_a_reference"


@pytest.mark.parametrize("side", [8_000, 60_000])
def test_a_picture_that_unpacks_to_too_much_is_refused_by_its_header(tmp_path: Path, side: int) -> None:
    file = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1_000))
    chunks = [(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")]
    parts = [struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in chunks]
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    assert refused(file, "bomb.png") == "too_large"


def refused(file: Path, name: str) -> str:
    with pytest.raises(MediaError) as caught:
        probe_reference(file, name)
    return caught.value.code
