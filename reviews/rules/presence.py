"""Which proofs of presence suffice for a signature, and what exactly a passkey or a sign-on is asked to prove."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from reviews.rules.reasons import Reason
from sorahub.lib import canonical

PURPOSE, ASKED = "sorahub/signing-purpose/1", "sorahub/presence/1"
FRESH = timedelta(minutes=5)
SKEW = timedelta(seconds=60)


class Method(StrEnum):
    """How a person proves that it is them, now. The words are kept with the proof and go under the signature."""

    PASSWORD = "password"  # noqa: S105 (the method's name)
    CODE = "password+totp"
    PASSKEY = "passkey"
    SIGN_ON = "single-sign-on"

    @property
    def words(self) -> str:
        """How receipts call it."""
        return _WORDS[self]


_WORDS = {
    Method.PASSWORD: "password",
    Method.CODE: "password and a code from an app",
    Method.PASSKEY: "passkey",
    Method.SIGN_ON: "a fresh single sign-on",
}


@dataclass(frozen=True)
class Means:
    """What a person can prove presence with. ``required``: a password alone suffices nobody here."""

    app: bool = False
    passkeys: bool = False
    sign_on: bool = False
    required: bool = False

    @property
    def second_factor(self) -> bool:
        """Whether the person has a factor of their own besides the password."""
        return self.app or self.passkeys


def ways(means: Means) -> list[Method]:
    """Return the methods that suffice for this person, the strongest first; empty when a second factor must be set up first."""
    offered = {
        Method.PASSKEY: means.passkeys,
        Method.CODE: means.app,
        Method.SIGN_ON: means.sign_on,
        Method.PASSWORD: not means.required and not means.second_factor,
    }
    return [method for method, suffices in offered.items() if suffices]


def against(method: Method, means: Means) -> Reason | None:
    """Say why this method does not suffice for this person; None when it does.

    A password alone never does for who has a second factor, and for nobody where one is required.
    """
    if method in ways(means):
        return None
    if method == Method.PASSWORD and means.second_factor:
        mend = "Add the code from your app." if means.app else "Use your passkey."
        return Reason("second-factor-needed", "Your password alone does not sign: you have a second factor.", mend)
    if method == Method.PASSWORD:
        return Reason(
            "second-factor-missing",
            "A password alone does not sign here.",
            "Set up an app or a passkey first: Your account, Second factor.",
        )
    lacking = {
        Method.CODE: "You have set up no app that makes codes.",
        Method.PASSKEY: "You have set up no passkey.",
        Method.SIGN_ON: "Single sign-on is not set up here.",
    }
    return Reason("method-missing", lacking[method], "Set it up, or use another way: Your account, Second factor.")


def purpose_of(record_sha256: str, meaning: str) -> str:
    """Return what a proof is good for: the SHA-256 (hexadecimal) of which record is signed with which meaning."""
    said: dict[str, canonical.Json] = {"schema": PURPOSE, "record_sha256": record_sha256, "meaning": str(meaning)}
    return sha256(canonical.dumps(said)).hexdigest()


def asked(*, purpose: str, account: str, at: datetime, token: str) -> str:
    """Return the text whose SHA-256 a passkey signs as its challenge and a sign-on returns as its nonce.

    ``token`` is random: the same record asked for twice is asked anew, and an old answer is none.
    """
    said: dict[str, canonical.Json] = {
        "schema": ASKED, "purpose": purpose, "account": account, "asked_at": at.isoformat(), "token": token,
    }  # fmt: skip
    return canonical.dumps(said).decode()


def fresh_sign_on(claims: Mapping[str, Any], *, asked_at: datetime, now: datetime) -> bool:
    """Say whether the person signed on after they were asked, within five minutes: by ``auth_time``, which must be there.

    ``auth_time`` counts whole seconds (OpenID Connect Core 1.0, section 2), so the second of the question counts.
    """
    said = claims.get("auth_time")
    if isinstance(said, bool) or not isinstance(said, int | float):
        return False
    return int(asked_at.timestamp()) <= said <= (now + SKEW).timestamp() and now - asked_at <= FRESH
