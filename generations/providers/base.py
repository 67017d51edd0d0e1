"""The contract every provider adapter keeps, in our own words; a vendor's words stay inside its module."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from sorahub.lib.errors import DomainError, Forbidden
from sorahub.lib.http import Stream


class ErrorClass(StrEnum):
    """What kind of trouble it was, whoever the provider is."""

    AUTH = "auth"
    ACCOUNT = "account"
    INVALID_REQUEST = "invalid_request"
    MODERATION_INPUT = "moderation_input"
    MODERATION_OUTPUT = "moderation_output"
    RATE_LIMITED = "rate_limited"
    CONCURRENCY_LIMITED = "concurrency_limited"
    PROVIDER_TRANSIENT = "provider_transient"
    PROVIDER_PERMANENT = "provider_permanent"
    EXPIRED_ASSET = "expired_asset"
    AMBIGUOUS_SUBMIT = "ambiguous_submit"
    INTEGRITY = "integrity"


HINTS = {
    ErrorClass.AUTH: "The provider refused the account's key. Ask an administrator to test the account.",
    ErrorClass.ACCOUNT: "The provider account has no credit or is not activated for this model.",
    ErrorClass.INVALID_REQUEST: "The provider did not accept the request. Change its parameters.",
    ErrorClass.MODERATION_INPUT: "The provider's rules refuse this prompt or reference. Reword it.",
    ErrorClass.MODERATION_OUTPUT: "The provider rejected the finished clip. You may try once more.",
    ErrorClass.RATE_LIMITED: "The provider asks us to wait.",
    ErrorClass.CONCURRENCY_LIMITED: "The account's places at the provider are all taken; it will be tried again.",
    ErrorClass.PROVIDER_TRANSIENT: "The provider is not available at the moment.",
    ErrorClass.PROVIDER_PERMANENT: "The provider does not offer this any more. Choose another model or account.",
    ErrorClass.EXPIRED_ASSET: "The provider has deleted the clip before it could be fetched.",
    ErrorClass.AMBIGUOUS_SUBMIT: "It is not known whether the provider took the order; it is being looked up.",
    ErrorClass.INTEGRITY: "The provider answered with something that is not what was asked for.",
}
RESUBMITTABLE = frozenset({ErrorClass.RATE_LIMITED, ErrorClass.CONCURRENCY_LIMITED, ErrorClass.PROVIDER_TRANSIENT})
REPOLLABLE = RESUBMITTABLE | {ErrorClass.AMBIGUOUS_SUBMIT}


class ProviderError(DomainError):
    """A provider did not do what was asked.

    ``message`` is our hint for people; ``detail`` is the provider's own text, for support, untrusted and cut
    short. ``safe_to_resubmit``: sending the same create again cannot make two jobs. ``charged`` is None when
    not known. ``http_status`` is of the provider's answer, where one came. ``retry_after`` in seconds. ``retryable``
    says that polling or fetching again may help.
    """

    status = 502

    def __init__(
        self,
        error_class: ErrorClass,
        code: str,
        *,
        detail: str = "",
        request_id: str = "",
        http_status: int | None = None,
        retry_after: float | None = None,
        safe_to_resubmit: bool | None = None,
        charged: bool | None = None,
    ) -> None:
        super().__init__(HINTS[error_class], code=code)
        self.error_class = error_class
        self.detail = detail
        self.request_id = request_id
        self.http_status = http_status
        self.retry_after = retry_after
        self.safe_to_resubmit = error_class in RESUBMITTABLE if safe_to_resubmit is None else safe_to_resubmit
        self.charged = charged
        self.retryable = error_class in REPOLLABLE

    def __str__(self) -> str:
        return f"{self.error_class} {self.code}: {self.detail or self.message}"


class RemoteState(StrEnum):
    """A remote task's state in our words; they are the generation states of the same names."""

    QUEUED = "queued"
    RUNNING = "running"
    FETCHING = "fetching"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    LOST = "lost"


class Variant(StrEnum):
    """Which file of a finished task."""

    VIDEO = "video"
    THUMBNAIL = "thumbnail"
    SPRITESHEET = "spritesheet"


@dataclass(frozen=True)
class ReferenceFile:
    """An input file sent along. ``kind`` and ``role`` are the catalogue's; ``url`` is an address of our own
    where the provider may fetch the same bytes for a while, for wires that take no bytes (empty: none).
    """

    filename: str
    media_type: str
    content: bytes
    kind: str = "image"
    role: str = "first_frame"
    url: str = ""


@dataclass(frozen=True)
class ShotPart:
    """One shot of several in one request; whole seconds."""

    prompt: str
    seconds: int


@dataclass(frozen=True)
class CreateRequest:
    """What is asked for, in our words; an adapter sends what its wire has a field for.

    ``model`` is the provider's own name for it (the catalogue's ``wire_model``). ``seconds`` is 0 where the
    provider chooses. ``ratio`` ("16:9") and ``resolution`` ("720p") say the same as width and height.
    ``audio`` is "on", "off", "original" or "" (the model's default). ``source_remote_id`` is the remote task
    that a remix, edit or extension starts from. ``client_id`` is our own id, for providers that let the
    caller choose one. ``expires_after`` in seconds. ``options`` are further values that the catalogue declares.
    """

    model: str
    prompt: str
    seconds: int
    width: int
    height: int
    mode: str = "text_to_video"
    negative: str = ""
    ratio: str = ""
    resolution: str = ""
    seed: int | None = None
    audio: str = ""
    shots: tuple[ShotPart, ...] = ()
    references: tuple[ReferenceFile, ...] = ()
    characters: tuple[str, ...] = ()
    source_remote_id: str = ""
    client_id: str = ""
    callback_url: str = ""
    expires_after: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reference(self) -> ReferenceFile | None:
        """The first reference, for wires that take one."""
        return next(iter(self.references), None)


@dataclass(frozen=True)
class Created:
    """The provider took the order."""

    remote_id: str
    state: RemoteState
    raw_state: str
    request_id: str = ""


@dataclass(frozen=True)
class Actual:
    """What the provider says it made or will make; None where it says nothing.

    ``cost_micro`` in micro-units of ``currency``, only where the provider itself names money; ``tokens`` and
    ``units_milli`` (thousandths of a unit) are what it bills in otherwise: the catalogue's price turns them
    into money.
    """

    model: str | None = None
    seconds: int | None = None
    width: int | None = None
    height: int | None = None
    ratio: str | None = None
    resolution: str | None = None
    fps: int | None = None
    seed: int | None = None
    tokens: int | None = None
    units_milli: int | None = None
    cost_micro: int | None = None
    currency: str | None = None


@dataclass(frozen=True)
class RemoteTask:
    """How a task stands.

    ``alarm`` is set when the provider used a word that we do not know: keep polling, and tell somebody.
    ``progress`` in percent; ``poll_after`` in seconds; ``result_url`` is a hint only. ``prompt_matches`` is
    None when the provider does not repeat the prompt. ``answer_sha256`` is of the raw answer that ``get`` read.
    """

    remote_id: str
    state: RemoteState
    raw_state: str
    progress: int | None = None
    error: ProviderError | None = None
    result_url: str | None = None
    expires_at: dt.datetime | None = None
    created_at: dt.datetime | None = None
    actual: Actual = field(default_factory=Actual)
    poll_after: float | None = None
    alarm: str = ""
    prompt_matches: bool | None = None
    answer_sha256: str = ""


@dataclass(frozen=True)
class WebhookHint:
    """A call from the provider: a reason to look, never a truth. ``webhook_id`` is for deduplication;
    ``remote_id`` or ``client_id`` says whom it is about. ``signed``: the provider's signature was verified.
    """

    webhook_id: str
    kind: str
    remote_id: str
    sent_at: dt.datetime
    client_id: str = ""
    signed: bool = True


class CancelOutcome(StrEnum):
    """What came of asking a provider to stop; ``requested`` means that only a later look can tell."""

    CANCELLED = "cancelled"
    REQUESTED = "requested"
    TOO_LATE = "too_late"
    UNSUPPORTED = "unsupported"


class WebhookRefused(Forbidden):
    """A call whose signature, time or form is wrong."""

    code = "webhook-refused"


@dataclass(frozen=True)
class AccountCheck:
    """What a test of the account showed, in words for the person who pressed the button."""

    ok: bool
    code: str
    message: str


@dataclass(frozen=True)
class AccountFacts:
    """An account in plain values. ``webhook_secrets``: the one in use first, then one that is being
    replaced.

    ``allowed_networks``, ``allow_http`` and ``allowed_ports`` come from the operator's settings;
    ``result_hosts`` (empty: any) and ``result_ports`` say where finished files may be fetched from besides
    the base address. ``region`` is the account's, for providers whose keys belong to one: it is told where a key is refused.
    ``download_pace``: a file of which fewer bytes than the first come in the second's seconds is given up for now.
    ``options`` say how this server speaks its dialect; the dialect's module names them.
    """

    dialect: str
    base_url: str
    api_key: str
    webhook_secrets: tuple[str, ...] = ()
    allowed_networks: tuple[str, ...] = ()
    allow_http: bool = False
    result_hosts: tuple[str, ...] = ()
    result_ports: tuple[int, ...] = ()
    ask_timeout: float = 60.0
    create_timeout: float = 120.0
    download_timeout: float = 1800.0
    download_pace: tuple[int, float] = (256 * 1024, 30.0)
    max_download_bytes: int = 4 * 1024**3
    region: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


class Adapter(Protocol):
    """One account at one provider. Every method but ``verify_webhook`` talks to the network and raises
    ProviderError. ``batch_size``: how many ids ``aget_many`` takes at once; 1 where the wire has no such call.
    """

    batch_size: int

    def create(self, request: CreateRequest) -> Created:
        """Send one create, never twice. ``ambiguous_submit`` when it cannot be known whether it was taken."""
        ...

    def get(self, remote_id: str) -> RemoteTask:
        """Ask how a task stands; a task that the provider does not know is LOST, not an error."""
        ...

    async def aget(self, remote_id: str) -> RemoteTask:
        """``get`` for the tracker."""
        ...

    async def aget_many(self, remote_ids: Sequence[str]) -> dict[str, RemoteTask]:
        """Ask for several at once, at most ``batch_size``; one that the provider does not know is LOST."""
        ...

    def find(self, request: CreateRequest, since: dt.datetime) -> list[RemoteTask]:
        """Return tasks created since then that could be ``request``, newest first, for a create without an
        answer.
        """
        ...

    def download(self, remote_id: str, variant: Variant = Variant.VIDEO, *, result_url: str | None = None) -> Stream:
        """Open a finished file; iterate it inside ``with``. Iterating may raise http.IncompleteBody: fetch
        again.
        """
        ...

    def cancel(self, remote_id: str) -> CancelOutcome:
        """Ask the provider to stop a task. ``unsupported`` where the wire has no such call."""
        ...

    def own_id(self, remote_id: str, *, model: str, mode: str) -> str:
        """Return the id by which ``get`` asks for the task that the provider itself calls ``remote_id``; ``model`` is its name
        there.
        """
        ...

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes, *, trusted_path: bool = False) -> WebhookHint:
        """Verify a call's raw body before anything reads it. Raises WebhookRefused.

        ``trusted_path``: it came in at the unguessable address of one generation, which must do where the
        provider cannot sign. Where the account holds a webhook secret, an unsigned call is refused all the
        same.
        """
        ...

    def check(self) -> AccountCheck:
        """Test address and key without spending anything."""
        ...

    async def aclose(self) -> None:
        """Close what ``aget`` keeps open."""
        ...
