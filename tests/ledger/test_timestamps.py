"""Tokens of a real loopback authority, judged by us and by OpenSSL; and every way in which an authority may fail."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import cms
from django.utils import timezone

from generations.sandbox.tsa import Authority, Mode
from sorahub.ledger import timestamps
from sorahub.ledger.models import TimeStamp
from sorahub.ledger.timestamps import Fault, NotStamped
from tests.ledger.authorities import asked, authority, openssl_accepts, openssl_authority
from tests.lib.servers import Server

DIGEST = sha256(b"signed").hexdigest()
OTHER = sha256(b"other").hexdigest()


@pytest.fixture
def tsa(tmp_path: Path) -> Iterator[tuple[Authority, Server]]:
    with authority(tmp_path) as running:
        yield running


def test_a_token_of_the_sandbox_holds_for_us_and_for_openssl(tsa: tuple[Authority, Server], tmp_path: Path) -> None:
    word = timestamps.ask(DIGEST)
    root = tmp_path / "tsa" / "root.pem"
    assert timestamps.verify_token(word.token, DIGEST) == word.at
    assert abs(word.at - timezone.now()) < timedelta(seconds=5)
    assert abs(word.offset) < timedelta(seconds=5)
    assert openssl_accepts(word.token, DIGEST, root, tmp_path)
    assert not openssl_accepts(word.token, OTHER, root, tmp_path)
    verdict = timestamps.verify_token(word.token, OTHER)
    assert isinstance(verdict, Fault)
    assert verdict.code == "other-digest"


def test_a_reply_of_openssl_holds_for_us(tmp_path: Path) -> None:
    with openssl_authority(tmp_path) as server, asked(server.url, roots=tmp_path / "ca.pem"):
        word = timestamps.ask(DIGEST)
    assert word.authority == server.url
    assert openssl_accepts(word.token, DIGEST, tmp_path / "ca.pem", tmp_path)


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        (Mode.AWAY, "http-no-answer"),
        (Mode.BUSY, "authority-status"),
        (Mode.REFUSES, "not-granted"),
        (Mode.OTHER_DIGEST, "other-digest"),
        (Mode.OTHER_NONCE, "other-nonce"),
        (Mode.OTHER_USAGE, "token-usage"),
        (Mode.STRANGER, "token-untrusted"),
        (Mode.DAMAGED, "token-signature"),
    ],
)
def test_what_does_not_hold_is_refused_with_its_code(tsa: tuple[Authority, Server], mode: Mode, code: str) -> None:
    tsa[0].mode = mode
    with pytest.raises(NotStamped) as raised:
        timestamps.ask(DIGEST)
    assert raised.value.code == code
    assert tsa[1].url in raised.value.message


def test_the_next_authority_is_asked_when_the_first_fails(tsa: tuple[Authority, Server], tmp_path: Path) -> None:
    with asked("http://127.0.0.1:9/tsa", tsa[1].url, roots=tmp_path / "tsa" / "root.pem"):
        assert timestamps.ask(DIGEST).authority == tsa[1].url


def test_a_damaged_token_never_raises_and_never_says_another_time(tsa: tuple[Authority, Server]) -> None:
    word = timestamps.ask(DIGEST)
    said = {}
    for place in range(0, len(word.token), 3):
        damaged = word.token[:place] + bytes([word.token[place] ^ 4]) + word.token[place + 1 :]
        verdict = timestamps.verify_token(damaged, DIGEST)
        assert isinstance(verdict, Fault) or verdict == word.at, place
        said[place] = verdict
    faults = [verdict for verdict in said.values() if isinstance(verdict, Fault)]
    assert len(faults) > 0.9 * len(said)  # what CMS does not sign: versions, and the names of algorithms outside


def test_without_roots_nothing_holds(tsa: tuple[Authority, Server]) -> None:
    token = timestamps.ask(DIGEST).token
    verdict = timestamps.verify_token(token, DIGEST, b"")
    assert isinstance(verdict, Fault)
    assert verdict.code == "no-roots"


@pytest.mark.django_db
@pytest.mark.core
def test_a_stamp_is_kept_once_and_never_replaced(tsa: tuple[Authority, Server]) -> None:
    first = timestamps.keep(DIGEST, timestamps.ask(DIGEST))
    assert timestamps.keep(DIGEST, timestamps.ask(DIGEST)) == first
    assert timestamps.stamp_of(DIGEST) == first
    assert TimeStamp.objects.count() == 1
    assert timestamps.stamp_of(OTHER) is None


def test_pyhanko_is_handed_tokens_through_our_client(tsa: tuple[Authority, Server]) -> None:
    stamper = timestamps.authority()
    assert stamper is not None
    token = asyncio.run(stamper.async_timestamp(bytes.fromhex(DIGEST), "sha256"))
    assert isinstance(token, cms.ContentInfo)
    assert timestamps.verify_token(token.dump(), DIGEST) is not None
    assert tsa[1].received[-1].headers["user-agent"] == "SoraHub"
    with asked(roots=Path("/nowhere")):
        assert timestamps.authority() is None
