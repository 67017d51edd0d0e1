"""Joins the pieces of an animatic into one MP4: the pictures as they are, the sound encoded in one go. Child process only."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream

from generations.media.containers import ffmpeg_errors, open_video, picture_stream
from generations.media.cutting import BYTES_A_SAMPLE, SOUND_RATE
from generations.media.errors import MediaError
from generations.media.probing import probe_file

_A_FRAME = 1024  # samples that AAC encodes at a time


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's entry: ``parts`` with picture, sound and frames each, the rate, ``target`` and ``tags`` in; the frames counted out."""
    rate = Fraction(request["rate_num"], request["rate_den"])
    target = Path(request["target"])
    with ffmpeg_errors():
        _join(request["parts"], rate, target, dict(request["tags"]))
    wanted = sum(int(part["frames"]) for part in request["parts"])
    made = probe_file(target, "animatic.mp4")
    if (made.frames, made.rate.fraction, made.first_frame_time) != (wanted, rate, Fraction(0)) or made.variable_rate:
        raise MediaError("proxy_mismatch", f"The animatic has {made.frames} frames instead of {wanted}.")
    return {"frames": made.frames}


def _join(parts: Sequence[Mapping[str, Any]], rate: Fraction, target: Path, tags: dict[str, str]) -> None:
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as made:
        made.metadata.update(tags)
        pictures: VideoStream | None = None
        sound = _Sound(made) if parts[0]["sound"] else None
        at = 0
        for part in parts:
            with open_video(Path(part["picture"])) as came:
                stream = picture_stream(came)
                pictures = pictures or made.add_stream_from_template(stream)
                _copy(came.demux(stream), pictures, at, rate, made)
            if sound is not None:
                sound.write(Path(part["sound"]))
            at += int(part["frames"])
        if sound is not None:
            sound.finish()


def _copy(packets: Any, pictures: VideoStream, at: int, rate: Fraction, made: OutputContainer) -> None:
    """Copy a piece's pictures to their place in the story. There are no B-frames: they come in the order of showing."""
    for packet in packets:
        if packet.pts is None:
            continue
        place = at + round(packet.pts * packet.time_base * rate)
        packet.stream = pictures
        packet.time_base = 1 / rate
        packet.pts = packet.dts = place
        packet.duration = 1
        made.mux(packet)


class _Sound:
    """Samples in, AAC out, across the borders of pieces."""

    def __init__(self, made: OutputContainer) -> None:
        self._made = made
        self._stream: AudioStream = made.add_stream("aac", rate=SOUND_RATE, layout="stereo")
        self._stream.bit_rate = 128_000
        self._kept = b""
        self._at = 0

    def write(self, path: Path) -> None:
        for block in _blocks(path):
            self._kept += block
            while len(self._kept) >= _A_FRAME * BYTES_A_SAMPLE:
                self._encode(self._kept[: _A_FRAME * BYTES_A_SAMPLE])
                self._kept = self._kept[_A_FRAME * BYTES_A_SAMPLE :]

    def finish(self) -> None:
        if self._kept:
            self._encode(self._kept)
        self._made.mux(self._stream.encode(None))

    def _encode(self, samples: bytes) -> None:
        count = len(samples) // BYTES_A_SAMPLE
        frame = AudioFrame(format="s16", layout="stereo", samples=count)
        frame.planes[0].update(samples.ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, self._at, Fraction(1, SOUND_RATE)
        self._at += count
        self._made.mux(self._stream.encode(frame))


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_A_FRAME * BYTES_A_SAMPLE * 32):
            yield block
