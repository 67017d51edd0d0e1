"""What a (provider, route, model, mode) can do: the shape of the catalogue's rows, of routes and of claims."""

import datetime as dt
from dataclasses import dataclass, field

from generations.catalog.parts import (
    Audio,
    Cancel,
    Extend,
    Lifecycle,
    MultiShot,
    Pricing,
    PromptUnit,
    Rule,
    Shape,
    Size,
    Slot,
    SourceUse,
    Webhook,
)


@dataclass(frozen=True)
class Capability:
    """One row. ``version`` and ``digest`` are stored with each generation; times are seconds, dates are the provider's
    (UTC).

    ``wire_model`` is the provider's own name for the model on this route; "" where it is not known and the operator's
    own catalogue must name it. ``ratio_follows``: the picture's ratio is that
    of the first frame, whatever was asked. ``source`` and ``as_of`` say where the row's facts come from.
    ``max_references`` limits all kinds together (None: no such limit). ``concurrency`` and ``requests_per_minute`` are
    the provider's limits for an account and this model. ``body_limit`` in bytes is for a whole request, files written
    in base64 included. ``prompt_limit`` counts ``prompt_unit``; for tokens, which only the provider can count, it refuses nothing.
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
    prompt_unit: PromptUnit = PromptUnit.CHARACTERS
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
class Route:
    """A way to models: which dialects speak it, at which addresses, and what is not known about it.

    ``dialects``: what an account of this route may speak, the usual one first ("declared:NAME" for a declared provider).
    ``addresses``: base address by region ("" where there is one); empty where the customer must enter it.
    ``result_hosts``: where finished files may come from besides the base address; empty: any public host.
    ``resells``: models of other makers are used by way of it, so that their terms govern too.
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
    resells: bool = False


@dataclass(frozen=True)
class Claim:
    """What somebody claims about a model: shown with its source and date, never used by a rule."""

    model: str
    topic: str
    text: str
    source: str
    as_of: dt.date
