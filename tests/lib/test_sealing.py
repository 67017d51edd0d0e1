"""Sealing: secrets are unreadable in the database, open with older keys, and say so when the key is lost."""

from pathlib import Path
from typing import Any

import pytest

from sorahub.lib import sealing
from sorahub.lib.errors import Unavailable


@pytest.fixture(autouse=True)
def key_dir(settings: Any, tmp_path: Path) -> Path:
    settings.KEY_DIR = tmp_path / "keys"
    return tmp_path / "keys"


def test_a_secret_opens_again_and_shows_nothing_meanwhile() -> None:
    sealed = sealing.seal("sk-planted-§-secret")
    assert "planted" not in sealed
    assert sealed != sealing.seal("sk-planted-§-secret")
    assert sealing.unseal(sealed) == "sk-planted-§-secret"


def test_after_rotation_old_secrets_open_and_can_be_sealed_anew(key_dir: Path) -> None:
    old = sealing.seal("whsec_1")
    assert sealing.rotate() == 2
    assert sealing.unseal(old) == "whsec_1"
    new = sealing.reseal(old)
    (key_dir / "sealing-1.key").unlink()
    assert sealing.unseal(new) == "whsec_1"
    with pytest.raises(Unavailable) as caught:
        sealing.unseal(old)
    assert caught.value.code == "seal-broken"


def test_an_altered_secret_does_not_open() -> None:
    sealed = sealing.seal("sk-1")
    with pytest.raises(Unavailable, match="cannot be opened"):
        sealing.unseal(sealed[:-4] + ("AAA=" if sealed[-4:] != "AAA=" else "BBB="))


def test_a_damaged_key_file_is_named_as_such(key_dir: Path) -> None:
    sealing.seal("sk-1")
    (key_dir / "sealing-1.key").write_text("not a key")
    with pytest.raises(Unavailable, match="restore it from the backup"):
        sealing.seal("sk-2")
