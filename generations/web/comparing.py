"""A model by a route, told in rows: what the catalogue knows of it, what it would cost, what others claim. Pure."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from generations import catalog
from generations.catalog import Audio, Cancel, Capability, Claim, Lifecycle, Money, Params, Webhook
from sorahub.lib.amounts import money_words

MODES = {
    "text_to_video": "from words",
    "image_to_video": "from a first frame",
    "reference_to_video": "from references",
    "remix": "remix",
    "edit": "edit",
    "extend": "extend",
}
KINDS = {"image": ("image", "images"), "video": ("video", "videos"), "audio": ("sound", "sounds")}
ROLES = {
    "first_frame": "first frame",
    "last_frame": "last frame",
    "reference": "reference",
    "base_video": "to be edited",
    "feature_video": "to be followed",
    "subject": "subject",
}
SOUND = {
    Audio.NONE: "no",
    Audio.OPTIONAL: "yes, can be left out",
    Audio.ALWAYS: "yes, always",
    Audio.ORIGINAL: "yes; or the reference video's own",
}
CANCEL = {Cancel.NONE: "no", Cancel.QUEUED: "while it waits in the queue", Cancel.ANY: "at any time"}
CALLBACK = {
    Webhook.NONE: "no: it is asked",
    Webhook.UNSIGNED: "yes, unsigned",
    Webhook.STANDARD: "yes, signed",
    Webhook.OPTIONAL: "yes, signed where a secret is set up",
    Webhook.ED25519: "yes, signed (ed25519)",
}
CLAIMED = (
    ("Lip-sync", "native audio, lip-sync"),
    ("Physics", "physics"),
    ("Multi-shot narrative", "multi-shot narrative"),
    ("Typical time", "generation time"),
    ("Cinematic fidelity", "cinematic fidelity"),
    ("Longest clip", "max duration"),
    ("Best at", "compared"),
)
UNKNOWN = "not known"
EXAMPLE_SECONDS = 10


@dataclass(frozen=True)
class Entry:
    """A model by one route, with its rows: one for each mode."""

    route: catalog.Route
    rows: tuple[Capability, ...]

    @property
    def key(self) -> str:
        """How addresses name it."""
        return f"{self.route.name}:{self.model}"

    @property
    def model(self) -> str:
        """Our name for the model."""
        return self.rows[0].model

    @property
    def plain(self) -> Capability:
        """The row for words alone, or else the first."""
        return next((row for row in self.rows if row.mode == "text_to_video"), self.rows[0])

    @property
    def title(self) -> str:
        """The model's name for people."""
        return self.plain.title

    def launchable(self, at: dt.date) -> bool:
        """Whether new work may be sent to any of its modes."""
        return any(row.launchable(at) for row in self.rows)


@dataclass(frozen=True)
class Cell:
    """One model's answer; a claim's ``source`` is shown beside it."""

    text: str
    source: str = ""


@dataclass(frozen=True)
class Line:
    """One row of the comparison."""

    label: str
    cells: tuple[Cell, ...]
    claimed: bool = False
    differs: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "differs", len({cell.text for cell in self.cells}) > 1)


def entries() -> list[Entry]:
    """Return every model by every route that offers it, import-only and retired ones included."""
    found: dict[tuple[str, str], list[Capability]] = {}
    for row in catalog.rows():
        found.setdefault((row.route, row.model), []).append(row)
    return [Entry(catalog.route(route), tuple(rows)) for (route, _), rows in found.items()]


def lines(chosen: Sequence[Entry], at: dt.date) -> list[Line]:
    """Return the comparison: what the catalogue knows, then what is claimed."""
    facts = [Line(label, tuple(Cell(tell(entry)) for entry in chosen)) for label, tell in _facts(at)]
    told = catalog.claims()
    claims = (
        Line(label, tuple(_claim(told, entry, topic) for entry in chosen), claimed=True) for label, topic in CLAIMED
    )
    return [*facts, *(line for line in claims if any(cell.source for cell in line.cells))]


def lifecycle(row: Capability, at: dt.date) -> tuple[str, str]:
    """Return the row's standing as a state word and a sentence with its dates."""
    if row.lifecycle is Lifecycle.IMPORT_ONLY:
        return "closed", "only for clips made elsewhere"
    if row.retired_on and at >= row.retired_on:
        return "expired", f"shut down on {row.retired_on}"
    if not row.wire_model:
        return "unknown", "its name there must come from your own catalogue"
    if at < row.since:
        return "waiting", f"from {row.since} on"
    if row.retired_on:
        return "stale", f"will be shut down on {row.retired_on}"
    return ("stale", "deprecated") if row.lifecycle is Lifecycle.DEPRECATED else ("ready", "can be used")


def example(row: Capability, resolution: str, *, seconds: int = EXAMPLE_SECONDS) -> str:
    """Return what about ten seconds cost, with and without sound where that differs; "" where the row cannot make it."""
    shape = next((each for each in row.shapes if each.resolution == resolution), None)
    if shape is None:
        return ""
    length = min(row.seconds, key=lambda each: (abs(each - seconds), each), default=seconds)
    prices = {sound: _price(row, shape.size, length, sound) for sound in row.audio.choices if sound != "original"}
    amounts = {sound: money_words(price.micro, price.currency) for sound, price in prices.items() if price}
    if not amounts:
        return "no price known"
    words = {"on": "with sound", "off": "silent"}
    if len(set(amounts.values())) == 1:
        told = next(iter(amounts.values()))
    else:
        told = ", ".join(f"{amount} {words[sound]}" for sound, amount in amounts.items())
    return told if length == seconds else f"{told} ({length} s)"


def _facts(at: dt.date) -> list[tuple[str, Callable[[Entry], str]]]:
    return [
        ("Route", lambda entry: entry.route.title),
        ("Lifecycle", lambda entry: lifecycle(entry.plain, at)[1]),
        ("Modes", lambda entry: _list(MODES.get(row.mode, row.mode) for row in entry.rows)),
        ("Resolution", _resolutions),
        ("Duration", _durations),
        ("Frames per second", lambda entry: _list(_rate(row.fps) for row in entry.rows)),
        ("Ratios", lambda entry: _list(shape.ratio for row in entry.rows for shape in row.shapes)),
        ("Sound", lambda entry: _list(SOUND[row.audio] for row in entry.rows)),
        ("Multi-shot", _multi_shot),
        ("References", _references),
        ("Characters", lambda entry: str(max(row.characters for row in entry.rows) or "none")),
        ("Seed", lambda entry: "yes" if any(row.seed for row in entry.rows) else "no"),
        ("Longest prompt", lambda entry: f"{entry.plain.prompt_limit:,} characters"),
        ("10 s of 720p", lambda entry: example(entry.plain, "720p") or "not offered"),
        ("10 s of 1080p", lambda entry: example(entry.plain, "1080p") or "not offered"),
        ("Cancel", lambda entry: CANCEL[entry.plain.cancel]),
        ("Calls back", lambda entry: CALLBACK[entry.plain.webhook]),
        ("Keeps results", lambda entry: _span(entry.plain.result_ttl)),
        ("At once per account", lambda entry: str(entry.plain.concurrency or UNKNOWN)),
        ("Facts from", lambda entry: _list(f"{row.source}, {row.as_of}" for row in entry.rows)),
    ]


def _claim(told: Iterable[Claim], entry: Entry, topic: str) -> Cell:
    for claim in told:
        if (claim.model, claim.topic) == (entry.model, topic):
            return Cell(claim.text, f"{claim.source}, {claim.as_of}")
    return Cell("no claim known")


def _price(row: Capability, size: catalog.Size, seconds: int, sound: str) -> Money | None:
    return catalog.estimate(row, Params("", seconds, size.width, size.height, audio=sound))


def _list(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words)) or UNKNOWN


def _resolutions(entry: Entry) -> str:
    shapes = sorted(
        {(min(shape.size.width, shape.size.height), shape.resolution) for row in entry.rows for shape in row.shapes}
    )
    return _list(resolution for _, resolution in shapes)


def _durations(entry: Entry) -> str:
    seconds = sorted({each for row in entry.rows for each in row.seconds})
    auto = "as the model likes" if any(row.auto_seconds for row in entry.rows) else ""
    if len(seconds) > 3 and seconds == [*range(seconds[0], seconds[-1] + 1)]:
        told = f"{seconds[0]} to {seconds[-1]} s"
    else:
        told = f"{', '.join(map(str, seconds))} s" if seconds else ""
    return ", or ".join(filter(None, (told, auto))) or UNKNOWN


def _rate(fps: tuple[int, int]) -> str:
    return f"{fps[0] / fps[1]:g}"


def _multi_shot(entry: Entry) -> str:
    most = max((row.multi_shot.at_most for row in entry.rows if row.multi_shot), default=0)
    return f"up to {most} shots" if most else "no"


def _references(entry: Entry) -> str:
    told = []
    for row in entry.rows:
        slots = [_slot(slot) for slot in row.slots if slot.at_most]
        total = f"; {row.max_references} in all" if row.max_references else ""
        if slots:
            told.append(f"{', '.join(slots)}{total}")
    return "; or ".join(dict.fromkeys(told)) or "none"


def _slot(slot: catalog.Slot) -> str:
    one, many = KINDS.get(slot.kind, (slot.kind, slot.kind))
    role = ROLES.get(slot.role, slot.role.replace("_", " "))
    if slot.role in {"first_frame", "last_frame"}:
        return role
    return f"{slot.at_most} {one if slot.at_most == 1 else many} ({role})"


def _span(seconds: int | None) -> str:
    if seconds is None:
        return UNKNOWN
    hours = seconds // 3600
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours" if hours > 1 else f"{seconds // 60} minutes"
