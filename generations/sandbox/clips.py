"""Reads clips that callers send: what they are, their first frame, and their frames at another rate."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from PIL import Image


class NotAClip(Exception):
    """The bytes are no MP4 with a picture that can be read."""


@dataclass(frozen=True)
class Clip:
    """An MP4: pixels, exact length in seconds by its video stream, and its first frame."""

    width: int
    height: int
    seconds: Fraction
    first: Image.Image


def read_clip(data: bytes) -> Clip:
    """Return what an MP4 holds, by decoding all of its pictures. Raises NotAClip."""
    try:
        with av.open(io.BytesIO(data), "r", format="mp4") as file:
            return _read(file)
    except (av.error.FFmpegError, ValueError) as error:
        raise NotAClip("it is not a whole MP4 file") from error


def frames_at(path: Path, rate: Fraction) -> Iterator[av.VideoFrame]:
    """Give the clip's pictures at a constant rate: for each moment the latest frame that has begun by then."""
    with av.open(str(path), "r") as file:
        number, latest = 0, None
        for frame in file.decode(video=0):
            while latest is not None and number / rate < _begin(frame):
                yield latest
                number += 1
            latest = frame
        if latest is not None:
            yield latest


def png_of(image: Image.Image) -> bytes:
    """Return an image as the bytes of a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return file.getvalue()


def _read(file: av.container.InputContainer) -> Clip:
    if not file.streams.video:
        raise NotAClip("it has no video stream")
    stream, first, count = file.streams.video[0], None, 0
    for frame in file.decode(stream):
        first = first or frame
        count += 1
    if first is None or stream.average_rate is None:
        raise NotAClip("it has no frames")
    picture: Image.Image = first.to_image()  # type: ignore[no-untyped-call]
    return Clip(first.width, first.height, count / Fraction(stream.average_rate), picture)


def _begin(frame: av.VideoFrame) -> Fraction:
    if frame.pts is None or frame.time_base is None:
        return Fraction(0)
    return frame.pts * frame.time_base
