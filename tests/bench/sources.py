"""Numbered clips as they come from the world, for the frames bench: one kind of awkwardness each, at any rate.

Frame n, counted as a viewer counts, carries n in its strip. What an edit list cuts away carries a number that no viewer may see.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageDraw

from generations.sandbox.strip import draw_strip
from tests.generations.media.clips import SOUND_RATE, tone

SIZE = (1280, 720)
CUT = 5
HIDDEN = 60_000
LATE = 12
RATES = tuple(Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"))
QUICK = "keyint=12:min-keyint=12:scenecut=0:bframes=0"
LONG = "keyint=250:min-keyint=25:bframes=3:b-adapt=0"
PARTS = 4  # of a frame's time: the unit in which uneven clips are timed
UNEVEN = (4, 5, 3, 4, 9, 4, 3)
"""How long frames last in such parts, over and over."""


def plain(path: Path, rate: Fraction, frames: int) -> None:
    """Constant rate, short groups, no B-frames: what can be played as it is."""
    _write(path, rate, range(frames), QUICK)


def b_frames(path: Path, rate: Fraction, frames: int) -> None:
    """Frames stored in another order than shown, few points to start from."""
    _write(path, rate, range(frames), LONG)


def edit_list(path: Path, rate: Fraction, frames: int) -> None:
    """The file begins with frames that its edit list cuts away."""
    numbers = [*range(HIDDEN, HIDDEN + CUT), *range(frames)]
    _write(path, rate, numbers, QUICK, place=lambda index: PARTS * (index - CUT))


def start_offset(path: Path, rate: Fraction, frames: int) -> None:
    """The picture begins half a second or so after the sound."""
    _write(path, rate, range(frames), LONG, place=lambda index: PARTS * (index + LATE))


def variable_rate(path: Path, rate: Fraction, frames: int) -> None:
    """Frames of uneven length, round about the rate."""
    moments = [0]
    for index in range(frames):
        moments.append(moments[-1] + UNEVEN[index % len(UNEVEN)])
    _write(path, rate, range(frames), LONG, place=moments.__getitem__)


KINDS: dict[str, Callable[[Path, Fraction, int], None]] = {
    "plain": plain,
    "b_frames": b_frames,
    "edit_list": edit_list,
    "start_offset": start_offset,
    "variable_rate": variable_rate,
}


def _write(
    path: Path, rate: Fraction, numbers: Any, params: str, place: Callable[[int], int] = lambda index: PARTS * index
) -> None:
    """Write H.264 and AAC into MP4; ``place`` gives a picture's moment in PARTS of a frame's time."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        picture = out.add_stream(
            "libx264", rate=rate, options={"preset": "superfast", "crf": "23", "x264-params": params}
        )
        picture.width, picture.height, picture.pix_fmt = *SIZE, "yuv420p"
        picture.codec_context.time_base = 1 / (rate * PARTS)
        voice = out.add_stream("aac", rate=SOUND_RATE, layout="mono")
        for index, image in enumerate(_pictures(numbers)):
            frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = place(index), 1 / (rate * PARTS)
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        for sound in tone(int(len(numbers) / rate * SOUND_RATE)):
            out.mux(voice.encode(sound))
        out.mux(voice.encode(None))


def _pictures(numbers: Any) -> Iterator[Image.Image]:
    """A still ground with something that moves over it, so that frames differ and no codec has it too easy."""
    ground = Image.effect_noise(SIZE, 24).convert("RGB").point(lambda value: value // 2 + 40)
    for place, number in enumerate(numbers):
        image = ground.copy()
        left = place * 17 % (SIZE[0] - 200)
        ImageDraw.Draw(image).rectangle((left, 200, left + 200, 520), fill=(180, 120 + place % 100, 60))
        draw_strip(image, number)
        yield image
