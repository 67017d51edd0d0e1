"""Prove that the person is there, now: good for one signature, within five minutes, of exactly what was asked for.

A password (where one is enough), a password with an app's code, a passkey, or a fresh single sign-on
(reviews/rules/presence.py). Every way counts wrong tries in the ledger, under the person's lock.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from fido2.utils import websafe_encode

from reviews.models import PresenceRequest, Reauthentication, SignOff
from reviews.rules import passkeys, presence
from reviews.rules.presence import Means, Method
from sorahub.accounts import second_factors, single_sign_on
from sorahub.accounts.models import User
from sorahub.accounts.roles import Permission
from sorahub.accounts.single_sign_on import SignedOn
from sorahub.ledger import record
from sorahub.ledger.models import Event
from sorahub.lib.errors import Forbidden

MOST_TRIES = 5
WINDOW = timedelta(minutes=15)
FAILED = "reauthentication.failed"
_KEPT = timedelta(days=1)
_FURTHER = {"email-code": "a code sent to counsel’s address"}
_WRONG = {
    Method.PASSWORD: ("wrong-password", "This is not your password."),
    Method.CODE: (
        "wrong-code",
        "Your password or the code is not right. Each code works once; recovery codes let you in, they do not sign.",
    ),
    Method.PASSKEY: ("wrong-passkey", "The passkey's answer is not what was asked for, or too old: use it again."),
    Method.SIGN_ON: ("sign-on-refused", "That was no fresh sign-on of yours: sign in again, with your own account."),
}


@dataclass(frozen=True)
class Given:
    """What a person gave with a signature. Nothing at all: they signed on afresh just before."""

    password: str = ""
    code: str = ""
    passkey: Mapping[str, Any] | None = None


def means_of(actor: User) -> Means:
    """Say what this person can prove presence with."""
    held = second_factors.held_by(actor)
    return Means(
        app=held.app,
        passkeys=held.passkeys,
        sign_on=single_sign_on.issuer() is not None,
        required=settings.SIGNING_SECOND_FACTOR == "required",
    )


def prove(*, actor: User, purpose: str, given: Given) -> Reauthentication:
    """Return the proof of presence behind what was given with a signature of this purpose. Raises Forbidden."""
    if given.passkey is not None:
        return by_passkey(actor=actor, credential=given.passkey, purpose=purpose)
    if given.password or given.code:
        return reauthenticate(actor=actor, password=given.password, code=given.code, purpose=purpose)
    actor.demand(Permission.SIGN)
    signed_on = fresh_sign_on_of(actor, purpose)
    if signed_on is not None:
        return signed_on
    _require_sufficient(actor, Method.PASSWORD)
    raise Forbidden("Prove that it is you: a signature needs it, now.", code="reauthenticate")


def reauthenticate(*, actor: User, password: str, code: str = "", purpose: str = "") -> Reauthentication:
    """Check the password of a person who may sign, with the code of their app if they have one, and return the proof.

    Five wrong entries close this for a quarter of an hour and are ledgered, where they are counted: entries at once
    wait for each other. Raises Forbidden, also where a password alone does not suffice.
    """
    method = Method.CODE if code else Method.PASSWORD

    def entered(signer: User) -> dict[str, Any] | None:
        right = signer.check_password(password) and (not code or second_factors.code_fits(signer, code))
        return {} if right else None

    return _proven(actor, method, purpose, entered)


def by_passkey(*, actor: User, credential: Mapping[str, Any], purpose: str) -> Reauthentication:
    """Check a passkey's answer to ``ask`` and return the proof; the assertion is kept, to be checked again offline.

    Raises Forbidden, also for the answer to a question about something else, and for one that was used before.
    """

    def answered(signer: User) -> dict[str, Any] | None:
        try:
            answer = passkeys.parsed(credential)
            row, key = second_factors.passkeys_of(signer)[bytes(answer.raw_id)]
            question = _used_up(signer, Method.PASSKEY, purpose, answer.response.client_data.challenge.hex())
            kept = passkeys.evidence(answer, key=key, asked=question.asked, host=second_factors.passkey_host())
        except (passkeys.NotProven, KeyError, PresenceRequest.DoesNotExist):
            return None
        row.record_usage()
        return kept

    return _proven(actor, Method.PASSKEY, purpose, answered)


def by_sign_on(*, actor: User, state: str, signed_on: SignedOn) -> Reauthentication:
    """Judge a checked token of the issuer that answers ``ask``: the same person, signed on after they were asked.

    Raises Forbidden.
    """
    purpose = PresenceRequest.objects.filter(digest=state, user=actor).values_list("purpose", flat=True).first() or ""

    def signed(signer: User) -> dict[str, Any] | None:
        try:
            question = _used_up(signer, Method.SIGN_ON, purpose, state)
        except PresenceRequest.DoesNotExist:
            return None
        claims = signed_on.claims
        fresh = presence.fresh_sign_on(claims, asked_at=question.at, now=timezone.now())
        if not fresh or claims.get("nonce") != question.digest or not single_sign_on.is_of(signer, claims):
            return None
        return {"asked": question.asked, "id_token": signed_on.token, "key": dict(signed_on.key)}

    return _proven(actor, Method.SIGN_ON, purpose, signed)


def ask(*, actor: User, method: Method, purpose: str) -> PresenceRequest:
    """Write down what a passkey or a sign-on will be asked to prove; good for one answer within five minutes. Raises Forbidden."""
    actor.demand(Permission.SIGN)
    _require_sufficient(actor, method)
    now = timezone.now()
    text = presence.asked(purpose=purpose, account=str(actor.pk), at=now, token=secrets.token_urlsafe(32))
    secret = single_sign_on.new_verifier() if method == Method.SIGN_ON else ""
    PresenceRequest.objects.filter(user=actor, at__lt=now - _KEPT).delete()
    return PresenceRequest.objects.create(
        user=actor, method=method, purpose=purpose, asked=text, digest=sha256(text.encode()).hexdigest(),
        secret=secret, at=now,
    )  # fmt: skip


def passkey_options(question: PresenceRequest) -> dict[str, Any]:
    """Return what a browser's navigator.credentials.get takes (JSON; bytes as base64url) to answer the question."""
    keys = second_factors.passkeys_of(question.user)
    return {
        "publicKey": {
            "challenge": websafe_encode(bytes.fromhex(question.digest)),
            "rpId": second_factors.passkey_host(),
            "allowCredentials": [{"type": "public-key", "id": websafe_encode(one)} for one in keys],
            "userVerification": "required",
            "timeout": int(presence.FRESH.total_seconds() * 1000),
        }
    }


def open_question(*, actor: User, state: str) -> PresenceRequest | None:
    """Return the sign-on that this person was asked for under this state, if it still waits for its answer."""
    oldest = timezone.now() - presence.FRESH
    waiting = PresenceRequest.objects.filter(user=actor, method=Method.SIGN_ON, used_at=None, at__gt=oldest)
    return waiting.filter(digest=state).first()


def fresh_sign_on_of(actor: User, purpose: str) -> Reauthentication | None:
    """Return the proof by a fresh sign-on for this purpose that is still good, if there is one."""
    oldest = timezone.now() - timedelta(seconds=settings.REAUTHENTICATION_SECONDS)
    good = Reauthentication.objects.filter(user=actor, method=Method.SIGN_ON, used_at=None, at__gt=oldest)
    return good.filter(purpose=purpose).order_by("-at").first() if purpose else None


@dataclass(frozen=True)
class Behind:
    """How the signer proved presence: in words, and whether what was kept of it verifies (None: nothing to verify)."""

    words: str
    verified: bool | None


def proof_behind(sign_off: SignOff) -> Behind:
    """Say how presence was proved for a signature, and check a passkey's signature anew, from what was kept alone."""
    proof = sign_off.reauthentication
    if proof.method not in list(Method):
        return Behind(_FURTHER.get(proof.method, proof.method), None)
    method = Method(proof.method)
    if method != Method.PASSKEY:
        return Behind(method.words, None)
    purpose = presence.purpose_of(sign_off.record_sha256, sign_off.meaning)
    return Behind("signed with a passkey", passkeys.stands(proof.evidence, purpose=purpose))


def _proven(
    actor: User, method: Method, purpose: str, check: Callable[[User], dict[str, Any] | None]
) -> Reauthentication:
    """Run the check under the person's lock; what it returns is kept with the proof, None is a wrong try."""
    actor.demand(Permission.SIGN)
    _require_sufficient(actor, method)
    with transaction.atomic():
        signer = User.objects.select_for_update().get(pk=actor.pk)
        if _wrong_entries(signer) >= MOST_TRIES:
            raise Forbidden("Too many wrong tries: wait a quarter of an hour.", code="too-many-tries")
        kept = check(signer)
        if kept is not None:
            return Reauthentication.objects.create(user=signer, method=method, purpose=purpose, evidence=kept)
        record.append(kind=FAILED, actor=signer.pk, client=None, subject=signer, body={"method": method.value})
    code, words = _WRONG[method]
    raise Forbidden(words, code=code)


def _require_sufficient(actor: User, method: Method) -> None:
    against = presence.against(method, means_of(actor))
    if against is not None:
        raise Forbidden(f"{against.message} {against.mend}", code=against.code)


def _used_up(signer: User, method: Method, purpose: str, digest: str) -> PresenceRequest:
    """Use up the question that this answers; raises DoesNotExist when there is none, or it is old, used, or about something else."""
    now = timezone.now()
    rows = PresenceRequest.objects.filter(user=signer, method=method, purpose=purpose, digest=digest, used_at=None)
    question = rows.get(at__gt=now - presence.FRESH, at__lte=now)
    rows.update(used_at=now)
    return question


def _wrong_entries(signer: User) -> int:
    """How many wrong entries the ledger has of the last quarter of an hour, since the last right one."""
    since = timezone.now() - WINDOW
    right = Reauthentication.objects.filter(user=signer, at__gt=since).order_by("-at").first()
    return Event.objects.filter(kind=FAILED, actor=signer.pk, at__gt=right.at if right else since).count()
