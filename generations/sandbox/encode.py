"""MP4 writing: H.264 and AAC, exact constant frame rate, repeatable to the byte, quick to scrub."""

import math
from array import array
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
from av.audio.stream import AudioStream
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter
from av.video.stream import VideoStream
from PIL import Image

SAMPLE_RATE = 48_000
GOP = 12
BEEP_HERTZ = 1_000
BEEP_SAMPLES = SAMPLE_RATE // 10
_X264 = {
    "preset": "superfast",
    "crf": "21",
    "flags": "+bitexact+cgop",
    "x264-params": f"threads=1:lookahead-threads=1:keyint={GOP}:min-keyint={GOP}:scenecut=0:bframes=0",
}


class Encoder:
    """Writes one file of a known length. Every second opens with a beep of a tenth of a second; the rest is silent.

    Without ``audio`` there is no sound track.
    """

    def __init__(
        self, path: Path, width: int, height: int, rate: Fraction, seconds: int, *, audio: bool = True
    ) -> None:
        options = {"movflags": "+faststart", "fflags": "+bitexact"}
        self._file = av.open(str(path), "w", format="mp4", options=options)
        self._video = _video_stream(self._file, width, height, rate)
        self._audio = _audio_stream(self._file) if audio else None
        self._reformatter = VideoReformatter()
        self._second = _second_of_sound()
        self._rate = rate
        self._seconds = seconds
        self._frames = 0
        self._sounded = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._sound_until(self._seconds)
            self._file.mux(self._video.encode(None))
            if self._audio is not None:
                self._file.mux(self._audio.encode(None))
        self._file.close()

    def add(self, image: Image.Image) -> None:
        """Append the next frame, an RGB image of the file's size."""
        self.copy(av.VideoFrame.from_image(image))  # type: ignore[no-untyped-call]

    def copy(self, picture: av.VideoFrame) -> None:
        """Append a picture of the file's size in any format as the next frame; it is not changed."""
        self._sound_until(math.floor(self._frames / self._rate) + 1)
        frame = self._reformatter.reformat(
            picture,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )
        frame.pts = self._frames
        frame.time_base = 1 / self._rate
        self._file.mux(self._video.encode(frame))
        self._frames += 1

    def _sound_until(self, second: int) -> None:
        while self._audio is not None and self._sounded < min(second, self._seconds):
            frame = av.AudioFrame(format="fltp", layout="stereo", samples=SAMPLE_RATE)
            for plane in frame.planes:
                plane.update(self._second)
            frame.sample_rate = SAMPLE_RATE
            frame.time_base = Fraction(1, SAMPLE_RATE)
            frame.pts = self._sounded * SAMPLE_RATE
            self._file.mux(self._audio.encode(frame))
            self._sounded += 1


def _video_stream(file: av.container.OutputContainer, width: int, height: int, rate: Fraction) -> VideoStream:
    stream = file.add_stream("libx264", rate=rate, options=dict(_X264))
    stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
    context = stream.codec_context
    context.time_base = 1 / rate
    context.gop_size = GOP
    context.thread_count = 1
    context.color_primaries = ColorPrimaries.BT709
    context.color_trc = ColorTrc.BT709
    context.colorspace = Colorspace.ITU709
    context.color_range = ColorRange.MPEG
    return stream


def _audio_stream(file: av.container.OutputContainer) -> AudioStream:
    stream = file.add_stream("aac", rate=SAMPLE_RATE, layout="stereo", options={"flags": "+bitexact"})
    stream.bit_rate = 128_000
    return stream


def _second_of_sound() -> bytes:
    """One second as 32-bit float samples: a beep with soft ends (3 ms), then silence."""
    ramp = SAMPLE_RATE * 3 // 1000
    samples = array("f", bytes(4 * SAMPLE_RATE))
    for index in range(BEEP_SAMPLES):
        gain = 0.4 * min(1, index / ramp, (BEEP_SAMPLES - index) / ramp)
        samples[index] = gain * math.sin(math.tau * BEEP_HERTZ * index / SAMPLE_RATE)
    return samples.tobytes()
