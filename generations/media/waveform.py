"""Peaks of the sound, for drawing: computed once, on the picture's own time. Child process only."""

import json
from array import array
from collections.abc import Sequence
from math import ceil
from pathlib import Path

from av.audio.frame import AudioFrame
from av.filter import Graph
from av.video.frame import VideoFrame

from generations.media.facts import Probe
from generations.media.sound import pull_sound, sound_graph

SAMPLES_PER_SECOND = 16_000
FINEST_PER_SECOND = 50
MOST_PEAKS = 3000


class Waveform:
    """Lowest and highest sample of each short stretch, as whole numbers from -128 to 127, beginning with
    frame 0.
    """

    def __init__(self, out_dir: Path, probe: Probe) -> None:
        self._path, self._probe = out_dir / "waveform.json.part", probe
        self._per_second = max(1, min(FINEST_PER_SECOND, int(MOST_PEAKS / (probe.duration + 1))))
        self._graph: Graph | None = None
        self._samples = array("h")

    def video(self, index: int, frame: VideoFrame) -> None:
        """The waveform has no use for pictures."""

    def audio(self, frame: AudioFrame) -> None:
        if self._graph is None:
            first = self._probe.first_frame_time
            self._graph = sound_graph(frame, first, rate=SAMPLES_PER_SECOND, sample_format="s16", layout="mono")
        self._graph.push(frame)
        self._drain()

    def abandon(self) -> None:
        self._path.unlink(missing_ok=True)

    def finish(self) -> Sequence[tuple[str, Path, str, int | None, int | None]]:
        if self._graph is None:
            return []
        self._graph.push(None)
        self._drain()
        value = {"schema": 1, "per_second": self._per_second, "peaks": self._peaks()}
        self._path.write_text(json.dumps(value, separators=(",", ":")), encoding="utf-8")
        return [("waveform", self._path, "application/json", None, None)]

    def _drain(self) -> None:
        for frame in pull_sound(self._graph):
            self._samples.frombytes(bytes(frame.planes[0])[: frame.samples * 2])

    def _peaks(self) -> list[int]:
        stretch = SAMPLES_PER_SECOND // self._per_second
        count = min(ceil(self._probe.duration * self._per_second), -(-len(self._samples) // stretch))
        peaks: list[int] = []
        for start in range(0, count * stretch, stretch):
            part = self._samples[start : start + stretch]
            peaks += (min(part) >> 8, max(part) >> 8)
        return peaks
