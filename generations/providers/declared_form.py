"""The form of a file that declares a provider: what it may say, checked when it is read. Nothing is guessed.

Pointers are RFC 6901; paths lie below the account's base address and may hold ``{id}``, ``{model}``,
``{app}`` (the first two segments of the model's name) and ``{task}``.
"""

import datetime as dt
import re
from typing import Annotated, Any, Literal

from jsonpointer import JsonPointer, JsonPointerException
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from generations.providers.base import CancelOutcome, ErrorClass, RemoteState
from sorahub.lib.addresses import is_host_name

PLACES = re.compile(r"\{([^{}]*)\}")
KNOWN_PLACES = {"id", "model", "app", "task"}
WORDS = (
    "model", "prompt", "negative", "seconds", "width", "height", "size", "ratio", "resolution", "seed", "audio",
    "sound", "client_id", "callback_url", "expires_after", "references", "shots", "source_remote_id",
)  # fmt: skip


def _pointer(text: str) -> str:
    try:
        JsonPointer(text)
    except JsonPointerException as error:
        raise ValueError(f"{text!r} is no JSON pointer: {error}") from error
    if not text.startswith("/"):
        raise ValueError(f"{text!r} must begin with a slash")
    return text


def _path(text: str) -> str:
    """A path below the base address: it leads to no other host and out of no folder."""
    if "://" in text or text.startswith("/") or "\\" in text or ".." in text.split("/"):
        raise ValueError(f"{text!r} must be a path below the base address, such as v1/jobs/{{id}}")
    if unknown := set(PLACES.findall(text)) - KNOWN_PLACES:
        raise ValueError(f"{text!r} holds unknown places: {', '.join(sorted(unknown))}")
    return text


def _word(text: str) -> str:
    if text not in WORDS and not text.startswith("option:"):
        raise ValueError(f"{text!r} is none of: {', '.join(WORDS)}, option:NAME")
    return text


def _host(text: str) -> str:
    if not is_host_name(text):
        raise ValueError(f"{text!r} must be a host such as files.example.com, and nothing else")
    return text


def _state(text: str) -> str:
    return RemoteState(text).value


def _class(text: str) -> str:
    return ErrorClass(text).value


def _outcome(text: str) -> str:
    return CancelOutcome(text).value


Pointer = Annotated[str, AfterValidator(_pointer)]
Path = Annotated[str, AfterValidator(_path)]
OurWord = Annotated[str, AfterValidator(_word)]
State = Annotated[str, AfterValidator(_state)]
Class = Annotated[str, AfterValidator(_class)]
Outcome = Annotated[str, AfterValidator(_outcome)]
Host = Annotated[str, AfterValidator(_host)]
Status = Annotated[str, Field(pattern=r"^[1-5]\d\d$")]


class Part(BaseModel):
    """A table of the file: exactly the fields that are named here."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Auth(Part):
    """How a request shows the key. jwt_hs256: the key is "access:secret" and signs a token for half an hour."""

    kind: Literal["key", "jwt_hs256"] = "key"
    header: str = "Authorization"
    prefix: str = "Bearer "


class BodyField(Part):
    """One field of the order: our value or a constant, at a pointer.

    ``modes`` limits it to some modes. A value that is not there (no seed, no callback) leaves the field out, unless
    ``required``. ``mapping`` turns our words into theirs. References: those with ``role`` (or of ``kind``), encoded as
    ``encode`` says, the first or, with ``many``, all; each may be wrapped as ``item`` pointer within ``around``.
    """

    to: Pointer
    take: OurWord | None = None
    value: Any = None
    modes: tuple[str, ...] = ()
    mapping: dict[str, Any] | None = None
    form: Literal["as_is", "text", "number"] = "as_is"
    required: bool = False
    role: str = ""
    kind: str = ""
    encode: Literal["data_url", "base64", "address"] = "data_url"
    many: bool = False
    item: Pointer | None = None
    around: dict[str, Any] = {}

    @model_validator(mode="after")
    def _one_source(self) -> "BodyField":
        if (self.take is None) == (self.value is None):
            raise ValueError(f"{self.to}: give either take or value")
        return self


class Create(Part):
    """The one call that costs money. ``id_holds_model``, ``id_holds_task``: later paths name them too, so they are kept
    with the task's id.
    """

    path: Path
    tasks: dict[str, str] = {}
    query: dict[str, str] = {}
    callback_query: str = ""
    id: tuple[Pointer, ...]
    id_holds_model: bool = False
    id_holds_task: bool = False
    state: tuple[Pointer, ...] = ()
    field: tuple[BodyField, ...]


class Actual(Part):
    """Where the answer tells what was really used. Units: thousandths = number × ``units_milli``; money likewise."""

    model: tuple[Pointer, ...] = ()
    seconds: tuple[Pointer, ...] = ()
    size: tuple[Pointer, ...] = ()
    ratio: tuple[Pointer, ...] = ()
    resolution: tuple[Pointer, ...] = ()
    seed: tuple[Pointer, ...] = ()
    tokens: tuple[Pointer, ...] = ()
    units: tuple[Pointer, ...] = ()
    units_milli: int = 1000
    cost: tuple[Pointer, ...] = ()
    cost_micro: int = 1_000_000
    currency: str = ""


class Poll(Part):
    """How a task is asked for and read; without ``path`` only its words are known.

    ``failed_if``: pointers to an error that may hide inside a success; ``filtered_if``: pointers to a number of results
    that moderation took away.
    """

    path: Path = ""
    state: tuple[Pointer, ...] = ()
    states: dict[str, State]
    no_state: State | None = None
    progress: tuple[Pointer, ...] = ()
    progress_of: int = 100
    error_code: tuple[Pointer, ...] = ()
    error_text: tuple[Pointer, ...] = ()
    failed_if: tuple[Pointer, ...] = ()
    filtered_if: tuple[Pointer, ...] = ()
    url: tuple[Pointer, ...] = ()
    expires_at: tuple[Pointer, ...] = ()
    created_at: tuple[Pointer, ...] = ()
    lost: tuple[Status, ...] = ("404",)
    actual: Actual = Actual()


class Result(Part):
    """A second request that tells where the finished file lies."""

    path: Path
    url: tuple[Pointer, ...]


class Download(Part):
    """How the file is fetched: with the key (only from the base address's own origin), and from which hosts."""

    with_key: bool = False
    hosts: tuple[Host, ...] = ()


class Cancel(Part):
    """How a task is stopped, and what each HTTP status of the answer means."""

    method: Literal["POST", "PUT", "DELETE"]
    path: Path
    outcomes: dict[Status, Outcome]


class Find(Part):
    """How a task is found by our own id, for a create without an answer."""

    path: Path
    query: str
    items: Pointer
    id: tuple[Pointer, ...]
    client_id: tuple[Pointer, ...]


class Pattern(Part):
    """A class of error for every code or text that contains these letters, whatever their case."""

    contains: str
    error: Class


class Errors(Part):
    """What errors mean: by code first, then by pattern, then by HTTP status. ``not_created``: codes that exclude that a
    job was made, whatever the status.
    """

    code: tuple[Pointer, ...] = ()
    text: tuple[Pointer, ...] = ()
    codes: dict[str, Class] = {}
    patterns: tuple[Pattern, ...] = ()
    statuses: dict[Status, Class] = {}
    not_created: tuple[str, ...] = ()


class Webhook(Part):
    """How the provider calls back, and where the call names the task."""

    kind: Literal["none", "unsigned", "standard_webhooks"] = "none"
    id: tuple[Pointer, ...] = ()


class Check(Part):
    """A free question that shows whether the key is accepted."""

    path: Path


class Declared(Part):
    """A provider as a file says it. With anything in ``unknown`` it is incomplete and cannot be used."""

    title: str
    source: str
    as_of: dt.date
    note: str = ""
    unknown: tuple[str, ...] = ()
    headers: dict[str, str] = {}
    auth: Auth = Auth()
    create: Create | None = None
    poll: Poll | None = None
    result: Result | None = None
    download: Download = Download()
    cancel: Cancel | None = None
    find: Find | None = None
    errors: Errors = Errors()
    webhook: Webhook = Webhook()
    check: Check | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Declared":
        missing = [name for name in ("create", "poll") if getattr(self, name) is None]
        if missing and not self.unknown:
            raise ValueError(f"{' and '.join(missing)} is missing: declare it, or say under unknown what is not known")
        if not self.unknown and self.poll and not (self.poll.path and (self.poll.state or self.poll.no_state)):
            raise ValueError("poll needs its path, and where the answer names the state")
        if not self.unknown and self.poll and not (self.poll.url or self.result):
            raise ValueError("neither poll.url nor result says where the finished file lies")
        return self
