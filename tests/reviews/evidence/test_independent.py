"""What VERIFY.md says works as it stands: with OpenSSL, sha256sum and the Library of Congress's tool; and tokens, and older checkpoints."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from reviews.actions.evidence import request_bundle
from reviews.actions.presence import reauthenticate
from reviews.actions.sign import revoke_sign_off
from reviews.evidence.gather import checkpoint_for
from reviews.evidence.verify import Failure, consistent, stamped, verify
from reviews.models import Bundle, SignOff
from sorahub.jobs import runner
from sorahub.lib import merkle
from tests.people import PASSWORD, Agency
from tests.reviews.evidence.authority import Authority
from tests.reviews.evidence.conftest import folder, made
from tests.reviews.evidence.test_bundle import flip, resealed, run

pytestmark = pytest.mark.django_db

TOOLS = {"sha256sum", "bagit.py", "openssl", "python3"}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def stamped_root(agency: Agency, approval: SignOff, authority: Authority) -> Path:
    """A bundle of a revoked approval, everything in it time-stamped."""
    proof = reauthenticate(actor=agency.lena, password=PASSWORD)
    revocation = revoke_sign_off(actor=agency.lena, sign_off=approval, reason="Misread", reauthentication=proof)
    bundle = request_bundle(actor=agency.lena, sign_off=approval)
    note = checkpoint_for(bundle).note
    for digest in (approval.payload_sha256, revocation.payload_sha256, sha256(note.encode()).hexdigest()):
        authority.stamp(digest)
    runner.drain()
    bundle.refresh_from_db()
    assert bundle.state == Bundle.State.READY, bundle.error_message
    return folder(bundle)


def commands(root: Path) -> list[str]:
    """Every command that VERIFY.md prints and that needs nothing filled in."""
    lines = [line[4:] for line in (root / "VERIFY.md").read_text().splitlines() if line.startswith("    ")]
    return [line for line in lines if line.split()[0] in TOOLS and "HEX" not in line]


def shell(root: Path, line: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(line, shell=True, cwd=root, capture_output=True, text=True, env={"PATH": path}, check=False)  # noqa: S602


def rewrite(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def test_every_command_that_verify_md_prints_works(stamped_root: Path) -> None:
    printed = commands(stamped_root)
    assert sum("pkeyutl" in line for line in printed) == 3
    assert sum("openssl ts" in line for line in printed) == 3
    assert {line.split()[0] for line in printed} == TOOLS
    for line in printed:
        done = shell(stamped_root, line)
        assert done.returncode == 0, (line, done.stdout, done.stderr)


@pytest.mark.long
def test_each_of_them_notices_a_change(stamped_root: Path) -> None:
    for line in commands(stamped_root):
        words = line.split()
        flags = {"-in": "pkeyutl", "-data": "ts"}
        changed = next(
            (words[words.index(flag) + 1] for flag, tool in flags.items() if tool in words and flag in words), None
        )
        path = stamped_root / (changed or "data/signoff.json" if "-c tag" not in line else "VERIFY.md")
        flip(path, 20)
        assert shell(stamped_root, line).returncode != 0, line
        flip(path, 20)
        assert shell(stamped_root, line).returncode == 0, line


def test_verify_py_reads_what_a_token_is_over_and_when_and_says_who_checks_the_rest(
    stamped_root: Path, approval: SignOff, authority: Authority
) -> None:
    status, said = run(stamped_root)
    assert (status, said[-1]) == (0, "PASS")
    assert sum("check the authority's signature with openssl" in line for line in said) == 3
    token = stamped_root / f"data/approvals/{approval.pk}.tsr"
    digest, at = stamped(token.read_bytes())
    assert digest.hex() == approval.payload_sha256
    assert abs((at - approval.signed_at).total_seconds()) < 300
    other = bytes(authority.stamp("ab" * 32).token)
    resealed(stamped_root, lambda: rewrite(token, other))
    assert verify(stamped_root) == [Failure(f"data/approvals/{approval.pk}.tsr", "is a time-stamp over something else")]


def test_a_token_that_is_older_than_what_it_stamps_is_named(stamped_root: Path, approval: SignOff) -> None:
    token = stamped_root / f"data/approvals/{approval.pk}.tsr"
    whole = token.read_bytes()
    year = stamped(whole)[1].strftime("%Y%m%d").encode()
    resealed(stamped_root, lambda: rewrite(token, whole.replace(year, b"20200101")))
    (failure,) = verify(stamped_root)
    assert (failure.item, "before what it stamps was made" in failure.what) == (
        f"data/approvals/{approval.pk}.tsr",
        True,
    )


def test_an_older_checkpoint_is_led_on_to_the_new_one(agency: Agency, approval: SignOff, tmp_path: Path) -> None:
    older = folder(made(agency, approval)) / "data/audit/checkpoint.json"
    newer = folder(made(agency, approval))
    status, said = run(newer, "--checkpoint", str(older))
    assert (status, said[-1]) == (0, "PASS")
    assert any("only added to the" in line for line in said)
    told = json.loads((newer / "data/audit/consistency.json").read_text())["from"]
    (tmp_path / "note.txt").write_text((older.parent / "checkpoint.txt").read_text())
    assert run(newer, "--checkpoint", str(tmp_path / "note.txt"))[1][-1] == "PASS"
    unknown = json.dumps({"note": older.with_suffix(".txt").read_text(), "path": [*told[0]["path"], "00" * 32]})
    assert "the ledger was rewritten" in verify(newer, checkpoint=unknown)[0].what
    backwards = verify(older.parents[2], checkpoint=(newer / "data/audit/checkpoint.txt").read_text())
    assert (backwards[0].item, "entries were taken away" in backwards[0].what) == ("data/audit/checkpoint.json", True)
    forged = older.with_suffix(".txt").read_text().replace("\nhead ", "\nhead 0")
    assert verify(newer, checkpoint=forged)[0].item == "--checkpoint"
    status, said = run(newer, "--checkpoint", str(tmp_path / "none.txt"))
    assert (status, said[-1][:32]) == (1, "FAIL: --checkpoint: cannot be re")


def test_its_consistency_proofs_agree_with_ours() -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(17)]
    roots = [merkle.root(leaves[:size]) for size in range(18)]
    for newer in range(1, 18):
        for older in range(1, newer + 1):
            path = merkle.consistency_path(leaves[:newer], older, newer)
            assert consistent(older, newer, path, roots[older], roots[newer]), (older, newer)
            assert not consistent(older, newer, path, roots[older - 1], roots[newer])
            assert not consistent(older, newer, [*path, roots[1]], roots[older], roots[newer])
            if path:
                assert not consistent(older, newer, path[:-1], roots[older], roots[newer])
