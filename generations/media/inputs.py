"""Measures one file that is given to a model: a picture, a video or sound. Child process only.

What the bytes begin with says what the file is, and the sender's name must agree; then all of it is read: a picture is
decoded, of video and sound every packet is counted and one is decoded.
"""

import warnings
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from PIL import Image, UnidentifiedImageError

from generations.media.containers import AUDIO_CODECS, MOST_STREAMS, ffmpeg_errors, tick
from generations.media.errors import MediaError
from generations.media.facts import ReferenceProbe
from generations.media.probing import probe_file

MOST_PIXELS = 50_000_000
MOST_PACKETS = 2_000_000
START = 64
PICTURES = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
VIDEOS = {".mp4": "iso", ".m4v": "iso", ".mov": "iso", ".webm": "matroska"}
SOUNDS = {
    ".mp3": "mp3",
    ".wav": "wav",
    ".m4a": "mov,mp4,m4a,3gp,3g2,mj2",
    ".aac": "aac",
    ".ogg": "ogg",
    ".oga": "ogg",
    ".opus": "ogg",
    ".flac": "flac",
}
TYPES = {
    "JPEG": ("image/jpeg", ".jpg"),
    "PNG": ("image/png", ".png"),
    "WEBP": ("image/webp", ".webp"),
    "mp4": ("video/mp4", ".mp4"),
    "mov": ("video/quicktime", ".mov"),
    "webm": ("video/webm", ".webm"),
    "mp3": ("audio/mpeg", ".mp3"),
    "wav": ("audio/wav", ".wav"),
    "mov,mp4,m4a,3gp,3g2,mj2": ("audio/mp4", ".m4a"),
    "aac": ("audio/aac", ".aac"),
    "ogg": ("audio/ogg", ".ogg"),
    "flac": ("audio/flac", ".flac"),
}
TAKEN = "JPEG, PNG, WebP, MP4, MOV, WebM, MP3, WAV, M4A, AAC, OGG or FLAC"


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's entry: path and name in, a ReferenceProbe as JSON out."""
    return probe_input(Path(request["path"]), request["name"]).to_json()


def probe_input(path: Path, name: str) -> ReferenceProbe:
    """What the file is. Raises MediaError: not_a_reference, kind_mismatch, damaged, too_large and those of videos."""
    with path.open("rb") as file:
        start = file.read(START)
    if not start:
        raise MediaError("not_a_reference", "The file is empty.")
    suffix, found = Path(name).suffix.lower(), _families(start)
    wanted = PICTURES.get(suffix) or VIDEOS.get(suffix) or SOUNDS.get(suffix)
    if wanted is None or not found:
        raise MediaError("not_a_reference", f"This is not a {TAKEN} file, in name and content.")
    if wanted not in found:
        raise MediaError("kind_mismatch", f"{name!r} holds something else than its name says; rename it.")
    if suffix in PICTURES:
        return _picture(path, wanted)
    return _video(path, name) if suffix in VIDEOS else _sound(path, wanted)


def _families(start: bytes) -> set[str]:
    """The families of files that may begin so; MP4 and M4A share theirs, and so do MP3 and AAC streams."""
    if start[:4] == b"RIFF":
        return {{b"WEBP": "WEBP", b"WAVE": "wav"}.get(start[8:12], "")} - {""}
    if start[4:8] == b"ftyp":
        return {"iso", "mov,mp4,m4a,3gp,3g2,mj2"}
    if start[:3] == b"ID3" or (start[0] == 0xFF and start[1:2] and start[1] & 0xE0 == 0xE0):
        return {"mp3", "aac"}
    marks = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"\x1aE\xdf\xa3": "matroska"}
    marks |= {b"OggS": "ogg", b"fLaC": "flac"}
    old = {"iso"} if start[4:8] in {b"moov", b"mdat", b"wide", b"free", b"skip"} else set()
    return {family for mark, family in marks.items() if start.startswith(mark)} | old


def _picture(path: Path, kind: str) -> ReferenceProbe:
    try:
        with (
            warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
            Image.open(path, formats=(kind,)) as image,
        ):
            if image.width * image.height > MOST_PIXELS:
                raise _too_many_pixels()
            if getattr(image, "n_frames", 1) > 1:
                raise MediaError("not_a_reference", "The picture moves; send one still picture, or a video.")
            image.load()
            media_type, suffix = TYPES[kind]
            return ReferenceProbe("image", media_type, suffix, width=image.width, height=image.height)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _too_many_pixels() from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise MediaError("damaged", "The picture is damaged; send it again.") from error


def _video(path: Path, name: str) -> ReferenceProbe:
    found = probe_file(path, name)
    if found.container not in TYPES:
        raise MediaError("not_a_reference", f"A {found.container} file is not taken; send MP4, MOV or WebM.")
    media_type, suffix = TYPES[found.container]
    return ReferenceProbe(
        "video",
        media_type,
        suffix,
        width=found.width,
        height=found.height,
        duration_ms=_milliseconds(found.duration),
        rate_num=found.rate_num,
        rate_den=found.rate_den,
    )


def _sound(path: Path, family: str) -> ReferenceProbe:
    with ffmpeg_errors(), _open_sound(path, family) as container:
        stream = _sound_stream(container)
        media_type, suffix = TYPES[family]
        return ReferenceProbe("audio", media_type, suffix, duration_ms=_milliseconds(_length(container, stream)))


def _open_sound(path: Path, family: str) -> InputContainer:
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": family,
        "codec_whitelist": ",".join((*AUDIO_CODECS, "mjpeg", "png")),  # the last two: cover pictures
    }
    return av.open(f"file:{path.absolute()}", "r", options=options, metadata_errors="replace")


def _sound_stream(container: InputContainer) -> AudioStream:
    if len(container.streams) > MOST_STREAMS:
        raise MediaError("too_large", f"The file has more than {MOST_STREAMS} streams.")
    if any(not each.disposition & each.disposition.attached_pic for each in container.streams.video):
        raise MediaError("kind_mismatch", "The file holds a video, and its name says sound; rename it.")
    stream = next(iter(container.streams.audio), None)
    if stream is None or not stream.codec_context or stream.codec_context.name not in AUDIO_CODECS:
        raise MediaError("unsupported_codec", "The file holds no sound that is taken; send AAC, MP3, WAV, FLAC or OGG.")
    return stream


def _length(container: InputContainer, stream: AudioStream) -> Fraction:
    """Seconds from the first packet to the last one's end. The first packets are decoded until one gives sound."""
    begin, end, count, heard = None, 0, 0, False
    for packet in container.demux(stream):
        if packet.size == 0 or packet.pts is None:
            continue
        if packet.is_corrupt or (count := count + 1) > MOST_PACKETS:
            raise MediaError("damaged", "The file is damaged or too long; send it again.")
        heard = heard or bool(packet.decode())
        begin = packet.pts if begin is None else min(begin, packet.pts)
        end = max(end, packet.pts + (packet.duration or 0))
    if not heard or begin is None:
        raise MediaError("damaged", "Not one sound of the file can be decoded; send it again.")
    return (end - begin) * tick(stream)


def _milliseconds(seconds: Fraction) -> int:
    return round(seconds * 1000)


def _too_many_pixels() -> MediaError:
    return MediaError("too_large", f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels.")
