"""What a row of the catalogue is put together from: words, sizes, places for files, rules of company, prices."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class Lifecycle(StrEnum):
    """Whether a row may be used for new work; the dates beside it decide, this word is what the source
    says.
    """

    ACTIVE = "active"
    DEPRECATED = "deprecated"
    RETIRED = "retired"
    IMPORT_ONLY = "import_only"


class Audio(StrEnum):
    """Whether clips come with sound; ``original`` also offers to keep the sound of a reference video."""

    NONE = "none"
    OPTIONAL = "optional"
    ALWAYS = "always"
    ORIGINAL = "original"

    @property
    def choices(self) -> tuple[str, ...]:
        """What a request may say; the first is the default."""
        return _SOUND[self]


_SOUND = {
    Audio.NONE: ("off",),
    Audio.OPTIONAL: ("on", "off"),
    Audio.ALWAYS: ("on",),
    Audio.ORIGINAL: ("on", "off", "original"),
}


class Cancel(StrEnum):
    """What a running remote task allows."""

    NONE = "none"
    QUEUED = "queued"
    ANY = "any"


class Webhook(StrEnum):
    """How the provider calls back; ``per_task`` dialects take an address with each order."""

    NONE = "none"
    UNSIGNED = "unsigned"
    STANDARD = "standard_webhooks"
    OPTIONAL = "optionally_signed"
    ED25519 = "ed25519"


class SourceUse(StrEnum):
    """What a mode does with an earlier generation; empty for modes that start from nothing."""

    NONE = ""
    REMIX = "remix"
    EDIT = "edit"
    EXTEND = "extend"


@dataclass(frozen=True, order=True)
class Size:
    """Pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, order=True)
class Shape:
    """A size in the provider's words too: ratio ("16:9") and resolution ("720p")."""

    size: Size
    ratio: str
    resolution: str


@dataclass(frozen=True)
class Slot:
    """A place for reference files: which kind in which role, how many, and what each must be.

    Bytes; sides in pixels; ratio as width over height; seconds and frames per second as floats. None: no limit known.
    """

    kind: str
    role: str
    at_least: int
    at_most: int
    formats: tuple[str, ...]
    max_bytes: int
    must_match_size: bool = False
    min_side: int | None = None
    max_side: int | None = None
    min_ratio: float | None = None
    max_ratio: float | None = None
    min_seconds: float | None = None
    max_seconds: float | None = None
    max_total_seconds: float | None = None
    min_fps: float | None = None
    max_fps: float | None = None
    by_address: bool = False
    """Whether the wire takes an address only: the provider fetches the file from this hub."""


@dataclass(frozen=True)
class Rule:
    """When all of ``when`` are there, each of ``require`` must be, none of ``forbid`` may be, and no more than ``limit``.

    Tokens: a role ("first_frame"), "kind:image", "kind:video", "kind:audio", "audio:on", "audio:off", "audio:original",
    "multi_shot", "characters", "seed", "negative". A requirement may offer several ("kind:image|kind:video"), a limit may
    count several together ("kind:image+characters"). ``words`` explains it to people.
    """

    when: tuple[str, ...]
    require: tuple[str, ...]
    forbid: tuple[str, ...]
    limit: tuple[tuple[str, int], ...]
    words: str


class PromptUnit(StrEnum):
    """What a provider counts a prompt's length in. ``tokens`` are the provider's own: only it can count them."""

    CHARACTERS = "characters"
    BYTES = "bytes"
    UTF16 = "utf16"
    TOKENS = "tokens"


@dataclass(frozen=True)
class MultiShot:
    """Several shots in one request: how many, how long each text, and whether their seconds must add up.

    ``min_seconds`` and ``max_seconds`` are of one shot (None: no limit of its own is known).

    ``written``: how each stands in the one prompt of a wire that has no field for shots, as "shot {number}, {seconds},
    {prompt};", with a space between two; the whole must fit the row's prompt. "": they travel apart from it.
    """

    at_most: int
    prompt_limit: int
    must_add_up: bool
    written: str = ""
    min_seconds: int = 1
    max_seconds: int | None = None


@dataclass(frozen=True)
class Extend:
    """How far a clip may be extended: times, and seconds in all."""

    at_most: int
    max_total_seconds: int


class PriceKind(StrEnum):
    """How a provider bills."""

    PER_SECOND = "per_second"
    TOKENS = "tokens"
    UNITS = "units"


@dataclass(frozen=True)
class Price:
    """One line of a price list.

    ``selector`` says what it is for: words out of a size ("1280x720"), a resolution ("720p"), "audio", "silent",
    "video" (a reference video is given), or none for everything; of the lines that fit the one with most words wins.
    ``amount``: micro-units of the currency for a second (per_second), thousandths of a unit for a second (units),
    micro-units of the currency for a million tokens (tokens).
    """

    selector: tuple[str, ...]
    amount: int


@dataclass(frozen=True)
class Pricing:
    """A price list with where and when it was read; a list price goes stale.

    tokens: a clip has width × height × (fps × seconds + 1) / 1024 of them. units: ``unit_micro`` is the price of one
    unit.
    """

    kind: PriceKind
    currency: str
    source: str
    as_of: dt.date
    prices: tuple[Price, ...]
    unit_micro: int | None = None
