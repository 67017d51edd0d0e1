"""What a (provider, route, model, mode) can do: the shape of the catalogue's rows, and of what is asked of
them.
"""

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
    """Whether clips come with sound."""

    NONE = "none"
    OPTIONAL = "optional"
    ALWAYS = "always"


class Cancel(StrEnum):
    """What a running remote task allows."""

    NONE = "none"
    QUEUED = "queued"
    ANY = "any"


class Webhook(StrEnum):
    """How the provider calls back."""

    NONE = "none"
    UNSIGNED = "unsigned"
    STANDARD = "standard_webhooks"
    ED25519 = "ed25519"


@dataclass(frozen=True, order=True)
class Size:
    """Pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True)
class Slot:
    """A place for reference files: which kind in which role, how many, how large (bytes), in which
    formats.
    """

    kind: str
    role: str
    at_least: int
    at_most: int
    formats: tuple[str, ...]
    max_bytes: int
    must_match_size: bool


@dataclass(frozen=True)
class Price:
    """Micro-units of the row's currency per second of video at one size."""

    size: Size
    micro_per_second: int


@dataclass(frozen=True)
class Pricing:
    """A price list with where and when it was read; a list price goes stale."""

    currency: str
    source: str
    as_of: dt.date
    per_second: tuple[Price, ...]


@dataclass(frozen=True)
class Capability:
    """One row. ``version`` is stored with each generation; times are seconds, dates are the provider's
    (UTC).
    """

    provider: str
    route: str
    model: str
    mode: str
    version: int
    title: str
    lifecycle: Lifecycle
    since: dt.date
    deprecated_on: dt.date | None
    retired_on: dt.date | None
    note: str
    seconds: tuple[int, ...]
    sizes: tuple[Size, ...]
    fps: tuple[int, int]
    audio: Audio
    seed: bool
    prompt_limit: int
    slots: tuple[Slot, ...]
    variants: int
    cancel: Cancel
    webhook: Webhook
    client_chosen_id: bool
    remix: bool
    result_ttl: int | None
    query_window_days: int | None
    pricing: Pricing | None

    @property
    def name(self) -> str:
        """The row's key in words."""
        return f"{self.provider}/{self.route}/{self.model}/{self.mode}"

    def launchable(self, at: dt.date) -> bool:
        """Whether new work may be sent on the day ``at``."""
        if self.lifecycle is Lifecycle.IMPORT_ONLY or at < self.since:
            return False
        return self.retired_on is None or at < self.retired_on


@dataclass(frozen=True)
class ReferenceFacts:
    """What the rules need to know of a reference file."""

    kind: str
    role: str
    media_type: str
    size_bytes: int
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Params:
    """What a generation asks for."""

    prompt: str
    seconds: int
    width: int
    height: int
    seed: int | None = None
    references: tuple[ReferenceFacts, ...] = ()

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
