"""Signing: RFC 8032's vectors, keys made once by whoever comes first, rotation that forgets nothing."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from sorahub.lib import signing
from sorahub.lib.errors import InvalidInput, Unavailable

# RFC 8032 section 7.1: public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.fixture(autouse=True)
def key_dir(settings: Any, tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    settings.KEY_DIR = folder
    return folder


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032_hold(public: str, message: str, signature: str) -> None:
    key, data, made = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)
    assert signing.verify(key, data, made)
    assert not signing.verify(key, data + b"!", made)


def test_malformed_keys_and_signatures_are_false_not_errors() -> None:
    assert signing.verify(b"short", b"", b"") is False
    assert signing.verify(bytes(32), b"", bytes(63)) is False


def test_a_signature_names_its_key_by_the_first_half_of_its_hash(key_dir: Path) -> None:
    made = signing.sign("record", b"these bytes")
    (key,) = signing.public_keys("record")
    assert made.key_id == key.key_id == sha256(key.raw).hexdigest()[:16]
    assert signing.verify(key.raw, b"these bytes", made.signature)
    (ledger,) = signing.public_keys("ledger")
    assert not signing.verify(ledger.raw, b"these bytes", made.signature)


def test_key_files_are_for_their_owner_alone(key_dir: Path) -> None:
    signing.sign("ledger", b"")
    assert stat.S_IMODE(key_dir.stat().st_mode) == 0o700
    (file,) = key_dir.iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode)) == ("signing-ledger-1.key", 0o600)


def test_many_first_users_at_once_end_up_with_one_key(key_dir: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = {made.key_id for made in pool.map(lambda number: signing.sign("ledger", bytes([number])), range(16))}
    assert len(ids) == 1
    assert [path.name for path in key_dir.iterdir()] == ["signing-ledger-1.key"]


def test_rotation_ends_the_old_key_where_the_new_begins_and_still_verifies() -> None:
    old = signing.sign("record", b"before")
    new_key = signing.rotate("record")
    first, second = signing.public_keys("record")
    assert (second, first.valid_to, second.valid_to) == (new_key, second.valid_from, None)
    assert signing.sign("record", b"after").key_id == second.key_id != old.key_id
    assert signing.verify(first.raw, b"before", old.signature)
    assert not first.valid_at(datetime.now(UTC))
    assert second.valid_at(datetime.now(UTC))


def test_an_unknown_purpose_and_a_damaged_key_file_are_named(key_dir: Path) -> None:
    with pytest.raises(InvalidInput, match="'postcards'"):
        signing.sign("postcards", b"")
    signing.sign("ledger", b"")
    (key_dir / "signing-ledger-1.key").write_text("{}")
    with pytest.raises(Unavailable, match=r"signing-ledger-1\.key is damaged"):
        signing.sign("ledger", b"")
