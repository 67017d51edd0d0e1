"""Models told in rows, side by side: what the catalogue knows of them, what they would cost, what others claim. Pure."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from generations import catalog
from generations.catalog import Audio, Cancel, Capability, Claim, Money, Params, Webhook, roles
from generations.web.offering import Entry, lifecycle
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
OWN_WORDS = {"base_video": "to be edited", "feature_video": "to be followed"}
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
    ("Highest resolution", "max resolution"),
    ("Longest clip", "max duration"),
    ("Rate and ratios", "frame rate, ratios"),
    ("Lip-sync", "native audio, lip-sync"),
    ("Physics", "physics"),
    ("Multi-shot narrative", "multi-shot narrative"),
    ("Typical time", "generation time"),
    ("Cinematic fidelity", "cinematic fidelity"),
    ("Best at", "compared"),
)
UNKNOWN = "not known"
ORIGIN = "Facts from"
MEASURED = "Time measured here"
CENT = 10_000
EXAMPLE_SECONDS = 10


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
        object.__setattr__(self, "differs", self.label != ORIGIN and len({cell.text for cell in self.cells}) > 1)


@dataclass(frozen=True)
class Measured:
    """How long a model took here: finished clips, and seconds from sending to the end on average (None: no clip)."""

    clips: int
    seconds: int | None

    @property
    def words(self) -> str:
        """It in words."""
        if self.seconds is None:
            return "no clip of it here yet"
        return f"{_minutes(self.seconds)} on average, {self.clips} clip{'s' if self.clips != 1 else ''}"


def lines(chosen: Sequence[Entry], at: dt.date, measured: Sequence[Measured] = ()) -> list[Line]:
    """Return the comparison: what the catalogue knows and, where given, what was measured of each; then what is claimed."""
    facts = [Line(label, tuple(Cell(tell(entry)) for entry in chosen)) for label, tell in _facts(at)]
    if measured:
        facts.insert(-1, Line(MEASURED, tuple(Cell(each.words) for each in measured)))
    told = catalog.claims()
    claims = (
        Line(label, tuple(_claim(told, entry, topic) for entry in chosen), claimed=True) for label, topic in CLAIMED
    )
    return [*facts, *(line for line in claims if any(cell.source for cell in line.cells))]


def example(row: Capability, resolution: str, *, seconds: int = EXAMPLE_SECONDS) -> tuple[str, int] | None:
    """Return what a clip of this length costs, with and without sound where that differs, and how long it is: the nearest
    length that the row offers. None where it does not make this resolution.
    """
    shape = next((each for each in row.shapes if each.resolution == resolution), None)
    if shape is None:
        return None
    length = min(row.seconds, key=lambda each: (abs(each - seconds), each), default=seconds)
    prices = {sound: _price(row, shape.size, length, sound) for sound in row.audio.choices if sound != "original"}
    amounts = {sound: _about(price) for sound, price in prices.items() if price}
    if len(set(amounts.values())) <= 1:
        return next(iter(amounts.values()), "no price known"), length
    words = {"on": "with sound", "off": "silent"}
    return ", ".join(f"{amount} {words[sound]}" for sound, amount in amounts.items()), length


def in_short(entry: Entry) -> str:
    """Return what matters most when one looks for a model: resolution, duration, what ten seconds cost."""
    found = example(entry.plain, "720p")
    price = f"{found[1]} s of 720p: {found[0]}" if found else ""
    parts = (_resolutions(entry), _durations(entry), price)
    return " · ".join(part for part in parts if part and part != UNKNOWN)


def _facts(at: dt.date) -> list[tuple[str, Callable[[Entry], str]]]:
    return [
        ("Route", lambda entry: entry.route.title),
        ("Lifecycle", lambda entry: lifecycle(entry.plain, at)[1]),
        ("Modes", _modes),
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
        ("10 s of 720p", lambda entry: _cost(entry, "720p")),
        ("10 s of 1080p", lambda entry: _cost(entry, "1080p")),
        ("Cancel", lambda entry: CANCEL[entry.plain.cancel]),
        ("Calls back", lambda entry: CALLBACK[entry.plain.webhook]),
        ("Keeps results", lambda entry: _span(entry.plain.result_ttl)),
        ("At once per account", lambda entry: str(entry.plain.concurrency or UNKNOWN)),
        (ORIGIN, lambda entry: _list(f"{row.source}, {row.as_of}" for row in entry.rows)),
    ]


def _claim(told: Iterable[Claim], entry: Entry, topic: str) -> Cell:
    for claim in told:
        if (claim.model, claim.topic) == (entry.model, topic):
            return Cell(claim.text, f"{claim.source}, {claim.as_of}")
    return Cell("no claim known")


def _cost(entry: Entry, resolution: str) -> str:
    found = example(entry.plain, resolution)
    if found is None:
        return "not offered"
    told, length = found
    return told if length == EXAMPLE_SECONDS else f"{told} for {length} s"


def _about(price: Money) -> str:
    """An amount to the cent, half up: enough to compare by."""
    return money_words((price.micro + CENT // 2) // CENT * CENT or price.micro, price.currency)


def _price(row: Capability, size: catalog.Size, seconds: int, sound: str) -> Money | None:
    return catalog.estimate(row, Params("", seconds, size.width, size.height, audio=sound))


def _list(words: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(words)) or UNKNOWN


def _modes(entry: Entry) -> str:
    offered = {row.mode for row in entry.rows}
    return _list([words for mode, words in MODES.items() if mode in offered] + sorted(offered - MODES.keys()))


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
    role = OWN_WORDS.get(slot.role) or roles.in_words(slot.kind, slot.role) or slot.role.replace("_", " ")
    if slot.role in {"first_frame", "last_frame"}:
        return role
    return f"{slot.at_most} {one if slot.at_most == 1 else many} ({role})"


def _minutes(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{round(seconds / 60)} minutes"


def _span(seconds: int | None) -> str:
    if seconds is None:
        return UNKNOWN
    hours = seconds // 3600
    return f"{hours // 24} days" if hours >= 48 else f"{hours} hours" if hours > 1 else f"{seconds // 60} minutes"
