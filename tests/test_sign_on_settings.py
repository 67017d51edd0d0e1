"""Single sign-on is one issuer, whole or not at all; and production asks for a second factor unless told otherwise."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from sorahub.settings import env, sso
from tests.test_settings import ROOT, SOUND

WHOLE = {
    "SORAHUB_OIDC_ISSUER": "https://login.example/realms/agency/",
    "SORAHUB_OIDC_CLIENT_ID": "hub",
    "SORAHUB_OIDC_CLIENT_SECRET": "secret",
    "SORAHUB_OIDC_HOSTS": "keys.example, people.example",
}


def test_an_issuer_is_read_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert sso.read() is None
    assert sso.providers(None) == {}
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "secret").write_text("from a file\n", encoding="utf-8")
    monkeypatch.setenv("SORAHUB_OIDC_CLIENT_SECRET_FILE", str(tmp_path / "secret"))
    found = sso.read()
    assert found is not None
    assert (found.url, found.client_secret, found.name) == (
        "https://login.example/realms/agency",
        "from a file",
        "login.example",
    )
    assert found.known_hosts == {"login.example", "keys.example", "people.example"}
    assert found.origins == ["https://login.example", "https://keys.example", "https://people.example"]
    assert sso.providers(found)["openid_connect"]["APPS"][0]["secret"] == "from a file"


@pytest.mark.parametrize(
    ("name", "value"),
    [("SORAHUB_OIDC_CLIENT_ID", ""), ("SORAHUB_OIDC_CLIENT_SECRET", ""), ("SORAHUB_OIDC_ISSUER", "login.example")],
)
def test_half_an_issuer_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    for each, said in {**WHOLE, name: value}.items():
        monkeypatch.setenv(each, said)
    with pytest.raises(ImproperlyConfigured, match=name):
        sso.read()


def test_another_word_than_required_or_offered_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SORAHUB_SIGNING_SECOND_FACTOR", "Required")
    assert env.one_of("SORAHUB_SIGNING_SECOND_FACTOR", ("required", "offered"), "offered") == "required"
    monkeypatch.setenv("SORAHUB_SIGNING_SECOND_FACTOR", "no")
    with pytest.raises(ImproperlyConfigured, match="SORAHUB_SIGNING_SECOND_FACTOR"):
        env.one_of("SORAHUB_SIGNING_SECOND_FACTOR", ("required", "offered"), "offered")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "said"), [("sorahub.settings.production", "required"), ("sorahub.settings.dev", "offered")]
)
def test_production_requires_a_second_factor_and_the_demonstration_offers_it(
    tmp_path: Path, module: str, said: str
) -> None:
    values = {**os.environ, "SORAHUB_VAR_DIR": str(tmp_path), **SOUND, "DJANGO_SETTINGS_MODULE": module}
    command = [sys.executable, "-c", "from django.conf import settings; print(settings.SIGNING_SECOND_FACTOR)"]
    found = subprocess.run(command, cwd=ROOT, env=values, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == said
