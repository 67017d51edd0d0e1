"""What a (provider, route, model, mode) can do: the shape of the catalogue's rows, and of what is asked of
them.
"""

import datetime as dt
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class MultiShot:
    """Several shots in one request: how many, how long each text, and whether their seconds must add up."""

    at_most: int
    prompt_limit: int
    must_add_up: bool


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


@dataclass(frozen=True)
class Capability:
    """One row. ``version`` and ``digest`` are stored with each generation; times are seconds, dates are the provider's
    (UTC).

    ``wire_model`` is the provider's own name for the model on this route; "" where it is not known and the operator's
    own catalogue must name it. ``ratio_follows``: the picture's ratio is that
    of the first frame, whatever was asked. ``source`` and ``as_of`` say where the row's facts come from.
    ``max_references`` limits all kinds together (None: no such limit). ``concurrency`` and ``requests_per_minute`` are
    the provider's limits for an account and this model. ``body_limit`` in bytes is for a whole request, files written
    in base64 included.
    """

    provider: str
    route: str
    model: str
    mode: str
    version: int
    title: str
    wire_model: str
    lifecycle: Lifecycle
    since: dt.date
    deprecated_on: dt.date | None
    retired_on: dt.date | None
    note: str
    source: str
    as_of: dt.date
    seconds: tuple[int, ...]
    auto_seconds: bool
    shapes: tuple[Shape, ...]
    ratio_follows: bool
    fps: tuple[int, int]
    audio: Audio
    seed: bool
    negative: bool
    prompt_limit: int
    slots: tuple[Slot, ...]
    rules: tuple[Rule, ...]
    max_references: int | None
    multi_shot: MultiShot | None
    characters: int
    uses_source: SourceUse
    extend: Extend | None
    variants: int
    cancel: Cancel
    webhook: Webhook
    client_chosen_id: bool
    result_ttl: int | None
    expires_after: int | None
    query_window_days: int | None
    concurrency: int | None
    requests_per_minute: int | None
    pricing: Pricing | None
    options: tuple[tuple[str, str | int | bool], ...] = ()
    body_limit: int | None = None
    digest: str = field(default="", compare=False)

    @property
    def name(self) -> str:
        """The row's key in words."""
        return f"{self.provider}/{self.route}/{self.model}/{self.mode}"

    @property
    def sizes(self) -> tuple[Size, ...]:
        """The sizes in pixels."""
        return tuple(shape.size for shape in self.shapes)

    @property
    def lengths(self) -> tuple[int, ...]:
        """The seconds to choose from; 0, the last, stands for "as the model likes"."""
        return (*self.seconds, 0) if self.auto_seconds else self.seconds

    @property
    def stamp(self) -> str:
        """What a generation keeps of the row: route, version and the start of its digest; at most 40 characters."""
        return f"{self.route[:22]}@{self.version}+{self.digest[:12]}"

    def shape(self, size: Size) -> Shape | None:
        """The shape of this size."""
        return next((shape for shape in self.shapes if shape.size == size), None)

    def launchable(self, at: dt.date) -> bool:
        """Whether new work may be sent on the day ``at``."""
        if self.lifecycle is Lifecycle.IMPORT_ONLY or not self.wire_model or at < self.since:
            return False
        return self.retired_on is None or at < self.retired_on


@dataclass(frozen=True)
class ReferenceFacts:
    """What the rules need to know of a reference file; None where it has no such thing."""

    kind: str
    role: str
    media_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None
    seconds: float | None = None
    fps: float | None = None


@dataclass(frozen=True)
class ShotAsk:
    """One shot of a multi-shot request."""

    prompt: str
    seconds: int


@dataclass(frozen=True)
class SourceFacts:
    """What the rules need to know of the generation that a remix, edit or extension starts from.

    ``same_account``: it was made by the account that is to be asked. ``reachable``: the provider still has it.
    """

    model: str
    seconds: int
    extensions: int
    same_account: bool
    reachable: bool


@dataclass(frozen=True)
class Params:
    """What a generation asks for. ``seconds`` is 0 for "as the model likes"; ``audio`` "" is the row's default."""

    prompt: str
    seconds: int
    width: int
    height: int
    seed: int | None = None
    negative: str = ""
    audio: str = ""
    shots: tuple[ShotAsk, ...] = ()
    references: tuple[ReferenceFacts, ...] = ()
    characters: tuple[str, ...] = ()
    source: SourceFacts | None = None

    @property
    def size(self) -> Size:
        """The picture's size."""
        return Size(self.width, self.height)


@dataclass(frozen=True)
class Refusal:
    """Why a request cannot be launched: a stable code, the field to mend, and words for the person."""

    code: str
    field: str
    message: str


@dataclass(frozen=True)
class Money:
    """Millionths of ``currency``; ``basis`` says in words how it was reckoned."""

    micro: int
    currency: str
    basis: str


@dataclass(frozen=True)
class Route:
    """A way to models: which dialects speak it, at which addresses, and what is not known about it.

    ``dialects``: what an account of this route may speak, the usual one first ("declared:NAME" for a declared provider).
    ``addresses``: base address by region ("" where there is one); empty where the customer must enter it.
    ``result_hosts``: where finished files may come from besides the base address; empty: any public host.
    """

    name: str
    title: str
    provider: str
    dialects: tuple[str, ...]
    addresses: tuple[tuple[str, str], ...]
    result_hosts: tuple[str, ...]
    note: str
    source: str
    as_of: dt.date


@dataclass(frozen=True)
class Claim:
    """What somebody claims about a model: shown with its source and date, never used by a rule."""

    model: str
    topic: str
    text: str
    source: str
    as_of: dt.date
