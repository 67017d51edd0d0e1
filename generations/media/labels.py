"""Burns labels into the picture, such as “AI-generated”: every frame decoded and encoded anew, the sound copied. Child process only."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.filter import Graph
from av.filter.context import FilterContext
from av.packet import Packet
from av.video.format import VideoFormat
from av.video.frame import PictureType, VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageDraw, ImageFont

from generations.media.containers import colour_space, ffmpeg_errors, open_video, picture_stream, sound_stream, tick
from generations.media.errors import MediaError
from generations.media.facts import Probe
from generations.media.watermark import face_for

SHARE = Fraction(6, 100)
"""How high the letters are, of the picture's shorter side. GB 45438-2025 asks for 5 % at least."""

_SOUNDS = {"aac", "mp3", "mp3float", "ac3", "eac3", "opus", "libopus", "alac", "flac"}
_PICTURES = {"yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"}
_X264 = {"preset": "medium", "crf": "16", "threads": "1"}
_TURNS = {90: ("cclock",), 180: ("clock", "clock"), 270: ("clock",)}
_TECHNICAL = {"major_brand", "minor_version", "compatible_brands", "encoder"}


@dataclass(frozen=True, slots=True)
class Label:
    """Words on the picture, from ``start`` for ``seconds`` (whole ones; 0: to the end), in a corner such as ``top-left``."""

    text: str
    start: int = 0
    seconds: int = 0
    position: str = "top-left"


def burn(source: Path, target: Path, probe: Probe, labels: Sequence[Label], *, kind: str, tags: dict[str, str]) -> None:
    """Write ``target`` (``kind``: mp4 or mov) with the labels in its picture; every frame keeps its moment.

    The file's own tags are carried over, ``tags`` beside them. Raises MediaError, also for sound that such a file does not hold.
    """
    options = {"movflags": "+faststart+use_metadata_tags"}
    with ffmpeg_errors(), open_video(source) as came, av.open(str(target), "w", format=kind, options=options) as made:
        own = {name: value for name, value in came.metadata.items() if name.lower() not in _TECHNICAL}
        made.metadata.update({**own, **tags})
        _copy(came, made, _Picture(probe, labels))


def _copy(came: InputContainer, made: OutputContainer, pictures: "_Picture") -> None:
    """Sound waits until the first picture came: a file begins when all its streams are known."""
    picture, sound = picture_stream(came), sound_stream(came)
    copied: AudioStream | None = None
    waiting: list[Packet[AudioStream]] = []
    for packet in came.demux([picture, sound] if sound else [picture]):
        if packet.stream is sound:
            waiting += [cast("Packet[AudioStream]", packet)] if packet.dts is not None else []
        else:
            for frame in packet.decode():
                pictures.begin(cast("VideoFrame", frame), picture, made)
                copied = copied or (_sound(made, sound) if sound else None)
                pictures.encode(cast("VideoFrame", frame), made)
        while copied is not None and waiting:
            heard = waiting.pop(0)
            heard.stream = copied
            made.mux(heard)
    pictures.finish(made)


def _sound(made: OutputContainer, sound: AudioStream) -> AudioStream:
    name = sound.codec_context.name
    if name not in _SOUNDS and not name.startswith("pcm_"):
        raise MediaError(
            "unsupported_codec", f"Sound of the kind {name} cannot be put into an MP4: export it with AAC."
        )
    try:
        return made.add_stream_from_template(sound)
    except (av.FFmpegError, ValueError):
        raise MediaError("unsupported_codec", f"Sound of the kind {name} cannot be put into this file.") from None


class _Picture:
    """Decoded frames in, labelled and encoded ones out. The filter and the encoder begin with the first frame."""

    def __init__(self, probe: Probe, labels: Sequence[Label]) -> None:
        self._probe, self._labels = probe, labels
        self._graph: Graph | None = None
        self._entry: FilterContext | None = None
        self._stream: VideoStream | None = None

    def encode(self, frame: VideoFrame, made: OutputContainer) -> None:
        cast("FilterContext", self._entry).push(frame)
        self._drain(made)

    def finish(self, made: OutputContainer) -> None:
        if self._entry is None or self._stream is None:
            raise MediaError("not_a_video", "The file has no picture in it.")
        self._entry.push(None)
        self._drain(made)
        made.mux(self._stream.encode(None))

    def begin(self, frame: VideoFrame, source: VideoStream, made: OutputContainer) -> None:
        """Add the stream, once."""
        if self._graph is not None:
            return
        turned = frame.rotation % 180 != 0
        width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
        width, height = width + width % 2, height + height % 2
        pixels = frame.format.name if frame.format.name in _PICTURES else "yuv420p"
        self._graph, self._entry = self._filter(frame, source, (width, height), pixels)
        stream = made.add_stream("libx264", rate=self._probe.rate.fraction, options=_X264)
        stream.width, stream.height, stream.pix_fmt = width, height, pixels
        context = stream.codec_context
        context.time_base = tick(source)
        context.colorspace, context.color_range = colour_space(frame), frame.color_range
        context.color_primaries, context.color_trc = frame.color_primaries, frame.color_trc
        ratio = source.sample_aspect_ratio
        if ratio and ratio != 1:
            context.sample_aspect_ratio = 1 / ratio if turned else ratio
        self._stream = stream

    def _filter(
        self, frame: VideoFrame, source: VideoStream, size: tuple[int, int], pixels: str
    ) -> tuple[Graph, FilterContext]:
        graph = Graph()
        entry = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=tick(source), name="picture"
        )
        chain: list[FilterContext] = [entry]
        chain += [graph.add("transpose", turn) for turn in _TURNS.get(frame.rotation % 360, ())]
        chain.append(graph.add("pad", f"{size[0]}:{size[1]}"))
        graph.link_nodes(*chain)
        last, layers = chain[-1], []
        for number, (when, layer) in enumerate(self._layers(*size)):
            last, side = _laid_over(graph, last, layer, when, f"label{number}")
            layers.append((side, layer))
        graph.link_nodes(last, graph.add("format", pixels), graph.add("buffersink")).configure()
        for side, layer in layers:
            _show(side, layer)
        return graph, entry

    def _layers(self, width: int, height: int) -> Iterator[tuple[str, Image.Image]]:
        """One picture for each span of time in which labels stand, with the span as FFmpeg takes it."""
        spans: defaultdict[tuple[int, int], list[Label]] = defaultdict(list)
        for label in self._labels:
            spans[label.start, label.seconds].append(label)
        first = self._probe.first_frame_time
        for (start, seconds), labels in spans.items():
            begin = float(first + start)
            end = f"lt(t,{begin + seconds:.6f})" if seconds else "1"
            yield f"gte(t,{begin - 0.000_5:.6f})*{end}", draw(labels, width, height)

    def _drain(self, made: OutputContainer) -> None:
        while self._graph is not None and self._stream is not None:
            try:
                frame = cast("VideoFrame", self._graph.pull())
            except (av.BlockingIOError, av.EOFError):
                return
            frame.pict_type = PictureType.NONE
            made.mux(self._stream.encode(frame))


def _laid_over(
    graph: Graph, below: FilterContext, layer: Image.Image, when: str, name: str
) -> tuple[FilterContext, FilterContext]:
    """The picture with the layer on it, and where the layer goes in."""
    pixels = VideoFormat("rgba")
    side = graph.add_buffer(width=layer.width, height=layer.height, format=pixels, time_base=Fraction(1), name=name)
    over = graph.add("overlay", f"0:0:eof_action=repeat:format=auto:enable='{when}'")
    below.link_to(over, 0, 0)
    side.link_to(over, 0, 1)
    return over, side


def _show(side: FilterContext, layer: Image.Image) -> None:
    drawn = VideoFrame.from_bytes(layer.tobytes(), layer.width, layer.height, "rgba")
    drawn.pts, drawn.time_base = 0, Fraction(1)
    side.push(drawn)
    side.push(None)


def draw(labels: Sequence[Label], width: int, height: int) -> Image.Image:
    """A transparent picture with the labels in their corners, white on black, those of one corner below each other."""
    image = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    wanted = -(-min(width, height) * SHARE.numerator // SHARE.denominator)
    taken: defaultdict[str, int] = defaultdict(int)
    for label in labels:
        face = _face(label.text, wanted)
        gap = max(2, wanted // 2)
        lines = list(_lines(label.text, face, width - 4 * gap))
        step = max(1, round(sum(face.getmetrics())))
        high, wide = step * len(lines) + gap, round(max(face.getlength(line) for line in lines)) + 2 * gap
        left = gap if label.position.endswith("left") else width - wide - gap
        offset = gap + taken[label.position]
        top = offset if label.position.startswith("top") else height - high - offset
        pen.rectangle((left, top, left + wide, top + high), fill=(0, 0, 0, 200))
        for number, line in enumerate(lines):
            pen.text((left + gap, top + gap // 2 + number * step), line, font=face, fill=(255, 255, 255, 255))
        taken[label.position] += high + gap
    return image


def _face(text: str, wanted: int) -> ImageFont.FreeTypeFont:
    """The font at the first size at which its capitals are as high as they must be."""
    size = wanted
    while True:
        face = face_for(text, size)
        _, top, _, bottom = face.getbbox("A")
        if bottom - top >= wanted or size > 4 * wanted:
            return face
        size += 1


def _lines(text: str, face: ImageFont.FreeTypeFont, most: int) -> Iterator[str]:
    """The text in lines that fit, broken between words where there are some, else between letters."""
    line = ""
    for piece in text.split(" ") if " " in text else [*text]:
        longer = f"{line} {piece}".strip() if " " in text else line + piece
        if line and face.getlength(longer) > most:
            yield line
            line = piece
        else:
            line = longer
    yield line
