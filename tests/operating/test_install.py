"""The installation guide and its files name what is really there."""

import re
from configparser import ConfigParser
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "how-to" / "install"
GUIDE = (ROOT / "docs" / "how-to" / "install.md").read_text(encoding="utf-8")
UNITS = sorted(FOLDER.glob("*.service"))


def unit(path: Path) -> ConfigParser:
    read = ConfigParser(interpolation=None, strict=False, comment_prefixes=("#",))
    read.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have capitals
    read.read(path, encoding="utf-8")
    return read


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_each_unit_runs_the_hub_as_a_lesser_user_who_may_write_little(path: Path) -> None:
    service = unit(path)["Service"]
    assert service["User"] == "sorahub"
    assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "yes")
    own = {"/srv/sorahub/var", "/srv/sorahub/keys"}
    assert own <= set(service["ReadWritePaths"].split()) <= own | {"/srv/backup/sorahub", "/srv/keys-backup/sorahub"}
    assert service["ExecStart"].startswith("/srv/sorahub/app/.venv/bin/")


def test_every_command_that_is_named_exists() -> None:
    told = GUIDE + "".join(path.read_text(encoding="utf-8") for path in UNITS)
    named = set(re.findall(r"manage\.py ([a-z_]+)", told))
    assert {"backup", "restore", "grant_app_role", "run_cluster", "track", "doctor"} <= named
    assert named <= set(get_commands())


def test_every_setting_that_is_named_is_a_setting() -> None:
    known = set(re.findall(r"\b[A-Z][A-Z_]+\b(?==)", (ROOT / ".env.example").read_text(encoding="utf-8")))
    told = GUIDE + (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    named = set(re.findall(r"\b(?:SORAHUB_[A-Z_]+|DATABASE_URL|DJANGO_SETTINGS_MODULE)\b", told))
    assert named <= known


def test_nginx_sends_media_only_when_the_hub_says_so() -> None:
    site = (FOLDER / "nginx.conf").read_text(encoding="utf-8")
    sent = site[site.index("location /sent/") :]
    assert "internal;" in sent[: sent.index("}")]
    assert "SORAHUB_MEDIA_ACCEL_PREFIX=/sent/" in GUIDE
