"""Makes one piece of an animatic: the asked-for frames of a take, or a card, at the story's rate and size, with its sound. Child process only.

Every piece is encoded alike and begins with a key frame, so that pieces are joined without being encoded again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
from av.container import OutputContainer
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.format import VideoFormat
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from generations.media.containers import (
    ITU601,
    ITU709,
    colour_space,
    ffmpeg_errors,
    open_video,
    picture_stream,
    sound_stream,
)
from generations.media.errors import MediaError
from generations.media.lettering import Clock, card, overlay
from generations.media.sound import pull_sound, sound_graph
from sorahub.lib.timecode import Rate, to_timecode

SOUND_RATE = 48_000
BYTES_A_SAMPLE = 4  # two channels of 16 bits
_LIMITED_RANGE = 1
_GOP = 24
_X264 = {
    "preset": "veryfast",
    "crf": "20",
    "threads": "1",
    "x264-params": f"keyint={_GOP}:min-keyint={_GOP}:scenecut=0:bframes=0:open-gop=0",
}
_TURNS = {90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}


@dataclass(frozen=True, slots=True)
class Look:
    """How every piece looks: size, rate, the mark over it, the words in its corner, whether the timecode runs."""

    width: int
    height: int
    rate_num: int
    rate_den: int
    mark: str
    corner: str
    timecode: bool

    @property
    def rate(self) -> Rate:
        return Rate(self.rate_num, self.rate_den)


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's entry: ``look``, ``start`` and ``length`` in frames of the story, ``source`` with ``frames``, or ``card``;
    ``picture`` and ``sound`` are the files to write.
    """
    look, start, length = Look(**request["look"]), int(request["start"]), int(request["length"])
    target = Path(request["picture"])
    with ffmpeg_errors():
        if request["source"]:
            _from_take(Path(request["source"]), request["frames"], look, start, target)
        else:
            drawn = card(request["card"], look.mark, look.width, look.height)
            _from_card(drawn, replace(look, mark=""), start, length, target)
        if request["sound"]:
            _write_sound(request, Path(request["sound"]))
    return {"frames": length}


def _from_take(source: Path, frames: list[int], look: Look, start: int, target: Path) -> None:
    """Show these frames of the take, ascending, some again and again; the last one that there is stands in for none."""
    with open_video(source) as came, _Film(target, look, start) as film:
        at, index = 0, -1
        stream = picture_stream(came)
        film.aspect = stream.sample_aspect_ratio or Fraction(1)
        for index, frame in enumerate(came.decode(stream)):
            while at < len(frames) and frames[at] == index:
                film.show(frame)
                at += 1
            if at == len(frames):
                return
    raise MediaError("damaged", f"The take has {index + 1} frames that can be decoded, {frames[at]} was asked for.")


def _from_card(image: Image.Image, look: Look, start: int, length: int, target: Path) -> None:
    frame = VideoFrame.from_bytes(image.convert("RGBA").tobytes(), image.width, image.height, "rgba")
    with _Film(target, look, start) as film:
        for _ in range(length):
            film.show(frame)


class _Film:
    """Frames in, one H.264 piece out. ``aspect``: how wide a pixel of theirs is for its height."""

    def __init__(self, target: Path, look: Look, start: int) -> None:
        self._look, self._at, self._start = look, 0, start
        self.aspect = Fraction(1)
        self._tick = Fraction(look.rate_den, look.rate_num)
        self._file: OutputContainer = av.open(str(target), "w", format="mp4")
        self._stream = self._add_stream()
        self._graph: Graph | None = None
        self._entries: list[FilterContext] = []
        self._clock = Clock(look.width, look.height) if look.timecode else None

    def __enter__(self) -> "_Film":
        return self

    def __exit__(self, *_: object) -> None:
        if self._graph is not None:
            for entry in self._entries:
                entry.push(None)
            self._drain()
        self._file.mux(self._stream.encode(None))
        self._file.close()

    def show(self, frame: VideoFrame) -> None:
        """Put the frame at the next place."""
        if self._graph is None:
            self._graph = self._build(frame)
        frame.pts, frame.time_base = self._at, self._tick
        self._entries[0].push(frame)
        if self._clock is not None:
            plate = self._clock.draw(to_timecode(self._start + self._at, self._look.rate))
            self._entries[1].push(_layer(plate, self._at, self._tick))
        self._at += 1
        self._drain()

    def _add_stream(self) -> VideoStream:
        stream = self._file.add_stream("libx264", rate=1 / self._tick, options=_X264)
        stream.width, stream.height, stream.pix_fmt = self._look.width, self._look.height, "yuv420p"
        context = stream.codec_context
        context.time_base = self._tick
        context.gop_size, context.max_b_frames = _GOP, 0
        context.color_primaries = context.color_trc = context.colorspace = ITU709
        context.color_range = _LIMITED_RANGE
        return stream

    def _build(self, frame: VideoFrame) -> Graph:
        """Upright, fitted into the picture with black beside it, the mark and the corner over it, the clock over that."""
        look, graph = self._look, Graph()
        entry = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=self._tick, name="picture"
        )
        matrix = {ITU709: "bt709", ITU601: "bt601"}.get(colour_space(frame), "auto")
        room = f"{look.width}:{look.height}"
        scaling = (
            f"{room}:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=bicubic"
            f":in_color_matrix={matrix}:out_color_matrix=bt709:out_range=tv"
        )
        chain: list[FilterContext] = [entry]
        if self.aspect != 1:
            chain.append(graph.add("scale", f"{2 * max(1, round(frame.width * self.aspect / 2))}:{frame.height}"))
        chain += [graph.add("transpose", turn) for turn in _TURNS.get(frame.rotation % 360, ())]
        chain += [graph.add("scale", scaling), graph.add("setsar", "1"), graph.add("format", "yuv420p")]
        chain.append(graph.add("pad", f"{room}:(ow-iw)/2:(oh-ih)/2"))
        graph.link_nodes(*chain)
        words = overlay(look.mark, look.corner, look.width, look.height)
        last, side = _laid_over(graph, chain[-1], words, "0:0:eof_action=repeat", "words", self._tick)
        self._entries = [entry]
        if self._clock is not None:
            place = f"{look.width - self._clock.width}:{look.height - self._clock.height}:eof_action=repeat"
            plate = Image.new("RGBA", (self._clock.width, self._clock.height))
            last, clock = _laid_over(graph, last, plate, place, "clock", self._tick)
            self._entries.append(clock)
        graph.link_nodes(last, graph.add("format", "yuv420p"), graph.add("buffersink")).configure()
        side.push(_layer(words, 0, self._tick))
        side.push(None)
        return graph

    def _drain(self) -> None:
        while self._graph is not None:
            try:
                frame = cast("VideoFrame", self._graph.pull())
            except (av.BlockingIOError, av.EOFError):
                return
            frame.pict_type = PictureType.NONE
            self._file.mux(self._stream.encode(frame))


def _laid_over(
    graph: Graph, below: FilterContext, layer: Image.Image, options: str, name: str, tick: Fraction
) -> tuple[FilterContext, FilterContext]:
    """The picture with the layer on it, and where the layer goes in."""
    pixels = VideoFormat("rgba")
    side = graph.add_buffer(width=layer.width, height=layer.height, format=pixels, time_base=tick, name=name)
    over = graph.add("overlay", f"{options}:format=yuv420")
    below.link_to(over, 0, 0)
    side.link_to(over, 0, 1)
    return over, side


def _layer(image: Image.Image, at: int, tick: Fraction) -> VideoFrame:
    layer = VideoFrame.from_bytes(image.tobytes(), image.width, image.height, "rgba")
    layer.pts, layer.time_base = at, tick
    return layer


def _write_sound(request: Mapping[str, Any], target: Path) -> None:
    """Write the piece's samples, exactly as many as it lasts: the take's while it moves, then silence."""
    left, wanted = int(request["heard"]), int(request["samples"])
    with target.open("wb") as file:
        if request["source"] and left:
            for block in _samples(Path(request["source"]), Fraction(*request["sound_from"])):
                file.write(block[: left * BYTES_A_SAMPLE])
                left -= min(left, len(block) // BYTES_A_SAMPLE)
                if not left:
                    break
        silent = wanted - file.tell() // BYTES_A_SAMPLE
        while silent:
            some = min(silent, SOUND_RATE)
            file.write(bytes(some * BYTES_A_SAMPLE))
            silent -= some


def _samples(source: Path, first: Fraction) -> Iterator[bytes]:
    """The take's sound from this second of the file on, stereo, 48,000 samples a second; nothing where it has none."""
    with open_video(source) as came:
        stream = sound_stream(came)
        if stream is None:
            return
        graph: Graph | None = None
        for frame in came.decode(stream):
            graph = graph or sound_graph(frame, first, rate=SOUND_RATE, sample_format="s16", layout="stereo")
            graph.push(frame)
            yield from (bytes(each.planes[0])[: each.samples * BYTES_A_SAMPLE] for each in pull_sound(graph))
        if graph is not None:
            graph.push(None)
            yield from (bytes(each.planes[0])[: each.samples * BYTES_A_SAMPLE] for each in pull_sound(graph))
