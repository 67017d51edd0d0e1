"""Second factors for tests: an app's codes, computed as the app does, and a passkey whose private key the test holds."""

import json
import secrets
from hashlib import sha256
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from sorahub.accounts.models import User
from sorahub.lib import sealing

FLAG = AuthenticatorData.FLAG


def code_of(secret: str) -> str:
    """The code that the app shows now."""
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


def secret_of(row: Authenticator) -> str:
    """The secret that is kept sealed."""
    return sealing.unseal(row.data["secret"])


def give_app(user: User) -> str:
    """Set up an app for somebody; return its secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


class Passkey:
    """An authenticator in software: it holds an ES256 key for one host and signs what a page asks it to."""

    def __init__(self, host: str = "localhost", origin: str = "http://localhost:8000") -> None:
        self.host, self.origin = host, origin
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)

    @property
    def public(self) -> ES256:
        """The public key."""
        return ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-any-return,no-untyped-call]

    def registered(self) -> dict[str, Any]:
        """What a browser answers to navigator.credentials.create, as the hub keeps it."""
        credential = AttestedCredentialData.create(b"\0" * 16, self.id, self.public)
        data = AuthenticatorData.create(self._host_hash(), FLAG.UP | FLAG.UV | FLAG.AT, 0, credential)
        client = CollectedClientData.create(CollectedClientData.TYPE.CREATE, secrets.token_bytes(32), self.origin)
        made = AttestationObject.create("none", data, {})
        response = {"clientDataJSON": websafe_encode(client), "attestationObject": websafe_encode(made)}
        return self._credential(response)

    def give(self, user: User) -> None:
        """Set it up for somebody."""
        data = {"name": "Passkey", "credential": self.registered()}
        Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)

    def answer(self, options: dict[str, Any], *, verified: bool = True, origin: str = "") -> dict[str, Any]:
        """What a browser answers to navigator.credentials.get with these options."""
        challenge = websafe_decode(options["publicKey"]["challenge"])
        client = CollectedClientData.create(CollectedClientData.TYPE.GET, challenge, origin or self.origin)
        data = AuthenticatorData.create(self._host_hash(), FLAG.UP | FLAG.UV if verified else FLAG.UP, 1)
        signature = self.key.sign(data + client.hash, ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature),
        }
        return self._credential(response)

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        named = {"id": websafe_encode(self.id), "rawId": websafe_encode(self.id), "type": "public-key"}
        return json.loads(json.dumps({**named, "response": response, "clientExtensionResults": {}}))  # type: ignore[no-any-return]

    def _host_hash(self) -> bytes:
        return sha256(self.host.encode()).digest()
