"""Production refuses to start with what would be unsafe, and Django's own deployment checks find nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOUND = {
    "DJANGO_SETTINGS_MODULE": "sorahub.settings.production",
    "SORAHUB_SECRET_KEY": "q8Zk2v-Xw7Lr5Tn9Bm3Hc6Jd4Fg1Ps0Ya-Ue2Io8Kx5Vz7Wq3Rt",
    "SORAHUB_PUBLIC_URL": "https://hub.example",
    "SORAHUB_ALLOWED_HOSTS": "hub.example",
    "DATABASE_URL": "postgresql://sorahub:secret@localhost/sorahub",
}


def check(tmp_path: Path, **changes: str) -> "subprocess.CompletedProcess[str]":
    """Run ``manage.py check --deploy`` with these variables."""
    (tmp_path / "media" / "incoming").mkdir(parents=True)
    values = {**os.environ, "SORAHUB_VAR_DIR": str(tmp_path), **SOUND, **changes}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=values, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_sound_production_passes_every_check(tmp_path: Path) -> None:
    found = check(tmp_path)
    assert (found.returncode, "no issues" in found.stdout) == (0, True), found.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SORAHUB_SECRET_KEY", "short"),
        ("SORAHUB_SECRET_KEY", "ab" * 40),
        ("SORAHUB_ALLOWED_HOSTS", "hub.example,*"),
        ("SORAHUB_ALLOWED_HOSTS", ".example"),
        ("SORAHUB_PUBLIC_URL", "http://hub.example"),
        ("DATABASE_URL", ""),
        ("SORAHUB_TSA_URL", "http://localhost:8002/tsa"),
    ],
)
def test_an_unsafe_production_does_not_start_and_names_the_variable(tmp_path: Path, name: str, value: str) -> None:
    found = check(tmp_path, **{name: value})
    assert found.returncode == 1
    assert name in found.stderr.splitlines()[-1]
