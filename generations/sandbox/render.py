"""Renders a clip: a specification in, three files out (MP4, WebP thumbnail, JPEG spritesheet). The same in, the same bytes.

Run as ``python -m generations.sandbox.render`` it reads the specification as JSON on standard input and prints the progress
in per cent, one number a line, so that a render dies with the service that asked for it.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
from PIL import Image

from generations.sandbox.clips import frames_at
from generations.sandbox.encode import Encoder
from generations.sandbox.lettering import Counter, prompt_panel
from generations.sandbox.scene import Scene
from generations.sandbox.strip import draw_strip

VIDEO, THUMBNAIL, SPRITESHEET = "video.mp4", "thumbnail.webp", "spritesheet.jpg"
SPRITE_COLUMNS, SPRITE_ROWS, SPRITE_LONG_EDGE = 4, 4, 320
_NICENESS = 2


@dataclass(frozen=True)
class RenderSpec:
    """What to render: pixels, a rational frame rate, whole seconds; ``backdrop`` is an image that the first frame shows.

    Without ``audio`` the file has no sound track at all. The first ``lead_seconds`` are the pictures of the clip ``lead``.
    ``insets`` are images shown small at the right.
    """

    prompt: str
    seed: int
    width: int
    height: int
    seconds: int
    rate_num: int = 24
    rate_den: int = 1
    backdrop: str | None = None
    audio: bool = True
    lead: str | None = None
    lead_seconds: int = 0
    insets: tuple[str, ...] = ()

    @property
    def frames(self) -> int:
        """The number of frames: seconds times rate, to the nearest frame."""
        return round(self.seconds * Fraction(self.rate_num, self.rate_den))


def render(spec: RenderSpec, folder: Path, progress: Callable[[int], None] = lambda percent: None) -> None:
    """Write the three files of a clip into an existing folder; ``progress`` hears per cents from 0 to 99."""
    painter = Painter(spec)
    stills = _Stills(spec)
    lead = _lead(spec)
    rate = Fraction(spec.rate_num, spec.rate_den)
    with Encoder(folder / VIDEO, spec.width, spec.height, rate, spec.seconds, audio=spec.audio) as out:
        for number in range(spec.frames):
            if earlier := next(lead, None):
                out.copy(earlier)
                stills.see(number, earlier.to_image)
            else:
                frame = painter.paint(number)
                out.add(frame)
                stills.see(number, frame.copy)
            progress((number + 1) * 99 // spec.frames)
    stills.save(folder)


class Painter:
    """Paints the finished frames of a specification: scene, backdrop, words, number, beat and strip."""

    def __init__(self, spec: RenderSpec) -> None:
        self._rate = Fraction(spec.rate_num, spec.rate_den)
        self._scene = Scene(spec.prompt, spec.seed, spec.width, spec.height)
        self._panel = prompt_panel(spec.prompt, spec.width, spec.height)
        self._counter = Counter(spec.width, spec.height)
        self._beat = Image.new("L", (max(6, spec.width // 60), max(6, spec.width // 60)), 230)
        self._backdrop = _opened(spec.backdrop, spec.width, spec.height) if spec.backdrop else None
        self._insets = [_small(path, spec.width // 6) for path in spec.insets]

    def paint(self, number: int) -> Image.Image:
        """Return frame ``number``, counted from 0."""
        frame = self._dissolved(self._scene.paint(number), number)
        self._panel.paste_on(frame)
        self._counter.draw_on(frame, number, self._timecode(number))
        if self._on_beat(number):
            corner = (frame.width - round(frame.width / 24) - self._beat.width, round(frame.height / 14))
            frame.paste(self._scene.look.light, corner, self._beat)
        self._show_insets(frame)
        draw_strip(frame, number)
        return frame

    def _show_insets(self, frame: Image.Image) -> None:
        """The characters, one below the other at the right, under the beat."""
        top = round(frame.height / 6)
        for inset in self._insets:
            frame.paste(inset, (frame.width - round(frame.width / 24) - inset.width, top))
            top += inset.height + frame.height // 40

    def _dissolved(self, frame: Image.Image, number: int) -> Image.Image:
        """The backdrop alone at frame 0, gone after one second."""
        fade = round(self._rate)
        if self._backdrop is None or number >= fade:
            return frame
        return Image.blend(self._backdrop, frame, number / fade)

    def _on_beat(self, number: int) -> bool:
        """Whether the beep sounds in this frame (the first tenth of each second)."""
        return number * self._rate.denominator * 10 % (self._rate.numerator * 10) < self._rate.numerator

    def _timecode(self, number: int) -> str:
        """Non-drop timecode: hours, minutes, seconds and frames by the nominal whole rate."""
        nominal = round(self._rate)
        seconds, frames = divmod(number, nominal)
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"


class _Stills:
    """Keeps what the thumbnail and the spritesheet need while the frames pass."""

    def __init__(self, spec: RenderSpec) -> None:
        tiles = SPRITE_COLUMNS * SPRITE_ROWS
        scale = SPRITE_LONG_EDGE / max(spec.width, spec.height)
        self._tile = (round(spec.width * scale), round(spec.height * scale))
        self._places = {index * spec.frames // tiles: index for index in range(tiles)}
        self._sheet = Image.new("RGB", (self._tile[0] * SPRITE_COLUMNS, self._tile[1] * SPRITE_ROWS))
        self._middle = spec.frames // 2
        self._thumbnail = Image.new("RGB", (spec.width, spec.height))

    def see(self, number: int, image: Callable[[], Image.Image]) -> None:
        if number == self._middle:
            self._thumbnail = image()
        if number in self._places:
            row, column = divmod(self._places[number], SPRITE_COLUMNS)
            small = image().resize(self._tile, Image.Resampling.BOX)
            self._sheet.paste(small, (column * self._tile[0], row * self._tile[1]))

    def save(self, folder: Path) -> None:
        self._thumbnail.save(folder / THUMBNAIL, quality=82, method=2)
        self._sheet.save(folder / SPRITESHEET, quality=82)


def _lead(spec: RenderSpec) -> Iterator[av.VideoFrame]:
    """The pictures of the clip that opens this one, as many as it lasts at most."""
    if spec.lead is None:
        return iter(())
    rate = Fraction(spec.rate_num, spec.rate_den)
    return islice(frames_at(Path(spec.lead), rate), round(spec.lead_seconds * rate))


def _small(path: str, edge: int) -> Image.Image:
    with Image.open(path) as image:
        picture = image.convert("RGB")
        picture.thumbnail((edge, edge))
        return picture


def _opened(path: str, width: int, height: int) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB").resize((width, height))


def main() -> None:
    """Render what standard input asks for, politely: the service and its callers come first."""
    order = json.load(sys.stdin)
    os.nice(_NICENESS)
    said = -1

    def tell(percent: int) -> None:
        nonlocal said
        if percent != said:
            said = percent
            sys.stdout.write(f"{percent}\n")
            sys.stdout.flush()

    render(RenderSpec(**order["spec"]), Path(order["folder"]), tell)


if __name__ == "__main__":
    main()
