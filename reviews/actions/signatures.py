"""Make and check the Ed25519 signature of a sign-off over its canonical payload."""

import json
from hashlib import sha256
from typing import Any

from reviews.actions.content import agrees
from reviews.models import LicenceRecordVersion, Reauthentication, SignOff
from sorahub.accounts.models import User
from sorahub.accounts.roles import Kind
from sorahub.ledger import clock, timestamps
from sorahub.ledger.models import Chain, key_for
from sorahub.lib import canonical, signing
from sorahub.lib.canonical import Json

SCHEMA = "sorahub/sign-off/1"
PURPOSE = "record"


def payload(sign_off: SignOff, *, signer: User, reauthentication: Reauthentication, role: str = "") -> str:
    """Return the canonical JSON (RFC 8785) that is signed: the bytes, the record, the terms, the words, the person, the time.

    ``role``: in what capacity the person signs; their account's kind where nothing is said.
    """
    version = sign_off.record_version
    value: dict[str, Json] = {
        "schema": SCHEMA,
        "sign_off": str(sign_off.pk),
        "revokes": str(sign_off.revokes_id) if sign_off.revokes_id else None,
        "meaning": str(sign_off.meaning),
        "statement": sign_off.statement,
        "reason": sign_off.reason,
        "clip_id": str(sign_off.clip_id),
        "clip_sha256": sign_off.clip_sha256,
        "clip_size": sign_off.clip.size,
        "record_id": str(version.record_id),
        "record_version": version.version,
        "record_sha256": sign_off.record_sha256,
        "governing_sha256": sign_off.governing_sha256,
        "signer": _signer(signer, role or str(Kind(signer.kind).label)),
        "authentication": _authentication(reauthentication),
        "signed_at": sign_off.signed_at.isoformat(),
        "timestamp": timestamps.REQUIRED if sign_off.stamp_required else timestamps.NOT_CONFIGURED,
        "clock": clock.statement(sign_off.clip.project.client_id),
        "ledger": _head(version),
    }
    return canonical.dumps(value).decode()


def sign(sign_off: SignOff, text: str) -> None:
    """Put the payload, its hash and its signature on the row that is about to be inserted."""
    made = signing.sign(PURPOSE, text.encode())
    sign_off.payload = text
    sign_off.payload_sha256 = sha256(text.encode()).hexdigest()
    sign_off.key_id = made.key_id
    sign_off.signature = made.signature.hex()


def sound(sign_off: SignOff) -> bool:
    """Say whether the stored signature verifies with one of our keys and covers what the row and its record say."""
    keys = {key.key_id: key.raw for key in signing.public_keys(PURPOSE)}
    data = sign_off.payload.encode()
    if sign_off.key_id not in keys or sha256(data).hexdigest() != sign_off.payload_sha256:
        return False
    if not signing.verify(keys[sign_off.key_id], data, _bytes(sign_off.signature)):
        return False
    return _agrees(sign_off, json.loads(data))


def _agrees(sign_off: SignOff, said: dict[str, Any]) -> bool:
    version = sign_off.record_version
    return (
        said["sign_off"] == str(sign_off.pk)
        and (said.get("timestamp") == timestamps.REQUIRED) == sign_off.stamp_required
        and said["meaning"] == sign_off.meaning
        and said["clip_sha256"] == sign_off.clip_sha256
        and said["governing_sha256"] == sign_off.governing_sha256 == version.governing_set.sha256
        and said["record_sha256"] == sign_off.record_sha256 == version.sha256
        and sha256(version.canonical.encode()).hexdigest() == version.sha256
        and agrees(version)
    )


def _signer(signer: User, role: str) -> dict[str, Json]:
    return {
        "account": str(signer.pk),
        "person": str(signer.person_id),
        "name": signer.person.name,
        "email": signer.email,
        "role": role,
    }


def _authentication(reauthentication: Reauthentication) -> dict[str, Json]:
    said: dict[str, Json] = {
        "id": str(reauthentication.pk),
        "method": reauthentication.method,
        "at": reauthentication.at.isoformat(),
    }
    if reauthentication.evidence:
        said |= {"purpose": reauthentication.purpose, "evidence": reauthentication.evidence}
    return said


def _head(version: LicenceRecordVersion) -> Json:
    client = version.record.clip.project.client_id
    chain = Chain.objects.filter(key=key_for(client)).first()
    return {"chain": chain.key, "size": chain.size, "head": chain.head} if chain else None


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""
