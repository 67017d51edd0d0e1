"""The review proxy: quick to seek, frame by frame the same as its source. Child process only."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.filter import Graph
from av.filter.context import FilterContext
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from generations.media.containers import DECODER_THREADS, ITU601, ITU709, colour_space
from generations.media.facts import Probe
from generations.media.sound import pull_sound, sound_graph

LONG_SIDE = 1280
GOP = 12
_SOUND_RATE = 48_000
_LIMITED_RANGE = 1
_X264 = {
    "preset": "veryfast",
    "crf": "22",
    "x264-params": f"keyint={GOP}:min-keyint={GOP}:scenecut=0:bframes=0:open-gop=0",
}
_TURNS = {90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}


class Proxy:
    """Encodes H.264 at the source's exact rate with fixed short groups, no B-frames, start 0, and AAC.

    Picture *n* of the copy is the source's decoded picture *n*. A source of varying rate becomes one of equally long
    frames at its mean rate: every frame is there, once, and may be heard a little early or late.

    ``mark`` draws a transparent picture of the proxy's size, laid over every frame.
    """

    def __init__(
        self, out_dir: Path, kind: str, probe: Probe, mark: Callable[[int, int], Image.Image] | None = None
    ) -> None:
        self._kind, self._probe, self._mark = kind, probe, mark
        self._path = out_dir / f"{kind}.mp4.part"
        self._width, self._height = proxy_size(probe.width, probe.height)
        self._file = av.open(str(self._path), "w", format="mp4", options={"movflags": "+faststart"})
        self._tick = Fraction(probe.rate_den, probe.rate_num)
        self._picture = self._add_picture()
        self._sound = self._add_sound() if probe.audio else None
        self._pictures: Graph | None = None
        self._entry: FilterContext | None = None
        self._sounds: Graph | None = None

    def video(self, index: int, frame: VideoFrame) -> None:
        if self._pictures is None:
            self._pictures, self._entry = self._picture_graph(frame)
        frame.pts, frame.time_base = index, self._tick
        cast("FilterContext", self._entry).push(frame)
        self._encode_pictures()

    def audio(self, frame: AudioFrame) -> None:
        if self._sound is None:
            return
        if self._sounds is None:
            first = self._probe.first_frame_time
            self._sounds = sound_graph(frame, first, rate=_SOUND_RATE, sample_format="fltp", layout="stereo")
        self._sounds.push(frame)
        self._encode_sounds()

    def finish(self) -> Sequence[tuple[str, Path, str, int | None, int | None]]:
        if self._entry is not None:
            self._entry.push(None)
            self._encode_pictures()
        if self._sounds is not None:
            self._sounds.push(None)
            self._encode_sounds()
        for stream in (self._picture, self._sound):
            if stream is not None:
                self._file.mux(stream.encode(None))
        self._file.close()
        return [(self._kind, self._path, "video/mp4", self._width, self._height)]

    def abandon(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)

    def _add_picture(self) -> VideoStream:
        stream = self._file.add_stream("libx264", rate=1 / self._tick, options=_X264)
        stream.width, stream.height, stream.pix_fmt = self._width, self._height, "yuv420p"
        context = stream.codec_context
        context.time_base = self._tick
        context.gop_size, context.max_b_frames = GOP, 0
        context.thread_count = DECODER_THREADS
        context.color_primaries = context.color_trc = context.colorspace = ITU709
        context.color_range = _LIMITED_RANGE
        return stream

    def _add_sound(self) -> AudioStream:
        stream = self._file.add_stream("aac", rate=_SOUND_RATE, layout="stereo")
        stream.bit_rate = 128_000
        return stream

    def _picture_graph(self, frame: VideoFrame) -> tuple[Graph, FilterContext]:
        graph = Graph()
        entry = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=self._tick, name="picture"
        )
        chain = [entry]
        chain += [graph.add("transpose", turn) for turn in _TURNS.get(frame.rotation % 360, ())]
        chain += [graph.add("scale", self._scaling(frame)), graph.add("setsar", "1"), graph.add("format", "yuv420p")]
        if self._mark is None:
            graph.link_nodes(*chain, graph.add("buffersink")).configure()
            return graph, entry
        return self._marked(graph, chain), entry

    def _scaling(self, frame: VideoFrame) -> str:
        matrix = {ITU709: "bt709", ITU601: "bt601"}.get(colour_space(frame), "auto")
        size = f"{self._width}:{self._height}"
        return f"{size}:flags=bicubic:in_color_matrix={matrix}:out_color_matrix=bt709:out_range=tv"

    def _marked(self, graph: Graph, chain: list[FilterContext]) -> Graph:
        overlay = graph.add("overlay", "0:0:eof_action=repeat:format=yuv420")
        drawn = self._mark(self._width, self._height) if self._mark else None
        layer = VideoFrame.from_bytes(drawn.tobytes() if drawn else b"", self._width, self._height, "rgba")
        side = graph.add_buffer(
            width=layer.width, height=layer.height, format=layer.format, time_base=self._tick, name="mark"
        )
        graph.link_nodes(*chain)
        chain[-1].link_to(overlay, 0, 0)
        side.link_to(overlay, 0, 1)
        graph.link_nodes(overlay, graph.add("format", "yuv420p"), graph.add("buffersink")).configure()
        layer.pts, layer.time_base = 0, self._tick
        side.push(layer)
        side.push(None)
        return graph

    def _encode_pictures(self) -> None:
        while self._pictures is not None:
            try:
                frame = cast("VideoFrame", self._pictures.pull())
            except (av.BlockingIOError, av.EOFError):
                return
            frame.pict_type = PictureType.NONE
            self._file.mux(self._picture.encode(frame))

    def _encode_sounds(self) -> None:
        for frame in pull_sound(self._sounds):
            self._file.mux(cast("AudioStream", self._sound).encode(frame))


def proxy_size(width: int, height: int) -> tuple[int, int]:
    """The long side at most 1280, never enlarged, both sides even."""
    scale = min(1.0, LONG_SIDE / max(width, height))
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))
