"""Measures one video file: every packet is counted, one picture is decoded. Child process only."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from generations.media.boxes import Outline, outline
from generations.media.containers import ffmpeg_errors, open_video, picture_stream, sound_stream, tick
from generations.media.errors import MediaError
from generations.media.facts import Audio, Probe
from generations.media.timeline import Stamp, Timeline, measure

MOST_PIXELS = 8192 * 4320
MOST_FRAMES = 500_000
LONGEST_SCRUB_GOP = 24
LONGEST_SCRUB_SIDE = 1280
_PLAYABLE_SOUND = {None, "aac", "mp3", "mp3float"}


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's entry: path and name in, a Probe as JSON out."""
    return probe_file(Path(request["path"]), request["name"]).to_json()


def answer_many(request: Mapping[str, Any]) -> dict[str, Any]:
    """Several files in one process, in order: a Probe each, or what is wrong with that one."""
    return {"answers": [_one_of_many(each) for each in request["files"]]}


def _one_of_many(request: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"probe": answer(request)}
    except MediaError as error:
        return {"error": {"code": error.code, "message": error.message}}


def probe_file(path: Path, name: str) -> Probe:
    """What the file is; ``name`` is the one that its sender gave it. MediaError when it is no video that we
    take.
    """
    if path.stat().st_size == 0:
        raise MediaError("not_a_video", "The file is empty.")
    shape = outline(path, name)
    with ffmpeg_errors(), open_video(path) as container:
        return _measure(container, shape, path.stat().st_size)


def _measure(container: InputContainer, shape: Outline, size: int) -> Probe:
    stream = picture_stream(container)
    coded_width, coded_height = stream.codec_context.width, stream.codec_context.height
    if coded_width * coded_height > MOST_PIXELS:
        raise MediaError("too_large", f"A picture of {coded_width} x {coded_height} is larger than is taken.")
    stamps, first = _read_packets(container, stream)
    declared = [rate for rate in (stream.guessed_rate, stream.average_rate, stream.base_rate) if rate]
    timeline = measure(stamps, tick(stream), declared)
    width, height = display_size(first, stream.sample_aspect_ratio)
    sound = sound_stream(container)
    audio = Audio(sound.codec_context.name, sound.rate, sound.channels) if sound else None
    pix_fmt = first.format.name
    return Probe(
        container=shape.container,
        size=size,
        codec=stream.codec_context.name,
        profile=stream.profile or "",
        pix_fmt=pix_fmt,
        width=width,
        height=height,
        coded_width=first.width,
        coded_height=first.height,
        rotation=first.rotation % 360,
        rate_num=timeline.rate.numerator,
        rate_den=timeline.rate.denominator,
        frames=timeline.frames,
        first_frame_num=timeline.first.numerator,
        first_frame_den=timeline.first.denominator,
        duration_num=timeline.duration.numerator,
        duration_den=timeline.duration.denominator,
        has_b_frames=timeline.has_b_frames,
        max_gop=timeline.max_gop,
        faststart=shape.faststart,
        fragmented=shape.fragmented,
        variable_rate=timeline.variable,
        audio=audio,
        scrub_reasons=_scrub_reasons(
            shape, timeline, stream.codec_context.name, pix_fmt, max(width, height), audio.codec if audio else None
        ),
        tools={"PyAV": av.__version__, "FFmpeg": av.ffmpeg_version_info},
    )


def display_size(frame: VideoFrame, aspect: Fraction | None) -> tuple[int, int]:
    """Width and height as shown: pixels made square by widening, then turned."""
    width = round(frame.width * aspect) if aspect else frame.width
    return (frame.height, width) if frame.rotation % 180 else (width, frame.height)


def _read_packets(container: InputContainer, stream: VideoStream) -> tuple[list[Stamp], VideoFrame]:
    """Every shown packet's stamp, and the first picture. Packets outside the edit list are decoded but not
    counted.
    """
    stamps: list[Stamp] = []
    first: VideoFrame | None = None
    for packet in container.demux(stream):
        if first is None:
            first = next(iter(packet.decode()), None)
        if packet.size == 0 or packet.is_discard:
            continue
        if packet.pts is None or packet.is_corrupt or len(stamps) >= MOST_FRAMES:
            raise MediaError("damaged", "The file has pictures without a time, or too many; send it again.")
        stamps.append(Stamp(packet.pts, packet.is_keyframe))
    if first is None:
        raise MediaError("damaged", "Not one picture of the file can be decoded; send it again.")
    return stamps, first


def _scrub_reasons(
    shape: Outline, timeline: Timeline, codec: str, pix_fmt: str, long_side: int, sound: str | None
) -> tuple[str, ...]:
    rules = (
        ("container", shape.container not in {"mp4", "mov"} or shape.fragmented),
        ("codec", codec != "h264"),
        ("pixel_format", pix_fmt not in {"yuv420p", "yuvj420p"}),
        ("variable_rate", timeline.variable),
        ("long_gop", timeline.max_gop > LONGEST_SCRUB_GOP),
        ("b_frames", timeline.has_b_frames),
        ("start", timeline.first != 0),
        ("not_faststart", not shape.faststart),
        ("picture_size", long_side > LONGEST_SCRUB_SIDE),
        ("sound_codec", sound not in _PLAYABLE_SOUND),
    )
    return tuple(reason for reason, holds in rules if holds)
