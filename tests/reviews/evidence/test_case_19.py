"""Case 19: a bundle opened offline years later; one file changed; a certificate from another bundle; keys rotated between."""

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from reviews.models import Bundle, SignOff
from sorahub.jobs import runner
from sorahub.lib import signing
from tests.people import Agency
from tests.reviews import world
from tests.reviews.evidence.test_bundle import flip, resealed

pytestmark = [pytest.mark.django_db, pytest.mark.long]

LATER = """
import datetime, runpy, socket, sys, time
time.time = lambda: 2_500_000_000.0  # in the year 2049
def nobody(*given, **more): raise OSError("offline")
socket.socket = socket.create_connection = nobody
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(autouse=True)
def key_dir(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Keys of this test's own: they are rotated."""
    settings.KEY_DIR = tmp_path / "keys"
    signing.public_keys()
    yield


def received(person: Any, sign_off: SignOff, into: Path) -> Path:
    """Ask on the page, let the job run, download and unzip, as people do."""
    browser = Client()
    browser.force_login(person)
    assert browser.post(f"/sign-offs/{sign_off.pk}/bundles/").status_code == 302
    runner.drain()
    bundle = Bundle.objects.filter(sign_off=sign_off).latest("created_at")
    assert str(bundle.pk) in browser.get(f"/sign-offs/{sign_off.pk}/").text
    answer = browser.get(f"/bundles/{bundle.pk}/download")
    assert answer.status_code == 200
    zipfile.ZipFile(BytesIO(b"".join(answer.streaming_content))).extractall(into)  # type: ignore[attr-defined]
    return into / str(bundle.pk)


def said(root: Path, empty: Path, *words: str) -> str:
    """The last line of verify.py, run years later, offline, by a bare Python in an empty folder."""
    shutil.rmtree(empty, ignore_errors=True)
    empty.mkdir()
    command = [sys.executable, "-I", "-S", "-B", "-c", LATER, str(root / "verify.py"), *words]
    done = subprocess.run(command, cwd=empty, env={}, capture_output=True, text=True, check=False)
    assert (done.stderr, list(empty.iterdir())) == ("", [])
    assert (done.returncode == 0) == (done.stdout.splitlines()[-1] == "PASS")
    return done.stdout.splitlines()[-1]


def test_case_19_bundle_opened_offline_years_later(agency: Agency, approval: SignOff, tmp_path: Path) -> None:
    old_key = signing.public_keys("record")[-1].raw.hex()
    first = received(agency.lena, approval, tmp_path / "first")
    empty = tmp_path / "empty"
    assert said(first, empty, "--key", old_key) == "PASS"

    # One file changed.
    for item in ("data/certificate.pdf", "data/record.json", "verify.py"):
        flip(first / item, 90)
        if item != "verify.py":
            assert said(first, empty).startswith(f"FAIL: {item}: was altered")
        flip(first / item, 90)

    # A certificate from another bundle.
    other_clip = world.add_clip(agency.aurora, agency.alice, grey=30)
    stages = {stage.name: stage for stage in agency.aurora.stages.all()}
    world.approve(other_clip, stages["Creative"], agency.bob)
    world.approve(other_clip, stages["Client"], agency.dora)
    draft = world.draft(agency.bob, other_clip, approval.record_version.governing_set)
    second = received(agency.lena, world.sign(agency.lena, draft), tmp_path / "second")
    whole = (first / "data/certificate.pdf").read_bytes()
    shutil.copy(second / "data/certificate.pdf", first / "data/certificate.pdf")
    assert said(first, empty).startswith("FAIL: data/certificate.pdf: was altered")
    (first / "data/certificate.pdf").write_bytes(whole)
    assert said(first, empty) == "PASS"

    # Keys rotated between the signature and the bundle: old ones go along with their time.
    signing.rotate("record")
    signing.rotate("ledger")
    new_key = signing.public_keys("record")[-1].raw.hex()
    third = received(agency.lena, approval, tmp_path / "third")
    keys = json.loads((third / "keys.json").read_text())["keys"]
    assert sorted((key["purpose"], key["valid_to"] is None) for key in keys) == [
        ("ledger", False), ("ledger", True), ("record", False), ("record", True),
    ]  # fmt: skip
    assert said(third, empty, "--key", new_key) == "PASS"
    assert said(third, empty, "--key", old_key).startswith(
        "FAIL: tagmanifest-sha256.txt.sig: the bundle was signed by another key"
    )
    assert said(first, empty, "--key", old_key) == "PASS"

    # A signature outside its key's time.
    def backdated() -> None:
        for key in keys:
            if key["public_key"] == old_key:
                key["valid_to"] = key["valid_from"]
        (third / "keys.json").write_text(json.dumps({"keys": keys}))

    resealed(third, backdated)
    assert said(third, empty).startswith("FAIL: data/signoff.json: was signed at")
