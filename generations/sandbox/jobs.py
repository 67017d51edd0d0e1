"""What is asked of the service and what it knows about it, whatever the dialect: an Order becomes a Job."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

Status = Literal["queued", "in_progress", "pondering", "completed", "failed", "cancelled", "expired"]
Kind = Literal["create", "remix", "edit", "extension"]
Json = dict[str, object]
ENDS: tuple[Status, ...] = ("completed", "failed", "cancelled", "expired")
ASSET_SECONDS = 3600
FRAME_RATE = 24


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """What orders and jobs have in common. Sizes are pixels, even; ``seconds`` is the length of the finished clip.

    ``client_id`` is chosen by the caller and unique in its dialect; ``callback_url`` hears about every change of state;
    ``expires_after`` ends a job that is unfinished so many seconds after it came (0: never); ``asset_seconds`` is how long
    the files stay; ``source`` is the job that this one was made from; ``lead_seconds`` of an earlier clip open this one;
    ``insets`` are picture files shown small; ``facts`` is what a dialect wants to echo.
    """

    prompt: str
    model: str
    seconds: int
    width: int
    height: int
    seed: int
    dialect: str = "openai"
    kind: Kind = "create"
    source: str | None = None
    lead_seconds: int = 0
    insets: tuple[str, ...] = ()
    audio: bool = True
    client_id: str = ""
    callback_url: str = ""
    expires_after: int = 0
    asset_seconds: int = ASSET_SECONDS
    facts: Json = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Order(_Wish):
    """A valid request for a video.

    ``reference`` holds the bytes of the image that the first frame shows, ``lead`` the MP4 (bytes or place) that opens it.
    """

    reference: bytes | None = None
    lead: bytes | Path | None = None

    def wish(self) -> Json:
        """Return what a job keeps of the order."""
        return {each.name: getattr(self, each.name) for each in fields(_Wish)}


@dataclass(frozen=True, kw_only=True)
class Job(_Wish):
    """One video job. Times are Unix milliseconds, and seconds in the properties named ``…_at``.

    ``told`` says that its event was delivered to the subscriber, ``told_states`` which states its callback has heard,
    ``spent`` which of the faults that happen once have happened.
    """

    id: str
    created_ms: int
    changed_ms: int
    status: Status = "queued"
    progress: int = 0
    completed_ms: int | None = None
    error_code: str | None = None
    error_message: str | None = None
    with_reference: bool = False
    told: bool = False
    told_states: tuple[str, ...] = ()
    spent: tuple[str, ...] = ()

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to this job."""
        return self.status in ENDS

    @property
    def created_at(self) -> int:
        """When the job was accepted."""
        return self.created_ms // 1000

    @property
    def completed_at(self) -> int | None:
        """When the job ended, whichever way."""
        return None if self.completed_ms is None else self.completed_ms // 1000

    @property
    def expires_at(self) -> int | None:
        """When the files can no longer be downloaded."""
        if self.completed_at is None or self.status != "completed":
            return None
        return self.completed_at + self.asset_seconds

    def stored(self) -> Json:
        """Return the job as JSON values."""
        return asdict(self)


def revived(values: Json) -> Job:
    """Return a job from what ``stored`` gave, in this version or the first one."""
    known = {each.name for each in fields(Job)}
    kept = _since_first_version(values) | {name: value for name, value in values.items() if name in known}
    for name in ("insets", "told_states", "spent"):
        kept[name] = tuple(_texts(kept.get(name)))
    return Job(**kept)  # type: ignore[arg-type]


def _since_first_version(values: Json) -> Json:
    """What the first version stored under other names: whole seconds, and remixes only."""
    if "created_at" not in values:
        return {}
    created = _milliseconds(values["created_at"]) or 0
    completed = _milliseconds(values.get("completed_at"))
    source = values.get("remixed_from")
    return {
        "created_ms": created,
        "changed_ms": completed or created,
        "completed_ms": completed,
        "source": source,
        "kind": "remix" if source else "create",
    }


def _milliseconds(seconds: object) -> int | None:
    return seconds * 1000 if isinstance(seconds, int) else None


def _texts(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []
