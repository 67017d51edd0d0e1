"""One decode of a file feeds everything that is derived from it. Child process only."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame

from generations.media.containers import ffmpeg_errors, open_video, picture_stream, sound_stream
from generations.media.errors import MediaError
from generations.media.facts import Derived, DerivedFile, Probe
from generations.media.probing import probe_file
from generations.media.proxies import Proxy
from generations.media.stills import Stills
from generations.media.watermark import draw
from generations.media.waveform import Waveform


class Sink(Protocol):
    """Takes decoded frames in order and leaves files of the given (kind, path, content type, width,
    height).
    """

    def video(self, index: int, frame: VideoFrame) -> None: ...
    def audio(self, frame: AudioFrame) -> None: ...
    def finish(self) -> Sequence["Product"]: ...
    def abandon(self) -> None: ...


Product = tuple[str, Path, str, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What to derive: the small extras, a review proxy, a guest proxy with this text over the picture."""

    extras: bool
    proxy: bool
    watermark: str | None


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The worker's entry: paths, a Probe and the wishes in, a Derived as JSON out."""
    wishes = Wishes(request["extras"], request["proxy"], request["watermark"])
    probe = Probe.from_json(request["probe"])
    return derive_files(Path(request["path"]), Path(request["out_dir"]), probe, wishes).to_json()


def derive_files(path: Path, out_dir: Path, probe: Probe, wishes: Wishes) -> Derived:
    """Derive into ``out_dir``; either every wished file is there at the end, complete and verified, or none
    is new.
    """
    out_dir.mkdir(parents=True, exist_ok=True)
    sinks = _sinks(out_dir, probe, wishes)
    products: list[Product] = []
    try:
        with ffmpeg_errors():
            with open_video(path) as container:
                frames, corrupt = _decode(container, sinks)
            _check_count(frames, probe)
            products = [product for sink in sinks for product in sink.finish()]
        for product in products:
            _check_proxy(product, probe)
        files = tuple(_publish(product) for product in products)
    finally:
        for sink in sinks:
            sink.abandon()
        for product in products:
            product[1].unlink(missing_ok=True)
    return Derived(files, frames, corrupt)


def _sinks(out_dir: Path, probe: Probe, wishes: Wishes) -> list[Sink]:
    sinks: list[Sink] = []
    if wishes.extras:
        sinks += [Stills(out_dir, probe), Waveform(out_dir, probe)]
    if wishes.proxy:
        sinks.append(Proxy(out_dir, "review_proxy", probe))
    if wishes.watermark is not None:
        sinks.append(
            Proxy(out_dir, "guest_proxy", probe, mark=lambda width, height: draw(wishes.watermark or "", width, height))
        )
    return sinks


def _decode(container: InputContainer, sinks: Sequence[Sink]) -> tuple[int, int]:
    picture, sound = picture_stream(container), sound_stream(container)
    index = corrupt = 0
    for packet in container.demux([picture, sound] if sound else [picture]):
        for frame in packet.decode():
            if isinstance(frame, VideoFrame):
                corrupt += frame.is_corrupt
                for sink in sinks:
                    sink.video(index, frame)
                index += 1
            elif isinstance(frame, AudioFrame):
                for sink in sinks:
                    sink.audio(frame)
    return index, corrupt


def _check_count(frames: int, probe: Probe) -> None:
    if frames != probe.frames:
        raise MediaError("damaged", f"Of {probe.frames} pictures {frames} could be decoded; send the file again.")


def _check_proxy(product: Product, source: Probe) -> None:
    """A proxy that is one frame off would put every note on the wrong picture, so it is measured like any
    file.
    """
    kind, path = product[:2]
    if kind not in {"review_proxy", "guest_proxy"}:
        return
    made = probe_file(path, "proxy.mp4")
    same = (made.frames, made.first_frame_time) == (source.frames, Fraction(0)) and _same_rate(made, source)
    if not same or not made.scrub_safe:
        raise MediaError("proxy_mismatch", f"The {kind} does not match its source frame by frame.")


def _same_rate(made: Probe, source: Probe) -> bool:
    """A varying rate became its mean, which the copy may be read a hair beside: less than a quarter frame at its end."""
    if not source.variable_rate:
        return made.rate == source.rate
    apart = abs(1 / made.rate.fraction - 1 / source.rate.fraction)
    return apart * source.frames * source.rate.fraction < Fraction(1, 4)


def _publish(product: Product) -> DerivedFile:
    kind, path, content_type, width, height = product
    final = path.with_name(path.name.removesuffix(".part"))
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = path.stat().st_size
    path.replace(final)
    return DerivedFile(kind, final, content_type, size, digest, width, height)
