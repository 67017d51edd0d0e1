"""Ed25519 signatures (RFC 8032) with keys kept in files outside the database.

Each purpose has its own keys. The newest version signs; older ones stay so that what they signed can be verified, and
are valid until their successor begins. A key's id is the first 16 hexadecimal digits of SHA-256 over its raw public key.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sorahub.lib import keyfiles
from sorahub.lib.errors import InvalidInput, Unavailable

PURPOSES = ("ledger", "record")


@dataclass(frozen=True)
class Signature:
    """A signature (64 bytes) and the id of the key that made it."""

    key_id: str
    signature: bytes


@dataclass(frozen=True)
class PublicKey:
    """A public key: 32 raw bytes, what it signs, and from when until when (None: still) it was the signing key."""

    key_id: str
    purpose: str
    raw: bytes
    valid_from: datetime
    valid_to: datetime | None

    def valid_at(self, moment: datetime) -> bool:
        """Say whether this was the signing key at that moment."""
        return self.valid_from <= moment and (self.valid_to is None or moment <= self.valid_to)


@dataclass(frozen=True)
class _Stored:
    version: int
    private: Ed25519PrivateKey
    raw: bytes
    valid_from: datetime


def key_id(raw: bytes) -> str:
    """Return the id of a raw public key."""
    return sha256(raw).hexdigest()[:16]


def sign(purpose: str, data: bytes) -> Signature:
    """Sign ``data`` with the newest key of ``purpose``, made on first use."""
    stored = _stored(purpose)[-1]
    return Signature(key_id(stored.raw), stored.private.sign(data))


def verify(public_key: bytes, data: bytes, signature: bytes) -> bool:
    """Say whether ``signature`` over ``data`` was made by the raw ``public_key``; malformed input is simply False."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True


def public_keys(purpose: str | None = None) -> list[PublicKey]:
    """Return the public keys of one purpose, or of all, oldest first; a purpose without a key gets its first one."""
    purposes = PURPOSES if purpose is None else (purpose,)
    return [key for name in purposes for key in _public(name)]


def rotate(purpose: str) -> PublicKey:
    """Begin a new key for ``purpose`` and return it; what older keys signed stays verifiable."""
    version = _stored(purpose)[-1].version + 1
    keyfiles.add(_file(purpose), version, _generate())
    return _public(purpose)[-1]


def _public(purpose: str) -> list[PublicKey]:
    stored = _stored(purpose)
    ends = [*(key.valid_from for key in stored[1:]), None]
    return [
        PublicKey(key_id(key.raw), purpose, key.raw, key.valid_from, end) for key, end in zip(stored, ends, strict=True)
    ]


def _file(purpose: str) -> str:
    if purpose not in PURPOSES:
        raise InvalidInput(f"There is no signing key for {purpose!r}, only for {' and '.join(PURPOSES)}.")
    return f"signing-{purpose}"


def _stored(purpose: str) -> list[_Stored]:
    name = _file(purpose)
    return [_read(f"{name}-{number}.key", number, text) for number, text in keyfiles.ensure(name, _generate)]


@lru_cache(maxsize=64)
def _read(name: str, version: int, text: str) -> _Stored:
    try:
        content = json.loads(text)
        private = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(content["private_key"]))
        valid_from = datetime.fromisoformat(content["valid_from"])
    except (ValueError, KeyError, TypeError) as error:
        raise Unavailable(f"The key file {name} is damaged: restore it from the backup.", code="key-file") from error
    return _Stored(version, private, private.public_key().public_bytes_raw(), valid_from)


def _generate() -> str:
    private = Ed25519PrivateKey.generate()
    content = {
        "algorithm": "Ed25519",
        "key_id": key_id(private.public_key().public_bytes_raw()),
        "public_key": private.public_key().public_bytes_raw().hex(),
        "private_key": private.private_bytes_raw().hex(),
        "valid_from": datetime.now(UTC).isoformat(timespec="microseconds"),
    }
    return json.dumps(content, indent=1) + "\n"
