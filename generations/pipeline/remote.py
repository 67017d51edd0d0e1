"""From our rows to the providers' plain values: the adapter of an account, and the request of a generation."""

import logging
from pathlib import Path
from typing import Any

from django.conf import settings

from generations import catalog, providers
from generations.models import ErrorClass, Generation, GenerationReference, ProviderAccount
from generations.pipeline import doors
from generations.providers.base import (
    AccountFacts,
    Adapter,
    CreateRequest,
    ProviderError,
    ReferenceFile,
    ShotPart,
)
from sorahub.lib import storage
from sorahub.lib.errors import NotFound

ASK_SECONDS, CREATE_SECONDS = 60.0, 90.0
DOWNLOAD_PACE = (256 * 1024, 30.0)
"""A file of which fewer bytes come in so many seconds is given up for now: nobody's host holds a worker by dripping."""
log = logging.getLogger(__name__)


def adapter_for(account: ProviderAccount, row: catalog.Capability | None = None) -> Adapter:
    """Return the adapter for an account, speaking as the catalogue's row says where one is given.

    Raises InvalidInput for an unknown dialect, Unavailable for an unreadable key.
    """
    return providers.adapter(
        AccountFacts(
            dialect=account.dialect,
            base_url=account.base_url,
            api_key=account.api_key,
            webhook_secrets=account.webhook_secrets,
            allowed_networks=tuple(settings.HTTP_ALLOWED_PRIVATE_NETWORKS),
            allow_http=settings.HTTP_ALLOW_PLAIN,
            result_hosts=_result_hosts(account.route),
            result_ports=settings.HTTP_RESULT_PORTS,
            ask_timeout=ASK_SECONDS,
            create_timeout=CREATE_SECONDS,
            download_pace=DOWNLOAD_PACE,
            max_download_bytes=settings.UPLOAD_MAX_BYTES,
            region=account.region,
            options=dict(row.options) if row else {},
        )
    )


def shut_routes() -> frozenset[str]:
    """Return the routes that nothing can be sent by yet: each wire they speak is declared in part only."""
    return frozenset(
        each.name for each in catalog.routes() if each.dialects and all(map(providers.unusable, each.dialects))
    )


def capability_of(generation: Generation) -> catalog.Capability | None:
    """Return the catalogue's row as it stood when the generation was booked; what it is sent, cancelled and billed by.

    Today's row where none was kept (it is older than that) or what was kept cannot be read; None where there is neither.
    """
    record = generation.capability_record
    if record is not None:
        try:
            return catalog.restored(record.body, record.digest)
        except catalog.CatalogueError:
            log.exception("generation %s: its kept row cannot be read; today's is used", generation.pk)
    return offered(generation)


def offered(generation: Generation) -> catalog.Capability | None:
    """Return today's row, which says whether this may still be ordered; None when the catalogue no longer has it."""
    try:
        return catalog.capability(generation.account.route, generation.model, generation.mode)
    except NotFound:
        return None


def asked_of(generation: Generation) -> catalog.Params:
    """Return what was asked, as the catalogue's rules and prices want it; references by kind and role only."""
    params = generation.params
    width, _, height = str(params["size"]).partition("x")
    given = generation.given.select_related("reference")
    return catalog.Params(
        prompt=generation.prompt.text,
        seconds=int(params["seconds"]),
        width=int(width),
        height=int(height),
        seed=params.get("seed"),
        negative=params.get("negative", ""),
        audio=params.get("audio", ""),
        shots=tuple(catalog.ShotAsk(each["prompt"], each["seconds"]) for each in params.get("shots", ())),
        references=tuple(_facts(each) for each in given),
        characters=tuple(params.get("characters", ())),
    )


def request_for(generation: Generation) -> CreateRequest:
    """Return what is asked of the provider, reference files included. Raises NotFound for what the catalogue lacks."""
    row = capability_of(generation)
    if row is None:
        raise NotFound(f"The catalogue has no {generation.model} for {generation.mode} any more.")
    asked = asked_of(generation)
    shape = row.shape(asked.size)
    source = generation.source
    return CreateRequest(
        model=row.wire_model,
        prompt=asked.prompt,
        seconds=asked.seconds,
        width=asked.width,
        height=asked.height,
        mode=generation.mode,
        negative=asked.negative,
        ratio=shape.ratio if shape and not row.ratio_follows else "",
        resolution=shape.resolution if shape else "",
        seed=generation.drawn_seed if asked.seed is None else asked.seed,
        audio=_sound(row, asked),
        shots=tuple(ShotPart(each.prompt, each.seconds) for each in asked.shots),
        references=_files(generation, row),
        characters=asked.characters,
        source_remote_id=(source.remote_id or "") if source else "",
        client_id=str(generation.pk),
        callback_url="" if row.webhook is catalog.Webhook.NONE else doors.callback_url(generation),
        expires_after=row.expires_after,
        options=dict(row.options),
    )


def error_class_of(error: ProviderError) -> ErrorClass:
    """Return the provider error's class as the model's."""
    return ErrorClass(error.error_class.value)


def words_of(error: ProviderError) -> str:
    """Return what is kept for people: our hint, and the provider's own words behind it."""
    return f"{error.message} ({error.detail})" if error.detail else error.message


def facts_of(error: ProviderError) -> dict[str, Any]:
    """Return what a timeline keeps of an error: its class, the HTTP status, the provider's code and request id."""
    return {
        "error_class": error.error_class.value,
        "status": error.http_status,
        "code": error.code,
        "request_id": error.request_id or None,
    }


def _result_hosts(route: str) -> tuple[str, ...]:
    try:
        return catalog.route(route).result_hosts
    except NotFound:
        return ()


def _sound(row: catalog.Capability, asked: catalog.Params) -> str:
    """What the price was reckoned with is what is asked for; nothing where there is no choice."""
    return catalog.sound(row, asked) if len(row.audio.choices) > 1 else ""


def _facts(given: GenerationReference) -> catalog.ReferenceFacts:
    reference = given.reference
    return catalog.ReferenceFacts(reference.kind, given.role, reference.media_type, reference.size)


def _files(generation: Generation, row: catalog.Capability) -> tuple[ReferenceFile, ...]:
    by_address = {(slot.kind, slot.role) for slot in row.slots if slot.by_address}
    given = generation.given.select_related("reference")
    return tuple(
        _by_address(each, generation.account) if (each.reference.kind, each.role) in by_address else _by_bytes(each)
        for each in given
    )


def _by_address(given: GenerationReference, account: ProviderAccount) -> ReferenceFile:
    """The provider fetches it here: its bytes, which may be hundreds of megabytes, are not read."""
    row = given.reference
    return ReferenceFile(_name(given), row.media_type, b"", row.kind, given.role, doors.given_url(given, account))


def _by_bytes(given: GenerationReference) -> ReferenceFile:
    row = given.reference
    with storage.open_original(row.storage_key, Path(settings.MEDIA_ROOT)) as file:
        content = file.read()
    return ReferenceFile(_name(given), row.media_type, content, row.kind, given.role)


def _name(given: GenerationReference) -> str:
    return given.reference.original_name or given.reference.sha256[:12]
