"""Whose certificate signs Content Credentials: the operator's, checked before anything is signed; or a test authority that says so."""

from pathlib import Path

import pytest
from pytest_django import Settings

from sorahub.lib import content_signing, keyfiles
from sorahub.lib.errors import Conflict
from tests.generations.media.authority import Authority


def put(settings: Settings, folder: Path, chain: str, key: str) -> None:
    """Set these up as the operator's own."""
    for name, text in (("C2PA_CERT", chain), ("C2PA_KEY", key)):
        path = folder / name
        path.write_text(text)
        setattr(settings, name, str(path))


def test_the_test_authority_is_made_once_and_kept_to_this_installation(settings: Settings, tmp_path: Path) -> None:
    settings.KEY_DIR = tmp_path
    first, roots = content_signing.signer(), content_signing.anchors()
    assert first is not None
    assert first == content_signing.signer()
    assert "which nobody else trusts" in first.in_words()
    assert (first.test, first.algorithm) == (True, "es256")
    assert (roots.public, roots.own in first.chain) == ("", True)
    assert [number for number, _ in keyfiles.versions("content-test-authority")] == [1]
    assert (tmp_path / "content-test-authority-1.key").stat().st_mode & 0o777 == 0o600


def test_without_a_certificate_nothing_signs(settings: Settings) -> None:
    settings.C2PA_TEST_AUTHORITY = False
    assert content_signing.signer() is None
    assert content_signing.anchors().describe() == {"list": "", "date": "", "list_sha256": "", "own_sha256": ""}


def test_the_operators_certificate_goes_before_the_test_authority(settings: Settings, tmp_path: Path) -> None:
    studio = Authority()
    put(settings, tmp_path, studio.chain, studio.key)
    found = content_signing.signer()
    assert found is not None
    assert (found.subject, found.test) == ("Test Studio", False)
    assert content_signing.anchors().own == ""  # roots are named, not taken from what signs


def test_the_trust_list_is_named_and_dated(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "list.pem"
    path.write_text(Authority().root)
    settings.C2PA_TRUST_LIST, settings.C2PA_TRUST_LIST_NAME = str(path), "C2PA trust list"
    settings.C2PA_TRUST_LIST_DATE = "2026-08-20"
    told = content_signing.anchors().describe()
    assert (told["list"], told["date"], len(told["list_sha256"])) == ("C2PA trust list", "2026-08-20", 64)


@pytest.mark.parametrize(
    ("days", "other_key", "words"),
    [(-1, False, "Test Studio expired on"), (30, True, "The key does not belong to its first certificate")],
)
def test_an_unfit_certificate_is_refused_before_anything_is_signed(
    settings: Settings, tmp_path: Path, days: int, other_key: bool, words: str
) -> None:
    studio = Authority(days)
    put(settings, tmp_path, studio.chain, Authority().key if other_key else studio.key)
    with pytest.raises(Conflict, match=words) as refused:
        content_signing.signer()
    assert refused.value.code == "c2pa-certificate"


def test_what_is_no_pem_is_refused_in_words(settings: Settings, tmp_path: Path) -> None:
    put(settings, tmp_path, "not a certificate", "not a key")
    with pytest.raises(Conflict, match="not a certificate chain"):
        content_signing.signer()
    settings.C2PA_CERT = str(tmp_path / "absent.pem")
    with pytest.raises(Conflict, match="cannot be read"):
        content_signing.signer()
