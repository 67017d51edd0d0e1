"""Single frames of a file as pictures, each exactly the one that is asked for by its number. Child process only."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image

from generations.media import watermark
from generations.media.containers import ffmpeg_errors, open_video, picture_stream
from generations.media.errors import MediaError
from generations.media.probing import display_size
from generations.media.stills import picture

MOST_FRAMES = 64
QUALITY, FINEST = 88, 95
"""Of JPEG: what a page shows, and what is worked with further, whose colours are as sharp as its light."""


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's entry: a file, frame numbers, the longest side and a mark in; the pictures' paths by number out."""
    made = pick_frames(
        Path(request["path"]), Path(request["out_dir"]), request["frames"], request["count"], request["side"],
        request.get("mark", ""), request.get("quality", QUALITY),
    )  # fmt: skip
    return {"pictures": {str(frame): str(path) for frame, path in made.items()}}


def pick_frames(
    path: Path,
    out_dir: Path,
    frames: Sequence[int],
    count: int,
    side: int,
    mark: str = "",
    quality: int = QUALITY,
) -> dict[int, Path]:
    """Write ``<frame>.jpg`` for each frame, upright, square pixels, its longer side at most ``side``, ``mark`` burnt in.

    Frames are numbered by their place in the order of presentation, as everywhere in SoraHub. Raises MediaError when the
    file has not ``count`` pictures, or one that is asked for cannot be decoded.
    """
    wanted = sorted(set(frames))
    if not wanted or len(wanted) > MOST_FRAMES or wanted[0] < 0 or wanted[-1] >= count:
        raise MediaError("damaged", f"Between 1 and {MOST_FRAMES} frames from 0 to {count - 1} are picked at once.")
    out_dir.mkdir(parents=True, exist_ok=True)
    made: dict[int, Path] = {}
    with ffmpeg_errors(), open_video(path) as container:
        stream = picture_stream(container)
        schedule = _schedule(container, stream)
        if len(schedule.times) != count:
            raise MediaError("damaged", f"Of {count} pictures {len(schedule.times)} are in the file; send it again.")
        for number, frame in _sought(container, stream, schedule, wanted):
            made[number] = _save(frame, stream, out_dir / f"{number}.jpg", side, mark, quality)
    missing = set(wanted) - made.keys()
    with ffmpeg_errors(), open_video(path) as container:
        stream = picture_stream(container)
        for number, frame in _counted(container, stream, missing):
            made[number] = _save(frame, stream, out_dir / f"{number}.jpg", side, mark, quality)
    if len(made) != len(wanted):
        raise MediaError("damaged", "Not every frame that was asked for can be decoded; send the file again.")
    return made


@dataclass(frozen=True, slots=True)
class _Schedule:
    """When each picture is shown, and where a decoder can start, both in ticks and in order."""

    times: list[int]
    starts: list[int]

    def start_before(self, time: int) -> int:
        """The last place to start at or before a time; the very beginning where there is none."""
        at = bisect_right(self.starts, time)
        return self.starts[at - 1] if at else self.times[0]


def _schedule(container: InputContainer, stream: VideoStream) -> _Schedule:
    times: list[int] = []
    starts: list[int] = []
    for packet in container.demux(stream):
        if packet.size == 0 or packet.is_discard:
            continue
        if packet.pts is None:
            raise MediaError("damaged", "The file has pictures without a time; send it again.")
        times.append(packet.pts)
        if packet.is_keyframe:
            starts.append(packet.pts)
    return _Schedule(sorted(times), sorted(starts))


def _sought(
    container: InputContainer, stream: VideoStream, schedule: _Schedule, wanted: Sequence[int]
) -> Iterator[tuple[int, VideoFrame]]:
    """Yield wanted frames with their numbers; ends early where a seek does not lead to the very frame."""
    if len(set(schedule.times)) != len(schedule.times):
        return
    waiting = list(wanted)
    while waiting:
        found = 0
        for number, frame in _from(container, stream, schedule, waiting):
            found += 1
            yield number, frame
        if not found:
            return
        waiting = waiting[found:]


def _from(
    container: InputContainer, stream: VideoStream, schedule: _Schedule, wanted: Sequence[int]
) -> Iterator[tuple[int, VideoFrame]]:
    """Decode from the place before the first wanted frame, and on as long as the next one needs no better place."""
    times, waiting = schedule.times, list(wanted)
    container.seek(schedule.start_before(times[waiting[0]]), stream=stream, backward=True)
    for frame in container.decode(stream):
        if frame.pts is None or frame.pts < times[waiting[0]]:
            continue
        if frame.pts > times[waiting[0]]:
            return
        yield waiting.pop(0), frame
        if not waiting or schedule.start_before(times[waiting[0]]) > frame.pts:
            return


def _counted(container: InputContainer, stream: VideoStream, wanted: Set[int]) -> Iterator[tuple[int, VideoFrame]]:
    """Decode from the beginning and count: slow, and right whatever the file's times are."""
    left = len(wanted)
    if not left:
        return
    for index, frame in enumerate(container.decode(stream)):
        if index in wanted:
            yield index, frame
            left -= 1
            if not left:
                return


def _save(frame: VideoFrame, stream: VideoStream, path: Path, side: int, mark: str, quality: int) -> Path:
    width, height = display_size(frame, stream.sample_aspect_ratio)
    scale = min(1.0, side / max(width, height))
    shown = picture(frame, max(1, round(width * scale)), max(1, round(height * scale)))
    if mark:
        veil = _veil(mark, *shown.size)
        shown.paste(veil, mask=veil)
    shown.save(path, "JPEG", quality=quality, subsampling=0 if quality >= FINEST else -1)
    return path


@lru_cache(maxsize=2)
def _veil(mark: str, width: int, height: int) -> Image.Image:
    """The mark's picture, which all frames of a clip share."""
    return watermark.draw(mark, width, height)
