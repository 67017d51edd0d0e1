"""A passkey's signature (WebAuthn assertion): checked when it is made, and again offline, years later, from what was kept."""

import json
import struct
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, cast
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from fido2 import cbor
from fido2.cose import CoseKey
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AuthenticationResponse, AuthenticatorData, CollectedClientData

SCHEMA = "sorahub/passkey/1"
MALFORMED = (
    ValueError, LookupError, TypeError, AttributeError, AssertionError, NotImplementedError, RecursionError, struct.error,
    UnsupportedAlgorithm,
)  # fmt: skip
"""What reading bytes from strangers may raise."""


class NotProven(Exception):
    """The answer of the passkey is not what was asked for."""


def parsed(credential: object) -> AuthenticationResponse:
    """Read the browser's answer (PublicKeyCredential as JSON); raises NotProven for anything else."""
    if not isinstance(credential, Mapping):
        raise NotProven
    known = ("id", "rawId", "type", "response", "authenticatorAttachment")
    try:
        return AuthenticationResponse.from_dict({name: credential[name] for name in known if credential.get(name)})
    except MALFORMED as error:
        raise NotProven from error


def evidence(answer: AuthenticationResponse, *, key: CoseKey, asked: str, host: str) -> dict[str, Any]:
    """Check the answer to ``asked`` and return what proves it for good; raises NotProven.

    The person was present and verified by the authenticator (PIN or biometric), on a page of ``host``, and the challenge is
    the SHA-256 of ``asked``. Kept are base64url texts as WebAuthn has them; the public key is COSE (RFC 9052) in CBOR.
    """
    kept = {
        "schema": SCHEMA,
        "asked": asked,
        "host": host,
        "credential_id": websafe_encode(answer.raw_id),
        "public_key": websafe_encode(cbor.encode(dict(key))),
        "authenticator_data": websafe_encode(answer.response.authenticator_data),
        "client_data": websafe_encode(answer.response.client_data),
        "signature": websafe_encode(answer.response.signature),
    }
    if not stands(kept, purpose=json.loads(asked)["purpose"]):
        raise NotProven
    return kept


def stands(kept: Mapping[str, Any], *, purpose: str) -> bool:
    """Say whether kept evidence proves that a verified person signed for this purpose (reviews.rules.presence.purpose_of).

    Needs nothing but the evidence: no network, no database. Nothing that is malformed stands.
    """
    try:
        asked, host = str(kept["asked"]), str(kept["host"])
        data = AuthenticatorData(websafe_decode(kept["authenticator_data"]))
        client = CollectedClientData(websafe_decode(kept["client_data"]))
        key = CoseKey.parse(cast("Any", cbor.decode(websafe_decode(kept["public_key"]))))
        agrees = (
            kept["schema"] == SCHEMA
            and json.loads(asked)["purpose"] == purpose
            and client.challenge == sha256(asked.encode()).digest()
            and client.type == CollectedClientData.TYPE.GET
            and not client.cross_origin
            and _is_at(client.origin, host)
            and data.rp_id_hash == sha256(host.encode()).digest()
            and data.is_user_present()
            and data.is_user_verified()
        )
        key.verify(bytes(data) + client.hash, websafe_decode(kept["signature"]))
    except (*MALFORMED, InvalidSignature):
        return False
    return bool(agrees)


def _is_at(origin: str, host: str) -> bool:
    parts = urlsplit(origin)
    return parts.hostname == host and (parts.scheme == "https" or (parts.scheme, host) == ("http", "localhost"))
