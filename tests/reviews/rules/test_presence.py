"""Which proofs of presence suffice, when a sign-on is fresh, and whether a kept passkey signature still stands."""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from fido2.utils import websafe_encode

from reviews.rules import passkeys
from reviews.rules.presence import Means, Method, against, asked, fresh_sign_on, purpose_of, ways
from tests.factors import Passkey

NOW = datetime(2026, 11, 29, 12, 0, 0, 500_000, tzinfo=UTC)
RECORD = "ab" * 32


@pytest.mark.parametrize(
    ("means", "sufficient"),
    [
        (Means(), [Method.PASSWORD]),
        (Means(required=True), []),
        (Means(app=True), [Method.CODE]),
        (Means(app=True, required=True), [Method.CODE]),
        (Means(passkeys=True), [Method.PASSKEY]),
        (Means(app=True, passkeys=True), [Method.PASSKEY, Method.CODE]),
        (Means(sign_on=True), [Method.SIGN_ON, Method.PASSWORD]),
        (Means(sign_on=True, required=True), [Method.SIGN_ON]),
        (Means(app=True, passkeys=True, sign_on=True, required=True), [Method.PASSKEY, Method.CODE, Method.SIGN_ON]),
    ],
)
def test_what_suffices(means: Means, sufficient: list[Method]) -> None:
    assert ways(means) == sufficient
    assert [method for method in Method if against(method, means) is None] == [
        one for one in Method if one in sufficient
    ]


@pytest.mark.parametrize(
    ("means", "code"),
    [
        (Means(app=True), "second-factor-needed"),
        (Means(passkeys=True), "second-factor-needed"),
        (Means(required=True), "second-factor-missing"),
        (Means(required=True, sign_on=True), "second-factor-missing"),
    ],
)
def test_a_password_alone_is_refused_with_what_to_do(means: Means, code: str) -> None:
    reason = against(Method.PASSWORD, means)
    assert reason is not None
    assert (reason.code, bool(reason.mend)) == (code, True)


@pytest.mark.parametrize(
    ("auth_time", "later", "fresh"),
    [
        (int(NOW.timestamp()), 1, True),
        (int(NOW.timestamp()) - 1, 1, False),
        (int(NOW.timestamp()) + 200, 240, True),
        (int(NOW.timestamp()) + 200, 301, False),
        (int(NOW.timestamp()) + 3600, 60, False),
        (None, 1, False),
        (str(int(NOW.timestamp())), 1, False),
        (True, 1, False),
    ],
)
def test_when_a_sign_on_is_fresh(auth_time: object, later: int, fresh: bool) -> None:
    now = NOW + timedelta(seconds=later)
    assert fresh_sign_on({"auth_time": auth_time}, asked_at=NOW, now=now) is fresh


def test_the_purpose_names_record_and_meaning() -> None:
    assert len(purpose_of(RECORD, "approved")) == 64
    assert len({purpose_of(RECORD, "approved"), purpose_of(RECORD, "rejected"), purpose_of("cd" * 32, "approved")}) == 3


def proved() -> dict[str, Any]:
    """What is kept of a passkey's answer to the question about RECORD."""
    passkey = Passkey(host="hub.example", origin="https://hub.example")
    text = asked(purpose=purpose_of(RECORD, "approved"), account="lena", at=NOW, token="t")
    challenge = websafe_encode(sha256(text.encode()).digest())
    answer = passkeys.parsed(passkey.answer({"publicKey": {"challenge": challenge}}))
    return passkeys.evidence(answer, key=passkey.public, asked=text, host="hub.example")


def test_what_was_kept_of_a_passkey_stands_years_later_and_alone() -> None:
    kept = json.loads(json.dumps(proved()))
    assert passkeys.stands(kept, purpose=purpose_of(RECORD, "approved"))
    assert not passkeys.stands(kept, purpose=purpose_of(RECORD, "rejected"))
    assert not passkeys.stands(kept, purpose=purpose_of("cd" * 32, "approved"))


@pytest.mark.parametrize(
    "name", ["schema", "asked", "host", "public_key", "authenticator_data", "client_data", "signature"]
)
def test_no_part_of_it_can_be_changed_or_left_out(name: str) -> None:
    kept, another = proved(), proved()
    purpose = purpose_of(RECORD, "approved")
    for said in (another[name] + "A", another[name][:-2], "", "AAAA", "gg" * 2000, None, 7):
        assert not passkeys.stands({**kept, name: said}, purpose=purpose)
    assert not passkeys.stands({key: value for key, value in kept.items() if key != name}, purpose=purpose)
    if name in {"public_key", "client_data", "signature"}:
        assert not passkeys.stands({**kept, name: another[name]}, purpose=purpose) or another[name] == kept[name]
