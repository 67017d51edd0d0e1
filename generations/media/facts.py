"""What is known about a media file: plain values that cross the border of the confined process as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

from sorahub.lib.timecode import Rate


@dataclass(frozen=True, slots=True)
class Audio:
    """The first sound stream: codec name, samples a second, channels."""

    codec: str
    rate: int
    channels: int


@dataclass(frozen=True, slots=True)
class Probe:
    """One video file as measured, not as declared.

    ``container`` is mp4, mov, matroska or webm. ``width`` and ``height`` are those of the picture as shown,
    after rotation and pixel aspect. ``frames`` is counted. Times and rates are exact fractions; for a
    variable rate the rate is the mean and ``variable_rate`` is set. ``scrub_reasons`` says why a player
    cannot seek well in the file itself.
    """

    container: str
    size: int
    codec: str
    profile: str
    pix_fmt: str
    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation: int
    rate_num: int
    rate_den: int
    frames: int
    first_frame_num: int
    first_frame_den: int
    duration_num: int
    duration_den: int
    has_b_frames: bool
    max_gop: int
    faststart: bool
    fragmented: bool
    variable_rate: bool
    audio: Audio | None
    scrub_reasons: tuple[str, ...]
    tools: dict[str, str] = field(default_factory=dict)

    @property
    def rate(self) -> Rate:
        return Rate(self.rate_num, self.rate_den)

    @property
    def first_frame_time(self) -> Fraction:
        """Seconds from the file's own zero to its first picture."""
        return Fraction(self.first_frame_num, self.first_frame_den)

    @property
    def duration(self) -> Fraction:
        """Seconds that the pictures last."""
        return Fraction(self.duration_num, self.duration_den)

    @property
    def scrub_safe(self) -> bool:
        """May a player seek by frame in the original itself?"""
        return not self.scrub_reasons

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        audio = value["audio"]
        return cls(
            **{
                **value,
                "audio": Audio(**audio) if audio else None,
                "scrub_reasons": tuple(value["scrub_reasons"]),
            }
        )


@dataclass(frozen=True, slots=True)
class ReferenceProbe:
    """A file that is given to a model, as measured.

    ``kind`` is image, video or audio; ``suffix`` is the usual one of its media type. Pixels, milliseconds, frames per
    second as a fraction; None where the kind has no such thing.
    """

    kind: str
    media_type: str
    suffix: str
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    rate_num: int | None = None
    rate_den: int | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DerivedFile:
    """One derived file. ``kind``: poster, sprite, sprite_layout, waveform, review_proxy or guest_proxy."""

    kind: str
    path: Path
    content_type: str
    size: int
    sha256: str
    width: int | None = None
    height: int | None = None

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "path": str(self.path)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(**{**value, "path": Path(value["path"])})


@dataclass(frozen=True, slots=True)
class Derived:
    """What one decode of a file yielded. ``frames`` were decoded, of them ``corrupt_frames`` with visible
    damage.
    """

    files: tuple[DerivedFile, ...]
    frames: int
    corrupt_frames: int

    def file(self, kind: str) -> DerivedFile | None:
        """The derived file of that kind, if it was made."""
        return next((file for file in self.files if file.kind == kind), None)

    def to_json(self) -> dict[str, Any]:
        return {
            "files": [file.to_json() for file in self.files],
            "frames": self.frames,
            "corrupt_frames": self.corrupt_frames,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        files = tuple(DerivedFile.from_json(file) for file in value["files"])
        return cls(files, value["frames"], value["corrupt_frames"])


@dataclass(frozen=True, slots=True)
class Document:
    """The text of a PDF, how many pages it has, and which extractor in which version read it."""

    text: str
    pages: int
    extractor: str
