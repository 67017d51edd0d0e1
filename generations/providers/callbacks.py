"""Calls that a provider makes for one task at an address given with its order: signed where it can, otherwise trusted by path."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generations.providers.base import WebhookHint, WebhookRefused
from generations.providers.service import Service
from sorahub.lib.storable import storable


@dataclass(frozen=True)
class Call:
    """A call that may be read. ``webhook_id`` is the sender's where it signed, otherwise the body's SHA-256: the same
    body twice is the same call. ``signed_at`` is None for an unsigned one.
    """

    webhook_id: str
    signed_at: dt.datetime | None
    body: dict[str, Any]

    def hint(
        self, *, kind: str, remote_id: str, client_id: str = "", sent_at: dt.datetime | None = None
    ) -> WebhookHint:
        """Return the hint. Raises WebhookRefused when the call does not say whom it is about."""
        if not remote_id and not client_id:
            raise WebhookRefused("The call does not say which task it is about.")
        when = self.signed_at or sent_at or dt.datetime.now(dt.UTC)
        signed = self.signed_at is not None
        return WebhookHint(self.webhook_id, kind[:100], remote_id, when, client_id, signed)


def checked_call(service: Service, headers: Mapping[str, str], raw: bytes, *, trusted_path: bool) -> Call:
    """Verify a call before anything reads it. Raises WebhookRefused: wrong or missing signature, or no JSON object."""
    signature = service.signed_call(headers, raw)
    if signature is None and not trusted_path:
        raise WebhookRefused("The call is not signed.")
    try:
        body = storable(json.loads(raw))
    except (ValueError, RecursionError) as error:
        raise WebhookRefused("The call is no JSON.") from error
    if not isinstance(body, dict):
        raise WebhookRefused("The call is no JSON object.")
    if signature is None:
        return Call(hashlib.sha256(raw).hexdigest(), None, body)
    return Call(signature[0], signature[1], body)
