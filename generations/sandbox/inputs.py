"""Input files of an order: taken from base64, a data URL or an address on this machine, and measured."""

import asyncio
import base64
import binascii
import http.client
import io
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import urlsplit

import av
from PIL import Image, UnidentifiedImageError

FETCH_SECONDS = 5
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_IMAGE_FORMATS = ("JPEG", "PNG", "WEBP")


class InputProblem(Exception):
    """An input file cannot be used; the message says why, for a dialect to answer with."""


@dataclass(frozen=True)
class Footage:
    """What a video or sound file says of itself: seconds, and for video pixels and frames per second (0 for sound)."""

    seconds: Fraction
    width: int = 0
    height: int = 0
    rate: Fraction = Fraction(0)


def is_address(text: str) -> bool:
    """Whether a text is an http or https URL."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False


async def fetched(url: str, limit: int) -> bytes | None:
    """Return the bytes at an address of this machine; None for all others, which this service never asks.

    Raises InputProblem where the address gives nothing, or more than ``limit`` bytes.
    """
    if urlsplit(url).hostname not in _THIS_MACHINE:
        return None
    try:
        content = await asyncio.to_thread(_read, url, limit)
    except (OSError, http.client.HTTPException) as error:
        raise InputProblem(f"The file at {url} could not be downloaded.") from error
    return _within(content, limit)


def unpacked(text: str, limit: int) -> bytes:
    """Return the bytes of a base64 text. Raises InputProblem."""
    try:
        return _within(base64.b64decode(text, validate=True), limit)
    except (binascii.Error, ValueError) as error:
        raise InputProblem("The file is neither an address nor valid base64.") from error


def from_data_url(text: str, kind: str, limit: int) -> bytes:
    """Return the bytes of a ``data:{kind}/…;base64,`` URL. Raises InputProblem."""
    head, comma, body = text.partition(",")
    if not head.startswith(f"data:{kind}/") or not head.endswith(";base64") or not comma:
        raise InputProblem(f"A data URL must begin with data:{kind}/… and be base64.")
    return unpacked(body, limit)


def picture_size(content: bytes) -> tuple[int, int]:
    """Return the width and height of a whole JPEG, PNG or WebP image. Raises InputProblem."""
    try:
        with Image.open(io.BytesIO(content), formats=_IMAGE_FORMATS) as image:
            image.load()
            return image.size
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise InputProblem("The image must be a whole JPEG, PNG or WebP file.") from error


async def footage(content: bytes) -> Footage:
    """Return what a video or sound file says of itself. Raises InputProblem."""
    try:
        return await asyncio.to_thread(_probed, content)
    except (av.FFmpegError, ValueError) as error:
        raise InputProblem("The file is not a video or sound file that can be opened.") from error


def last_frame(content: bytes) -> bytes:
    """Return the last frame of a clip as PNG."""
    with av.open(io.BytesIO(content), "r") as file:
        stream = file.streams.video[0]
        file.seek(stream.duration or 0, stream=stream)
        picture = io.BytesIO()
        image: Image.Image = list(file.decode(stream))[-1].to_image()  # type: ignore[no-untyped-call]
        image.save(picture, "PNG")
        return picture.getvalue()


def _within(content: bytes, limit: int) -> bytes:
    if len(content) > limit:
        raise InputProblem(f"The file is larger than {limit} bytes.")
    return content


def _read(url: str, limit: int) -> bytes:
    parts = urlsplit(url)
    maker = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = maker(parts.hostname or "", parts.port, timeout=FETCH_SECONDS)
    try:
        connection.request("GET", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}")
        answer = connection.getresponse()
        if answer.status != 200:
            raise http.client.HTTPException(f"status {answer.status}")
        return answer.read(limit + 1)
    finally:
        connection.close()


def _probed(content: bytes) -> Footage:
    with av.open(io.BytesIO(content), "r") as file:
        if file.duration is None:
            raise ValueError("a file without a length")
        seconds = Fraction(file.duration, av.time_base)
        if not file.streams.video:
            return Footage(seconds)
        video = file.streams.video[0]
        return Footage(seconds, video.width, video.height, video.average_rate or Fraction(0))
